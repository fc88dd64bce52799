"""Stop the running turn and the turns queued behind it. The work is kept."""

from honk.client import Call
from honk.commands.base import CommandContext
from honk.conversation import texts
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.session import Session


async def run(at: CommandContext, call: Call) -> Session:
    """Refused when no turn runs, and for people who may not take part in the session."""
    session = await at.store.session(call.session)
    if await at.delivered(session, call.claim):
        return session
    if session.current is None:
        raise WorkFailed(texts.nothing_to_cancel(session.phase))
    await at.check_participant(session, call.person)
    requested = events.CancelRequested(call.person, session.turns[-1].number)
    await at.store.record(session.id, requested, key=call.claim)
    if at.engine is not None:
        await at.engine.drop_cancelled(await at.store.session(session.id))
    return await at.store.session(session.id)
