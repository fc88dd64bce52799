"""Excerpts of recorded output of real tools (samples/), and of hostile output."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.verify import excerpt
from honk.verify.reports import read

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> str:
    return (SAMPLES / f"{name}.txt").read_text()


NEEDED = {
    "pytest-failures": [
        "test_many[1]",
        "E       assert -1 == 1",
        "test_deep",
        "no database",
        "7 failed, 2 passed, 1 error",
    ],
    "pytest-colour": ["test_many[1]", "E       assert -1 == 1", "app.py:4: TypeError"],
    "pytest-collection": ["ERROR collecting tests/test_broken.py", "No module named 'nothing_there'"],
    "unittest-failures": ["ERROR: test_error", "FAIL: test_sum", "AssertionError: -3 != 3", "failures=2, errors=1"],
    "ruff-concise": ["app.py:1:8: F401", "Found 4 errors"],
    "ruff-full": ["F401 [*] `os` imported but unused", "--> app.py:1:8"],
    "ruff-format": ["--> tests/test_app.py:4:1", "3 files would be reformatted"],
    "mypy": ["app.py:9: error: Incompatible return value type"],
    "node-spec": ["✖ adds", "2 !== 3", "test/sum.test.js:2:29", "✖ deep", "+     2"],
    "node-tap": ["not ok 1 - adds", "2 !== 3", "not ok 3 - deep"],
    "jest": ["● sum › adds", "Expected: 3", "● sum › object", "Tests:       2 failed, 1 passed"],
    "jest-colour": ["● sum › adds", "Received: 2", "at Object.toBe"],
    "vitest": ["FAIL  v/sum.test.mjs > sum > adds", "expected 2 to be 3", "Tests  2 failed | 1 passed"],
    "mocha": ["1) sum", "2 !== 3", "Cannot read properties of null", "2 failing"],
    "eslint": ["/workspace/bad.js", "'missing' is not defined", "7 problems"],
    "tsc": ["bad.ts(1,7): error TS2322"],
    "tsc-pretty": ["bad.ts:2:40 - error TS2322"],
    "make": ["make: *** [Makefile:3: test] Error 3"],
    "make-gcc": ["x.c:1:21: error: ‘y’ undeclared", "retrun"],
    "javac": ["A.java:2: error: cannot find symbol", "symbol:   variable y"],
    "cargo-test": ["tests::a", "left: 1", "right: 2", "1 passed; 2 failed"],
    "cargo-error": ["error[E0425]: cannot find value `y`", "src/lib.rs:2:21"],
}


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_a_failure_keeps_what_matters(name):
    text = excerpt.failure(sample(name))
    assert [part for part in NEEDED[name] if part not in text] == [], text
    assert text.count("\n") < excerpt.MAX_LINES and len(text) <= excerpt.MAX_CHARS
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("pytest-green", "1 test in 0.8 s"),
        ("unittest-green", "1 test in 0.8 s"),
        ("node-green", "1 test in 0.8 s, 2 skipped"),
        ("jest-green", "1 test in 0.8 s, 2 skipped"),
        ("vitest-green", "1 test in 0.8 s, 2 skipped"),
        ("mocha-green", "1 test in 0.8 s"),
        ("cargo-green", "1 test in 0.8 s"),
    ],
)
def test_success_is_one_short_line(name, line):
    ran = read.tests(sample(name))
    assert ran is not None and excerpt.success(sample(name), 0.8, ran.tests) == line


def test_success_of_something_unknown():
    assert excerpt.success("", 0.04) == "passed in 0.0 s"
    assert excerpt.success("all well", 600) == "passed in 10 min"


def test_noise_is_dropped():
    text = excerpt.failure(sample("cargo-test"))
    assert "rust_begin_unwind" not in text and "RUST_BACKTRACE" not in text
    assert "processPendingSubtests" not in excerpt.failure(sample("node-spec"))


def test_go_says_what_failed():
    output = "=== RUN   TestSum\n--- FAIL: TestSum (0.00s)\n    sum_test.go:8: got 4\nFAIL\nFAIL\tshop\t0.002s\n"
    assert "--- FAIL: TestSum" in excerpt.failure(output) and "sum_test.go:8: got 4" in excerpt.failure(output)


def test_the_first_and_the_last_of_many_failures_stay():
    blocks = "".join(f"FAIL: test_{number} (a.B)\n" + f"AssertionError: {number} != 0\n" * 5 for number in range(500))
    text = excerpt.failure(blocks + "Ran 500 tests in 1.0s\n\nFAILED (failures=500)\n")
    assert "test_0 " in text and "test_499 " in text and "more" in text and "FAILED (failures=500)" in text
    assert len(text) <= excerpt.MAX_CHARS


def test_words_like_error_serve_where_nothing_is_recognised():
    text = excerpt.failure("step 1\n" * 500 + "Error while linking thing\n  because of x\n" + "step 2\n" * 500)
    assert "Error while linking thing" in text and "because of x" in text and text.count("\n") < 10


def test_the_end_serves_where_there_is_not_even_that():
    assert excerpt.failure("\n".join(str(number) for number in range(1000))).endswith("999")
    assert excerpt.failure("") == ""


def test_progress_bars_and_control_characters_go():
    lines = excerpt.clean("10%\r50%\r100% done\r\n\x1b[31mred\x1b[0m \x1b]0;title\x07x\x00\u202egnp.exe\u200b")
    assert lines == ["100% done", "red xgnp.exe"]


HOSTILE = {
    "one line": "a" * 10_000_000,
    "newlines": "\n" * 10_000_000,
    "escapes": "\x1b[" * 5_000_000,
    "open titles": "\x1b]" * 5_000_000,
    "paths": ("x/y.py:" * 40 + "\n") * 36_000,
    "dots": ("a." * 120 + "\n") * 41_000,
    "headings": ("_ " * 120 + "\n") * 41_000,
    "counts": (" " * 60 + "Tests   " + "1 a   1 b  " * 15 + "\n") * 41_000,
    "frames": (" at " + "node:modules " * 18 + "\n") * 41_000,
    "tracebacks": "Traceback (most recent call last):\n" * 300_000,
    "errors": "".join(f"f{number}.py:{number}: error {number}\n" for number in range(400_000)),
    "marks": "\u202e\u0301" * 5_000_000,
    "redrawn": "x\r" * 5_000_000,
    "bytes": bytes(range(256)).decode("latin1") * 40_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_ten_megabytes_of_garbage_do_no_harm(name):
    started = time.process_time()
    text = excerpt.failure(HOSTILE[name])
    excerpt.success(HOSTILE[name], 1.0)
    read.report(HOSTILE[name], "test")
    spent = time.process_time() - started
    assert len(text) <= excerpt.MAX_CHARS and text.count("\n") < excerpt.MAX_LINES + 1
    assert spent < 5, "not a measurement: what is not linear takes minutes here"


@given(st.text(max_size=3000))
def test_any_text_comes_out_plain_and_bounded(text):
    for reduced in (excerpt.failure(text), excerpt.success(text, 1.0)):
        assert len(reduced) <= excerpt.MAX_CHARS
        assert all(char == "\n" or char >= " " for char in reduced)
