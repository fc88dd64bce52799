"""What a stage sees of the house, and of the session that it works on."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from honk.agents.base import Agent
from honk.core.errors import UsageError
from honk.core.events import Event, EventData
from honk.core.job import Job, JobLimits, Result
from honk.core.person import AGENT, Person
from honk.core.repo import Repo
from honk.core.session import Session, Turn
from honk.forges.base import Forge
from honk.gateway.gateway import Gateway
from honk.pipeline.ci.commit_notifier import CommitNotifier
from honk.pipeline.commit_cache import CommitCache
from honk.pipeline.engine.concurrency import Concurrency
from honk.pipeline.links import Links
from honk.previews.previews import Previews
from honk.sandboxes import base as sandboxes
from honk.sandboxes.base import Sandbox
from honk.settings import GitHubSettings, ModelCredential, Proxies
from honk.storage.blobs import Blobs
from honk.storage.store import Store
from honk.workspaces.base import Workspaces

F = TypeVar("F", bound=EventData)


@dataclass(frozen=True)
class Recorded(Generic[F]):
    """A fact of a known kind. `at` is seconds since the epoch."""

    data: F
    at: float


async def no_indexes() -> frozenset[str]:
    """A machine whose package clients reach nothing of their own."""
    return frozenset()


@dataclass(frozen=True)
class Services:
    """All parts of the house that stages may use, put together in `honk.app`.

    `home` is HONK_HOME, `run` a short private directory for sockets. `indexes` gives the
    package indexes that this machine's own clients are configured for, `proxies` are its own way to other hosts.
    `github` says how long and how often its checks and deployments are waited for, `heard` is told of commits that
    something has happened to there. `turns` and `orders` are the engine's slots for either kind of run.
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
    record: bool = False
    indexes: Callable[[], Awaitable[frozenset[str]]] = no_indexes
    proxies: Proxies = field(default_factory=Proxies)
    memory: CommitCache = field(default_factory=CommitCache)
    github: GitHubSettings = field(default_factory=GitHubSettings)
    heard: CommitNotifier = field(default_factory=CommitNotifier)
    turns: Concurrency = field(default_factory=Concurrency)
    orders: Concurrency = field(default_factory=Concurrency)


@dataclass(frozen=True)
class StageContext:
    """One stage's view: the session it is about, and `run`, the name of the workflow (`turn-1`, `order-2`).

    Stages are executed again after a crash. What they tell with a key is then told once.
    """

    services: Services
    id: str
    run: str
    number: int

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return self.services.store.session(self.id)

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

    @cached_property
    def repo(self) -> Repo:
        """The session's repository: once it is chosen it stays the same. Raises UsageError before that."""
        return self.services.store.repo(self.session.repo)

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

    def waiting(self) -> AbstractAsyncContextManager[None]:
        """For the time in which this run does nothing but wait for somebody else."""
        slots = self.services.turns if self.number else self.services.orders
        return slots.lent(f"{self.id}:{self.run}")

    async def run_job(self, job: Job) -> Result:
        """Run `job` in the house's sandbox."""
        return await sandboxes.run(self.services.sandbox, job)

    def last(self, kind: type[F]) -> Recorded[F]:
        """The newest fact of a kind, with when it was told. Raises LookupError when there is none."""
        for event in reversed(self.services.store.events(self.id)):
            if isinstance(event.data, kind):
                return Recorded(event.data, event.at)
        raise LookupError(f"{kind.__name__} in session {self.id}")

    def record(self, data: EventData, key: str = "") -> Event | None:
        """Record `data`; with a `key`, once in this run however often the stage is executed."""
        return self.services.store.record(self.id, data, key=f"{self.run}:{key}" if key else None)
