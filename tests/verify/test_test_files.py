"""What belongs to a project's tests: files, parts of files, tests beside the program."""

import json
import tomllib

import pytest

from honk.verify.inline_tests import with_base_tests
from honk.verify.test_files import is_test_or_support, run_directly
from honk.verify.test_sections import with_base_sections

OURS = """tests/test_price.py test_price.py tests/conftest.py conftest.py pytest.ini tests/fixtures/prices.json
 lib/slug.test.ts src/__tests__/slug.js src/__snapshots__/slug.test.js.snap jest.config.js vitest.setup.ts
 price_test.go pkg/testdata/price.golden tests/api.rs src/test/java/PriceTest.java spec/price_spec.rb .rspec
 tests/PriceTest.php phpunit.xml.dist Shop.Tests/PriceTests.cs features/price.feature cypress/e2e/shop.cy.js"""
NOT_OURS = """price.py src/shop/price.py lib/slug.js README.md docs/testing.md pyproject.toml package.json Makefile
 src/main/java/test/Price.java node_modules/tests/a.js latest/prices.json contest.py attestation/keys.py"""


@pytest.mark.parametrize("path", OURS.split())
def test_tests_and_what_supports_them(path: str):
    assert is_test_or_support(path)


@pytest.mark.parametrize("path", NOT_OURS.split())
def test_the_program(path: str):
    assert not is_test_or_support(path)


def test_scripts_that_a_test_command_names():
    assert run_directly(("sh ./checks/run.sh && python3 manage.py test",)) == {"checks/run.sh", "checks"}
    assert run_directly(("pytest -q", "node --test", "go test ./...", "python server.py --test")) == frozenset()


def test_only_the_runner_s_part_of_pyproject_is_put_back():
    base = '[project]\nname = "shop"\ndependencies = []\n\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
    changed = base.replace("[]", '["httpx"]').replace('["tests"]', '["other"]') + "\n[tool.ruff]\nline-length = 90\n"
    merged = tomllib.loads(with_base_sections("pyproject.toml", base, changed))
    assert merged["project"]["dependencies"] == ["httpx"] and merged["tool"]["ruff"] == {"line-length": 90}
    assert merged["tool"]["pytest"]["ini_options"] == {"testpaths": ["tests"]}
    same = changed.replace('["other"]', '["tests"]')
    assert with_base_sections("pyproject.toml", base, same) == same
    assert with_base_sections("pyproject.toml", base, "[broken") == "[broken"


def test_only_the_runner_s_part_of_package_json_is_put_back():
    base = {"scripts": {"test": "jest", "start": "node a"}, "jest": {"bail": True}, "dependencies": {}}
    changed = {"scripts": {"test": "jest --passWithNoTests", "start": "node b"}, "dependencies": {"ms": "2"}}
    merged = json.loads(with_base_sections("web/package.json", json.dumps(base), json.dumps(changed)))
    assert merged == {
        "scripts": {"start": "node b", "test": "jest"},
        "jest": {"bail": True},
        "dependencies": {"ms": "2"},
    }


def test_only_test_targets_of_a_makefile_are_put_back():
    base = "CC = gcc\n\nbuild:\n\t$(CC) a.c\n\ntest: build\n\t./a.out\n\n.PHONY: test\n"
    changed = base.replace("gcc", "clang").replace("\t./a.out\n", "\ttrue\n")
    merged = with_base_sections("Makefile", base, changed)
    assert "CC = clang" in merged and "test: build\n\t./a.out\n" in merged and "\ttrue" not in merged
    assert with_base_sections("Makefile", base, base.replace("gcc", "clang")) == base.replace("gcc", "clang")


RUST = """pub fn total(prices: &[i64]) -> i64 {
    prices.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_text() {
        assert_eq!("}", r#"}"#); // }
        assert_eq!(total(&[3, 4]), 7);
    }
}
"""


def test_tests_beside_rust_code_are_put_back():
    changed = RUST.replace("prices.iter().sum()", "prices.len() as i64").replace("7)", "2)")
    merged = with_base_tests(RUST, changed)
    assert merged is not None
    assert "prices.len() as i64" in merged and "7)" in merged and "2)" not in merged and merged.count("mod tests") == 1
    assert with_base_tests(RUST, RUST) == RUST


@pytest.mark.parametrize("text", [RUST.replace("    }\n}\n", ""), RUST + "#[cfg(test)]\nfn helper() {}\n"])
def test_rust_tests_that_cannot_be_told_from_the_program(text: str):
    assert with_base_tests(RUST, text) is None
