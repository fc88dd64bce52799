"""Add a sentence to the session's thread."""

from honk.client import Call
from honk.commands.base import CommandContext
from honk.core import events
from honk.core.session import Session


async def run(at: CommandContext, call: Call) -> Session:
    """Record `call.text`. `call.bad`: something failed or was refused."""
    await at.store.record(call.session, events.NoteAdded(call.text, call.bad), key=call.claim)
    return await at.store.session(call.session)
