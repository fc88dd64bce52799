"""Screenshots of the same pages before and after the change, taken by one browser."""

import asyncio
from dataclasses import replace

from honk.conversation import texts
from honk.core.delivery import Screenshot, When
from honk.core.errors import HonkError
from honk.core.honk_toml import PreviewSettings
from honk.pipeline import scratch_trees
from honk.pipeline.context import StageContext
from honk.previews import screenshots
from honk.previews.screenshots import Camera
from honk.workspaces.base import Snapshot


async def taken(
    ctx: StageContext, snapshot: Snapshot, settings: PreviewSettings, served: asyncio.Task[bool], notes: list[str]
) -> tuple[Screenshot, ...]:
    """Pictures of `settings.screenshots`: of the base, kept from an earlier turn where it is the same one, and of the
    app that `served` brings up. What cannot be had is said in `notes` and stops nothing."""
    if not settings.screenshots:
        return ()
    kept = tuple(shot for shot in ctx.session.preview.screenshots if shot.when == "before")
    try:
        async with screenshots.camera() as camera:
            before, after = await asyncio.gather(
                _kept(kept) if kept else _before(ctx, camera, snapshot, settings, notes),
                _after(ctx, camera, settings, served, notes),
            )
    except HonkError as error:
        notes.append(str(error))
        return kept
    return (*before, *after)


async def _kept(shots: tuple[Screenshot, ...]) -> tuple[Screenshot, ...]:
    return shots


async def _before(
    ctx: StageContext, camera: Camera, snapshot: Snapshot, settings: PreviewSettings, notes: list[str]
) -> tuple[Screenshot, ...]:
    previews, name = ctx.services.previews, f"{ctx.id}-before"
    try:
        async with scratch_trees.at(ctx, snapshot, "before", snapshot.commit) as workspace:
            job = scratch_trees.app(ctx, workspace.tree, settings)
            await previews.open(name, ctx.services.sandbox.start, job, ready=settings.ready)
            try:
                return await _shoot(ctx, camera, name, settings, "before", notes)
            finally:
                await previews.close(name)
    except HonkError as error:
        notes.append(texts.no_before(str(error)))
        return ()


async def _after(
    ctx: StageContext, camera: Camera, settings: PreviewSettings, served: asyncio.Task[bool], notes: list[str]
) -> tuple[Screenshot, ...]:
    return await _shoot(ctx, camera, ctx.id, settings, "after", notes) if await served else ()


async def _shoot(
    ctx: StageContext, camera: Camera, name: str, settings: PreviewSettings, when: When, notes: list[str]
) -> tuple[Screenshot, ...]:
    socket = ctx.services.previews.socket(name)
    if socket is None:
        return ()
    shots = await camera.take(socket, settings.screenshots, when, ctx.services.blobs.put)
    notes.extend(filter(None, [shots.note]))
    return tuple(replace(shot, url=ctx.services.addresses.file(ctx.id, shot.sha256)) for shot in shots.screenshots)
