"""`honk verify --base` puts small faults into changed lines and names those that make no test fail."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Files, Measure, vendor_pytest

PRICE = "def taxed(price):\n    return price * 2\n"
LIMITED = "def taxed(price):\n    if price > 100:\n        return 200\n    return price * 2\n"
UNITTEST = """\
import unittest

import price


class Price(unittest.TestCase):
    def test_taxed(self):
        self.assertEqual(price.taxed(3), 6)

    def test_limit(self):
        self.assertEqual(price.taxed(300), 200)
"""
PYTEST = """\
import os

import price


def test_taxed():
    assert price.taxed(3) == 6


def test_limit():
    assert price.taxed(300) == 200


def test_elsewhere():
    assert "HONK_SELECTION" not in os.environ, "this test runs over a fault that it cannot notice"
"""


def project(command: str, settings: str = "", **files: str) -> Files:
    toml = f"[setup]\nrun = []\n[verify]\n{settings}\ntest = '{command}'\n"
    return {"honk.toml": toml, ".gitignore": "vendor\nrun\n*.o\n", **files}


def survived(tests: dict[str, Any]) -> list[tuple[int, str]]:
    return [(each["line"], each["fault"]) for each in tests["mutations"]["survived"]]


def test_a_boundary_that_no_test_reaches_is_named(measure: Measure) -> None:
    files = {**project("python3 -m unittest -q"), "price.py": PRICE, "test_price.py": UNITTEST}
    tests = measure(files, {"price.py": LIMITED})
    assert survived(tests) == [(2, "changing `>` to `>=`"), (2, "changing `100` to `101`")]
    assert tests["mutations"] | {"survived": []} == {"killed": 3, "survived": [], "unknown": 0, "left": 0, "why": ""}
    printed = " ".join(tests["printed"].split())
    assert "Changing `>` to `>=` at `price.py:2` makes no test fail." in printed
    assert "The tests notice 3 of 5 small faults put into the changed lines." in printed


def test_only_the_tests_that_execute_the_line_run_over_a_fault(measure: Measure, tmp_path: Path) -> None:
    vendor_pytest(tmp_path / "shop")
    command = "PYTHONPATH=vendor:.:$PYTHONPATH python3 -m pytest -q"
    files = {**project(command, "mutations = 3"), "price.py": PRICE, "test_price.py": PYTEST}
    tests = measure(files, {"price.py": LIMITED})
    assert survived(tests) == [(2, "changing `>` to `>=`")]
    assert tests["mutations"]["killed"] == 2


@pytest.mark.parametrize(
    ("settings", "said"),
    [("mutations = 0", None), ("mutations = 2", "Not tried: 3 more possible faults, because at most 2 are tried.")],
)
def test_the_repository_says_how_many_are_tried(measure: Measure, settings: str, said: str | None) -> None:
    files = {**project("python3 -m unittest -q", settings), "price.py": PRICE, "test_price.py": UNITTEST}
    tests = measure(files, {"price.py": LIMITED})
    if said is None:
        assert tests["mutations"] is None
    else:
        assert said in " ".join(tests["printed"].split())


SCRIPT_TEST = """\
const test = require('node:test')
const assert = require('node:assert')
const { taxed } = require('../lib/price')

test('taxed', () => {
  assert.strictEqual(taxed(3), 6)
  assert.strictEqual(taxed(300), 200)
})
"""


def test_faults_in_javascript(measure: Measure) -> None:
    files = {**project("node --test"), "lib/price.js": "", "test/price.test.js": SCRIPT_TEST}
    changed = "exports.taxed = (price) => {\n  return price > 100 ? 200 : price * 2\n}\n"
    tests = measure(files, {"lib/price.js": changed})
    assert survived(tests) == [(2, "changing `>` to `>=`"), (2, "changing `100` to `101`")]
    assert tests["mutations"]["killed"] == 2


C_TEST = """\
#include <assert.h>
int clamp(unsigned);
int main(void) { assert(clamp(3) == 3); assert(clamp(30) == 9); assert(clamp(0) == 1); return 0; }
"""
CLAMP = """\
int clamp(unsigned value) {
    if (value > 9)
        return 9;
    if (value > 0)
        return value;
    return 1;
}
"""


@pytest.mark.skipif(not shutil.which("gcov"), reason="gcc is not installed")
def test_faults_in_c_and_one_that_does_not_compile(measure: Measure) -> None:
    make = "test:\n\t@$(CC) -Werror=type-limits -o run tests/test_clamp.c clamp.c\n\t@./run\n"
    files = {**project("make test"), "Makefile": make, "tests/test_clamp.c": C_TEST, "clamp.c": ""}
    tests = measure(files, {"clamp.c": CLAMP})
    assert survived(tests) == [(2, "changing `>` to `>=`")]
    assert tests["mutations"]["unknown"] == 1
    assert "The result of 1 more fault is unknown." in " ".join(tests["printed"].split())
