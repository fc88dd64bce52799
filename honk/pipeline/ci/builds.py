"""What the repository's own workflow built of the head (`[preview] workflow`), delivered with the preview."""

import asyncio
from dataclasses import replace

from honk import files
from honk.core import events
from honk.core.delivery import Artifact, Preview
from honk.core.errors import UsageError, WorkFailed
from honk.core.honk_toml import PreviewSettings
from honk.forges.checks import Artifacts, Build, Built
from honk.pipeline import repo_rules
from honk.pipeline.ci import checks_review
from honk.pipeline.ci import ci_texts as words
from honk.pipeline.context import StageContext
from honk.previews import zip_artifacts
from honk.previews.artifacts import ArtifactLimits


async def deliver(ctx: StageContext, waited: float) -> bool:
    """Look for what was built of the head that was proposed `waited` seconds ago; whether nothing more is to come.

    What cannot be had is said in the thread, and is no reason to keep anything else back. Raises Unavailable.
    """
    session, forge = ctx.session, ctx.forge
    head, key = session.change.head, f"built-{session.change.head}-{len(session.turns)}"
    if not isinstance(forge, Artifacts):
        return True
    settings = (await repo_rules.at(ctx, session.change.base)).preview
    if not settings.workflow or await ctx.services.store.has(ctx.id, f"{ctx.run}:{key}"):
        return True
    try:
        built = await forge.built(ctx.repo, settings.workflow, head)
        if built is None or built.state == "running":
            return await _late(ctx, settings, waited, key)
        if built.state == "red":
            await ctx.record(events.NoteAdded(words.build_red(settings.workflow, built.url), bad=True), key)
            return True
        found, note = await _fetched(ctx, forge, settings, built)
    except (UsageError, WorkFailed) as error:
        await ctx.record(events.NoteAdded(str(error), bad=True), key)
        return True
    await checks_review.record(
        ctx, events.PreviewReady(with_builds((await ctx.refresh()).preview, found, note)), key, head
    )
    return True


def with_builds(preview: Preview, found: tuple[Artifact, ...], note: str) -> Preview:
    """The preview with these files in it, each in the place of one of the same name."""
    names = {each.name for each in found}
    kept = tuple(each for each in preview.artifacts if each.name not in names)
    notes = " ".join(filter(None, dict.fromkeys((preview.note, note))))
    return replace(preview, artifacts=(*kept, *found), note=notes)


async def _late(ctx: StageContext, settings: PreviewSettings, waited: float, key: str) -> bool:
    """Whether it is waited for no longer; the checks say so as well, where it is one of them."""
    if waited <= ctx.services.github.ci_minutes * 60:
        return False
    await ctx.record(events.NoteAdded(words.no_run(settings.workflow), bad=True), key)
    return True


async def _fetched(
    ctx: StageContext, forge: Artifacts, settings: PreviewSettings, built: Built
) -> tuple[tuple[Artifact, ...], str]:
    """The files of all archives, within the limits for one build; and what is to be said of what is not there."""
    found: list[Artifact] = []
    notes: list[str] = []
    if not built.builds:
        notes.append(words.built_nothing(settings.workflow, built.url))
    limits = ArtifactLimits()
    for build in built.builds:
        left = ArtifactLimits(
            limits.files - len(found), limits.bytes - sum(each.size for each in found), limits.entries
        )
        some, note = await _unpacked(ctx, forge, settings, build, left)
        found += some
        notes += [note] if note else []
    return tuple(found), " ".join(dict.fromkeys(notes))


async def _unpacked(
    ctx: StageContext, forge: Artifacts, settings: PreviewSettings, build: Build, limits: ArtifactLimits
) -> tuple[tuple[Artifact, ...], str]:
    async with files.temporary_directory() as directory:
        place = directory / "built.zip"
        await forge.download(ctx.repo, build, place, limits.bytes)
        collected = await zip_artifacts.unpack(place, settings.artifacts, ctx.services.blobs.put, limits)
        await asyncio.to_thread(place.unlink)
    artifacts = (replace(each, url=ctx.services.addresses.file(ctx.id, each.sha256)) for each in collected.artifacts)
    return tuple(artifacts), collected.note
