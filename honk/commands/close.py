"""The forge reports that the pull request was closed."""

from dataclasses import replace

from honk.client import Call
from honk.commands import cancel
from honk.commands.base import CommandContext
from honk.core.person import AGENT
from honk.core.phase import SHIPPED, Phase
from honk.core.session import Session


async def run(at: CommandContext, call: Call) -> Session:
    """Close the session; `call.text` becomes a note, `call.claim` is required. A running turn is cancelled in the name
    of `call.person`, except when that is AGENT: nobody knows who closed it. Raises WorkFailed while Honk works on the
    session; call it again when that has ended."""
    session = await at.store.session(call.session)
    if session.phase in SHIPPED:
        return session
    if session.current is not None and call.person != AGENT:
        await cancel.run(at, replace(call, session=session.id))
    return await at.enter(session.id, Phase.CLOSED, call.text, call.claim or "")
