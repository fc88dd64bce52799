"""A workspace: the snapshot of the base commit, warm or made now, and the session's own layer over it."""

import os
import time

from honk.conversation import texts
from honk.core import events, ids
from honk.core.errors import WorkFailed
from honk.core.mounted_tree import Tree
from honk.core.phase import Phase
from honk.core.verdict import SetupRun
from honk.git import mirror
from honk.git.command import shown
from honk.pipeline import repo_rules, sandbox_jobs, saved_work
from honk.pipeline.context import StageContext
from honk.pipeline.repo_rules import Plan
from honk.verify.runner import set_up
from honk.workspaces import snapshots
from honk.workspaces.base import Snapshot, Workspace


async def run(ctx: StageContext) -> Phase:
    """To work. Later turns find the workspace of the first one, with everything in it."""
    started = time.monotonic()
    session = ctx.session
    base = await repo_rules.base_of(ctx)
    plan = await repo_rules.plan(ctx, base)
    snapshot = await snapshot_at(ctx, plan)
    async with saved_work.locked(ctx.services.store, ctx.id, ctx.run):
        await saved_work.restore(ctx, await workspace(ctx, snapshot))
    if not session.change.base:
        place = ctx.mirror
        known = await ctx.services.commit_cache.ask(("notices", place, base), lambda: mirror.notices(place, base))
        edits = (texts.set_up_edits([shown(os.fsencode(path)) for path in snapshot.edited]),) if snapshot.edited else ()
        for notice in (*known, *plan.notices, *edits):
            await ctx.record(events.NoteAdded(notice), notice)
        branch = await _branch(ctx)
        took = time.monotonic() - started
        prepared = events.WorkspacePrepared(
            base, ctx.repo.default_branch, branch, snapshot.reused, took, snapshot.setup, plan.unmatched
        )
        await ctx.record(prepared, "prepared")
    return Phase.WORK


async def _branch(ctx: StageContext) -> str:
    """The session's branch: `honk/…`, or another name where the repository has a branch that git cannot keep beside
    it."""
    about = "" if ctx.session.turns[0].private else ctx.session.request
    usual = ids.branch(ctx.id, about)
    names = (usual, usual.replace("/", "-"))
    for name in names:
        if not (blocking := await mirror.branch_in_the_way(ctx.mirror, name)):
            return name
    raise WorkFailed(texts.branch_blocked(names[0], blocking))


async def snapshot_at(ctx: StageContext, plan: Plan) -> Snapshot:
    """The prepared snapshot of `plan.commit`; its set-up commands run in a sandbox when it is not there yet.

    Raises WorkFailed with the command and its relevant output when one of them fails.
    """
    key = snapshots.set_up_key(plan.setup.commands, plan.inputs)

    async def prepare(tree: Tree) -> tuple[SetupRun, ...]:
        if not plan.setup.commands:
            return ()
        async with sandbox_jobs.gateway_sockets(ctx, "setup", allow=plan.file.egress.setup) as gateway_sockets:
            job = sandbox_jobs.job(
                ctx, tree, home=sandbox_jobs.setup_home(ctx), gateway_sockets=gateway_sockets.directory
            )
            runs = await set_up(ctx.run_job, job, plan.setup.commands)
        failed = next((run for run in runs if not run.ok), None)
        if failed is not None:
            raise WorkFailed(texts.setup_failed(failed.command, failed.excerpt))
        return runs

    root = ctx.services.home / "snapshots"
    snapshot = await snapshots.prepare(root, ctx.session.repo, ctx.mirror, plan.commit, key, prepare)
    await snapshots.collect(root, ctx.services.keep_bytes, ctx.services.clock(), in_use={snapshot.path})
    return snapshot


async def current(ctx: StageContext) -> Workspace:
    """The session's workspace over the snapshot of its base."""
    return await workspace(ctx, await snapshot_at(ctx, await repo_rules.plan(ctx, await repo_rules.base_of(ctx))))


async def workspace(ctx: StageContext, snapshot: Snapshot) -> Workspace:
    """The session's workspace over `snapshot`."""
    return await ctx.services.workspaces.fork(snapshot, ctx.id)
