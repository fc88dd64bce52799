"""The change on the forge: the branch pushed, the pull request opened or brought up to date."""

from contextlib import suppress
from dataclasses import replace

from honk.conversation import branch_texts, pull_request_body
from honk.core import events, person
from honk.core.change import Change
from honk.core.delivery import Preview
from honk.core.errors import HonkError, WorkFailed
from honk.core.phase import Phase
from honk.forges.base import Draft
from honk.pipeline import session_change
from honk.pipeline.branches import foreign_commits
from honk.pipeline.ci import drafts
from honk.pipeline.context import StageContext
from honk.pipeline.stages import prepare


async def run(ctx: StageContext) -> Phase:
    """To preview. Push and pull request find what an earlier try of theirs did. To check or work again when somebody
    else has pushed to the branch meanwhile."""
    session = ctx.session
    early = await drafts.opens(ctx)
    if early:
        await drafts.again(ctx)
    try:
        change = await _pushed(ctx)
    except WorkFailed:
        await ctx.forge.fetch(ctx.repo, ctx.mirror)
        if not ctx.number or await foreign_commits.find(ctx) is None:
            raise
        conflicts = await foreign_commits.take_in(ctx, await prepare.current(ctx))
        return Phase.WORK if conflicts else Phase.CHECK
    author = session.requester or person.AGENT
    # what is known of the preview is of the turn before
    text = pull_request_body.pull_request(replace(session, preview=Preview()), ctx.services.addresses.shared(ctx.id))
    draft = Draft(session_change.title(session), text, author, early)
    pull = await ctx.forge.propose(ctx.repo, ctx.mirror, ctx.id, change, draft)
    proposed = replace(change, url=pull.url, number=pull.number)
    await ctx.record(events.ChangeProposed(proposed, session.said, early and pull.state == "draft"), "proposed")
    return Phase.PREVIEW


async def _pushed(ctx: StageContext) -> Change:
    """Push the change; where the server refuses the commit's message, again with another one."""
    session = ctx.session
    change = session.change
    try:
        await ctx.forge.push(ctx.repo, ctx.mirror, change.branch, change.head, session.pushed)
    except WorkFailed as refused:
        other = await session_change.with_message_for(ctx, str(refused))
        if other is None:
            raise
        await ctx.record(events.NoteAdded(branch_texts.message_rewritten(str(refused))), "message-rewritten")
        await ctx.record(events.BranchUpdated(other), f"renamed-{change.head}")
        change = ctx.session.change
        await ctx.forge.push(ctx.repo, ctx.mirror, change.branch, change.head, session.pushed)
    return change


async def describe(ctx: StageContext) -> None:
    """Say anew what can be tried, now that it is known. A pull request without it is one all the same."""
    session, page = ctx.session, ctx.services.addresses.shared(ctx.id)
    if not page or session.preview == Preview():
        return
    author = session.requester or person.AGENT
    draft = Draft(session_change.title(session), pull_request_body.pull_request(session, page), author)
    with suppress(HonkError):
        await ctx.forge.propose(ctx.repo, ctx.mirror, ctx.id, session.change, draft)
