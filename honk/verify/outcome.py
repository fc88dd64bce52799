"""What a verifier's run means: passed, failed or unknown, with the failures that its output and report name. Pure."""

import re
from dataclasses import dataclass, replace

from honk.core.job import JobLimits, Result
from honk.core.verdict import Failure, State, Verdict
from honk.verify import excerpt
from honk.verify.base import Verifier
from honk.verify.reports import read
from honk.verify.reports.report import Report
from honk.verify.syntax.diff_hunks import names
from honk.verify.test_files import is_test_or_support

_LIMITS = {
    "time": "Stopped after {seconds:g} s, the time limit; the result is unknown.",
    "memory": "Stopped at {memory_mb} MB, the memory limit; the result is unknown.",
    "processes": "Stopped at {processes} processes, the limit; the result is unknown.",
    "output": "Stopped because it printed many times the {output_mb:g} MB that are kept; the result is unknown.",
    "disk": "Stopped at {disk_mb} MB on disk, the limit; the result is unknown.",
    "cancelled": "Stopped before it ended; the result is unknown.",
}
_STATUS = {
    126: "The command exists but cannot be executed (status 126).",
    127: "The command was not found (status 127): set-up does not install a program that it needs.",
    137: "The command was killed (status 137), most likely because memory ran out.",
}
_NO_TEST = "The command ran no test; the result is unknown, not passed."
_NO_END = "The test runner did not report its end, although the command succeeded; the result is unknown."
_INSIDE = re.compile(
    r"make(?:\[\d+\])?: \*\*\* .*"
    r"(?:Error (?P<make>12[67]|1[34]\d)|(?P<signal>Killed|Segmentation fault|Aborted|Terminated))"
    r"|error: Recipe .* failed .*exit code (?P<just>12[67]|1[34]\d)"
    r"|\S*python[\d.]*: (?P<module>No module named \S+)"
    r"|(?:make(?:\[\d+\])?: \*\*\* (?P<rule>No rule to make target .+)\.  Stop\.)"
    r"|npm (?:ERR!|error) (?P<script>Missing script: .+)"
    r"|\S+: error: (?P<usage>unrecognized arguments: .+)"
)
_ALWAYS_REPORTS = re.compile(r"(?:^|[;&|] *|\bpython[\d.]* -m )(?:pytest|unittest)\b(?!.*(?: -qq|>|\|))")
_CRASH = re.compile(
    r"(?:\S*sh: )?(?:line \d+: )?(?:\d+ )?(?:Segmentation fault|Aborted|Bus error|Illegal instruction)"
    r"(?: \(core dumped\)|$)"
    r"|Fatal Python error: |FATAL ERROR: .*(?:heap|memory)|# A fatal error has been detected by the Java"
    r"|terminate called after throwing|fatal error: all goroutines are asleep"
)
_SEVERAL = re.compile(r"&&|\|\||;|\n(?=\s*\S)|\b(?:run-s|run-p|npm-run-all|concurrently)\b")

_PREPARES = re.compile(
    r"[\s@-]*(?:(?:cd|export|mkdir|echo|printf|set|source|exit|true|false|:|\.) |\w+=\S* $|PATH=|#|$)"
)


@dataclass(frozen=True)
class Outcome:
    """`note` is one sentence on what is unknown or odd, empty otherwise; `text` is the excerpt, for any state."""

    state: State
    report: Report
    note: str
    text: str


def judge(
    result: Result,
    limits: JobLimits,
    verifier: Verifier,
    written: Report | str | None = None,
    certain: bool = False,
) -> Outcome:
    """The outcome of one run of `verifier`.

    `written` is the report file that the run was asked to write: read, or a sentence on why it cannot be read, or None
    where this runner writes none; `certain` says that it is a report of all that the command runs. Where it contradicts
    the output or the command's status the result is unknown.
    """
    report = read.report(result.output, verifier.kind)
    note = interrupted(result, limits)
    if not note and verifier.kind == "test":
        note = _unproved(result, verifier, report, written, certain)
    if isinstance(written, Report):
        if written.failed and (not report.all_listed or certain and written.failed > len(report.failures)):
            report = written
        elif certain:
            report = replace(report, tests=written.tests)
    if note:
        return Outcome("unknown", report, note, _text(note, result))
    if result.exit:
        return Outcome("failed", _with_doubt(report, verifier), "", _text("", result))
    if report.failed:
        note = f"The command exited with status 0, but its output reports {_failures(report.failed)}."
        return Outcome("failed", report, note, _text(note, result))
    return Outcome("passed", Report(report.tests, 0), "", excerpt.success(result.output, result.seconds, report.tests))


def interrupted(result: Result, limits: JobLimits) -> str:
    """Why the command did not run to its end, or not at all, as a sentence; empty when it did."""
    if result.stopped:
        return _LIMITS[result.stopped].format(**vars(limits), output_mb=limits.output_bytes / 1_000_000)
    if not result.exit:
        return ""
    if 128 < result.exit < 160 or result.exit in _STATUS:
        return _STATUS.get(result.exit, f"The command was killed by signal {result.exit - 128}.")
    for line in reversed(excerpt.plain_lines(result.output[-60_000:])[-200:]):
        if match := _INSIDE.match(line):
            return _inside(match)
    return ""


def problem(result: Result, limits: JobLimits) -> str:
    """Why a set-up command failed: a sentence where Honk knows the reason, and the relevant lines; empty when it did
    not fail."""
    return "" if result.ok else _text(interrupted(result, limits), result)


def _inside(match: re.Match[str]) -> str:
    """A sentence on a program that the command started in turn."""
    groups = match.groupdict()
    if status := groups["make"] or groups["just"]:
        known = _STATUS.get(int(status), f"The command was killed by signal {int(status) - 128}.")
        return known.replace("The command", "A command that it runs")
    if groups["signal"]:
        return f"A command that it runs was killed ({groups['signal'].lower()})."
    said = groups["module"] or groups["rule"] or groups["script"] or groups["usage"]
    return f"The command could not start: {said}."


def _unproved(result: Result, verifier: Verifier, report: Report, written: Report | str | None, certain: bool) -> str:
    """Why a run of tests proves nothing, as a sentence; empty when it does."""
    proved = written if isinstance(written, Report) and certain else None
    if report.tests == 0 and not report.failures and not (proved and proved.tests):
        return _NO_TEST
    if result.exit:
        return ""
    if isinstance(written, str):
        return f"{written} The result is unknown, although the command succeeded."
    if isinstance(written, Report) and written.failed and not report.failed:
        return f"The command succeeded, but its report names {_failures(written.failed)}; the result is unknown."
    if proved:
        return _contradiction(report, proved)
    if report.tests is None and _ALWAYS_REPORTS.search(verifier.command):
        return _NO_END
    lines = excerpt.plain_lines(result.output[-60_000:])
    crash = next((line.strip()[:160] for line in lines if _CRASH.match(line)), "")
    return crash and f"The command succeeded, but a program crashed: “{crash}”. The result is unknown."


def _contradiction(report: Report, proved: Report) -> str:
    """Whether the output speaks of more tests than the report of the same run."""
    if proved.tests == 0:
        return _NO_TEST
    if report.tests is None or proved.tests is None or report.tests <= proved.tests + proved.skipped:
        return ""
    return (
        f"The output speaks of {report.tests} tests, but the runner's own report has {proved.tests}; "
        "the result is unknown."
    )


def _with_doubt(report: Report, verifier: Verifier) -> Report:
    """The report of a failed run, marked where a command stopped before others that belong to the same verifier."""
    steps = _SEVERAL.sub("\n", (verifier.runs or verifier.command).strip()).split("\n")
    if report.cut or len([step for step in steps if not _prepares(step)]) < 2:
        return report
    return Report(report.tests, report.failed, report.failures, "It runs several commands, and stops at the first red.")


def _prepares(step: str) -> bool:
    return (
        re.match(r"\s*(?:@|-)*\s*(?:cd |export |\w+=\S* ?$|PATH=|mkdir |echo |set |source |\. )", f"{step} ")
        is not None
    )


def _text(sentence: str, result: Result) -> str:
    lines = excerpt.failure(result.output)
    if not sentence and not lines:
        sentence = f"The command printed nothing and exited with status {result.exit}."
    return "\n".join(part for part in (sentence, lines) if part)


def rewrote(verdict: Verdict, paths: tuple[str, ...]) -> Verdict:
    """The verdict of a check that rewrote these files of the change: it repaired what it should report.

    A build may write what is kept in git, and tests may write data; tests that rewrite tests or snapshots pass always.
    """
    kind = verdict.kind
    found = [path for path in paths if kind in ("format", "lint") or kind == "test" and is_test_or_support(path)]
    if not found or verdict.state == "unknown":
        return verdict
    number = f"{len(found)} {'file' if len(found) == 1 else 'files'}"
    note = (
        f"This check rewrote {number} instead of reporting: {names(found)}. The change itself does not pass it. "
        "Run it in the change, or let it only report (--check, --no-fix)."
    )
    before = verdict.failures if verdict.state == "failed" else ()
    return replace(
        verdict,
        ok=False,
        state="failed",
        note=note,
        excerpt=note if verdict.state == "passed" else f"{note}\n{verdict.excerpt}",
        failures=(*before, *(Failure(f"{path}: rewritten by the check") for path in found)),
        all_listed=verdict.all_listed or verdict.state == "passed",
    )


def _failures(number: int) -> str:
    return "1 failure" if number == 1 else f"{number} failures"
