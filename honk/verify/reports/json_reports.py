"""Reports in JSON of Jest, Vitest, RSpec, and unittest with Honk's hook. They come from the untrusted tree."""

import json
from typing import Any

from honk.core.job import WORKSPACE
from honk.core.verdict import Failure
from honk.verify.reports.report import Report, UnreadableReport

_MAX_TEXT = 400


def jest(content: bytes) -> Report:
    """`jest --json`; Vitest's JSON reporter writes the same form. Raises UnreadableReport."""
    data = _parsed(content)
    failures = []
    tests = skipped = 0
    for file in _rows(data.get("testResults")):
        path = str(file.get("name", "")).removeprefix(f"{WORKSPACE}/")
        cases = _rows(file.get("assertionResults"))
        ran = sum(case.get("status") in ("passed", "failed") for case in cases)
        tests, skipped = tests + ran, skipped + len(cases) - ran
        bad = [case for case in cases if case.get("status") == "failed"]
        for case in bad:
            names = [*_list(case.get("ancestorTitles")), case.get("title", "")]
            failures.append(_failure(f"{path} › {' › '.join(map(str, names))}", _list(case.get("failureMessages"))))
        if file.get("status") == "failed" and not bad:
            failures.append(_failure(f"{path} › Test suite failed to run", [file.get("message", "")]))
    return Report(tests, len(failures), tuple(failures), skipped=skipped)


def rspec(content: bytes) -> Report:
    """RSpec's JSON formatter. Raises UnreadableReport."""
    data = _parsed(content)
    cases = _rows(data.get("examples"))
    failures = []
    for case in cases:
        if case.get("status") == "failed":
            path = str(case.get("file_path", "")).removeprefix("./")
            exception = case.get("exception")
            text = exception.get("message", "") if isinstance(exception, dict) else ""
            failures.append(_failure(f"{path} {case.get('full_description', '')}", [text]))
    summary = data.get("summary")
    outside = summary.get("errors_outside_of_examples_count") if isinstance(summary, dict) else 0
    failed = len(failures) + _number(outside)
    skipped = sum(case.get("status") == "pending" for case in cases)
    return Report(len(cases) - skipped, failed, tuple(failures), skipped=skipped)


def unittest(content: bytes) -> Report:
    """The lines that `hooks/unittest_hook.py` writes. Raises UnreadableReport, also where a run did not end."""
    lines = [_parsed(line) for line in content.splitlines()]
    ended = [line for line in lines if line.get("event") == "ends"]
    if len(ended) * 2 != len(lines):
        raise UnreadableReport("The test runner left before its run ended.")
    failures = [
        _failure(str(failure[0]), failure[1:]) for line in ended for failure in _list(line.get("failures")) if failure
    ]
    tests, skipped = (sum(_number(line.get(name)) for line in ended) for name in ("tests", "skipped"))
    return Report(tests, len(failures), tuple(failures), skipped=skipped)


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableReport("The test runner's report is not valid JSON.") from error
    if not isinstance(data, dict):
        raise UnreadableReport("The test runner's report has another form than it should.")
    return data


def _failure(name: str, texts: list[Any]) -> Failure:
    text = str(texts[0]) if texts else ""
    return Failure(name[:_MAX_TEXT], text.strip().partition("\n")[0][:_MAX_TEXT])


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rows(value: Any) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]
