"""When a pull request is a draft: while the forge's checks of its head run, and when they failed because of it.
So people are asked to review only what they could merge.

A person's decision counts more: Honk makes each head ready once, and leaves ready what a person made ready.
"""

from contextlib import suppress

from honk.core import events
from honk.core.errors import HonkError
from honk.forges.checks import Checks
from honk.pipeline.ci import ci_texts as words
from honk.pipeline.context import StageContext


async def opens(ctx: StageContext) -> bool:
    """Whether the head that is going to be proposed is a draft until the forge's checks are done. What cannot be asked
    is not waited for."""
    forge, change = ctx.forge, ctx.session.change
    if not isinstance(forge, Checks) or change.head == ctx.session.pushed:
        return False
    try:
        return await forge.expects_checks(ctx.repo, change.base, change.base_branch)
    except HonkError:
        return False


async def again(ctx: StageContext) -> None:
    """Make the pull request of an earlier head a draft, before a new one is pushed: a push to one that is ready asks
    people to look. Where that cannot be done it stays as it is."""
    if isinstance(ctx.forge, Checks) and ctx.session.change.number:
        with suppress(HonkError):
            await ctx.forge.unready(ctx.repo, ctx.session.change.number)


async def ready(ctx: StageContext, forge: Checks) -> None:
    """The head is for people: its checks are green, or there are none after all."""
    change = ctx.session.change
    key = f"ready-{change.head}"
    if await ctx.services.store.has(ctx.id, f"{ctx.run}:{key}"):
        return
    if (await ctx.forge.pull(ctx.repo, change.number)).state == "draft":
        await forge.ready(ctx.repo, change.number)
        await ctx.record(events.NoteAdded(words.ready_for_review(change.number)), key)


async def unready(ctx: StageContext, forge: Checks) -> None:
    """The head is red because of the change, and it was proposed as ready, since nobody knew that it would be checked.
    Where it was a draft and is none now, a person wants it so."""
    if not (await ctx.last(events.ChangeProposed)).data.draft:
        await forge.unready(ctx.repo, ctx.session.change.number)


async def was_one(ctx: StageContext) -> bool:
    """Whether we have ever made it one."""
    return any(
        isinstance(each.data, events.ChangeProposed) and each.data.draft
        for each in await ctx.services.store.events(ctx.id, 0, events.ChangeProposed)
    )


async def expects_checks(ctx: StageContext, forge: Checks) -> bool:
    """Whether the forge is going to check the change; asked once for each base."""
    repo, base, branch = ctx.repo, ctx.session.change.base, ctx.session.change.base_branch
    asked = ("expects checks", repo.name, base, branch)
    return await ctx.services.commit_cache.ask(asked, lambda: forge.expects_checks(repo, base, branch))
