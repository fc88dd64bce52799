"""Takes in a message that is addressed to Honk: it becomes one turn or one command, in every integration alike.

Once: what a message starts is recorded under its claim, so a second delivery starts nothing. In order: an integration
holds the lock of the message's thread (`ThreadLocks`) from the moment in which the message arrives.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

from honk.client import Call, HonkClient
from honk.conversation.commands import Command
from honk.core.errors import HonkError
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import Person
from honk.core.session import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ThreadLocks:
    """A lock for each thread, which serves those who wait in the order in which they came.

    Take it before anything is awaited: what is awaited first (a query, a request) can take longer for the earlier of
    two messages than for the later one.
    """

    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def of(self, thread: str) -> asyncio.Lock:
        return self._locks.setdefault(thread, asyncio.Lock())


class IncomingMessage(Protocol):
    """A message that is addressed to Honk, with what its integration does in its own way.

    Where a method raises Unavailable, nothing has been started: the message has to be delivered again.
    """

    @property
    def claim(self) -> str:
        """Identifies the message, however often it is delivered."""

    @property
    def repo(self) -> str:
        """The repository of a session that it starts; empty when the request has to name it."""

    async def author(self) -> Person | None:
        """Who gives Honk this work. None when they may not; they have seen why, unless they are a machine."""

    async def text(self) -> str:
        """What the message says to Honk. Empty when it says nothing; its author has seen a hint."""

    async def acknowledge(self) -> None:
        """Show that Honk has read the message."""

    async def session(self) -> Session | None:
        """The session of the message's thread; the latest of several."""

    def command(self, text: str) -> Command | None:
        """The command that the text is; None for a request."""

    def continues(self, session: Session) -> bool:
        """Whether a request becomes the session's next turn and not a new session. Raises HonkError when it can become
        neither."""

    async def context(self, session: Session | None) -> MessageContext:
        """What comes with a request, in the thread of `session` if there is one."""

    async def show(self, command: Command, session: Session | None) -> str:
        """The text of a command that only shows something. Raises HonkError for a command that needs a session."""

    async def check(self, command: Command, session: Session, person: Person) -> str:
        """What the author has to see before the command may run; empty when there is nothing. Raises HonkError too."""

    async def started(self, command: Command | None, session: Session | None) -> None:
        """Show what the thread does not: that a command was accepted, or what a new session (None) means."""

    async def answer(self, text: str) -> None:
        """Answer, once."""

    async def refuse(self, error: HonkError, command: Command | None) -> None:
        """Show the author why nothing was started, once."""


async def take(client: HonkClient, message: IncomingMessage) -> None:
    """Take the message in. Returns when what it starts is stored, or when its author has seen why it starts nothing."""
    person = await message.author()
    text = await message.text() if person is not None else ""
    if person is None or not text:
        return
    await message.acknowledge()
    session, command, answer = await message.session(), message.command(text), ""
    try:
        if command is None:
            session = await _request(client, message, session, text, person)
        elif not command.sends or session is None:
            answer = await message.show(command, session)
        elif not (answer := await message.check(command, session, person)):
            context = await message.context(session) if command.replies else NO_CONTEXT
            call = Call(session.id, person, head=session.change.head, claim=message.claim, context=context)
            await command.run(client, call)
    except HonkError as error:
        log.info("%s was refused: %s", message.claim, type(error).__name__)
        await message.refuse(error, command)
        return
    if answer:
        await message.answer(answer)
    else:
        await message.started(command, session)


async def _request(
    client: HonkClient, message: IncomingMessage, session: Session | None, text: str, person: Person
) -> Session | None:
    """The session whose next turn the message became; None for a new one."""
    if session is not None and message.continues(session):
        context = await message.context(session)
        await client.command("reply", Call(session.id, person, text, claim=message.claim, context=context))
        return session
    context = await message.context(session)
    await client.ask(text, person, repo=message.repo, claim=message.claim, context=context)
    return None
