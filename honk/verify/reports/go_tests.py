"""The listing of `go test`, as text and with -json."""

import json
import re
from typing import Any

from honk.core.verdict import Failure
from honk.verify.reports.report import MissingReport, Report

_FAILURE = re.compile(r" *--- FAIL: (\S+) \(")
_PASSED = re.compile(r" *--- PASS: ")
_PACKAGE = re.compile(r"(ok|FAIL|\?) {4,}(\S+) *(.*)$")  # tabs have become spaces
_PANIC = re.compile(r"panic: (?!test timed out)|fatal error: ")
_TIMEOUT = re.compile(r"panic: test timed out")
_BROKEN = "A package did not build or crashed, so its tests did not run to the end."


def read_go(lines: list[str]) -> Report | None:
    """Failures are named below their package, whose line comes last. Tests are counted where -v shows them."""
    names: list[str] = []
    failures: list[Failure] = []
    passed = with_tests = packages = 0
    cut, crash = "", ""
    for line in lines:
        if match := _FAILURE.match(line):
            names.append(match[1])
        elif _PASSED.match(line):
            passed += 1
        elif _PANIC.match(line) or _TIMEOUT.match(line):
            crash, cut = line, _BROKEN
        elif match := _PACKAGE.match(line):
            packages += 1
            with_tests += match[1] != "?" and "[no tests to run]" not in match[3]
            if match[1] == "FAIL" and (crash or not names):
                names.append(f"[{'build failed' if 'failed]' in match[3] else 'crashed'}]")
                cut = _BROKEN
            failures += [Failure(f"{match[2]}.{name}", crash) for name in names]
            names, crash = [], ""
    if not packages:
        return None
    tests = 0 if not with_tests else passed + len(failures) if passed else None
    return Report(tests, len(failures), tuple(failures), cut)


def read_go_json(output: str) -> Report | None:
    """The events of `go test -json` (go doc test2json)."""
    events = [event for line in output.split("\n") if line.startswith('{"') for event in _event(line)]
    if not any("Package" in event for event in events):
        return None
    ended = [event for event in events if event.get("Test") and event.get("Action") in ("pass", "fail")]
    failed = [_name(event) for event in ended if event["Action"] == "fail"]
    broken = {
        str(event.get("Package"))
        for event in events
        if event.get("Action") == "fail" and not event.get("Test") and event.get("FailedBuild")
    }
    failures = [*failed, *(f"{package}.[build failed]" for package in sorted(broken))]
    cut = _BROKEN if broken else ""
    return Report(len(ended), len(failures), tuple(Failure(name) for name in failures), cut)


def read_events(content: bytes) -> Report:
    """The report that `go test -json` wrote. Raises MissingReport."""
    report = read_go_json(content.decode(errors="replace"))
    if report is None:
        raise MissingReport("The test runner did not write its report.")
    return report


def printed(content: bytes) -> str:
    """What `go test` prints without -json: of failed tests, each heading with the test's own lines below it."""
    waiting: dict[str, list[str]] = {}
    out: list[str] = []
    failed: set[str] = set()
    for line in content.decode(errors="replace").splitlines():
        for event in _event(line) or [{"Output": f"{line}\n"}]:
            text, test = str(event.get("Output", "")), _name(event)
            if not event.get("Test") or test in failed:
                out.append(text)
            elif text.lstrip().startswith("--- "):
                lines = waiting.pop(test, [])
                if "--- FAIL" in text:
                    out += [text, *lines]
                    failed.add(test)
            elif not text.startswith("=== "):
                waiting.setdefault(test, []).append(text)
    return "".join([*out, *(text for lines in waiting.values() for text in lines)])


def _name(event: dict[str, Any]) -> str:
    return f"{event.get('Package')}.{event.get('Test')}"


def _event(line: str) -> list[dict[str, Any]]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return []  # another program's line
    return [event] if isinstance(event, dict) and "Action" in event else []
