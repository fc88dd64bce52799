"""What the tests execute of a session's change: measured once for each tree, and recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from honk.core import events
from honk.core.diff import MeasuredTests
from honk.core.job import Job
from honk.core.verdict import Verdict
from honk.git import diff
from honk.pipeline import sandbox_jobs, scratch_trees
from honk.pipeline.context import StageContext
from honk.pipeline.repo_rules import Plan
from honk.pipeline.stages import prepare
from honk.pipeline.verification import coverage_runs, examination
from honk.pipeline.verification.base_test_runs import TestedChange


async def measure(ctx: StageContext, plan: Plan, tree: str, verdicts: tuple[Verdict, ...]) -> MeasuredTests:
    """What the tests execute of the green change `tree`, whose verdicts these are."""
    if ctx.session.tests_of == tree:
        return ctx.session.tests
    difference = await diff.read(ctx.mirror, plan.commit, tree)

    @asynccontextmanager
    async def lay_out() -> AsyncIterator[Job | None]:
        async with scratch_trees.at(ctx, await prepare.snapshot_at(ctx, plan), "coverage", tree) as laid_out:
            broken = await examination.set_up_again(ctx, plan, laid_out.tree, difference)
            job = sandbox_jobs.job(ctx, laid_out.tree, home=sandbox_jobs.scratch_home(ctx))
            yield None if broken else job

    change = TestedChange(ctx.mirror, plan, tree, difference, verdicts)
    found = await coverage_runs.measured(change, lay_out, ctx.run_job)
    await ctx.record(events.TestsMeasured(tree, found), f"tests-{tree}")
    return found
