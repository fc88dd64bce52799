"""The JUnit XML report that pytest writes. It comes from the untrusted tree: bounded, and without DTD or entities."""

import os
import stat
import xml.parsers.expat
from dataclasses import dataclass
from pathlib import Path

from honk.core.verdict import Failure
from honk.verify.reports.report import Report

MAX_BYTES = 50_000_000
MAX_CASES = 500_000
_MAX_TEXT = 400


class UnreadableReport(Exception):
    """The report is missing, too large, or not the XML that it should be. The message is one sentence."""


@dataclass
class _Case:
    name: str
    failed: bool = False
    skipped: bool = False
    text: str = ""


def read(path: Path) -> Report:
    """The report of the run that wrote `path`. Links are not followed. Raises Unreadable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableReport("The test runner did not write its report.") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableReport("The test runner's report is no file.")
        if status.st_size > MAX_BYTES:
            raise UnreadableReport(f"The test runner's report is larger than {MAX_BYTES} bytes.")
        return parse(file.read(MAX_BYTES))


def parse(content: bytes) -> Report:
    """The report in `content`. Raises Unreadable."""
    cases: list[_Case] = []

    def start(tag: str, values: dict[str, str]) -> None:
        if tag == "testcase":
            if len(cases) >= MAX_CASES:
                raise UnreadableReport(f"The test runner's report has more than {MAX_CASES} tests.")
            cases.append(_Case(f"{values.get('classname', '')}::{values.get('name', '')}"[:_MAX_TEXT]))
        elif cases and tag in ("failure", "error"):
            cases[-1].failed = True
            cases[-1].text = values.get("message", "").partition("\n")[0][:_MAX_TEXT]
        elif cases and tag == "skipped":
            cases[-1].skipped = values.get("type") != "pytest.xfail"

    def refuse(*args: object) -> None:
        raise UnreadableReport("The test runner's report holds a document type, which no report needs.")

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (xml.parsers.expat.ExpatError, ValueError) as error:
        raise UnreadableReport(f"The test runner's report is not valid XML ({error}).") from error
    failures = tuple(Failure(case.name, case.text) for case in cases if case.failed)
    return Report(sum(not case.skipped for case in cases), len(failures), failures)
