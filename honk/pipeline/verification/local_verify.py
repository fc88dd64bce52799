"""`honk verify`: verifiers and guard over a checkout, without a session. Needs a sandbox; no server, no database."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from honk.core.diff import Diff, MeasuredTests
from honk.core.job import Job, JobLimits, Result
from honk.core.mounted_tree import Overlay, Plain, Tree
from honk.core.verdict import Finding, SetupRun, Verdict, blocked, checked, green
from honk.git import checkout as trees
from honk.git import diff, external_checkout
from honk.pipeline import repo_config
from honk.pipeline.repo_config import Plan
from honk.pipeline.sandbox_jobs import ENVIRONMENT
from honk.pipeline.verification import base_test_runs, coverage_runs, guarding, new_test_runs
from honk.pipeline.verification.rewritten_files import RewrittenFiles
from honk.sandboxes import base as sandboxes
from honk.sandboxes.base import Sandbox
from honk.verify import base_tests
from honk.verify.new_tests import NewTests
from honk.verify.reports import compare
from honk.verify.runner import nothing_rewritten, run_all, set_up

OpenSockets = Callable[[Path, tuple[str, ...]], AbstractAsyncContextManager[object]]
"""Opens the way to the package indexes and the given hosts, in a directory, while the block lasts."""


@dataclass(frozen=True)
class Inspection:
    """The result. Where set-up failed no verifier was run, and nothing is known of them. `notices` are sentences about
    the rules: what was not understood, or has no effect. `tests` says what the tests execute of the change."""

    setup: tuple[SetupRun, ...]
    verdicts: tuple[Verdict, ...]
    guard: tuple[Finding, ...]
    notices: tuple[str, ...] = ()
    tests: MeasuredTests = MeasuredTests()

    @property
    def ok(self) -> bool | None:
        """Set-up worked, the change breaks nothing that the base keeps, and no guard rule blocks. None where none of
        that is wrong, but no verifier was found: then nothing was checked."""
        if not all(run.ok for run in self.setup) or not green(self.verdicts) or blocked(self.guard):
            return False
        return True if checked(self.verdicts) else None


async def plan_of(path: Path, place: Path) -> Plan:
    """What would be run for the files at `path` as they lie there; nothing is run. `place` is a directory for scratch
    files. Raises UsageError for a path that is no checkout."""
    checkout = await external_checkout.top(path)
    with tempfile.TemporaryDirectory(dir=place) as directory:
        mirror = await external_checkout.link_objects(checkout, Path(directory))
        return await repo_config.read(mirror, await external_checkout.tree(mirror, checkout))


@dataclass(frozen=True)
class Inspector:
    """The means: a sandbox, the gateway for set-up, limits; whether overlays work in `place`, a short directory."""

    sandbox: Sandbox
    gateway_sockets: OpenSockets
    limits: JobLimits
    overlay: bool
    place: Path
    tell: Callable[[Verdict], None]

    async def inspect(
        self, path: Path, base: str = "", request: str = "", *, measure_tests: bool = False
    ) -> Inspection:
        """Set up and verify the files at `path` as they lie there.

        With the revision `base`: by the rules of that commit, and with the guard over what differs from it. `request`
        says what was asked for, as far as that is known. With `measure_tests`, also what the tests execute of it.

        Nothing is written to the checkout. Raises UsageError for a path or revision that is none.
        """
        checkout = await external_checkout.top(path)
        with tempfile.TemporaryDirectory(dir=self.place, ignore_cleanup_errors=True) as directory:
            scratch = Path(directory)
            mirror = await external_checkout.link_objects(checkout, scratch)
            now = await external_checkout.tree(mirror, checkout)
            commit = await external_checkout.commit(checkout, base) if base else ""
            plan = await repo_config.read(mirror, commit or now)
            difference = await diff.read(mirror, commit, now) if commit else Diff()
            setup, verdicts = await self._verified(
                plan, scratch / "now", await self._fork(checkout, scratch), files=(mirror, now)
            )
            on_base = partial(self._on_base, plan, mirror, scratch, {})
            if difference.files:
                known = await on_base(compare.wanted(verdicts))
                verdicts = compare.with_base(verdicts, known, removes_tests=compare.removes_tests(difference))
            findings = await guarding.findings(mirror, plan, now, difference, request) if commit else ()
            change = base_test_runs.TestedChange(mirror, plan, now, difference, verdicts, request)
            if commit and all(run.ok for run in setup):
                findings += await self._base_tests(change, checkout, scratch, on_base)
            proof = await self._new_tests(mirror, plan, now, verdicts, request, scratch) if difference.files else None
            findings, notes = base_tests.split(findings)
            notices = (*plan.notices, *notes, *([proof.note] if proof and proof.note else []))
            tests = await self._measured(change, checkout, scratch) if measure_tests and commit else MeasuredTests()
            return Inspection(setup, verdicts, findings, notices, tests)

    async def _measured(self, change: base_test_runs.TestedChange, checkout: Path, scratch: Path) -> MeasuredTests:
        """What the tests execute of the change; empty where the change is not green."""
        if not green(change.verdicts):
            return MeasuredTests()

        @asynccontextmanager
        async def lay_out() -> AsyncIterator[Job | None]:
            with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as directory:
                tree = await self._fork(checkout, Path(directory))
                setup, _ = await self._verified(change.plan, Path(directory), tree, frozenset(), quiet=True)
                ready = all(run.ok for run in setup)
                yield (
                    Job(("true",), tree, Path(directory, "home"), env=ENVIRONMENT, limits=self.limits)
                    if ready
                    else None
                )

        return await coverage_runs.measured(change, lay_out, self._run)

    async def _new_tests(
        self, mirror: Path, plan: Plan, now: str, verdicts: tuple[Verdict, ...], request: str, scratch: Path
    ) -> NewTests | None:
        """What the new and changed tests of a fix give on the base's program."""

        async def run(with_new_tests: str, names: frozenset[str]) -> tuple[Verdict, ...]:
            return await self._at(plan, mirror, scratch, with_new_tests, names)

        return await new_test_runs.over_base(mirror, plan, now, verdicts, request, run)

    async def _base_tests(
        self, change: base_test_runs.TestedChange, checkout: Path, scratch: Path, on_base: base_test_runs.OnBase
    ) -> tuple[Finding, ...]:
        """What the tests of the base say of the checkout's files."""

        async def run(with_base_tests: str, names: frozenset[str]) -> tuple[Verdict, ...]:
            with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as directory:
                tree = await self._fork(checkout, Path(directory))
                await trees.switch(change.mirror, change.now, with_base_tests, tree)
                setup, verdicts = await self._verified(change.plan, Path(directory), tree, names, quiet=True)
            failed = next((run for run in setup if not run.ok), None)
            return (_setup_failed(failed),) if failed else verdicts

        return await base_test_runs.check(change, run, on_base)

    async def _verified(
        self,
        plan: Plan,
        place: Path,
        tree: Tree,
        names: frozenset[str] | None = None,
        *,
        quiet: bool = False,
        files: tuple[Path, str] | None = None,
    ) -> tuple[tuple[SetupRun, ...], tuple[Verdict, ...]]:
        """The set-up, and the verifiers (all, or those of `names`), in `tree`. With `quiet` no verdict is shown.

        `files` is a mirror and the tree object in it that `tree` was made from: a check must not rewrite its files.
        """
        home, gateway_sockets = place / "home", place / "sockets"
        home.mkdir(parents=True)
        job = Job(("true",), tree, home, env=ENVIRONMENT, limits=self.limits)
        setup: tuple[SetupRun, ...] = ()
        if plan.setup.commands:
            async with self.gateway_sockets(gateway_sockets, plan.file.egress.setup):
                setup = await set_up(self._run, replace(job, proxy_sockets=gateway_sockets), plan.setup.commands)
        if not all(run.ok for run in setup):
            return setup, ()
        wanted = [verifier for verifier in plan.verifiers if names is None or verifier.name in names]
        tell = _silent if quiet else self.tell
        rewritten = RewrittenFiles(*files, tree).since_last if files else nothing_rewritten
        return setup, await run_all(
            self._run, job, wanted, reruns=plan.file.verify.reruns, tell=tell, rewritten=rewritten
        )

    async def _on_base(
        self, plan: Plan, mirror: Path, scratch: Path, known: dict[str, Verdict], names: Iterable[str]
    ) -> Mapping[str, Verdict]:
        """The verdicts of the verifiers `names` on the base; each is run once, and kept in `known`."""
        if missing := frozenset(names) - known.keys():
            before = await self._at(plan, mirror, scratch, plan.commit, missing)
            known.update((verdict.name, verdict) for verdict in before)
        return known

    async def _at(
        self, plan: Plan, mirror: Path, scratch: Path, commit: str, names: frozenset[str]
    ) -> tuple[Verdict, ...]:
        """The verdicts of the verifiers `names` on a commit or tree, checked out beside the user's checkout."""
        with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as directory:
            place = Path(directory)
            await trees.checkout(mirror, commit, place / "tree")
            tree = Plain(place / "tree")
            return (await self._verified(plan, place, tree, names, quiet=True, files=(mirror, commit)))[1]

    async def _fork(self, checkout: Path, scratch: Path) -> Tree:
        """A writable view of the checkout that leaves it alone."""
        if not self.overlay:
            await asyncio.to_thread(shutil.copytree, checkout, scratch / "copy", symlinks=True)
            return Plain(scratch / "copy")
        layers = [scratch / name for name in ("upper", "work", "at")]
        for layer in layers:
            layer.mkdir()
        return Overlay((checkout,), *layers)

    async def _run(self, job: Job) -> Result:
        return await sandboxes.run(self.sandbox, job)


def _silent(verdict: Verdict) -> None:
    """A run whose verdicts are not the change's own."""


def _setup_failed(run: SetupRun) -> Verdict:
    return Verdict("setup", False, run.seconds, run.command, "set-up", run.excerpt)
