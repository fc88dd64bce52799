"""What the recorded output of real tools (samples/) reports, failure by failure."""

import pytest

from honk.core.job import JobLimits, Result
from honk.verify.base import Verifier
from honk.verify.outcome import judge
from honk.verify.reports import read
from tests.verify.test_excerpt import sample

FAILED = {
    "pytest-failures": ("test", 9, ["tests/test_app.py::test_many[1]", "tests/test_app.py::test_setup"]),
    "pytest-collection": ("test", 0, ["tests/test_broken.py"]),
    "unittest-failures": ("test", 4, ["unit_app.TotalTest.test_dict"]),
    "jest": ("test", 3, ["jj/sum.test.js › sum › adds", "jj/sum.test.js › sum › object"]),
    "vitest": ("test", 3, ["v/sum.test.mjs > sum > adds", "v/sum.test.mjs > sum > object"]),
    "mocha": ("test", 3, ["sum › adds", "sum › throws"]),
    "node-tap": ("test", None, ["adds", "deep"]),
    "node-spec": ("test", None, ["test/sum.test.js › adds", "test/sum.test.js › deep"]),
    "mypy": ("lint", None, ['app.py: Incompatible return value type (got "int", expected "str") [return-value]']),
    "ruff-concise": ("lint", None, ["app.py: F401 [*] `os` imported but unused"]),
    "ruff-full": ("lint", None, ["app.py: F401 [*] `os` imported but unused"]),
    "ruff-format": ("format", None, ["app.py: unformatted: File would be reformatted"]),
    "eslint": ("lint", None, ["bad.js: 'missing' is not defined no-undef"]),
    "tsc": (
        "build",
        None,
        ["bad.ts: TS2345: Argument of type 'number' is not assignable to parameter of type 'string'."],
    ),
    "tsc-pretty": ("build", None, ["bad.ts: TS2322: Type 'string' is not assignable to type 'number'."]),
}


@pytest.mark.parametrize("name", sorted(FAILED))
def test_failures_are_told_one_by_one(name: str) -> None:
    kind, tests, wanted = FAILED[name]
    found = read.report(sample(name), kind)  # type: ignore[arg-type]
    ids = [failure.id for failure in found.failures]
    assert [each for each in wanted if each not in ids] == [], ids
    assert tests is None or found.tests == tests
    if name != "pytest-collection":
        assert found.all_listed, (found.failed, found.cut, ids)


@pytest.mark.parametrize(
    "output",
    [
        "collected 0 items\n\n============ no tests ran in 0.01s ============",
        "no tests ran in 0.01s",
        "4 deselected in 0.01s",
        "Ran 0 tests in 0.000s\n\nNO TESTS RAN",
        "No tests found, exiting with code 1",
        "?   \tshop\t[no test files]\n?   \tshop/cart\t[no test files]",
        "ok  \tshop\t0.1s [no tests to run]",
        "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        "TAP version 13\n1..0\n# tests 0\n# pass 0",
        "ℹ tests 0\nℹ suites 0\nℹ pass 0\nℹ fail 0",
        "  0 passing (1ms)",
        "No examples found.\n\nFinished in 0.0004 seconds\n0 examples, 0 failures",
        "No tests executed!",
        "No tests were found!!!",
        "> Task :test NO-SOURCE",
        "[INFO] Tests run: 0, Failures: 0, Errors: 0, Skipped: 0",
        "[INFO] No tests to run.",
        "No test is available in /app/bin/shop.dll. Make sure that test discoverer is registered.",
        "include: **/*.test.ts\n\nNo test files found, exiting with code 1",
        "0 runs, 0 assertions, 0 failures, 0 errors, 0 skips",
        "There are no tests to run\n0 tests, 0 failures",
    ],
)
@pytest.mark.parametrize("status", [0, 1, 5])
def test_no_test_ran_is_unknown(output: str, status: int) -> None:
    verifier = Verifier("test", "make check-all", "Makefile", "test")
    found = judge(Result(status, output, 1.0), JobLimits(), verifier)
    assert found.state == "unknown" and "ran no test" in found.note
