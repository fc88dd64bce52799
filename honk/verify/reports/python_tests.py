"""The listings of pytest and unittest."""

import re

from honk.core.verdict import Failure
from honk.verify.reports.report import Report

_OUTCOME = r"\d+ (?:failed|passed|skipped|deselected|xfailed|xpassed|errors?|warnings?|rerun|subtests? \w+)"
_PYTEST_TOTAL = re.compile(rf"=* ?({_OUTCOME}(?:, {_OUTCOME})*|no tests ran|no tests collected)\b.* in [\d.]+ ?s")
_PYTEST_CUT = re.compile(r"!{3,} (.+?) !{3,}$")
_PYTEST_FAILURE = re.compile(r"(?:FAILED|ERROR|SUBFAIL(?:ED)?(?:\(.*?\)|\[.*?\])?) (?!at )(\S.*)$")
_UNITTEST_TOTAL = re.compile(r"Ran (\d+) tests? in ")
_UNITTEST_RESULT = re.compile(r"FAILED \((.*)\)$")
_UNITTEST_FAILURE = re.compile(r"(?:FAIL|ERROR|UNEXPECTED SUCCESS): (\S.*)$")
_UNITTEST_NAME = re.compile(r"(\S+) \(([\w.]+)\)(.*)$")
_RULE = "=" * 70


def read_pytest(lines: list[str]) -> Report | None:
    """Failures from the short summary, numbers from the last line of each run."""
    tests = failed = None
    failures: list[Failure] = []
    cut, in_summary = "", False
    for line in lines:
        if match := _PYTEST_TOTAL.match(line):
            numbers = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", match[1])}
            bad = sum(numbers.get(word, 0) for word in ("failed", "error", "errors"))
            ran = sum(numbers.get(word, 0) for word in ("failed", "passed", "xfailed", "xpassed"))
            tests, failed, in_summary = (tests or 0) + ran, (failed or 0) + bad, False
        elif "short test summary info" in line:
            in_summary = True
        elif match := _PYTEST_CUT.match(line):
            cut = f"pytest stopped early: {match[1]}."
        elif in_summary and (match := _PYTEST_FAILURE.match(line)):
            name, text = _split(match[1])
            failures.append(Failure(name, text))
    return None if tests is None else Report(tests, failed, tuple(failures), cut)


def _split(line: str) -> tuple[str, str]:
    """Id and message: ` - ` between them, which may also stand within the brackets of a parameter."""
    name, bracket, rest = line.partition("[")
    if bracket and " - " not in name:
        end = rest.find("] - ")
        return (f"{name}[{rest[: end + 1]}", rest[end + 4 :]) if end >= 0 else (line, "")
    name, _, text = line.partition(" - ")
    return name, text


def read_unittest(lines: list[str]) -> Report | None:
    """Failures from the headings of their tracebacks."""
    tests = None
    failed = 0
    failures: list[Failure] = []
    for number, line in enumerate(lines):
        if match := _UNITTEST_TOTAL.match(line):
            tests = (tests or 0) + int(match[1])
        elif match := _UNITTEST_RESULT.match(line):
            counts = re.findall(r"(failures|errors|unexpected successes)=(\d+)", match[1])
            failed += sum(int(count) for _, count in counts)
        elif number and lines[number - 1].startswith(_RULE) and (match := _UNITTEST_FAILURE.match(line)):
            failures.append(Failure(_dotted(match[1]), _last_line(lines, number + 1)))
    return None if tests is None else Report(tests, failed, tuple(failures))


def _dotted(heading: str) -> str:
    """`module.Class.test` from `test (module.Class.test)`, as Python prints it since 3.11, or `test (module.Class)`."""
    match = _UNITTEST_NAME.match(heading)
    if not match:
        return heading
    test, where, rest = match.groups()
    return (where if where.endswith(f".{test}") else f"{where}.{test}") + rest


def _last_line(lines: list[str], start: int) -> str:
    """The exception of the traceback that begins at `start`: its first line at the left margin after the frames."""
    frames = False
    for line in lines[start : start + 200]:
        if line.startswith(_RULE):
            return ""
        frames = frames or line.startswith("  ")
        if frames and line and not line.startswith((" ", "-", "Traceback")):
            return line
    return ""
