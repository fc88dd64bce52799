"""What a failure of a test says: the value that the test expects, the value that it got, or the name it misses. Pure.

The text is the output of pytest, unittest, node:test, Jest, Vitest, go test, cargo test, JUnit, RSpec, PHPUnit or a
script that prints `expected …, got …`.
"""

import re
from dataclasses import dataclass

MAX_VALUE = 80
"""A longer value is cut after so many characters."""


@dataclass(frozen=True)
class Values:
    """`expected` by the test, and what the program gives: `got`."""

    expected: str
    got: str


_LINE_PAIRS: tuple[tuple[str, str], ...] = (
    (r"Expected(?: (?:value|string|substring|pattern|length|message))?:\s+(.+)", r"Received(?: [\w ]+)?:\s+(.+)"),
    (r"Expected regex:\s+(.+)", r"Actual message:\s+(.+)"),
    (r"Regex:\s+(.+)", r"Input:\s+(.+)"),
    (r"expected\s*:\s+(.+)", r"(?:actual|got)\s*:\s+(.+)"),
    (r"right: (.+)", r"left: (.+)"),
)
_PAIRS = tuple(
    (re.compile(rf"^(?:E\s)?\W*{one}$", re.MULTILINE), re.compile(rf"^(?:E\s)?\W*{other}$", re.MULTILINE))
    for one, other in _LINE_PAIRS
)
_GOT = r"(?:got|was|received|actual(?:ly)?|found)"
_WANT = r"(?:wanted|want|expected|expects?)"
_ONE_LINE: tuple[re.Pattern[str], ...] = (
    re.compile(r"expected:? ?<(?P<expected>.*?)> but was:? ?<(?P<got>.*?)>"),
    re.compile(r"Failed asserting that (?P<got>.+?) (?:matches expected|is identical to) (?P<expected>.+?)\.?$"),
    re.compile(
        rf"\b{_WANT}\b:?\s+(?P<expected>\S.*?)[,;]?\s+(?:but\s+)?(?:it\s+)?\b{_GOT}\b:?\s+(?P<got>.+)", re.IGNORECASE
    ),
    re.compile(rf"\b{_GOT}\b:?\s+(?P<got>\S.*?)[,;]\s+(?:but\s+)?\b{_WANT}\b:?\s+(?P<expected>.+)", re.IGNORECASE),
    re.compile(r"=\s*(?P<got>\S.*?)[,;]\s+(?:but )?want\s+(?P<expected>.+)"),
    re.compile(r"^E\s+Failed: (?P<got>DID NOT RAISE) <class '(?P<expected>[\w.]+)'>"),
    re.compile(r"AssertionError: (?P<expected>\w+) (?P<got>not raised)"),
    re.compile(r"AssertionError: (?P<expected>\".+\") does not match (?P<got>\".+\")"),
    re.compile(r"^(?P<got>\S.*?) !== (?P<expected>.+)$"),
)
_COMPARED = re.compile(r"^(?:E\s+)?(?:AssertionError: )?assert (?P<one>.+?) (?:==|is) (?P<other>.+)$")
_UNEQUAL = re.compile(r"AssertionError: (?P<one>.+?) != (?P<other>.+?)(?: : .*)?$")
_WHERE = re.compile(r"^E?\s*\+\s+where (?P<value>.+?) = ")
_MISSING: tuple[re.Pattern[str], ...] = tuple(
    map(
        re.compile,
        (
            r"cannot import name ['\"](\w+)['\"]",
            r"No module named ['\"]([\w.]+)['\"]",
            r"module ['\"][\w.]+['\"] has no attribute ['\"](\w+)['\"]",
            r"(?:object|class) .*has no attribute ['\"](\w+)['\"]",
            r"['\"]\w+['\"] object has no attribute ['\"](\w+)['\"]",
            r"NameError: name ['\"](\w+)['\"] is not defined",
            r"does not provide an export named ['\"](\w+)['\"]",
            r"Named export ['\"](\w+)['\"] not found",
            r"Cannot find (?:module|package) ['\"]([^'\"]+)['\"]",
            r"(?:Error|import) .*?[Cc]annot resolve ['\"]([^'\"]+)['\"]",
            r"has no exported member ['\"](\w+)['\"]",
            r"\b([\w$]+)\)? is not a (?:function|constructor)\b",
            r"(?:ReferenceError|error): '?([\w$]+) is not defined",
            r"\bundefined: ([\w.]+)",
            r"cannot find (?:function|value|type|struct|macro|crate|module)[^`]*`(\w+)`",
            r"unresolved import `([\w:]+)`",
            r"no (?:method|function|field|associated item)[^`]*`(\w+)` (?:found|on)",
            r"symbol:\s+(?:method|class|variable) (\w+)",
            r"undefined method [`'](\w+)'",
            r"uninitialized constant ([\w:]+)",
        ),
    )
)


def values(text: str) -> Values | None:
    """Expected and actual value of the first failure in `text`, None where it says none."""
    for expected, got in _PAIRS:
        one, other = expected.search(text), got.search(text)
        if one and other:
            return _pair(one[1], other[1])
    lines = text.splitlines()
    return next((found for line in lines if (found := _in_line(line.strip(), lines))), None)


def missing(text: str) -> str:
    """The name (of a function, class or module) that the test uses and the program does not have; empty for none."""
    return next((match[1] for pattern in _MISSING if (match := pattern.search(text))), "")


def _in_line(line: str, lines: list[str]) -> Values | None:
    for pattern in _ONE_LINE:
        if match := pattern.search(line):
            return _pair(match["expected"], match["got"])
    compared = _COMPARED.search(line) or _UNEQUAL.search(line)
    if not compared:
        return None
    one, other = compared["one"], compared["other"]
    if any(_came_second(one, other, each.strip()) for each in lines):
        return _pair(one, other)
    return _pair(other, one)


def _came_second(one: str, other: str, line: str) -> bool:
    """Whether `line` shows that the second of two compared values is the program's: the test names its value first."""
    if where := _WHERE.match(line):
        return where["value"] == other != one
    source, value = (text.replace('"', "'") for text in (line.removeprefix(">").strip(), one))
    return bool(re.match(rf"(?:self\.)?assert(?:Equals?|Is)?[( ]\s*{re.escape(value)}(?:,| ==) .*\w\(", source))


def _pair(expected: str, got: str) -> Values:
    return Values(_short(expected), "no error" if got in ("DID NOT RAISE", "not raised") else _short(got))


def _short(value: str) -> str:
    text = " ".join(value.split()).rstrip(",")
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"
