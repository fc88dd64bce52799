"""Reports that a test runner writes for a program, beside its output, without a change of the project.

The report goes to a file whose name is new for each run, so that a report of another run is never read. A test runs in
the runner's own process: one that looks for the file can forge it. It cannot forge it by accident, by printing a
summary or by leaving the process.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from honk.verify.base import Verifier
from honk.verify.reports import go_tests, json_reports, junit
from honk.verify.reports.report import MissingReport, Report, UnreadableReport, content

_HOOK = Path(__file__).parent / "hooks" / "unittest_hook.py"


@dataclass(frozen=True)
class _ReportingRunner:
    """`uses` matches the commands in which the runner is; where `direct` matches, the command is the runner alone.

    `prepare` is shell text before the command, `arguments` are added to the command, `instead` takes the place of the
    program's name; `collect` is a command that runs afterwards and writes the report from what the runner left.
    `{report}` in them is the report's path. `read` reads it, `printed` gives what the runner would have printed, where
    its output went to the report. With `hook`, Python processes load `hooks/unittest_hook.py`.
    """

    uses: re.Pattern[str]
    direct: re.Pattern[str]
    read: Callable[[bytes], Report]
    prepare: str = ""
    arguments: str = ""
    instead: str = ""
    collect: str = ""
    hook: bool = False
    printed: Callable[[bytes], str] | None = None


@dataclass(frozen=True)
class ReportRequest:
    """What to run so that the report is written to the file `name` of the home directory.

    `certain`: the command is the runner itself, so that a missing report is a fault.
    """

    command: str
    prepare: str
    collect: str
    certain: bool
    name: str
    runner: _ReportingRunner

    def place(self, home: Path) -> None:
        """Write what the run needs beside the report."""
        if self.runner.hook:
            folder = home / f"{self.name}.d"
            folder.mkdir(parents=True)
            shutil.copyfile(_HOOK, folder / "sitecustomize.py")

    def read(self, home: Path) -> tuple[Report | str | None, str]:
        """The report, or a sentence on why it cannot be read, or None where it may be missing; and what the runner
        would have printed."""
        try:
            text = content(home / self.name)
            return self.runner.read(text), self.runner.printed(text) if self.runner.printed else ""
        except MissingReport as error:
            return str(error) if self.certain else None, ""
        except UnreadableReport as error:
            return str(error), ""

    def remove(self, home: Path) -> None:
        """Remove what `place` and the run have left."""
        for suffix in ("", ".d", ".since"):
            path = home / f"{self.name}{suffix}"
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _direct(program: str) -> re.Pattern[str]:
    """Matches a command that is this program, with arguments, and nothing else."""
    starts = r"(?:cd [^\s&;|]+ && )?(?:PATH=\S+ && )?(?:\w+=[\w./-]* +)*(?:(?:npx|bundle exec|poetry run|uv run) +)?"
    return re.compile(rf"^\s*{starts}(?P<program>{program})(?![\w-])[^|&;<>`$\n]*$")


_NODE = "--test-reporter=$HONK_NODE --test-reporter-destination=stdout --test-reporter=junit"
_COLLECT = (
    "{{ echo '<testsuites>'; find . -type f -newer {report}.since"
    r" \( -path '*/surefire-reports/TEST-*.xml' -o -path '*/failsafe-reports/TEST-*.xml'"
    r" -o -path '*/test-results/*/TEST-*.xml' \) -exec sed 's/<?xml[^>]*?>//' {{}} +;"
    " echo '</testsuites>'; }} > {report}"
)
_JEST, _VITEST, _CTEST, _PHPUNIT = map(_direct, ("jest", "vitest", "ctest", r"\S*phpunit(?:\.phar)?"))
_GO = _direct("go test(?!.* -json)")

_RUNNERS = (
    _ReportingRunner(_JEST, _JEST, json_reports.jest, arguments="--json --outputFile={report}"),
    _ReportingRunner(
        _VITEST, _VITEST, json_reports.jest, arguments="--reporter=default --reporter=json --outputFile.json={report}"
    ),
    _ReportingRunner(_CTEST, _CTEST, junit.parse, arguments="--output-junit {report}"),
    _ReportingRunner(_PHPUNIT, _PHPUNIT, junit.parse, arguments="--log-junit {report}"),
    _ReportingRunner(
        _GO, _GO, go_tests.read_events, instead="go test -json", arguments="> {report}", printed=go_tests.printed
    ),
    _ReportingRunner(
        re.compile(r"\b(?:pytest|py\.test)\b"),
        _direct(r"(?:python[\d.]* -m )?(?:pytest|py\.test)"),
        junit.parse,
        prepare='export PYTEST_ADDOPTS="$PYTEST_ADDOPTS --junitxml={report}"',
    ),
    _ReportingRunner(
        re.compile(r"\brspec\b"),
        _direct("rspec"),
        json_reports.rspec,
        prepare='export SPEC_OPTS="--format progress --format json --out {report}"',
    ),
    _ReportingRunner(
        re.compile(r"\b(?:mvnw?|gradlew?)\b"),
        _direct(r"(?:sh \./)?mvnw?(?=.* (?:test|verify|install|package)\b)(?!.*skipTests)"),
        junit.parse_left,
        prepare="touch {report}.since",
        collect=_COLLECT,
    ),
    _ReportingRunner(
        re.compile(r"\A(?!.*(?:--test-reporter|NODE_OPTIONS|--watch)).*\bnode\b(?!_)", re.DOTALL),
        _direct(r"node(?: [^|&;<>`$\n]*)? --test(?!-)"),
        junit.parse,
        prepare='HONK_NODE=$(node -p \'process.versions.node.split(".")[0] < 23 ? "tap" : "spec"\'); '
        f'if NODE_OPTIONS="{_NODE} --test-reporter-destination=/dev/null" node -e 0 2>/dev/null; then '
        f'export NODE_OPTIONS="{_NODE} --test-reporter-destination={{report}}"; fi; unset HONK_NODE',
    ),
    _ReportingRunner(
        re.compile(r"\bpython[\d.]*(?= )|\bunittest\b|\.py\b"),
        _direct(r"python[\d.]* -m unittest"),
        json_reports.unittest,
        prepare='export PYTHONPATH="{report}.d${{PYTHONPATH:+:$PYTHONPATH}}"',
        hook=True,
    ),
)


def find(verifier: Verifier, token: str) -> ReportRequest | None:
    """The report to ask for; None for other kinds of checks, and for runners that offer none.

    `token` is a new random word.
    """
    script = verifier.runs.strip() if verifier.source.rpartition("/")[2] == "package.json" else ""
    text = script or f"{verifier.command}\n{verifier.runs}".strip()
    runner = next((each for each in _RUNNERS if each.uses.search(text)), None) if verifier.kind == "test" else None
    if runner is None:
        return None
    name = f".honk-report-{token}"
    report = f"$HOME/{name}"
    direct = runner.direct.match(script or verifier.command)
    command = verifier.command
    if direct and runner.instead and not script:
        command = command[: direct.start("program")] + runner.instead + command[direct.end("program") :]
    if runner.arguments:
        between = " -- " if script and re.search(r"\bnpm ", command) else " "
        command += between + runner.arguments.format(report=report)
    prepare, collect = (each.format(report=report) for each in (runner.prepare, runner.collect))
    return ReportRequest(command, prepare, collect, direct is not None, name, runner)
