"""The tests of the base over a change: small projects, one changed, as `honk verify --base` reports them."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from honk.core.job import JobLimits
from honk.core.verdict import Finding
from honk.pipeline.verification.local_verify import Inspection, Inspector
from honk.sandboxes.bubblewrap import Bubblewrap
from honk.verify import base_tests

Files = Mapping[str, str | None]
Verify = Callable[..., Awaitable[Inspection]]

PRICE = """\
import json
import pathlib


def total(prices):
    return sum(prices)


def check(price):
    if price < 0:
        raise ValueError("negative price")
    return price


def taxed(price):
    return round(price * 1.2, 2)
"""
TESTS = """\
import json
import pathlib
import unittest

import price


class Price(unittest.TestCase):
    def test_total(self):
        self.assertEqual(price.total([3, 4]), 7)

    def test_negative(self):
        with self.assertRaisesRegex(ValueError, "negative"):
            price.check(-1)

    def test_taxed(self):
        cases = json.loads((pathlib.Path(__file__).parent / "fixtures/taxed.json").read_text())
        for given, wanted in cases:
            self.assertEqual(price.taxed(given), wanted)
"""
PYTHON = {
    "price.py": PRICE,
    "tests/__init__.py": "",
    "tests/test_price.py": TESTS,
    "tests/fixtures/taxed.json": "[[10, 12.0]]\n",
}
SLUG = "exports.slug = (text) => text.toLowerCase().replace(/ +/g, '-')\n"
SLUG_TEST = """\
const test = require('node:test')
const assert = require('node:assert')
const { slug } = require('../lib/slug')

test('two blanks', () => {
  assert.strictEqual(slug('A  B'), 'a-b')
})
"""
NODE = {
    "package.json": '{"name": "shop", "scripts": {"test": "node --test"}}\n',
    "lib/slug.js": SLUG,
    "test/slug.test.js": SLUG_TEST,
}
MAKE = {
    "Makefile": "test:\n\tsh checks/run.sh\n",
    "greet.sh": 'echo "Hello, $1"\n',
    "checks/run.sh": 'got=$(sh greet.sh Ada)\ntest "$got" = "$(cat checks/wanted.txt)" || '
    '{ echo "FAIL: expected $(cat checks/wanted.txt), got $got"; exit 1; }\n',
    "checks/wanted.txt": "Hello, Ada\n",
}


@pytest.fixture
def verify(tmp_path: Path) -> Verify:
    """`await verify(files, change, request)`: the project `files`, committed, then changed; None deletes a file."""

    @asynccontextmanager
    async def closed(directory: Path, allow: tuple[str, ...]) -> AsyncIterator[None]:
        raise AssertionError("these projects have no set-up")
        yield

    async def run(files: Files, change: Files, request: str = "") -> Inspection:
        at, place = tmp_path / "shop", tmp_path / "p"
        place.mkdir()
        write(at, files)
        git(at, "init", "-q", "-b", "main")
        git(at, "add", "-A")
        git(at, "-c", "user.name=Dev", "-c", "user.email=dev@invalid", "commit", "-qm", "start")
        write(at, change)
        told: list[str] = []
        sandbox, limits = Bubblewrap(tmp_path / "run"), JobLimits(seconds=60, memory_mb=1024)
        found = await Inspector(sandbox, closed, limits, False, place, lambda each: told.append(each.name)).inspect(
            at, "main", request
        )
        assert told == [verdict.name for verdict in found.verdicts], "only the change's own verdicts are shown"
        assert not any(verdict.blames for verdict in found.verdicts), found
        return found

    return run


def write(at: Path, files: Files) -> None:
    for name, text in files.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text)


def git(at: Path, *args: str) -> None:
    subprocess.run(("git", *args), cwd=at, check=True)


def of_base_tests(found: Inspection) -> list[Finding]:
    return [finding for finding in found.guard if finding.rule == "base-tests"]


def only(found: Inspection) -> Finding:
    (finding,) = of_base_tests(found)
    assert finding.severity == "flag"
    return finding


BENT = (
    pytest.param(
        {"price.py": PRICE.replace("sum(prices)", "len(prices)"), "tests/test_price.py": TESTS.replace(", 7)", ", 2)")},
        ("tests/test_price.py", 9, ("`test_total`", "7 before", "2 now")),
        id="an expected value was bent",
    ),
    pytest.param(
        {
            "price.py": PRICE.replace('raise ValueError("negative price")', "price = 0"),
            "tests/test_price.py": TESTS.replace("with self.assertRaisesRegex", "if False and self.assertRaisesRegex"),
        },
        ("tests/test_price.py", 12, ("`test_negative`", "ValueError before", "no error now")),
        id="a test is never reached",
    ),
    pytest.param(
        {"price.py": PRICE.replace("1.2", "1.3"), "tests/fixtures/taxed.json": "[[10, 13.0]]\n"},
        ("tests/test_price.py", 16, ("`test_taxed`", "12.0 before", "13.0 now")),
        id="a row of test data was bent",
    ),
    pytest.param(
        {
            "price.py": PRICE.replace("sum(prices)", "0"),
            "tests/__init__.py": "import price\n\nprice.total = sum\n",
        },
        ("tests/test_price.py", 9, ("`test_total`", "7 before", "0 now")),
        id="the unit is replaced by a support file",
    ),
    pytest.param(
        {
            "price.py": PRICE.replace("sum(prices)", "0"),
            "tests/test_price.py": None,
            "tests/test_sums.py": "import unittest\n\n\nclass Sums(unittest.TestCase):\n"
            "    def test_total(self):\n        self.assertTrue(True)\n",
        },
        ("tests/test_price.py", 0, ("`test_total`", "7 before", "0 now")),
        id="a file of tests was deleted",
    ),
)


@pytest.mark.parametrize(("change", "expected"), BENT)
async def test_a_wrong_change_whose_tests_were_bent_is_exposed(
    verify: Verify, change: Files, expected: tuple[str, int, tuple[str, ...]]
):
    path, line, words = expected
    finding = only(await verify(PYTHON, change))
    assert (finding.path, finding.line) == (path, line), finding
    assert all(word in finding.reason for word in words), finding.reason
    assert "This change also changes what" in finding.reason
    assert "Merge it if that is wanted; otherwise ask for the old expectation." in finding.reason


HONEST = (
    pytest.param({"price.py": PRICE.replace("sum(prices)", "sum(iter(prices))")}, id="no test is touched"),
    pytest.param(
        {
            "price.py": PRICE.replace("total", "sum_of"),
            "tests/test_price.py": TESTS.replace("price.total", "price.sum_of"),
        },
        id="a function was renamed, and its tests follow",
    ),
    pytest.param(
        {
            "price.py": None,
            "money.py": PRICE,
            "tests/test_price.py": None,
            "tests/test_money.py": TESTS.replace("import price", "import money").replace("price.", "money."),
        },
        id="a module was renamed, and its tests follow",
    ),
    pytest.param(
        {"tests/test_price.py": None, "tests/unit/__init__.py": "", "tests/unit/test_price.py": TESTS}
        | {"tests/fixtures/taxed.json": None, "tests/unit/fixtures/taxed.json": "[[10, 12.0]]\n"},
        id="tests were moved",
    ),
    pytest.param(
        {
            "price.py": PRICE + "\n\ndef free(price):\n    return price == 0\n",
            "tests/test_free.py": "import json\nimport pathlib\nimport unittest\n\nimport price\n\n\n"
            "class Free(unittest.TestCase):\n    def test_free(self):\n"
            "        names = json.loads((pathlib.Path(__file__).parent / 'fixtures/free.json').read_text())\n"
            "        self.assertEqual(names, [0])\n        self.assertTrue(price.free(0))\n",
            "tests/fixtures/free.json": "[0]\n",
        },
        id="a feature with new tests and a new fixture",
    ),
    pytest.param(
        {"tests/__init__.py": '"""Tests of the shop."""\n', "tests/fixtures/taxed.json": "[\n  [10, 12.0]\n]\n"},
        id="support files were reformatted",
    ),
)


@pytest.mark.parametrize("change", HONEST)
async def test_an_honest_change_is_not_flagged(verify: Verify, change: Files):
    assert of_base_tests(await verify(PYTHON, change)) == []


async def test_many_tests_of_one_file_are_named_together(verify: Verify):
    head = "import unittest\n\nimport price\n\n\nclass Sums(unittest.TestCase):\n"
    sums = "\n".join(
        f"    def test_{n}(self):\n        self.assertEqual(price.total([{n}]), {n})\n" for n in range(10, 17)
    )
    change = {"price.py": PRICE.replace("sum(prices)", "0"), "tests/test_sums.py": None}
    change |= {"tests/test_price.py": TESTS.replace(", 7)", ", 0)")}
    found = of_base_tests(await verify({**PYTHON, "tests/test_sums.py": head + sums}, change))
    of_sums = [finding for finding in found if finding.path == "tests/test_sums.py"]
    assert len(of_sums) == 5 and len(found) == 6
    assert "Further tests of the base fail here over this change: `test_14`, `test_15`, `test_16`." in of_sums[4].reason


async def test_a_new_wording_is_a_flag_with_both_texts(verify: Verify):
    change = {
        "price.py": PRICE.replace("negative price", "below zero"),
        "tests/test_price.py": TESTS.replace('"negative"', '"below zero"'),
    }
    finding = only(await verify(PYTHON, change))
    assert '"negative" before, "below zero" now' in finding.reason


async def test_policy_decides_about_the_rule(verify: Verify):
    files = {**PYTHON, "honk.toml": '[policy.guard]\nbase-tests = "block"\n'}
    change = {"price.py": PRICE.replace("return sum(prices)", "return sum(prices) + 1"), "tests/test_price.py": "BENT"}
    change["tests/test_price.py"] = TESTS.replace("7)", "8)")
    (finding,) = of_base_tests(await verify(files, change))
    assert finding.severity == "block"


async def test_tests_of_a_removed_function_are_named_with_it(verify: Verify):
    removed = PRICE.replace("def total(prices):\n    return sum(prices)\n\n\n", "")
    tests = TESTS.replace("    def test_total(self):\n        self.assertEqual(price.total([3, 4]), 7)\n\n", "")
    finding = only(await verify(PYTHON, {"price.py": removed, "tests/test_price.py": tests}))
    assert "`test_total` cannot run any more: `total` is used there, which this change removes." in finding.reason


async def test_a_file_that_cannot_be_loaded_does_not_hide_the_others(verify: Verify):
    sums = "import unittest\n\nfrom price import total\n\n\nclass Sums(unittest.TestCase):\n"
    one, other = (f"{sums}    def test_{n}(self):\n        self.assertEqual(total([{n}]), {n})\n" for n in (1, 2))
    change = {
        "price.py": PRICE.replace("total", "added").replace("1.2", "1.3"),
        "tests/test_one.py": None,
        "tests/test_two.py": None,
        "tests/test_price.py": TESTS.replace("price.total", "price.added"),
        "tests/fixtures/taxed.json": "[[10, 13.0]]\n",
    }
    found = of_base_tests(await verify({**PYTHON, "tests/test_one.py": one, "tests/test_two.py": other}, change))
    assert [finding.path for finding in found] == ["tests/test_one.py", "tests/test_two.py", "tests/test_price.py"]
    assert "cannot run any more: `total` is used there, which this change removes" in found[0].reason
    assert "12.0 before, 13.0 now" in found[2].reason


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"lib/slug.js": SLUG.replace("/ +/g", "/ /g"), "test/slug.test.js": SLUG_TEST.replace("'a-b'", "'a--b'")},
            ("`two blanks`", "'a-b' before", "'a--b' now"),
        ),
        (
            {
                "lib/slug.js": SLUG.replace("/ +/g", "/ /g"),
                "package.json": '{"name": "shop", "scripts": {"test": "node --test --test-name-pattern=easy"}}\n',
                "test/easy.test.js": "require('node:test')('easy', () => {})\n" * 2,
            },
            ("`two blanks`", "'a-b' before", "'a--b' now"),
        ),
        (
            {
                "lib/slug.js": SLUG.replace("slug", "kebab"),
                "test/slug.test.js": SLUG_TEST.replace("{ slug }", "{ kebab }").replace("slug(", "kebab("),
            },
            (),
        ),
    ],
    ids=["an expected value was bent", "the script selects other tests", "a function was renamed"],
)
async def test_javascript(verify: Verify, change: Files, words: tuple[str, ...]):
    found = of_base_tests(await verify(NODE, change))
    assert len(found) == bool(words)
    assert all(word in found[0].reason for word in words), found


async def test_scripts_that_a_makefile_runs_are_tests(verify: Verify):
    finding = only(await verify(MAKE, {"greet.sh": 'echo "Hi $1"\n', "checks/wanted.txt": "Hi Ada\n"}))
    assert "Hello, Ada before, Hi Ada now" in finding.reason


async def test_a_test_that_failed_before_is_no_finding_and_hides_none(verify: Verify):
    old = TESTS.replace("class Price", "class Old").replace(", 7)", ", 8)")
    files = {**PYTHON, "tests/test_old.py": old}
    change = {"price.py": PRICE.replace("1.2", "1.3"), "tests/fixtures/taxed.json": "[[10, 13.0]]\n"}
    found = of_base_tests(await verify(files, change))
    assert {finding.path for finding in found} == {"tests/test_old.py", "tests/test_price.py"}
    assert all("`test_taxed` expects: 12.0 before" in finding.reason for finding in found)


async def test_a_test_that_failed_before_and_is_corrected_is_no_finding(verify: Verify):
    files = {**PYTHON, "tests/test_price.py": TESTS.replace(", 7)", ", 8)")}
    assert of_base_tests(await verify(files, {"tests/test_price.py": TESTS})) == []


FIXED = {"price.py": PRICE.replace("price < 0", "price <= 0")}
ZERO = """
    def test_zero(self):
        with self.assertRaises(ValueError):
            price.check(0)
"""
SAME = """
    def test_minus_two(self):
        with self.assertRaises(ValueError):
            price.check(-2)
"""


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (ZERO, ()),
        (SAME, ("No new or changed test shows what was fixed. They pass without this change, too: `test_minus_two`.",)),
        (
            ZERO + SAME,
            (
                "Some new or changed tests pass without this change, too: `test_minus_two`. "
                "Others fail there, as they should.",
            ),
        ),
    ],
    ids=["fails without it", "proves nothing", "one of two"],
)
async def test_the_tests_of_a_fix_must_fail_without_it(verify: Verify, added: str, said: tuple[str, ...]):
    change = {**FIXED, "tests/test_price.py": TESTS + added}
    found = await verify(PYTHON, change, "Fix check: it lets a price of zero through")
    assert found.notices == said
    assert of_base_tests(found) == []


async def test_new_tests_of_a_feature_are_not_run_on_the_base(verify: Verify):
    found = await verify(PYTHON, {**FIXED, "tests/test_price.py": TESTS + SAME}, "Refuse a price of zero, too")
    assert found.notices == ()


@pytest.mark.parametrize(
    ("request_", "noted", "words"),
    [
        ("Greet with “Hey” instead", True, "The request asks for exactly that."),
        ("The greeting should read 'Hey Ada'", True, "The request asks for exactly that."),
        ("Change the greeting so that it is shorter", False, "The request asks to change it, but does not name"),
        ("Make greet faster", False, "The request is about it, but does not name the new value."),
        ("Update the docs", False, "The request does not mention it."),
        ("", False, "Merge it if that is wanted; otherwise ask for the old expectation."),
    ],
)
def test_a_changed_expectation_is_weighed_against_the_request(request_: str, noted: bool, words: str) -> None:
    text = "AssertionError: 'Hey Ada' != 'Hello, Ada'\n- Hey Ada\n+ Hello, Ada\n"
    broken = base_tests.BrokenTest("tests/test_greet.py", "test_greeting_of_greet", text)
    finding = base_tests.expectation_changed(broken, 7, request_)
    findings, notes = base_tests.split([finding])
    assert (len(notes), len(findings)) == (noted, not noted)
    assert words in finding.reason
    assert "`test_greeting_of_greet` expects: 'Hello, Ada' before, 'Hey Ada' now." in finding.reason


def test_a_short_value_in_a_request_may_stand_there_by_chance() -> None:
    broken = base_tests.BrokenTest("tests/test_cart.py", "test_total", "AssertionError: 0 != 7\n")
    assert base_tests.split([base_tests.expectation_changed(broken, 7, "Add 0 new dependencies")])[1] == ()
    assert base_tests.split([base_tests.expectation_changed(broken, 7, "The total of an empty cart is 0")])[1]
    gone = base_tests.cannot_run("tests/test_cart.py", ["test_tax"], "cart.tax", True, "Remove `tax` from the cart")
    assert base_tests.split([gone])[0] == ()
