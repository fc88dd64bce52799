"""Verifiers and guard over a tree, by the rules of the base commit. Used by check, merge and revert."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from honk.core import events, host_rules
from honk.core.diff import Diff
from honk.core.mounted_tree import Tree
from honk.core.verdict import Finding, Verdict, blocked, green
from honk.git import diff
from honk.pipeline import sandbox_jobs, scratch_trees
from honk.pipeline.context import StageContext
from honk.pipeline.repo_rules import Plan
from honk.pipeline.stages import prepare
from honk.pipeline.verification import base_test_runs, base_verdicts, flaky_history, guarding, new_test_runs
from honk.pipeline.verification.rewritten_files import RewrittenFiles
from honk.verify import base_tests
from honk.verify.base import Verifier
from honk.verify.detect import touches_setup
from honk.verify.new_tests import NewTests
from honk.verify.reports import compare
from honk.verify.runner import nothing_rewritten, run_all, set_up


@dataclass(frozen=True)
class Examined:
    """What the verifiers and the guard say of one tree. `notes` are sentences that ask nothing of anybody."""

    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing blames the change and no guard rule blocks it."""
        return green(self.verdicts) and not blocked(self.findings)


async def examine(ctx: StageContext, plan: Plan, tree: str, *, with_base_tests: bool = True) -> Examined:
    """Run all verifiers on the git tree `tree`, and the guard over what leads to it from the plan's commit; with
    `with_base_tests`, also the tests as the plan's commit has them.

    The verifiers get a fork of the snapshot with that tree laid out in it, never the agent's own workspace: there, a
    program that set-up made or a file that git ignores may have been changed, which no diff shows. Tests, and what is
    red, are run on the base as well and compared with it, failure by failure.
    """
    reading = asyncio.ensure_future(diff.read(ctx.mirror, plan.commit, tree))  # while the tree is laid out
    try:
        async with scratch_trees.at(ctx, await prepare.snapshot_at(ctx, plan), "verify", tree) as laid_out:
            difference = await reading
            broken = await set_up_again(ctx, plan, laid_out.tree, difference)
            verdicts = broken or await _run(ctx, plan, plan.verifiers, laid_out.tree, tree)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    if not broken:
        history = ctx.services.home / "flaky" / f"{ctx.session.repo}.json"
        verdicts = await asyncio.to_thread(flaky_history.record, history, verdicts)
        before = await baseline(ctx, plan, compare.wanted(verdicts))
        verdicts = compare.with_base(verdicts, before, removes_tests=compare.removes_tests(difference))
    request = "\n\n".join(ctx.session.requests)
    findings = await guarding.findings(ctx.mirror, plan, tree, difference, request)
    if with_base_tests and not broken:
        findings += await _base_tests(ctx, plan, tree, difference, verdicts)
    return Examined(verdicts, *base_tests.split(findings))


async def _base_tests(
    ctx: StageContext, plan: Plan, tree: str, difference: Diff, verdicts: tuple[Verdict, ...]
) -> tuple[Finding, ...]:
    async def run(with_base_tests: str, names: frozenset[str]) -> tuple[Verdict, ...]:
        snapshot = await prepare.snapshot_at(ctx, plan)
        async with scratch_trees.at(ctx, snapshot, "base-tests", with_base_tests) as laid_out:
            broken = await set_up_again(ctx, plan, laid_out.tree, difference)
            wanted = [verifier for verifier in plan.verifiers if verifier.name in names]
            return broken or await _run(ctx, plan, wanted, laid_out.tree)

    async def on_base(names: frozenset[str]) -> Mapping[str, Verdict]:
        return await baseline(ctx, plan, names)

    request = "\n\n".join(ctx.session.requests)
    change = base_test_runs.TestedChange(ctx.mirror, plan, tree, difference, verdicts, request)
    return await base_test_runs.check(change, run, on_base)


async def new_tests_over_base(
    ctx: StageContext, plan: Plan, tree: str, verdicts: tuple[Verdict, ...]
) -> NewTests | None:
    """What the new and changed tests of `tree` give on the program of the plan's commit."""

    async def run(with_new_tests: str, names: frozenset[str]) -> tuple[Verdict, ...]:
        snapshot = await prepare.snapshot_at(ctx, plan)
        async with scratch_trees.at(ctx, snapshot, "new-tests", with_new_tests) as laid_out:
            wanted = [verifier for verifier in plan.verifiers if verifier.name in names]
            return await _run(ctx, plan, wanted, laid_out.tree)

    request = "\n\n".join(ctx.session.requests)
    return await new_test_runs.over_base(ctx.mirror, plan, tree, verdicts, request, run)


async def baseline(ctx: StageContext, plan: Plan, names: Iterable[str]) -> dict[str, Verdict]:
    """The verdicts of the verifiers `names` on the plan's commit without the change.

    Each is run there once for all sessions, as long as the commit's snapshot is kept and its result is settled.
    """
    session = ctx.session
    before = session.baseline if session.baseline_of == plan.commit else ()
    known = {verdict.name: verdict for verdict in before if verdict.kind}  # an older version compared less
    missing = [verifier for verifier in plan.verifiers if verifier.name in names and verifier.name not in known]
    if missing:
        snapshot, reruns = await prepare.snapshot_at(ctx, plan), plan.file.verify.reruns
        known |= await asyncio.to_thread(base_verdicts.read, snapshot.path, missing, reruns)
        missing = [verifier for verifier in missing if verifier.name not in known]
        if missing:
            async with scratch_trees.at(ctx, snapshot, "base", plan.commit) as pristine:
                verdicts = await _run(ctx, plan, missing, pristine.tree, plan.commit)
            await asyncio.to_thread(base_verdicts.keep, snapshot.path, missing, reruns, verdicts)
            known |= {verdict.name: verdict for verdict in verdicts}
        await ctx.record(events.BaselineVerified(tuple(known.values()), plan.commit))
    return known


async def _run(
    ctx: StageContext, plan: Plan, verifiers: Iterable[Verifier], tree: Tree, files: str = ""
) -> tuple[Verdict, ...]:
    """Run verifiers in `tree`. With `files`, the tree object that it was laid out from, a check must not rewrite it."""
    rewritten = RewrittenFiles(ctx.mirror, files, tree).since_last if files else nothing_rewritten
    job = sandbox_jobs.job(ctx, tree, home=sandbox_jobs.scratch_home(ctx))
    return await run_all(ctx.run_job, job, verifiers, reruns=plan.file.verify.reruns, rewritten=rewritten)


async def set_up_again(ctx: StageContext, plan: Plan, tree: Tree, difference: Diff) -> tuple[Verdict, ...]:
    """Run the set-up on the changed tree when the change touches its inputs, with the allow-list alone.

    Returns a red verdict when it fails, nothing otherwise.
    """
    changed = [path for file in difference.files for path in (file.change.path, file.change.old_path) if path]
    if not plan.setup.commands or not touches_setup(plan.setup, changed):
        return ()
    allow = tuple(host for host in plan.file.egress.setup if not host_rules.is_any(host))
    async with sandbox_jobs.gateway_sockets(ctx, "verify", allow=allow) as gateway_sockets:
        runs = await set_up(
            ctx.run_job,
            sandbox_jobs.job(ctx, tree, home=sandbox_jobs.scratch_home(ctx), gateway_sockets=gateway_sockets.directory),
            plan.setup.commands,
        )
    return tuple(Verdict("setup", False, run.seconds, run.command, "set-up", run.excerpt) for run in runs if not run.ok)
