"""Roll a merged change back: revert it, verify the revert and deploy it."""

from honk.client import Call
from honk.commands.base import CommandContext, check_idle, unchanged_since
from honk.conversation import texts
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.session import Session


async def run(at: CommandContext, call: Call) -> Session:
    """Queue a rollback. Refused when nothing is merged, and for people who may not take part in the session."""
    session = await at.store.session(call.session)
    if await at.delivered(session, call.claim):
        return session
    if session.ship.reverted_sha:
        raise WorkFailed(texts.already_rolled_back(session.ship.reverted_sha))
    if not session.ship.merged_sha:
        raise WorkFailed(texts.nothing_to_roll_back())
    check_idle(session)
    await at.check_participant(session, call.person)
    requested = events.RollbackRequested(texts.asked_for(call.person.name), call.person)
    await at.store.record(session.id, requested, key=call.claim, check=unchanged_since(session))
    return await at.queued(session.id)
