"""Patterns of failures in the output of common tools, one row each: data for excerpt.py.

Every pattern is matched at the start of a line of bounded length and takes linear time: no nested repeats, and no two
neighbouring repeats that can match the same character.
"""

import re
from dataclasses import dataclass
from typing import Literal

Rank = Literal["failure", "list", "weak"]
"""failure: what went wrong; list: names of what failed; weak: shown only where nothing better is found."""

End = Literal["line", "frame", "blank", "heading", "traceback"]
"""Where a block stops: after its first line; with the indented lines or code frame below it; at a blank line; at the
next heading; after a Python traceback's last line."""


@dataclass(frozen=True)
class Shape:
    """One kind of block. `keep` chooses among its lines; `above` takes in the line before it (a file's name)."""

    name: str
    start: str
    end: End
    rank: Rank = "failure"
    keep: re.Pattern[str] | None = None
    above: bool = False


_CARGO = re.compile(r"(?!\s+\d+: |\s+at )")
_PYTEST = re.compile(r"_{3,} |[>E] |E$|[\w./-]+:\d+: |INTERNALERROR")
_TAP = re.compile(r"\s*not ok|\s*(error|location|expected|actual|code): ?|\s{4,}[^\s]")

SHAPES: tuple[Shape, ...] = (
    # headings: each begins a block, also in the middle of another
    Shape("pytest", r"_{3,} .+ _{3,}$", "heading", keep=_PYTEST),
    Shape("unittest", r"(FAIL|ERROR): \S+ \(", "heading"),
    Shape("jest", r" *● ", "heading"),
    Shape("vitest", r" *FAIL  \S", "heading"),
    Shape("mocha", r" {2}\d+\) ", "heading"),
    Shape("tap", r" *not ok \d", "heading", keep=_TAP),
    Shape("node", r" *✖ .+ \(\d[\d.]*m?s\)$", "heading"),
    Shape("go", r" *--- FAIL: ", "heading"),
    Shape("cargo", r"---- .+ ----$", "heading", keep=_CARGO),
    # details: begin a block only outside of one
    Shape("traceback", r" *Traceback \(most recent call last\):", "traceback"),
    Shape("panic", r"(panic: |fatal error: |thread '[^']*' .*panicked at )", "blank"),
    Shape("rustc", r"error(\[E\d+\])?: ", "blank"),
    Shape("ruff", r"[A-Z]{1,4}\d{2,4} (\[\*\] )?\S", "blank"),
    Shape("eslint", r" +\d+:\d+ +error ", "line", above=True),
    Shape("position", r"(?:\[ERROR\] |e: )?[^\s:()]+\.\w+(?::\d+(?::\d+)?:? |[(:]\[?\d+,\d+[\])])", "frame"),
    Shape("maven", r"\[ERROR\] ", "line"),
    Shape("gradle", r"(\* What went wrong:|> Task .* FAILED|FAILURE: )", "blank"),
    Shape("pytest usage", r"(INTERNALERROR>|ERROR: )", "line"),
    Shape("reformat", r"(would reformat|Would reformat:|unformatted: |\[warn\] |diff .+ --git )", "frame"),
    Shape("shell", r"(sh|bash|/bin/\w+): (line )?\d*:? ?.*not found", "line"),
    Shape("script", r".*\b(?i:expected|want)\b.*\b(?i:got|but|actual|received)\b", "line"),
    # names of what failed
    Shape("summary list", r"(FAILED|ERROR) \S+", "line", "list"),
    Shape("cargo list", r"test .+ \.\.\. FAILED$", "line", "list"),
    Shape("go list", r"FAIL\s", "line", "list"),
    Shape("make", r"make(\[\d+\])?: \*\*\* ", "line", "list"),
    Shape("just", r"error: Recipe ", "line", "list"),
)

WEAK = re.compile(
    r"(?i)\b(error|failed|failure|fatal|exception|cannot|denied|refused|undefined|not found|no such|missing|invalid"
    r"|timed out|unexpected)\b"
)
"""Words of a failure, used only where no shape matches."""

BOUNDARY = re.compile(
    r"={3,}( .*)?$|Ran \d+ tests? in |Test Suites:|Tests: +\d| Test Files  |1\.\.\d+$|ok \d|✔ |test at |failures:$"
    r"|# (tests|Subtest)|ℹ tests|test result:|FAIL\t|ok  \t|-+ Captured |✖ failing tests"
)
"""Lines that end a block and belong to no block."""

TOTAL = re.compile(
    r"=* ?\d+ (failed|errors?|passed)\b.* in [\d.]+ ?m?s|Ran \d+ tests? in |FAILED \((failures|errors|skipped)=|FAILED$"
    r"| *Tests:? +\d+ failed|Tests run: .*(Failures|Errors): [1-9]|# fail \d|ℹ fail \d|test result: FAILED"
    r"| *\d+ (passing|failing)|✖ \d+ problems?|Found \d+ errors?|\d+ errors?$|\d+ files? would be reformatted"
)
"""A runner's summary line; it is always kept."""

NOISE = re.compile(
    r"[-=_⎯~*#\s|]*(\[\d+/\d+\]⎯)?$|\s+[✕✓×✔] "
    r"|\s*at (async )?(.*\()?(node:|/rustc/|.*node_modules/)"
    r"|\s+at (process|Module|Object)\.(_compile|processTicks|<anonymous> \(node)"
    r"|\s+\d+: (core|std|test|alloc|__rustc|rust_begin)"
    r"|\s*(Test|AsyncResource|Suite|startSubtest|async Test)\.?\w* \(?node:|\s*node:internal"
    r"|\s*(duration_ms|failureType|type|operator|generatedMessage|stack)\b.*:|note: (Some details|run with)"
    r"|\s*code: 'ERR_ASSERTION'|npm (warn|notice) |help: "
)
"""Lines that say nothing about the failure."""

SKIPS = re.compile(r"\b(\d+) (?:skipped|pending|ignored)|skipped=(\d+)|(?:#|ℹ) skipped (\d+)")
