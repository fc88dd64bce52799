"""The only way in: what a person can say to Honk, whichever surface they say it on.

Every method takes the person who speaks. What is refused is refused here or by the flow, never by a surface. What is
accepted is in the database before the method returns; the work happens in a worker, and the thread tells of it.
"""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from honk.conversation import texts
from honk.core import events, ids, policy
from honk.core.errors import Unavailable, UsageError, WorkFailed
from honk.core.events import Event
from honk.core.honk_toml import PolicySettings
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import Person
from honk.core.phase import SHIPPED, Phase
from honk.core.repo import Repo
from honk.core.session import Session
from honk.pipeline.context import Services
from honk.pipeline.engine.engine import Engine

LONGEST_REQUEST = 200_000
"""Characters of one message. A longer text belongs into a file of the repository."""


class HonkClient(Protocol):
    """What a person can ask of Honk: in this process (`HonkService`) or over another's API (`web.remote_client`)."""

    async def ask(
        self, text: str, person: Person, *, repo: str = "", agent: str = "", claim: str | None = None
    ) -> Session:
        """Start a session."""

    async def reply(self, session: str, text: str, person: Person, *, claim: str | None = None) -> Session:
        """The next turn of a session."""

    async def approve(self, session: str, person: Person, head: str = "") -> Session:
        """Record an approval of exactly one head."""

    async def merge(self, session: str, person: Person, *, head: str = "", confirmed: bool = False) -> Session:
        """Give the word to merge."""

    async def rollback(self, session: str, person: Person) -> Session:
        """Give the word to take it back."""

    async def cancel(self, session: str, person: Person) -> Session:
        """Stop what runs."""

    async def session(self, session: str) -> Session:
        """One session."""

    async def sessions(self, limit: int = 50) -> tuple[Session, ...]:
        """The newest sessions first."""

    def events(self, session: str, *, after: int = 0, follow: bool = False) -> AsyncIterator[tuple[Session, Event]]:
        """The thread, live with `follow`."""

    async def add_repo(self, url: str, name: str = "", about: str = "") -> Repo:
        """Make a repository known."""

    async def repos(self) -> tuple[Repo, ...]:
        """All repositories."""


@dataclass(frozen=True)
class HonkService:
    """The house as people see it. `engine` works on what is asked; it is None where another process does."""

    services: Services
    engine: Engine | None

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
        """Start a session; in a place that is a session's thread already: its next turn. `claim` names the message
        where it may be delivered twice.

        Raises UsageError for an empty or overlong text and for an unknown repository or agent, Unavailable where no
        sandbox can be started.
        """
        _check_text(text)
        if agent and agent not in self.services.agents:
            raise UsageError(texts.unknown_agent(agent, self.services.agents))
        named = self.services.store.repo(repo).name if repo else ""
        if problem := await self.services.sandbox.problem():
            raise Unavailable(problem)
        asked = events.Asked(1, text, person, named, agent, context)
        admitted = self.services.store.start(ids.session_id(), asked, claim)
        return self._go(admitted.state or self.services.store.session(admitted.session))

    async def reply(
        self, session: str, text: str, person: Person, *, claim: str | None = None, context: MessageContext = NO_CONTEXT
    ) -> Session:
        """The next turn of a session. In a paused one it also allows the session as much again as it had."""
        _check_text(text)
        now = self.services.store.session(session)
        if now.phase in SHIPPED:
            raise WorkFailed(texts.session_over(now.phase))
        if now.busy and now.current is None:
            raise WorkFailed(texts.still_working(now.phase))
        if now.phase == Phase.PAUSED and now.current is None:
            await self._raise_budget(now, person)
        self.services.store.reply(now.id, events.Asked(0, text, person, context=context), claim)
        return self._go(self.services.store.session(now.id))

    async def approve(self, session: str, person: Person, head: str = "") -> Session:
        """Record an approval of `head`, by default the one that is there now."""
        now = self.services.store.session(session)
        if not now.change.number:
            raise WorkFailed(texts.nothing_to_merge())
        repo = self.services.store.repo(now.repo)
        forge = self.services.forges[repo.forge]
        if not await forge.may_write(repo, person):
            raise WorkFailed(texts.may_not_write(person.name, repo.name))
        await forge.approve(repo, now.change.number, head or now.change.head, person)
        approved = events.Approved(head or now.change.head, person)
        self.services.store.record(now.id, approved, key=f"approved:{approved.head}:{person.id}")
        return self.services.store.session(now.id)

    async def merge(
        self, session: str, person: Person, *, head: str = "", confirmed: bool = False, claim: str | None = None
    ) -> Session:
        """Give the word to merge `head`, by default the one that is there now. `claim` names the word where it may
        come twice (a button's press): the same one again does nothing. Policy is asked when it is carried out, by
        what the base branch says then; a no is told to the thread."""
        now = self.services.store.session(session)
        if self._heard(now, claim):
            return now
        if now.ship.merged_sha and not now.ship.untested:
            raise WorkFailed(texts.already_merged(now.ship.merged_sha))
        if now.busy:
            raise WorkFailed(texts.still_working(now.phase))
        if not now.change.number:
            raise WorkFailed(texts.nothing_to_merge())
        if head and head != now.change.head:
            raise WorkFailed(texts.stale_merge(head, now.change.head))
        word = events.MergeAsked(head or now.change.head, person, confirmed)
        self.services.store.record(now.id, word, key=claim, check=_still(now.phase, now))
        return self._go(self.services.store.session(now.id))

    async def rollback(self, session: str, person: Person, *, claim: str | None = None) -> Session:
        """Give the word to take a merged change back. `claim` as in `merge`."""
        now = self.services.store.session(session)
        if self._heard(now, claim):
            return now
        if now.ship.reverted_sha:
            raise WorkFailed(texts.already_rolled_back(now.ship.reverted_sha))
        if not now.ship.merged_sha:
            raise WorkFailed(texts.nothing_to_roll_back())
        if now.busy:
            raise WorkFailed(texts.still_working(now.phase))
        await self._takes_part(now, person)
        word = events.RollbackAsked(texts.asked_for(person.name), person)
        self.services.store.record(now.id, word, key=claim, check=_still(now.phase, now))
        return self._go(self.services.store.session(now.id))

    async def cancel(self, session: str, person: Person, *, claim: str | None = None) -> Session:
        """Stop the running turn and those that wait behind it. `claim` as in `merge`."""
        now = self.services.store.session(session)
        if self._heard(now, claim):
            return now
        if now.current is None:
            raise WorkFailed(texts.nothing_to_cancel(now.phase))
        await self._takes_part(now, person)
        self.services.store.record(now.id, events.CancelAsked(person, now.turns[-1].number), key=claim)
        if self.engine is not None:
            await self.engine.drop_cancelled(self.services.store.session(now.id))
        return self.services.store.session(now.id)

    async def session(self, session: str) -> Session:
        """The session with this id, or the only one that begins so. Raises UsageError."""
        return self.services.store.session(session)

    async def sessions(self, limit: int = 50) -> tuple[Session, ...]:
        """The newest sessions first."""
        return self.services.store.sessions(limit)

    async def events(
        self, session: str, *, after: int = 0, follow: bool = False
    ) -> AsyncIterator[tuple[Session, Event]]:
        """The thread from behind event `after`, each with the session as it is now. With `follow`, on until nothing
        more is going to happen without somebody's word."""
        store = self.services.store
        name = store.session(session).id
        while True:
            now = store.session(name)
            found = store.events(name, after)
            for event in found:
                after = event.seq
                yield now, event
            if not follow or (not found and not now.busy):
                return
            if not found or now.busy:
                await store.wait(name, after, timeout=5.0)

    async def add_repo(self, url: str, name: str = "", about: str = "") -> Repo:
        """Make a repository known; `about` says in a few words what it is, for requests that do not name it.

        It is looked for on the first forge that its address may be of. Raises UsageError for one that cannot be worked
        with, and says why.
        """
        forge = next(forge for forge in self.services.forges.values() if forge.hosts(url))
        found = await forge.look(url, name or _repo_name(url))
        repo = replace(found, about=about or found.about)
        self.services.store.add_repo(repo)
        return repo

    async def repos(self) -> tuple[Repo, ...]:
        """All repositories, by name."""
        return self.services.store.repos()

    def _heard(self, session: Session, claim: str | None) -> bool:
        """Whether this word is in the log already: it was delivered twice."""
        return claim is not None and self.services.store.has(session.id, claim)

    def _go(self, now: Session) -> Session:
        """Have queued what the session waits for. Should we die before that, a worker's next look finds it."""
        if self.engine is not None:
            self.engine.wake(now.id)
        return now

    async def _takes_part(self, session: Session, person: Person) -> None:
        """Raise the policy's reason when `person` has no say in this session."""
        may_write = False
        if session.repo:
            repo = self.services.store.repo(session.repo)
            may_write = await self.services.forges[repo.forge].may_write(repo, person)
        case = policy.Case(settings=PolicySettings(), actor=person, asked=session.askers, may_write=may_write)
        ruling = policy.every("take part", policy.TAKE_PART, case)
        if not ruling.ok:
            raise WorkFailed(texts.refused(ruling.reason))

    async def _raise_budget(self, session: Session, person: Person) -> None:
        await self._takes_part(session, person)
        reached = [event.data for event in self.services.store.events(session.id)]
        last = next(data for data in reversed(reached) if isinstance(data, events.BudgetReached))
        first = next(data for data in reached if isinstance(data, events.BudgetReached))
        # one request may cost more than was left: what is allowed now is on top of what it has cost
        limit = max(last.limit, session.cost.usd) + first.limit
        self.services.store.record(session.id, events.BudgetRaised(limit, person))


def _check_text(text: str) -> None:
    if not text.strip():
        raise UsageError(texts.empty_request())
    if not _is_text(text):
        raise UsageError(texts.unreadable_request())
    if len(text) > LONGEST_REQUEST:
        raise UsageError(texts.long_request(len(text), LONGEST_REQUEST))


def _is_text(text: str) -> bool:
    """Whether it can be written down: an argument of a command line may hold bytes that are no characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _still(phase: Phase, seen: Session) -> Callable[[Session], None]:
    """A check under the session's lock: of two who press the button at once, one is told so."""

    def check(now: Session) -> None:
        if now.phase != phase or now.orders != seen.orders:
            raise WorkFailed(texts.still_working(now.phase))

    return check


def _repo_name(url: str) -> str:
    """The last part of an address: `wavelength` of `git@host:team/wavelength.git`."""
    last = re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git")
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-.") or "repository"
