"""The change on the forge: the branch pushed, the pull request opened or brought up to date."""

from dataclasses import replace

from honk.chat import body
from honk.core import facts, person
from honk.core.phase import Phase
from honk.flow import changes, ci
from honk.flow.context import Context
from honk.forges.base import Draft


async def run(ctx: Context) -> Phase:
    """To preview. Push and pull request find what an earlier try of theirs did."""
    session = ctx.session
    change = session.change
    await ctx.forge.push(ctx.repo, ctx.mirror, change.branch, change.head, session.pushed)
    author = session.requester or person.AGENT
    early = await ci.opens_as_draft(ctx)
    draft = Draft(changes.title(session), body.pull_request(session), author, early)
    pull = await ctx.forge.propose(ctx.repo, ctx.mirror, ctx.id, change, draft)
    ctx.tell(facts.Proposed(replace(change, url=pull.url, number=pull.number), session.said), "proposed")
    return Phase.PREVIEW
