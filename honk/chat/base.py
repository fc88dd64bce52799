"""A surface on which people talk with Honk."""

from typing import Protocol

from honk.core.facts import Event
from honk.core.session import Session


class Surface(Protocol):
    """Shows a session to people: told each event in order, with the session as it is after it."""

    async def show(self, session: Session, event: Event) -> None:
        """Bring the thread up to date. Called again after a restart; must not repeat what is already there."""
