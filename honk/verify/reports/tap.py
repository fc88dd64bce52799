"""The Test Anything Protocol (testanything.org), with the nested subtests of node and of TAP 14."""

import re

from honk.core.verdict import Failure
from honk.verify.reports.report import Report

_POINT = re.compile(r"( *)(not ok|ok)\b(?: +(\d+))?(?: +-)? *(.*)$")
_DIRECTIVE = re.compile(r" +# *(skip|todo)\b.*$", re.IGNORECASE)
_PLAN = re.compile(r"( *)1\.\.(\d+)")
_SUBTEST = re.compile(r"( *)# Subtest: (.+)$")
_TOTAL = re.compile(r"# (tests|skipped) (\d+)$")
_BAIL = re.compile(r" *Bail out!(.*)$")


def read_tap(lines: list[str]) -> Report | None:
    """Each `not ok` is a failure, named with the subtests that it stands in; `# TODO` and `# SKIP` are none."""
    names: list[tuple[int, str]] = []  # the subtests that are open, each with its indentation
    failures: list[Failure] = []
    tests = top = planned = 0
    totals: dict[str, int] = {}
    cut, is_tap = "", any(line.startswith("TAP version") for line in lines[:2000])
    for line in lines:
        if match := _SUBTEST.match(line):
            names = [each for each in names if each[0] < len(match[1])] + [(len(match[1]), match[2])]
        elif match := _PLAN.match(line):
            is_tap = True
            planned += 0 if match[1] else int(match[2])
        elif match := _TOTAL.match(line):
            totals[match[1]] = totals.get(match[1], 0) + int(match[2])
        elif match := _BAIL.match(line):
            cut = f"The run stopped early:{match[1] or ' it bailed out'}."
        elif match := _POINT.match(line):
            depth = len(match[1])
            top += depth == 0
            directive = _DIRECTIVE.search(match[4])
            name = _DIRECTIVE.sub("", match[4]).strip()
            parents = [text for indent, text in names if indent < depth]
            names = [each for each in names if each[0] < depth]
            tests += not directive
            if match[2] == "not ok" and not directive:
                failures.append(Failure(" › ".join([*parents, name or f"test {match[3]}"])))
    if not is_tap:
        return None
    if planned and top < planned:
        cut = cut or f"Only {top} of {planned} planned tests were reported."
    if "tests" in totals:
        tests = totals["tests"] - totals.get("skipped", 0)
    return Report(tests, len(failures), tuple(failures), cut)
