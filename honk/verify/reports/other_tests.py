"""Test runners whose listing a few patterns can read: one row each."""

import re
from dataclasses import dataclass

from honk.core.verdict import Failure
from honk.verify.reports.report import Report, distinct

_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class _Runner:
    """`marks`: the output holds one of these where the runner ran. `total` matches the runner's summary: group `tests`
    is how many ran, `failed` how many of them failed (numbers in it are added), `less` how many of them did not run.
    `failure` names one, with `id` and `text`. `nothing` says that there was no test, `cut` that the run stopped early;
    `context` gives the name (group 1) to which the next failures belong; `complete` says that it did not stop early."""

    name: str
    marks: tuple[str, ...]
    total: re.Pattern[str]
    failure: re.Pattern[str]
    nothing: re.Pattern[str] = _NEVER
    cut: re.Pattern[str] = _NEVER
    context: re.Pattern[str] = _NEVER
    complete: re.Pattern[str] = _NEVER


_RUNNERS = (
    _Runner(
        "cargo",
        ("test result: ", "running 0 tests"),
        re.compile(r"test result: \w+\. (?P<tests>\d+ passed; (?P<failed>\d+) failed)"),
        re.compile(r"---- (?P<id>.+?) (?:stdout )?----$"),
        re.compile(r"running 0 tests$"),
        re.compile(r"error: (test|doctest) failed, to rerun pass(?!.*no-fail-fast)"),
        re.compile(r" +Running (\S+.*?) \("),
        re.compile(r"error: \d+ targets? failed:"),  # printed with --no-fail-fast alone
    ),
    _Runner(
        "rspec",
        (" example",),
        re.compile(
            r"(?P<tests>\d+) examples?, (?P<failed>\d+ failures?(?:, \d+ errors? occurred outside of examples)?)"
        ),
        re.compile(r"rspec (?P<id>(?:'[^']+'|\S+?))(?::\d+)? # (?P<text>.+)$"),
    ),
    _Runner(
        "phpunit",
        ("OK (", "Assertions: ", "No tests executed!"),
        re.compile(r"(?:OK \((?P<tests>\d+) tests?|Tests: (?P<tests2>\d+), Assertions: \d+(?P<failed>.*)\.)"),
        re.compile(r"\d+\) (?P<id>[\w\\]+::\S.*)$"),
        re.compile(r"No tests executed!"),
    ),
    _Runner(
        "ctest",
        ("% tests passed, ", "No tests were found!!!"),
        re.compile(r"\d+% tests passed, (?P<failed>\d+) tests? failed out of (?P<tests>\d+)"),
        re.compile(r"\s+\d+ - (?P<id>\S+) \((?P<text>[^)]+)\)"),
        re.compile(r"No tests were found!!!"),
    ),
    _Runner(
        "googletest",
        ("[===",),
        re.compile(r"\[=+\] (?P<tests>\d+) tests? from .* ran\."),
        re.compile(r"\[  FAILED  \] (?P<id>\w[\w/]*\.[\w/]+)(?:, where|$)"),
    ),
    _Runner(
        "surefire",
        ("Tests run: ", "No tests to run."),
        re.compile(
            r"(?:\[\w+\] )?Tests run: (?P<tests>\d+), (?P<failed>Failures: \d+, Errors: \d+), Skipped: (?P<less>\d+)"
            r"(?!.*Time elapsed)"
        ),
        re.compile(r"\[ERROR\] (?P<id>(?!Tests run)\S.*?) +(?:-- )?Time elapsed: .*<<< (?P<text>FAILURE|ERROR)!"),
        re.compile(r"(?:\[\w+\] )?No tests to run\."),
        re.compile(r"\[INFO\] .* SKIPPED$"),
    ),
    _Runner(
        "gradle",
        (" completed, ", "NO-SOURCE"),
        re.compile(r"(?P<tests>\d+) tests? completed, (?P<failed>\d+) failed"),
        re.compile(r"(?P<id>\S+ > .+) FAILED$"),
        re.compile(r"> Task :\S*[tT]est NO-SOURCE"),
    ),
    _Runner(
        "dotnet",
        ("Failed: ", "No test "),
        re.compile(
            r"(?:Failed!|Passed!) +- Failed: +(?P<failed>\d+), Passed: +\d+, Skipped: +(?P<less>\d+),"
            r" Total: +(?P<tests>\d+)"
        ),
        re.compile(r" +Failed (?P<id>\S.*?) \[[\d.,< ]+ ?m?s\]$"),
        re.compile(r"No test is available in|No test matches the given"),
    ),
    _Runner(
        "minitest",
        (" assertions, ",),
        re.compile(
            r"(?P<tests>\d+) (?:runs|tests), \d+ assertions, (?P<failed>\d+ failures, \d+ errors)"
            r"(?:, \d+ pendings, \d+ omissions|, (?P<less>\d+) skips)?"
        ),
        re.compile(r"(?P<id>[A-Z][\w:]*#\w+)(?: \[.*\])?:?$|(?:Failure|Error): (?P<id2>test\w*\(.+?\))"),
    ),
    _Runner(
        "exunit",
        (" failure",),
        re.compile(r"(?P<tests>\d+) tests?, (?P<failed>\d+) failures?(?:, (?P<less>\d+) (?:excluded|skipped))?$"),
        re.compile(r"  \d+\) test (?P<id>.+ \([\w.]+\))$"),
    ),
    _Runner(
        "bun",
        ("Ran ", "0 test files"),
        re.compile(r"Ran (?P<tests>\d+) tests? across \d+ files?"),
        re.compile(r"\(fail\) (?P<id>.+?)(?: \[[\d.]+m?s\])?$"),
        re.compile(r"error: 0 test files? match"),
    ),
    _Runner(
        "deno",
        (" | ", "No test modules"),
        re.compile(r"(?:ok|FAILED) \| (?P<tests>\d+ passed.*? \| (?P<failed>\d+) failed)"),
        re.compile(r"(?P<id>\S.*?) => \./\S+?:\d+:\d+$"),
        re.compile(r"error: No test modules found"),
    ),
    _Runner(
        "xctest",
        ("Executed ",),
        re.compile(r"\t? *Executed (?P<tests>\d+) tests?, with (?P<failed>\d+) failures?"),
        re.compile(r"Test Case '(?P<id>.+)' failed"),
    ),
    _Runner(
        "prove", ("Files=",), re.compile(r"Files=\d+, Tests=(?P<tests>\d+)"), _NEVER, re.compile(r"Result: NOTESTS")
    ),
)


def read_others(lines: list[str], output: str) -> list[Report]:
    """A report for each of the runners whose summary is there."""
    likely = [runner for runner in _RUNNERS if any(mark in output for mark in runner.marks)]
    return [report for runner in likely if (report := _read(runner, lines)) is not None]


def _read(runner: _Runner, lines: list[str]) -> Report | None:
    tests = failed = None
    failures: list[Failure] = []
    cut = context = ""
    for line in lines:
        if match := runner.total.match(line):
            groups = match.groupdict()
            ran = _number(groups.get("tests")) + _number(groups.get("tests2")) - _number(groups.get("less"))
            tests = (tests or 0) + ran
            failed = (failed or 0) + _number(groups.get("failed")) if "failed" in groups else failed
        elif runner.nothing.match(line):
            tests = tests or 0
        elif match := runner.context.match(line):
            context = f"{match[1]} "
        elif match := runner.failure.match(line):
            groups = match.groupdict()
            failures.append(Failure(context + (groups["id"] or groups.get("id2") or ""), groups.get("text") or ""))
        elif runner.complete.match(line):
            cut = ""
        elif runner.cut.match(line):
            cut = "The run stopped at its first failures."
    return None if tests is None else distinct(Report(tests, failed, tuple(failures), cut))


def _number(text: str | None) -> int:
    return sum(map(int, re.findall(r"\d+", text or "")))
