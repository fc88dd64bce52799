"""The forge reports that a closed pull request was opened again."""

from honk.client import Call
from honk.commands.base import CommandContext
from honk.core.phase import Phase
from honk.core.session import Session


async def run(at: CommandContext, call: Call) -> Session:
    """Let the session wait for a review again; `call.text` becomes a note, `call.claim` is required. Raises WorkFailed
    while Honk works on the session."""
    session = await at.store.session(call.session)
    if session.phase != Phase.CLOSED:
        return session
    return await at.enter(session.id, Phase.REVIEW, call.text, call.claim or "")
