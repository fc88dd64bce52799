"""JUnit XML reports of many runners. They come from the untrusted tree: bounded, and without DTD or entities."""

import xml.parsers.expat
from dataclasses import dataclass

from honk.core.verdict import Failure
from honk.verify.reports.report import MissingReport, Report, UnreadableReport

MAX_CASES = 500_000
_MAX_TEXT = 400


@dataclass
class _Case:
    name: str
    failed: bool = False
    skipped: bool = False
    text: str = ""


def parse(content: bytes) -> Report:
    """The report in `content`. Raises UnreadableReport."""
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
    skipped = sum(case.skipped for case in cases)
    return Report(len(cases) - skipped, len(failures), failures, skipped=skipped)


def parse_left(content: bytes) -> Report:
    """The report of what a build tool has left. Raises MissingReport where it left none."""
    if b"<testsuite " not in content:
        raise MissingReport("The build tool left no report of a test.")
    return parse(content)
