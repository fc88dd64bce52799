"""What a stage gets: the session that it works on, and the services that it may use."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from honk.agents.base import Agent
from honk.core.errors import UsageError
from honk.core.events import EventData
from honk.core.job import Job, JobLimits, Result
from honk.core.person import AGENT, Person
from honk.core.repo import Repo
from honk.core.session import Session, Turn
from honk.forges.base import Forge
from honk.gateway.gateway import Gateway
from honk.pipeline.ci.commit_notifier import CommitNotifier
from honk.pipeline.commit_cache import CommitCache
from honk.pipeline.engine.concurrency import Concurrency
from honk.pipeline.session_links import Links
from honk.previews.previews import Previews
from honk.sandboxes import base as sandboxes
from honk.sandboxes.base import Sandbox
from honk.settings import GitHubSettings, ModelCredential, Proxies, RetentionSettings
from honk.storage.blobs import Blobs
from honk.storage.sessions import SessionVersion
from honk.storage.store import Store
from honk.workspaces.base import Workspaces

F = TypeVar("F", bound=EventData)


@dataclass(frozen=True)
class Recorded(Generic[F]):
    """An event of a known kind. `at` is seconds since the epoch."""

    data: F
    at: float


async def no_indexes() -> frozenset[str]:
    """A machine whose package clients reach nothing of their own."""
    return frozenset()


@dataclass(frozen=True)
class Services:
    """Everything that stages may use, made in `honk.app`.

    `home` is HONK_HOME, `run` a short private directory for sockets. `indexes` gives the
    package indexes that this machine's own clients are configured for, `proxies` are its own way to other hosts.
    `github` says how long and how often its checks and deployments are waited for; `commit_notifier` gets the
    commits that webhooks name. `turns` and `orders` are the engine's slots for either kind of run,
    `engine_url` is its database.
    `clock` gives seconds since the epoch.
    """

    home: Path
    run: Path
    store: Store
    blobs: Blobs
    sandbox: Sandbox
    workspaces: Workspaces
    gateway: Gateway
    credential: ModelCredential
    agents: dict[str, Agent]
    forges: dict[str, Forge]
    previews: Previews
    addresses: Links
    limits: JobLimits
    keep_bytes: int
    engine_url: str = ""
    record: bool = False
    indexes: Callable[[], Awaitable[frozenset[str]]] = no_indexes
    proxies: Proxies = field(default_factory=Proxies)
    commit_cache: CommitCache = field(default_factory=CommitCache)
    github: GitHubSettings = field(default_factory=GitHubSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    clock: Callable[[], float] = time.time
    commit_notifier: CommitNotifier = field(default_factory=CommitNotifier)
    turns: Concurrency = field(default_factory=Concurrency)
    orders: Concurrency = field(default_factory=Concurrency)


@dataclass
class StageContext:
    """One stage's view: the session it is about, and `run`, the name of the workflow (`turn-1`, `order-2`).

    Stages are executed again after a crash. What they record with a key is then recorded once.

    `session` and `repo` are kept in memory, since properties cannot wait for the database: `record` brings them up to
    date with what this stage records, `refresh` with what others have recorded.
    """

    services: Services
    id: str
    run: str
    number: int
    _version: SessionVersion
    _repo: Repo | UsageError | None = None

    @classmethod
    async def opened(cls, services: Services, session: str, run: str, number: int) -> "StageContext":
        """The view of a stage that begins now. Raises UsageError for an unknown session."""
        version = await services.store.version(session)
        ctx = cls(services, session, run, number, version)
        await ctx._keep(version)
        return ctx

    @property
    def session(self) -> Session:
        """The session as it was when it was last read."""
        return self._version.session

    @property
    def turn(self) -> Turn:
        """The turn that this run works on. Raises UsageError in a run that has none."""
        for turn in self.session.turns:
            if turn.number == self.number:
                return turn
        raise UsageError(f"Session {self.id} has no turn {self.number}.")

    @property
    def principal(self) -> Person:
        """Whose rights this run has: the author's of its message; the requester's, where Honk itself has a conflict
        resolved."""
        author = self.turn.person
        return author if author != AGENT else self.session.requester or AGENT

    @property
    def repo(self) -> Repo:
        """The session's repository. Raises UsageError before it is chosen, and for one that Honk no longer knows."""
        if self._repo is None:
            raise UsageError(f"Session {self.id} has no repository yet.")
        if isinstance(self._repo, UsageError):
            raise self._repo
        return self._repo

    @property
    def forge(self) -> Forge:
        """Where the session's repository lives."""
        return self.services.forges[self.repo.forge]

    @property
    def mirror(self) -> Path:
        """Honk's own bare mirror of the repository."""
        return self.services.home / "mirrors" / f"{self.repo.name}.git"

    @property
    def directory(self) -> Path:
        """The session's directory under HONK_HOME."""
        return self.services.home / "sessions" / self.id

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """For the time in which this run does nothing but wait for somebody else. Reads the session again after it."""
        slots = self.services.turns if self.number else self.services.orders
        async with slots.lent(f"{self.id}:{self.run}"):
            yield
        await self.refresh()

    async def run_job(self, job: Job) -> Result:
        """Run `job` in the sandbox."""
        return await sandboxes.run(self.services.sandbox, job)

    async def last(self, kind: type[F]) -> Recorded[F]:
        """The newest event of `kind`. Raises LookupError when there is none."""
        event = await self.services.store.newest(self.id, kind)
        if event is None or not isinstance(event.data, kind):
            raise LookupError(f"{kind.__name__} in session {self.id}")
        return Recorded(event.data, event.at)

    async def record(self, data: EventData, key: str = "", check: Callable[[Session], None] | None = None) -> None:
        """Record `data`; with a `key`, once in this run however often the stage is executed. `check` as in
        `Store.record`."""
        after = await self.services.store.record(self.id, data, f"{self.run}:{key}" if key else None, check)
        if after is not None:
            await self._keep(after)

    async def refresh(self) -> Session:
        """Read the session again; as it is now."""
        await self._keep(await self.services.store.version(self.id))
        return self.session

    async def _keep(self, version: SessionVersion) -> None:
        """Remember `version` unless a newer one is known, and its repository once there is one."""
        if version.seq >= self._version.seq:
            self._version = version
        if self._repo is None and version.session.repo:
            try:
                self._repo = await self.services.store.repo(version.session.repo)
            except UsageError as error:
                self._repo = error
