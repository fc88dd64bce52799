"""Approve exactly one commit, on the forge and in the log."""

from honk.client import Call
from honk.commands.base import CommandContext
from honk.conversation import texts
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.session import Session


async def run(at: CommandContext, call: Call) -> Session:
    """Approve `call.head`, by default the present one. Refused for people without write access."""
    session = await at.store.session(call.session)
    if await at.delivered(session, call.claim):
        return session
    if not session.change.number:
        raise WorkFailed(texts.nothing_to_merge())
    repo = await at.store.repo(session.repo)
    forge = at.services.forges[repo.forge]
    if not await forge.may_write(repo, call.person):
        raise WorkFailed(texts.may_not_write(repo.name))
    approved = events.Approved(call.head or session.change.head, call.person)
    await forge.approve(repo, session.change.number, approved.head, call.person)
    key = call.claim or f"approved:{approved.head}:{call.person.id}"
    await at.store.record(session.id, approved, key=key)
    return await at.store.session(session.id)
