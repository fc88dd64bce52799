"""The tests of a change, run over small faults in its lines: what makes no test fail is named."""

import asyncio
import re
import secrets
import shlex
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from honk.core.diff import MutationResult, SurvivedMutant
from honk.core.job import Job, Result, Run
from honk.git import checkout, tree_edit
from honk.git.objects import TreeEntry
from honk.pipeline.verification.base_test_runs import TestedChange
from honk.verify.base import Verifier
from honk.verify.coverage import mutations
from honk.verify.coverage.base import FileLines, ProgramFile
from honk.verify.coverage.measure import Measurement
from honk.verify.coverage.mutations import Mutant
from honk.verify.coverage.python import SELECTION
from honk.verify.runner import shell

MAX_SECONDS = 60.0
"""So long faults are tried, in all."""

MAX_TEST_SECONDS = 20.0
"""Tests that take longer are not run over faults."""

SLOWER = 3.0
START_SECONDS = 30.0
"""A fault counts as noticed when the tests take so many times longer, and these seconds to start."""

_BROKEN = re.compile(
    r"error\[E\d+\]|error: could not compile|: error: |\.go:\d+:\d+: |\[build failed\]|COMPILATION ERROR|error TS\d+"
    r"|SyntaxError|IndentationError"
)
"""What compilers print of a program that they refuse; then no test ran."""

Outcome = Literal["killed", "survived", "unknown"]


@dataclass(frozen=True)
class MutationRuns:
    """What the runs need: the change, its test verifiers and how long they took, and a job in the laid-out tree."""

    change: TestedChange
    tests: tuple[Verifier, ...]
    seconds: float
    job: Job
    run: Run


async def over_mutants(
    runs: MutationRuns, files: tuple[ProgramFile, ...], modes: dict[str, str], measured: Measurement
) -> MutationResult | None:
    """Try faults in the changed lines that tests execute, or may execute. None where the policy allows none, the change
    is too large, or there is no fault to try."""
    most = runs.change.plan.file.verify.mutations
    lines = {file.path: _lines(file, measured.lines.get(file.path)) for file in files}
    if not most or sum(len(each) for each in lines.values()) > mutations.MAX_LINES:
        return None
    exact = (file for file in files if "\ufffd" not in file.text)
    found = [(file, each) for file in exact for each in mutations.mutants(file, lines[file.path])]
    if not found:
        return None
    if runs.seconds > MAX_TEST_SECONDS:
        return MutationResult(left=len(found), why=f"the tests take {runs.seconds:.0f} s")
    started, now = time.monotonic(), runs.change.now
    outcomes: list[tuple[Mutant, Outcome]] = []
    why = f"at most {most} are tried"
    for file, mutant in found[:most]:
        if outcomes and time.monotonic() - started + runs.seconds > MAX_SECONDS:
            why = f"the limit of {MAX_SECONDS:.0f} s was reached"
            break
        entry = TreeEntry(modes[file.path], await tree_edit.blob(runs.change.mirror, mutant.apply(file.text)))
        tree = await tree_edit.edited(runs.change.mirror, runs.change.now, {file.path: entry})
        await checkout.switch(runs.change.mirror, now, tree, runs.job.tree)
        now = tree
        outcomes.append((mutant, await _outcome(runs, _tests_of(measured.lines.get(file.path), mutant.line))))
    return MutationResult(
        killed=sum(outcome == "killed" for _, outcome in outcomes),
        survived=tuple(SurvivedMutant(m.path, m.line, m.fault) for m, outcome in outcomes if outcome == "survived"),
        unknown=sum(outcome == "unknown" for _, outcome in outcomes),
        left=len(found) - len(outcomes),
        why=why if len(found) > len(outcomes) else "",
    )


def _lines(file: ProgramFile, known: FileLines | None) -> frozenset[int]:
    return known.executed if known is not None else file.changed


def _tests_of(known: FileLines | None, line: int) -> frozenset[str]:
    """The tests that execute the line; empty where others may, too."""
    tests = known.tests.get(line, frozenset()) if known is not None else frozenset()
    return frozenset() if "" in tests else tests


async def _outcome(runs: MutationRuns, selected: frozenset[str]) -> Outcome:
    folder = runs.job.home / f".honk-selection-{secrets.token_hex(8)}"
    job = replace(runs.job, limits=replace(runs.job.limits, seconds=START_SECONDS + SLOWER * runs.seconds))
    try:
        await asyncio.to_thread(_write, folder, selected)
        for test in runs.tests:
            done = await runs.run(shell(job, _command(test.command, folder.name, selected)))
            if not done.ok:
                return _judged(done, bool(selected))
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return "survived"


def _judged(done: Result, selected: bool) -> Outcome:
    if done.stopped == "time":
        return "killed"
    no_tests = selected and done.exit in (4, 5)
    if done.stopped or done.exit in (126, 127) or no_tests or _BROKEN.search(done.output):
        return "unknown"
    return "killed"


def _command(test: str, folder: str, selected: frozenset[str]) -> str:
    """The test command. No compiled Python is kept: a fault may leave the size and time of a file as they were."""
    rows = ["export PYTHONDONTWRITEBYTECODE=1 PYTHONPYCACHEPREFIX=/nonexistent"]
    if selected:
        path = 'PYTHONPATH="$HONK_SELECTION${PYTHONPATH:+:$PYTHONPATH}"'
        rows.append(f'export HONK_SELECTION="$HOME/{folder}"; export {path} PYTEST_PLUGINS=honk_selection')
    return "\n".join([*rows, f"sh -c {shlex.quote(test)}"])


def _write(folder: Path, selected: frozenset[str]) -> None:
    folder.mkdir(parents=True)
    (folder / "honk_selection.py").write_text(SELECTION.read_text())
    (folder / "tests").write_text("\n".join(sorted(selected)))
