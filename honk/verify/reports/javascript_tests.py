"""The listings of jest, vitest, mocha and node --test (its `spec` reporter; `tap.py` reads the other)."""

import re

from honk.core.verdict import Failure
from honk.verify.reports.report import Report, distinct

_COUNTS = re.compile(r"(\d+) (failed|passed|skipped|todo|pending|total)")
_JEST_TOTAL = re.compile(r" *Tests: +(.+ total)$")
_JEST_SUITES = re.compile(r" *Test Suites: +(?:(\d+) failed)?.* total$")
_JEST_FILE = re.compile(r" *FAIL +(\S.*?)(?: \([\d.]+ m?s\))?$")
_JEST_FAILURE = re.compile(r" *● (.+)$")
_VITEST_TOTAL = re.compile(r" +Tests +(.*?)(?: \((\d+)\))?$")
_VITEST_FILES = re.compile(r" *Test Files +(?:(\d+) failed)?")
_VITEST_FAILURE = re.compile(r" *FAIL  +(?:\|[^|]*\| )?(\S.*)$")
_MOCHA_PASSING = re.compile(r" +(\d+) passing\b")
_MOCHA_FAILING = re.compile(r" +(\d+) failing$")
_MOCHA_FAILURE = re.compile(r" {2,}\d+\) (.+)$")
_NODE_TOTAL = re.compile(r"ℹ (tests|fail|cancelled|skipped|todo) (\d+)$")
_NODE_PLACE = re.compile(r"test at (.+?):\d+:\d+$")
_NODE_FAILURE = re.compile(r"✖ (.+?)(?: \([\d.]+m?s\))?$")
_BAIL = re.compile(r".*(?:Bailed out|bail(ed|ing)? (?:out )?after|Test run was cancelled)", re.IGNORECASE)
_BAILED = "The run stopped at its first failures."
_NO_TESTS = re.compile(r"No tests? (?:files )?found\b")


def read_jest(lines: list[str]) -> Report | None:
    """Failures are `● suite › test` below `FAIL file`; many suites are repeated in a summary."""
    tests = failed = None
    file, cut = "", ""
    failures: list[Failure] = []
    for line in lines:
        if match := _JEST_TOTAL.match(line):
            counts = _counts(match[1])
            tests = (tests or 0) + counts.get("passed", 0) + counts.get("failed", 0)
            failed = (failed or 0) + counts.get("failed", 0)
        elif match := _JEST_SUITES.match(line):
            failed = failed or 0
        elif _NO_TESTS.match(line):
            tests = tests or 0
        elif match := _JEST_FILE.match(line):
            file = match[1]
        elif (match := _JEST_FAILURE.match(line)) and file and not match[1].startswith(("Console", "Validation")):
            failures.append(Failure(f"{file} › {match[1].strip()}"))
        elif _BAIL.match(line):
            cut = _BAILED
    return None if tests is None else distinct(Report(tests, failed, tuple(failures), cut))


def read_vitest(lines: list[str]) -> Report | None:
    """Failures are ` FAIL  file > suite > test`."""
    tests = failed = None
    seen, cut = False, ""
    failures: list[Failure] = []
    for line in lines:
        if _VITEST_FILES.match(line):
            seen = True
        elif _NO_TESTS.match(line):
            seen, tests = True, tests or 0
        elif seen and (match := _VITEST_TOTAL.match(line)):
            counts = _counts(match[1])
            tests = (tests or 0) + counts.get("passed", 0) + counts.get("failed", 0)
            failed = (failed or 0) + counts.get("failed", 0)
        elif match := _VITEST_FAILURE.match(line):
            failures.append(Failure(match[1].strip()))
        elif "Unhandled Errors" in line:
            failures.append(Failure("Unhandled Errors"))
        elif _BAIL.match(line):
            cut = _BAILED
    return distinct(Report(tests, failed, tuple(failures), cut)) if seen else None


def read_mocha(lines: list[str]) -> Report | None:
    """Failures are numbered below `n failing`, each title on lines of its own up to a colon."""
    passed = failed = None
    failures: list[Failure] = []
    title: list[str] | None = None
    for line in lines:
        if match := _MOCHA_PASSING.match(line):
            passed = (passed or 0) + int(match[1])
        elif match := _MOCHA_FAILING.match(line):
            failed = (failed or 0) + int(match[1])
        elif failed and (match := _MOCHA_FAILURE.match(line)):
            title = [match[1].strip()]
        elif title is not None and line.strip():
            title.append(line.strip())
        if title is not None and (title[-1].endswith(":") or len(title) > 8):
            failures.append(Failure(" › ".join(title).rstrip(":")))
            title = None
    return None if passed is None else Report(passed + (failed or 0), failed or 0, tuple(failures))


def read_node(lines: list[str]) -> Report | None:
    """Failures are below `failing tests:`, each after the place of its test."""
    totals: dict[str, int] = {}
    failures: list[Failure] = []
    place = ""
    for line in lines:
        if match := _NODE_TOTAL.match(line):
            totals[match[1]] = totals.get(match[1], 0) + int(match[2])
        elif match := _NODE_PLACE.match(line):
            place = match[1]
        elif place and (match := _NODE_FAILURE.match(line)):
            failures.append(Failure(f"{place} › {match[1]}"))
            place = ""
    if "tests" not in totals:
        return None
    ran = totals["tests"] - totals.get("skipped", 0)
    return Report(ran, totals.get("fail", 0) + totals.get("cancelled", 0), tuple(failures))


def _counts(text: str) -> dict[str, int]:
    return {word: int(number) for number, word in _COUNTS.findall(text)}
