"""The tests of a change, run once more to see which changed lines they execute."""

import asyncio
import secrets
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

from honk.core.diff import FileDiff, MeasuredTests
from honk.core.job import Job, Result, Run
from honk.git import mirror as mirrors
from honk.pipeline.verification.base_test_runs import TestedChange
from honk.pipeline.verification.mutation_runs import MutationRuns, over_mutants
from honk.verify.base import Verifier
from honk.verify.coverage import measure
from honk.verify.coverage.base import ProgramFile
from honk.verify.coverage.measure import Measurement
from honk.verify.runner import shell
from honk.verify.syntax import languages

MAX_SECONDS = 300.0
"""Tests that take longer are not run again to measure their coverage."""

SLOWER = 5.0
"""Tests may take so many times longer while their coverage is measured."""

START_SECONDS = 30.0

LayOut = Callable[[], AbstractAsyncContextManager[Job | None]]
"""Lays out the changed tree, set up, and yields a job template in it; None where its set-up fails."""


async def measured(change: TestedChange, lay_out: LayOut, run: Run) -> MeasuredTests:
    """Run the tests that passed on the tree `change.now` again, and say which changed lines they execute, and which
    small faults in these lines they notice."""
    wanted = measure.changed_files(change.difference)
    tests, settings = passed_tests(change), change.plan.file.verify
    if not (settings.coverage or settings.mutations) or not wanted or not tests:
        return MeasuredTests()
    seconds = test_seconds(change)
    if seconds > MAX_SECONDS:
        return MeasuredTests(measure.none(wanted, f"the tests take longer than {MAX_SECONDS:.0f} s").summary)
    files = await _program_files(change, wanted)
    async with lay_out() as job:
        if job is None:
            return MeasuredTests(measure.none(wanted, "the set-up fails").summary)
        found = await _coverage(change, files, job, run) if settings.coverage else None
        runs = MutationRuns(change, tests, seconds, job, run)
        modes = {path: file.mode for path, file in wanted.items()}
        mutations = await over_mutants(runs, files, modes, found or measure.none((), ""))
    return MeasuredTests(found.summary if found else None, mutations)


def passed_tests(change: TestedChange) -> tuple[Verifier, ...]:
    """The test verifiers that passed."""
    passed = {verdict.name for verdict in change.verdicts if verdict.state == "passed"}
    return tuple(each for each in change.plan.verifiers if each.kind == "test" and each.name in passed)


def test_seconds(change: TestedChange) -> float:
    """How long the tests took without a measurement."""
    names = {verifier.name for verifier in passed_tests(change)}
    return sum(verdict.seconds for verdict in change.verdicts if verdict.name in names)


async def _program_files(change: TestedChange, wanted: dict[str, FileDiff]) -> tuple[ProgramFile, ...]:
    """The changed files of languages that can be measured."""
    paths = [path for path in wanted if measure.tool_chain(path)][: measure.MAX_FILES + 1]
    async with mirrors.opened(change.mirror, change.now) as files:
        texts = {path: (await files.read(path) or b"").decode(errors="replace") for path in paths}
    return tuple(ProgramFile(path, texts[path], measure.changed_lines(texts[path], wanted[path])) for path in paths)


async def _coverage(change: TestedChange, changed: tuple[ProgramFile, ...], job: Job, run: Run) -> Measurement:
    wanted = measure.changed_files(change.difference)
    unknown = {path: "Honk measures no coverage in this language" for path in wanted if not measure.tool_chain(path)}
    if len(changed) > measure.MAX_FILES:
        return measure.none(wanted, f"the change has more than {measure.MAX_FILES} files")
    if not changed:
        return Measurement({}, unknown)
    all_paths = await mirrors.paths(change.mirror, change.now)
    name = f".honk-coverage-{secrets.token_hex(8)}"
    used = {measure.tool_chain(file.path) for file in changed}
    chains = tuple(each for each in measure.TOOL_CHAINS if each in used)
    try:
        for chain in chains:
            of_chain = tuple(file for file in changed if measure.tool_chain(file.path) is chain)
            prepared = chain.prepared(of_chain, frozenset(path for path in all_paths if languages.is_test(path)))
            await asyncio.to_thread(_write, job.home / name, prepared)
        seconds = min(job.limits.seconds, START_SECONDS + SLOWER * test_seconds(change))
        job = replace(job, limits=replace(job.limits, seconds=seconds))
        for test in passed_tests(change):
            done = await run(shell(job, measure.command(chains, test.command, name)))
            if not done.ok:
                return measure.none(wanted, _failed(done, seconds))
        found = await asyncio.to_thread(measure.read, chains, job.home / name, changed)
        return Measurement(found.lines, {**found.not_measured, **unknown})
    finally:
        await asyncio.to_thread(shutil.rmtree, job.home / name, ignore_errors=True)


def _write(folder: Path, prepared: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in prepared.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _failed(done: Result, seconds: float) -> str:
    if done.stopped == "time":
        return f"the tests did not end within {seconds:.0f} s while their coverage was measured"
    return "the tests do not pass while their coverage is measured"
