"""Honk in this process: the `HonkClient` that the server, and a command without a server, use."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from honk.client import Call, Removal
from honk.commands.base import CommandContext, check_text
from honk.commands.table import COMMANDS
from honk.conversation import texts
from honk.core import events, ids
from honk.core.errors import Unavailable, UsageError
from honk.core.events import Event
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import Person
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
        check_text(text)
        if agent and agent not in self.services.agents:
            raise UsageError(texts.unknown_agent(agent, self.services.agents))
        named = (await self.services.store.repo(repo)).name if repo else ""
        if problem := await self.services.sandbox.problem():
            raise Unavailable(problem)
        asked = events.TurnRequested(1, text, person, named, agent, context)
        admitted = await self.services.store.start(ids.session_id(), asked, claim)
        if admitted.state is None:
            return await self._context.queued(admitted.session)
        if self.engine is not None:
            self.engine.wake(admitted.session)
        return admitted.state

    async def command(self, name: str, call: Call) -> Session:
        function = COMMANDS.get(name)
        if function is None:
            raise UsageError(f"There is no command `{name}`.")
        return await function(self._context, call)

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

    async def remove_repo(self, name: str) -> tuple[Removal, ...]:
        return await removed_repos.forget(self.services, name)

    async def collect(self, *, dry_run: bool = False) -> tuple[Removal, ...]:
        return await collector.collect(self.services, dry_run=dry_run)

    @property
    def _context(self) -> CommandContext:
        return CommandContext(self.services, self.engine)


def _repo_name(url: str) -> str:
    """The last part of an address: `wavelength` of `git@host:team/wavelength.git`."""
    last = re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git")
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-.") or "repository"
