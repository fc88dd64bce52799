"""The two values, or the missing name, in what test runners print."""

import pytest

from honk.verify.failed_values import Values, missing, values

SAID = {
    "pytest": ("E       assert 34 == 7\nE        +  where 34 = total([3, 4])", "7", "34"),
    "pytest, letters": (
        ">       assert slugify(title) == slug\nE       AssertionError: assert 'a-b' == 'a--b'\n"
        "E         - a--b\nE         + a-b\nE        +  where 'a-b' = slugify('A B')",
        "'a--b'",
        "'a-b'",
    ),
    "pytest, the test's value first": ("E       assert 7 == 34\nE        +  where 34 = total([3, 4])", "7", "34"),
    "pytest, no error": ("E       Failed: DID NOT RAISE <class 'ValueError'>", "ValueError", "no error"),
    "pytest, another text": (
        "E       AssertionError: Regex pattern did not match.\nE         Expected regex: 'negative'\n"
        "E         Actual message: 'below zero'",
        "'negative'",
        "'below zero'",
    ),
    "unittest": (
        "    self.assertEqual(price.total([3]), 7)\nAssertionError: 34 != 7",
        "7",
        "34",
    ),
    "unittest, the test's value first": (
        "    self.assertEqual(\"a\", name(\"A\"))\nAssertionError: 'a' != 'b'",
        "'a'",
        "'b'",
    ),
    "node": ("not ok 1 - two blanks\n  error: |-\n    'a' !== 'b'\n  expected: 'b'\n  actual: 'a'", "'b'", "'a'"),
    "Jest": ("    Expected: 7\n    Received: 34", "7", "34"),
    "cargo": ("assertion `left == right` failed\n  left: 34\n right: 7", "7", "34"),
    "go": ("    price_test.go:9: Total() = 34, want 7", "7", "34"),
    "testify": ("        Error:      \tNot equal:\n  expected: 7\n  actual  : 34", "7", "34"),
    "JUnit": ("org.opentest4j.AssertionFailedError: expected: <7> but was: <34>", "7", "34"),
    "RSpec": ("       expected: 7\n            got: 34", "7", "34"),
    "PHPUnit": ("Failed asserting that 34 matches expected 7.", "7", "34"),
    "a script": ("FAIL: expected Hello, Ada, got Hi Ada", "Hello, Ada", "Hi Ada"),
}


@pytest.mark.parametrize(("text", "expected", "got"), SAID.values(), ids=SAID.keys())
def test_the_two_values(text: str, expected: str, got: str):
    assert values(text) == Values(expected, got)


@pytest.mark.parametrize("text", ["", "Traceback (most recent call last):\nKeyError: 'a'", "1 test failed"])
def test_no_values_are_made_up(text: str):
    assert values(text) is None and missing(text) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ImportError: cannot import name 'total' from 'price' (/workspace/price.py)", "total"),
        ("ModuleNotFoundError: No module named 'shop.price'", "shop.price"),
        ("AttributeError: module 'price' has no attribute 'total'", "total"),
        ("TypeError: (0 , _slug.slug) is not a function", "slug"),
        ("  error: 'slug is not a function'", "slug"),
        ("SyntaxError: The requested module '../lib/slug.js' does not provide an export named 'slug'", "slug"),
        ("Cannot find module '../lib/slug' from 'test/slug.test.js'", "../lib/slug"),
        ("./price_test.go:9:12: undefined: Total", "Total"),
        ("error[E0425]: cannot find function `total` in this scope", "total"),
        ("  symbol:   method total(int)", "total"),
    ],
)
def test_the_missing_name(text: str, name: str):
    assert missing(text) == name
