"""`honk verify --base` says which changed lines no test executes: small projects, one change each."""

import importlib
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Honk

Files = Mapping[str, str]
Measure = Callable[..., dict[str, Any]]


@pytest.fixture
def measure(honk: Honk, tmp_path: Path) -> Measure:
    """`measure(files, change)`: what `honk verify --base main --json` says of the tests after the change."""

    def run(files: Files, change: Files) -> dict[str, Any]:
        at = tmp_path / "shop"
        write(at, files)
        who = ("-c", "user.name=Dev", "-c", "user.email=dev@invalid")
        for argv in (("init", "-q", "-b", "main"), ("add", "-A"), (*who, "commit", "-qm", "start")):
            subprocess.run(("git", *argv), cwd=at, check=True)
        write(at, change)
        done = honk("verify", str(at), "--base", "main", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        tests: dict[str, Any] = json.loads(done.stdout)["tests"]
        return {**tests, "printed": done.stderr}

    return run


def write(at: Path, files: Files) -> None:
    for name, text in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text)


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
    return {"honk.toml": f"[setup]\nrun = []\n[verify]\ntest = '{command}'\n", ".gitignore": "vendor\n", **files}


def vendor_pytest(at: Path) -> None:
    """pytest as files of the checkout that git ignores."""
    for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        found = Path(importlib.import_module(name).__file__ or "").parent
        shutil.copytree(found, at / "vendor" / name, ignore=shutil.ignore_patterns("__pycache__"))


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
    off = "[setup]\nrun = []\n[verify]\ntest = 'python3 -m unittest -q'\ncoverage = false\n"
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
