"""The new version, runnable: served in a sandbox of its own, built into artifacts, seen before and after."""

import asyncio
from dataclasses import replace

from honk.conversation import texts
from honk.core import events
from honk.core.delivery import Artifact, Preview
from honk.core.errors import HonkError
from honk.core.honk_toml import PreviewSettings
from honk.core.phase import Phase
from honk.git import checkout
from honk.pipeline import page_pictures, repo_rules, sandbox_jobs, scratch_trees
from honk.pipeline.context import Services, StageContext
from honk.pipeline.stages import prepare, propose
from honk.previews import artifacts
from honk.verify.runner import shell
from honk.workspaces.base import Snapshot


async def run(ctx: StageContext) -> Phase:
    """To review. A preview that cannot be made is said so in the evidence and stops nothing."""
    plan = await repo_rules.plan(ctx, await repo_rules.base_of(ctx))
    settings = plan.file.preview
    if not settings.serve and not settings.build:
        if ctx.session.preview != Preview():  # of an earlier head, by the forge's workflow
            await ctx.record(events.PreviewReady(Preview()), "preview")
        return Phase.REVIEW
    snapshot = await prepare.snapshot_at(ctx, plan)
    notes: list[str] = []
    made = Preview()
    if settings.build:
        made = replace(made, artifacts=await _build(ctx, snapshot, settings, notes))
    if settings.serve:
        served = asyncio.create_task(_served(ctx, snapshot, settings, notes))
        try:
            shots = await page_pictures.taken(ctx, snapshot, settings, served, notes)
            url = ctx.services.addresses.preview(ctx.id) if await served else ""
        finally:
            served.cancel()
            await asyncio.gather(served, return_exceptions=True)
        made = replace(made, screenshots=shots, url=url)
    await ctx.record(events.PreviewReady(replace(made, note=" ".join(dict.fromkeys(notes)))), "preview")
    await propose.describe(ctx)
    return Phase.REVIEW


async def wake(services: Services, session: str) -> None:
    """Start the session's preview again, at its present head. Raises HonkError when that cannot be done."""
    ctx = await StageContext.opened(services, session, "wake", 0)
    change = ctx.session.change
    if not change.head:
        raise HonkError(texts.no_preview())
    await repo_rules.newest(services, ctx.repo)
    plan = await repo_rules.plan(ctx, change.base)
    await _serve(ctx, await prepare.snapshot_at(ctx, plan), plan.file.preview, replace_running=False)


async def _served(ctx: StageContext, snapshot: Snapshot, settings: PreviewSettings, notes: list[str]) -> bool:
    """Start the app at the session's head; False with a note when it does not come up."""
    try:
        await _serve(ctx, snapshot, settings, replace_running=True)
    except HonkError as error:
        notes.append(str(error))
        return False
    return True


async def _serve(ctx: StageContext, snapshot: Snapshot, settings: PreviewSettings, *, replace_running: bool) -> None:
    """The app at the session's head, in a tree of its own: the next turn may already be changing the workspace."""
    previews, name = ctx.services.previews, f"{ctx.id}-preview"
    if replace_running:
        await previews.close(ctx.id)
        await ctx.services.workspaces.discard(name)
    workspace = await ctx.services.workspaces.fork(snapshot, name)
    await checkout.materialise(ctx.mirror, ctx.session.change.head, workspace.tree, workspace.baseline)
    job = scratch_trees.app(ctx, workspace.tree, settings)
    await previews.open(ctx.id, ctx.services.sandbox.start, job, ready=settings.ready, replace_running=replace_running)


async def _build(
    ctx: StageContext, snapshot: Snapshot, settings: PreviewSettings, notes: list[str]
) -> tuple[Artifact, ...]:
    async with scratch_trees.at(ctx, snapshot, "build", ctx.session.change.head) as workspace:
        job = sandbox_jobs.job(ctx, workspace.tree, home=sandbox_jobs.scratch_home(ctx))
        result = await ctx.run_job(shell(job, settings.build))
        if not result.ok:
            notes.append(texts.build_failed(result.output))
            return ()
        try:
            found = await artifacts.collect(workspace.tree, settings.artifacts, ctx.services.blobs.put)
        except HonkError as error:
            notes.append(str(error))
            return ()
    notes.extend(filter(None, [found.note]))
    return tuple(replace(each, url=ctx.services.addresses.file(ctx.id, each.sha256)) for each in found.artifacts)
