"""Honk in this process: the `HonkClient` that the server, and a command without a server, use.

What is refused is refused here or by the pipeline, never by an integration.
"""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from honk.client import LONGEST_REQUEST, Removal
from honk.conversation import texts
from honk.core import events, ids, policy
from honk.core.errors import HonkError, Unavailable, UsageError, WorkFailed
from honk.core.events import Event
from honk.core.honk_toml import PolicySettings
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import Person
from honk.core.phase import SHIPPED, Phase
from honk.core.repo import Repo
from honk.core.session import Session
from honk.pipeline.context import Services
from honk.pipeline.engine.engine import Engine
from honk.retention import collector, removed_repos


@dataclass(frozen=True)
class HonkService:
    """`engine` works on what is asked; None where another process does. The methods are described in `HonkClient`."""

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
        """Start a session. Raises UsageError for an empty or overlong text and for an unknown repository or agent,
        Unavailable where no sandbox can be started."""
        _check_text(text)
        if agent and agent not in self.services.agents:
            raise UsageError(texts.unknown_agent(agent, self.services.agents))
        named = (await self.services.store.repo(repo)).name if repo else ""
        if problem := await self.services.sandbox.problem():
            raise Unavailable(problem)
        asked = events.TurnRequested(1, text, person, named, agent, context)
        admitted = await self.services.store.start(ids.session_id(), asked, claim)
        return self._go(admitted.state or await self.services.store.session(admitted.session))

    async def reply(
        self, session: str, text: str, person: Person, *, claim: str | None = None, context: MessageContext = NO_CONTEXT
    ) -> Session:
        _check_text(text)
        now = await self.services.store.session(session)
        if now.phase in SHIPPED:
            raise WorkFailed(texts.session_over(now.phase))
        if now.busy and now.current is None:
            raise WorkFailed(texts.still_working(now.phase))
        if now.phase == Phase.PAUSED and now.current is None:
            await self._raise_budget(now, person)
        await self.services.store.reply(now.id, events.TurnRequested(0, text, person, context=context), claim)
        return self._go(await self.services.store.session(now.id))

    async def approve(self, session: str, person: Person, head: str = "", *, claim: str | None = None) -> Session:
        """Record an approval of `head`, on the forge and in the log."""
        now = await self.services.store.session(session)
        if await self._delivered(now, claim):
            return now
        if not now.change.number:
            raise WorkFailed(texts.nothing_to_merge())
        repo = await self.services.store.repo(now.repo)
        forge = self.services.forges[repo.forge]
        if not await forge.may_write(repo, person):
            raise WorkFailed(texts.may_not_write(repo.name))
        await forge.approve(repo, now.change.number, head or now.change.head, person)
        approved = events.Approved(head or now.change.head, person)
        await self.services.store.record(now.id, approved, key=claim or f"approved:{approved.head}:{person.id}")
        return await self.services.store.session(now.id)

    async def merge(
        self, session: str, person: Person, *, head: str = "", confirmed: bool = False, claim: str | None = None
    ) -> Session:
        """Queue a merge of `head`. The merge stage asks the policy of the base branch as it is then, and says a refusal
        in the thread."""
        now = await self.services.store.session(session)
        if await self._delivered(now, claim):
            return now
        if now.ship.merged_sha and not now.ship.untested:
            raise WorkFailed(texts.already_merged(now.ship.merged_sha))
        if now.busy:
            raise WorkFailed(texts.still_working(now.phase))
        if not now.change.number:
            raise WorkFailed(texts.nothing_to_merge())
        if head and head != now.change.head:
            raise WorkFailed(texts.stale_merge(head, now.change.head))
        command = events.MergeRequested(head or now.change.head, person, confirmed)
        await self.services.store.record(now.id, command, key=claim, check=_still(now.phase, now))
        return self._go(await self.services.store.session(now.id))

    async def rollback(self, session: str, person: Person, *, claim: str | None = None) -> Session:
        now = await self.services.store.session(session)
        if await self._delivered(now, claim):
            return now
        if now.ship.reverted_sha:
            raise WorkFailed(texts.already_rolled_back(now.ship.reverted_sha))
        if not now.ship.merged_sha:
            raise WorkFailed(texts.nothing_to_roll_back())
        if now.busy:
            raise WorkFailed(texts.still_working(now.phase))
        await self._takes_part(now, person)
        command = events.RollbackRequested(texts.asked_for(person.name), person)
        await self.services.store.record(now.id, command, key=claim, check=_still(now.phase, now))
        return self._go(await self.services.store.session(now.id))

    async def cancel(self, session: str, person: Person, *, claim: str | None = None) -> Session:
        now = await self.services.store.session(session)
        if await self._delivered(now, claim):
            return now
        if now.current is None:
            raise WorkFailed(texts.nothing_to_cancel(now.phase))
        await self._takes_part(now, person)
        await self.services.store.record(now.id, events.CancelRequested(person, now.turns[-1].number), key=claim)
        if self.engine is not None:
            await self.engine.drop_cancelled(await self.services.store.session(now.id))
        return await self.services.store.session(now.id)

    async def close(self, session: str, note: str, *, claim: str, person: Person | None = None) -> Session:
        now = await self.services.store.session(session)
        if now.phase in SHIPPED:
            return now
        if now.current is not None and person is not None:
            await self.cancel(now.id, person, claim=claim)
        return await self._enter(now.id, Phase.CLOSED, note, claim)

    async def reopen(self, session: str, note: str, *, claim: str) -> Session:
        now = await self.services.store.session(session)
        return await self._enter(now.id, Phase.REVIEW, note, claim) if now.phase == Phase.CLOSED else now

    async def merged_elsewhere(self, session: str, person: Person, head: str, note: str, *, claim: str) -> Session:
        """The forge says that the pull request was merged: its rules allowed that, Honk deploys and watches it."""
        now = await self.services.store.session(session)
        _idle(now)
        if now.phase == Phase.CLOSED:
            await self.services.store.record(
                now.id, events.PhaseEntered(Phase.REVIEW), key=f"{claim}:open", check=_idle
            )
        await self.note(now.id, note, claim=f"{claim}:note")
        if head != now.change.head:
            await self.note(now.id, texts.merged_other(head, now.change.head), claim=f"{claim}:{head}", bad=True)
        try:
            return await self.merge(now.id, person, head=now.change.head, claim=claim)
        except HonkError as error:
            await self.note(now.id, str(error), claim=f"{claim}:refused", bad=True)
            return now

    async def note(self, session: str, text: str, *, claim: str, bad: bool = False) -> None:
        await self.services.store.record(session, events.NoteAdded(text, bad), key=claim)

    async def session(self, session: str) -> Session:
        return await self.services.store.session(session)

    async def sessions(self, limit: int = 50) -> tuple[Session, ...]:
        return await self.services.store.sessions(limit)

    async def events(
        self, session: str, *, after: int = 0, follow: bool = False
    ) -> AsyncIterator[tuple[Session, Event]]:
        store = self.services.store
        name = (await store.session(session)).id
        while True:
            now = await store.session(name)
            found = await store.events(name, after)
            for event in found:
                after = event.seq
                yield now, event
            if not follow or (not found and not now.busy):
                return
            if not found or now.busy:
                await store.wait(name, after, timeout=5.0)

    async def add_repo(self, url: str, name: str = "", about: str = "") -> Repo:
        """Make a repository known, on the first forge that its address may belong to."""
        forge = next(forge for forge in self.services.forges.values() if forge.hosts(url))
        found = await forge.look(url, name or _repo_name(url))
        repo = replace(found, about=about or found.about)
        await self.services.store.add_repo(repo)
        return repo

    async def repos(self) -> tuple[Repo, ...]:
        return await self.services.store.repos()

    async def _enter(self, session: str, phase: Phase, note: str, claim: str) -> Session:
        store = self.services.store
        await store.record(session, events.NoteAdded(note), key=f"{claim}:note", check=_idle)
        await store.record(session, events.PhaseEntered(phase), key=f"{claim}:end", check=_idle)
        return await store.session(session)

    async def remove_repo(self, name: str) -> tuple[Removal, ...]:
        return await removed_repos.forget(self.services, name)

    async def collect(self, *, dry_run: bool = False) -> tuple[Removal, ...]:
        return await collector.collect(self.services, dry_run=dry_run)

    async def _delivered(self, session: Session, claim: str | None) -> bool:
        """Whether this request is in the log already: it was delivered twice."""
        return claim is not None and await self.services.store.has(session.id, claim)

    def _go(self, now: Session) -> Session:
        """Have queued what the session waits for. Should we die before that, a worker's next look finds it."""
        if self.engine is not None:
            self.engine.wake(now.id)
        return now

    async def _takes_part(self, session: Session, person: Person) -> None:
        """Raise the policy's reason when `person` has no say in this session."""
        may_write = False
        if session.repo:
            repo = await self.services.store.repo(session.repo)
            may_write = await self.services.forges[repo.forge].may_write(repo, person)
        case = policy.PolicyCase(settings=PolicySettings(), actor=person, asked=session.askers, may_write=may_write)
        ruling = policy.may_take_part(case)
        if not ruling.ok:
            raise WorkFailed(texts.refused(ruling.reason))

    async def _raise_budget(self, session: Session, person: Person) -> None:
        await self._takes_part(session, person)
        reached = [each.data for each in await self.services.store.events(session.id, 0, events.BudgetReached)]
        last = next(data for data in reversed(reached) if isinstance(data, events.BudgetReached))
        first = next(data for data in reached if isinstance(data, events.BudgetReached))
        # one request may cost more than was left: what is allowed now is on top of what it has cost
        limit = max(last.limit, session.cost.usd) + first.limit
        await self.services.store.record(session.id, events.BudgetRaised(limit, person))


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


def _idle(session: Session) -> None:
    """A check under the session's lock. Raises WorkFailed while Honk works on the session."""
    if session.busy:
        raise WorkFailed(texts.still_working(session.phase))


def _still(phase: Phase, seen: Session) -> Callable[[Session], None]:
    """A check under the session's lock: of two people who press a button at once, the second gets WorkFailed."""

    def check(now: Session) -> None:
        if now.phase != phase or now.orders != seen.orders:
            raise WorkFailed(texts.still_working(now.phase))

    return check


def _repo_name(url: str) -> str:
    """The last part of an address: `wavelength` of `git@host:team/wavelength.git`."""
    last = re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git")
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-.") or "repository"
