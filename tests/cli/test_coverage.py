"""`honk verify --base` says which changed lines no test executes: small projects, one change each."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Files, Measure, vendor_pytest


def missed(tests: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(each["path"], each["first"], each["last"]) for each in tests["coverage"]["missed"]]


PRICE = "def total(prices):\n    return sum(prices)\n"
CHECKED = """\
def total(prices):
    for price in prices:
        # no price is negative
        if price < 0:
            raise ValueError(
                "negative"
            )
    return sum(prices)
"""
UNITTEST = """\
import unittest

import price


class Price(unittest.TestCase):
    def test_total(self):
        self.assertEqual(price.total([3, 4]), 7)
"""
PYTEST = "import pytest\nimport price\n\n\ndef test_total():\n    assert price.total([3, 4]) == 7\n"


RAISES = "\n\ndef test_negative():\n    with pytest.raises(ValueError):\n        price.total([-1])\n"


def project(command: str, **files: str) -> Files:
    return {
        "honk.toml": f"[setup]\nrun = []\n[verify]\nmutations = 0\ntest = '{command}'\n",
        ".gitignore": "vendor\n",
        **files,
    }


@pytest.mark.parametrize("command", ["python3 -m unittest -q", "make --silent check"])
def test_lines_of_python_that_no_test_executes_are_named(measure: Measure, command: str) -> None:
    make = "check:\n\t@python3 -m unittest -q\n"
    files = {**project(command), "price.py": PRICE, "test_price.py": UNITTEST, "Makefile": make}
    tests = measure(files, {"price.py": CHECKED})
    assert missed(tests) == [("price.py", 5, 6)]
    assert tests["coverage"]["executed"] == 2
    assert "No test executes these changed lines: `price.py:5-6`." in tests["printed"]


def test_pytest_is_measured_beside_what_the_project_has_on_its_path(measure: Measure, tmp_path: Path) -> None:
    vendor_pytest(tmp_path / "shop")
    command = "PYTHONPATH=vendor:$PYTHONPATH python3 -m pytest -q"
    tests = measure(
        {**project(command), "price.py": PRICE, "test_price.py": PYTEST},
        {"price.py": CHECKED, "test_price.py": PYTEST + RAISES},
    )
    assert tests["coverage"] == {"executed": 4, "missed": [], "more": 0, "not_measured": []}
    assert "The tests execute all 4 changed lines of the program." in tests["printed"]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("python3 -I -c 'print(1)'", "the tests start no Python that loads Honk's recorder by PYTHONPATH"),
        ("python3 -c 'import sys; sys.settrace(print)'", "the tests trace the program themselves"),
        ("python3 -c 'print(1)'", "the files of tests were not seen while they ran"),
    ],
    ids=["another path", "another tracer", "no test"],
)
def test_what_is_not_measured_is_said_with_the_reason(measure: Measure, command: str, why: str) -> None:
    tests = measure({**project(command.replace("'", '"')), "price.py": PRICE}, {"price.py": CHECKED})
    (said,) = tests["coverage"]["not_measured"]
    assert said.startswith(f"It is not measured whether tests execute the changed lines of `price.py`, because {why}")
    assert not missed(tests) and said in " ".join(tests["printed"].split())


def test_it_is_off_where_the_repository_says_so(measure: Measure) -> None:
    off = "[setup]\nrun = []\n[verify]\ntest = 'python3 -m unittest -q'\ncoverage = false\nmutations = 0\n"
    files = {"honk.toml": off, "price.py": PRICE, "test_price.py": UNITTEST}
    assert measure(files, {"price.py": CHECKED})["coverage"] is None


SLUG = "exports.slug = (text) => text.toLowerCase().replace(/ +/g, '-')\n"
LONGER = """\
exports.slug = (text) => {
  if (text === '') {
    return 'none' // an empty one
  }
  return text.toLowerCase().replace(/ +/g, '-')
}
exports.other = function (a) {
  return a
}
"""
SLUG_TEST = """\
const test = require('node:test')
const assert = require('node:assert')
const { slug } = require('../lib/slug')

test('two blanks', () => {
  assert.strictEqual(slug('A  B'), 'a-b')
})
"""


def test_lines_of_javascript_that_no_test_executes_are_named(measure: Measure) -> None:
    files = {**project("node --test"), "lib/slug.js": SLUG, "test/slug.test.js": SLUG_TEST}
    tests = measure(files, {"lib/slug.js": LONGER, "lib/unused.js": "exports.two = () => 2\n"})
    assert missed(tests) == [("lib/slug.js", 3, 3), ("lib/slug.js", 8, 8), ("lib/unused.js", 1, 1)]


CLAMP = "int clamp(int value) {\n    return value;\n}\n"
CLAMPED = """\
#include "clamp.h"

int clamp(int value) {
    if (value > MOST)
        return MOST; /* the most */
    return value;
}
"""
CLAMP_TEST = "#include <assert.h>\nint clamp(int);\nint main(void) { assert(clamp(3) == 3); return 0; }\n"
MAKEFILE = """\
test: clamp.o tests/test_clamp.c
\t$(CC) -o run tests/test_clamp.c clamp.o
\t./run
clamp.o: clamp.c
\t$(CC) -c clamp.c
"""


@pytest.mark.skipif(not shutil.which("gcov"), reason="gcov is not installed")
def test_lines_of_c_that_no_test_executes_are_named(measure: Measure) -> None:
    files = {**project("make test"), "Makefile": MAKEFILE, "clamp.c": CLAMP, "tests/test_clamp.c": CLAMP_TEST}
    change = {"clamp.c": CLAMPED, "clamp.h": "#define MOST 9\n", "unused.c": "int unused(void) { return 1; }\n"}
    tests = measure(files, change)
    assert missed(tests) == [("clamp.c", 5, 5)]
    assert tests["coverage"]["executed"] == 1
    (said,) = tests["coverage"]["not_measured"]
    assert said.endswith("of `unused.c`, because it is not compiled while the tests run.")


GO_PROFILE = (
    "mode: set\\nexample.com/shop/price/price.go:3.25,5.15 2 1\\nexample.com/shop/price/price.go:5.15,7.3 1 0\\n"
)
GO_PRICE = """\
package price

func Check(price int) int {
	// none is negative
	if price < 0 {
		return -1
	}
	return price
}
"""


def test_lines_of_go_are_read_from_its_profile(measure: Measure) -> None:
    command = f'[ -z "$HONK_COVERAGE" ] || printf "{GO_PROFILE}" > "$HONK_COVERAGE/go"'
    tests = measure({**project("sh test.sh"), "test.sh": command}, {"price/price.go": GO_PRICE})
    assert missed(tests) == [("price/price.go", 6, 6)]
    assert tests["coverage"]["executed"] == 2


JACOCO = (
    '<report name="shop"><package name="shop"><sourcefile name="Price.java"><line nr="2" mi="0" ci="3"/>'
    '<line nr="3" mi="2" ci="0"/></sourcefile></package></report>'
)


def test_lines_of_java_are_read_from_the_report_of_jacoco(measure: Measure) -> None:
    command = f"mkdir -p target/site/jacoco; echo '{JACOCO}' > target/site/jacoco/jacoco.xml\n"
    files = {**project("sh test.sh"), "test.sh": command, ".gitignore": "target\n"}
    tests = measure(files, {"src/main/java/shop/Price.java": "class Price {\n int a = 1;\n int b = 2;\n}\n"})
    assert missed(tests) == [("src/main/java/shop/Price.java", 3, 3)]


def test_rust_without_llvm_tools_and_languages_without_a_tool_are_not_measured(measure: Measure) -> None:
    files = {**project("true"), "src/lib.rs": "", "lib/a.rb": "", "a.go": "", "src/main/java/A.java": ""}
    change = {path: "x = 1\n" for path in files if path.endswith((".rs", ".rb", ".go", ".java"))}
    said = measure(files, change)["coverage"]["not_measured"]
    assert [each.partition("lines of ")[2] for each in said] == [
        "`src/lib.rs`, because the Rust tool chain has no llvm-tools (`rustup component add llvm-tools`).",
        "`a.go`, because the tests do not run `go test`, or it writes no profile.",
        "`src/main/java/A.java`, because the project has no JaCoCo that writes its XML report.",
        "`lib/a.rb`, because Honk measures no coverage in this language.",
    ]


def test_results_that_are_nonsense_are_not_measured(measure: Measure) -> None:
    forge = (
        'mkdir -p $HONK_COVERAGE/node; echo "{[" > $HONK_COVERAGE/node/coverage-1.json; rm -rf $HONK_COVERAGE/python'
    )
    files = {**project("sh test.sh"), "test.sh": f'[ -z "$HONK_COVERAGE" ] || {{ {forge}; }}\n', "a.py": "", "a.js": ""}
    said = measure(files, {"a.py": "x = 1\n", "a.js": "let x = 1\n"})["coverage"]["not_measured"]
    assert [each.rpartition("because ")[2] for each in said] == [
        "the tests start no Python that loads Honk's recorder by PYTHONPATH.",
        "its result cannot be read.",
    ]
