"""The output of a verifier as a `Report`: every reader is asked, and several runners in one command are added."""

import hashlib
import re
from functools import reduce

from honk.core.job import WORKSPACE
from honk.core.verdict import Failure
from honk.verify import excerpt
from honk.verify.base import Kind
from honk.verify.reports.findings import read_findings
from honk.verify.reports.go_tests import read_go, read_go_json
from honk.verify.reports.javascript_tests import read_jest, read_mocha, read_node, read_vitest
from honk.verify.reports.other_tests import read_others
from honk.verify.reports.python_tests import read_pytest, read_unittest
from honk.verify.reports.report import Report, joined
from honk.verify.reports.tap import read_tap

MAX_FAILURES = 2000
"""More failures than this are counted, not kept."""

WHOLE_OUTPUT = "output "
"""The id of a failure begins so where it stands for the whole output, because no reader knows its format."""

_READERS = (
    (read_pytest, (" in ",)),
    (read_unittest, ("Ran ",)),
    (read_jest, ("Tests:", "No tests found")),
    (read_vitest, ("Test Files", "No test files found")),
    (read_mocha, (" passing",)),
    (read_node, ("ℹ tests",)),
    (read_tap, ("TAP version", "1..")),
    (read_go, ("ok", "FAIL", "?")),
)
"""Each reader, with the words of which one is in the output where its runner ran."""

_VARIABLE = re.compile(
    r"0x[0-9a-f]+|\b\d{4}-\d\d-\d\d(?:[T ][\d:.]+Z?)?|\b\d+(?:\.\d+)? ?(?:ms|s|sec|seconds?|min)\b|/tmp/\S+"
    r"|(?<=:)\d+(?::\d+)?\b|\b(?:line|pid) \d+|\d+ (?:source )?files?\b",
    re.IGNORECASE,
)
_UNKNOWN_RUNNER = "The output names no single failure."


def tests(output: str) -> Report | None:
    """What the test runners in the output report; None where no runner is recognised."""
    lines = excerpt.plain_lines(output)
    text = "\n".join(lines)
    likely = [reader for reader, marks in _READERS if any(mark in text for mark in marks)]
    found = [report for reader in likely if (report := reader(lines)) is not None]
    if '"Package":' in output and (from_json := read_go_json(output)) is not None:
        found.append(from_json)
    found += read_others(lines, text)
    return reduce(joined, found) if found else None


def report(output: str, kind: Kind) -> Report:
    """All that the output of a verifier of this kind says. Pure; `cut` is set where failures may be unnamed."""
    ran = tests(output)
    if kind == "test" and ran is not None:
        return _bounded(ran)
    lines = excerpt.plain_lines(output)
    found = read_findings(lines, WORKSPACE)
    if ran is not None and ran.failures:
        found = joined(found, ran) if found else ran
    if found is not None:
        return _bounded(found)
    return Report(failures=(_whole(lines),), cut=_UNKNOWN_RUNNER if kind in ("test", "build") else "")


def _whole(lines: list[str]) -> Failure:
    """The whole output as one failure, for comparison: without times, line numbers and the order of lines."""
    rows = sorted(" ".join(_VARIABLE.sub("…", line).split()) for line in lines if line.strip())
    return Failure(WHOLE_OUTPUT + hashlib.sha256("\n".join(rows).encode(errors="replace")).hexdigest()[:16])


def _bounded(full: Report) -> Report:
    if len(full.failures) <= MAX_FAILURES:
        return full
    cut = f"More than {MAX_FAILURES} failures."
    return Report(full.tests, full.failed or len(full.failures), full.failures[:MAX_FAILURES], cut)
