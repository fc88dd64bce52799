"""What all commands share: the services, the check of a second delivery, and checks of the session's state."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from honk.client import LONGEST_REQUEST, Call
from honk.conversation import texts
from honk.core import events, policy
from honk.core.errors import UsageError, WorkFailed
from honk.core.honk_toml import PolicySettings
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session
from honk.pipeline.context import Services
from honk.pipeline.engine.engine import Engine
from honk.storage.store import Store


@dataclass(frozen=True)
class CommandContext:
    """What a command may use. `engine` is None where another process does the work."""

    services: Services
    engine: Engine | None

    @property
    def store(self) -> Store:
        """The event log."""
        return self.services.store

    async def delivered(self, session: Session, claim: str | None) -> bool:
        """Whether an earlier delivery of the same request is in the log."""
        return claim is not None and await self.store.has(session.id, claim)

    async def queued(self, session: str) -> Session:
        """The session as it is now; what it waits for gets queued. After a crash, a worker's next sweep queues it."""
        now = await self.store.session(session)
        if self.engine is not None:
            self.engine.wake(session)
        return now

    async def check_participant(self, session: Session, person: Person) -> None:
        """Raise WorkFailed with the policy's reason when `person` may not take part in the session."""
        may_write = False
        if session.repo:
            repo = await self.store.repo(session.repo)
            may_write = await self.services.forges[repo.forge].may_write(repo, person)
        case = policy.PolicyCase(settings=PolicySettings(), actor=person, asked=session.askers, may_write=may_write)
        ruling = policy.may_take_part(case)
        if not ruling.ok:
            raise WorkFailed(texts.refused(ruling.reason))

    async def enter(self, session: str, phase: Phase, note: str, claim: str) -> Session:
        """Record `note` and enter `phase`. Raises WorkFailed while Honk works on the session."""
        await self.store.record(session, events.NoteAdded(note), key=f"{claim}:note", check=check_idle)
        await self.store.record(session, events.PhaseEntered(phase), key=f"{claim}:end", check=check_idle)
        return await self.store.session(session)


CommandFunction = Callable[[CommandContext, Call], Awaitable[Session]]
"""Records what the call asks for and returns the session after it. Raises HonkError with a text for the person."""


def check_idle(session: Session) -> None:
    """Raise WorkFailed while Honk works on the session."""
    if session.busy:
        raise WorkFailed(texts.still_working(session.phase))


def unchanged_since(seen: Session) -> Callable[[Session], None]:
    """A check under the session's lock: when two people press a button at the same time, the second gets WorkFailed."""

    def check(now: Session) -> None:
        if now.phase != seen.phase or now.orders != seen.orders:
            raise WorkFailed(texts.still_working(now.phase))

    return check


def check_text(text: str) -> None:
    """Raise UsageError for a text that no request can have."""
    if not text.strip():
        raise UsageError(texts.empty_request())
    try:
        text.encode()
    except UnicodeEncodeError:  # an argument of a command line may hold bytes that are no characters
        raise UsageError(texts.unreadable_request()) from None
    if len(text) > LONGEST_REQUEST:
        raise UsageError(texts.long_request(len(text), LONGEST_REQUEST))
