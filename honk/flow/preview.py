"""The new version, runnable: served in a sandbox of its own, built into artifacts, seen before and after."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from honk.chat import words
from honk.core import facts
from honk.core.delivery import Artifact, Preview, Screenshot, When
from honk.core.errors import HonkError
from honk.core.execution import Job
from honk.core.phase import Phase
from honk.core.repofile import PreviewSettings
from honk.core.tree import Tree
from honk.delivery import artifacts, screenshot
from honk.flow import jobs, prepare, rules
from honk.flow.context import Context, World
from honk.flow.rules import Plan
from honk.git import tree
from honk.verify.run import shell
from honk.workspaces.base import Snapshot

SERVED_SECONDS = 24 * 3600.0
"""A preview is put to sleep after a day at the latest; its link wakes it."""


async def run(ctx: Context) -> Phase:
    """To review. A preview that cannot be made is said so in the evidence and stops nothing."""
    plan = await rules.plan(ctx, await rules.base_of(ctx))
    settings = plan.file.preview
    if not settings.serve and not settings.build:
        return Phase.REVIEW
    snapshot = await prepare.snapshot_at(ctx, plan)
    notes: list[str] = []
    made = Preview()
    if settings.build:
        made = replace(made, artifacts=await _build(ctx, snapshot, settings, notes))
    if settings.serve:
        before = await _before(ctx, snapshot, settings, notes)
        made = replace(made, screenshots=(*before, *await _after(ctx, plan, notes)))
        if ctx.world.previews.socket(ctx.id) is not None:
            made = replace(made, url=ctx.world.addresses.preview(ctx.id))
    ctx.tell(facts.PreviewReady(replace(made, note=" ".join(dict.fromkeys(notes)))), "preview")
    return Phase.REVIEW


async def wake(world: World, session: str) -> None:
    """Start the session's preview again, at its present head. Raises HonkError when that cannot be done."""
    ctx = Context(world, session, "wake", 0)
    change = ctx.session.change
    if not change.head:
        raise HonkError(words.no_preview())
    plan = await rules.plan(ctx, change.base)
    await _serve(ctx, await prepare.snapshot_at(ctx, plan), plan.file.preview, anew=False)


async def _after(ctx: Context, plan: Plan, notes: list[str]) -> tuple[Screenshot, ...]:
    try:
        await _serve(ctx, await prepare.snapshot_at(ctx, plan), plan.file.preview, anew=True)
    except HonkError as error:
        notes.append(str(error))
        return ()
    return await _pictures(ctx, ctx.id, plan.file.preview, "after", notes)


async def _before(
    ctx: Context, snapshot: Snapshot, settings: PreviewSettings, notes: list[str]
) -> tuple[Screenshot, ...]:
    """The same pages as the base has them; kept from the session's last turn where the base is the same."""
    kept = tuple(shot for shot in ctx.session.preview.screenshots if shot.when == "before")
    if kept or not settings.screenshots:
        return kept
    name = f"{ctx.id}-before"
    try:
        async with _tree_at(ctx, snapshot, name, snapshot.commit) as at:
            await ctx.world.previews.open(name, ctx.world.sandbox.start, _job(ctx, at, settings), ready=settings.ready)
            try:
                return await _pictures(ctx, name, settings, "before", notes)
            finally:
                await ctx.world.previews.close(name)
    except HonkError as error:
        notes.append(words.no_before(str(error)))
        return ()


async def _serve(ctx: Context, snapshot: Snapshot, settings: PreviewSettings, *, anew: bool) -> None:
    """The app at the session's head, in a tree of its own: the next turn may already be changing the workspace."""
    previews, name = ctx.world.previews, f"{ctx.id}-preview"
    if anew:
        await previews.close(ctx.id)
        await ctx.world.workspaces.discard(name)
    workspace = await ctx.world.workspaces.fork(snapshot, name)
    await tree.materialise(ctx.mirror, ctx.session.change.head, workspace.tree, workspace.footing)
    job = _job(ctx, workspace.tree, settings)
    await previews.open(ctx.id, ctx.world.sandbox.start, job, ready=settings.ready, anew=anew)


async def _build(ctx: Context, snapshot: Snapshot, settings: PreviewSettings, notes: list[str]) -> tuple[Artifact, ...]:
    async with _tree_at(ctx, snapshot, f"{ctx.id}-build", ctx.session.change.head) as at:
        result = await ctx.run_job(shell(jobs.job(ctx, at, home=jobs.scratch_home(ctx)), settings.build))
        if not result.ok:
            notes.append(words.build_failed(result.output))
            return ()
        try:
            found = await artifacts.collect(at, settings.artifacts, ctx.world.blobs.put)
        except HonkError as error:
            notes.append(str(error))
            return ()
    notes.extend(filter(None, [found.note]))
    return tuple(replace(each, url=ctx.world.addresses.file(ctx.id, each.sha256)) for each in found.artifacts)


async def _pictures(
    ctx: Context, name: str, settings: PreviewSettings, when: When, notes: list[str]
) -> tuple[Screenshot, ...]:
    socket = ctx.world.previews.socket(name)
    if socket is None or not settings.screenshots:
        return ()
    taken = await screenshot.take(socket, settings.screenshots, when, ctx.world.blobs.put)
    notes.extend(filter(None, [taken.note]))
    return tuple(replace(shot, url=ctx.world.addresses.file(ctx.id, shot.sha256)) for shot in taken.screenshots)


@asynccontextmanager
async def _tree_at(ctx: Context, snapshot: Snapshot, name: str, commit: str) -> AsyncIterator[Tree]:
    """A tree at `commit` that is gone when the block is left."""
    workspace = await ctx.world.workspaces.fork(snapshot, name)
    try:
        await tree.materialise(ctx.mirror, commit, workspace.tree, workspace.footing)
        yield workspace.tree
    finally:
        await ctx.world.workspaces.discard(name)


def _job(ctx: Context, at: Tree, settings: PreviewSettings) -> Job:
    job = jobs.job(ctx, at, home=jobs.made(ctx.directory / "preview-home"))
    return jobs.lasting(shell(job, settings.serve), SERVED_SECONDS)
