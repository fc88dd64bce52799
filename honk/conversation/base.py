"""A surface on which people talk with Honk, and what it may ask of the house."""

from typing import Protocol

from honk.core.events import Event
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import Person
from honk.core.repo import Repo
from honk.core.session import Session


class Surface(Protocol):
    """Shows a session to people: told each event in order, with the session as it is after it."""

    async def show(self, session: Session, event: Event) -> None:
        """Bring the thread up to date. Called again after a restart; must not repeat what is already there."""


class HonkClient(Protocol):
    """What a surface asks of the house. People's words come in through it; what becomes of them is told by the log.

    Everything is refused by raising a `core.errors.HonkError` whose text is for the person. `claim` names a message or
    a button's press: the same one again changes nothing, however often it is delivered.
    """

    async def ask(
        self,
        text: str,
        person: Person,
        *,
        repo: str = "",
        agent: str = "",
        claim: str | None = None,
        context: MessageContext = NO_CONTEXT,
    ) -> Session:
        """Start a session; at a place that is a session's thread already: its next turn."""

    async def reply(
        self, session: str, text: str, person: Person, *, claim: str | None = None, context: MessageContext = NO_CONTEXT
    ) -> Session:
        """The next turn of a session; in a paused one also the word to go on."""

    async def approve(self, session: str, person: Person, head: str = "") -> Session:
        """Record an approval of exactly one head."""

    async def merge(
        self, session: str, person: Person, *, head: str = "", confirmed: bool = False, claim: str | None = None
    ) -> Session:
        """Give the word to merge exactly `head`."""

    async def rollback(self, session: str, person: Person, *, claim: str | None = None) -> Session:
        """Give the word to take a merged change back."""

    async def cancel(self, session: str, person: Person, *, claim: str | None = None) -> Session:
        """Stop what runs."""

    async def session(self, session: str) -> Session:
        """One session."""

    async def repos(self) -> tuple[Repo, ...]:
        """All repositories, by name."""
