"""Everything that this GitHub knows. Plain records, changed by the modules that answer requests; nothing is saved."""

import asyncio
import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from honk_simulators.github.state.accounts import Device, GitHubAccount, GitHubApp, Installation, Token
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.state.request_log import (
    LoggedRequest,
    RateLimits,
    RequestFault,
    WebhookDelivery,
    WebhookQueue,
)

FIRST_ID = 3_000_000_000
"""Ids of the real one no longer fit into 32 bits, so ours do not. Each world begins elsewhere: clients keep tokens by
the ids of App and installation, for the whole process."""


@dataclass
class GitHubState:
    """The world. `clock` gives seconds since the epoch; `api` and `web` are addresses without a slash at the end."""

    root: Path
    clock: Callable[[], float]
    api: str = ""
    web: str = ""
    strict: bool = True
    limits: RateLimits = field(default_factory=RateLimits)
    accounts: dict[int, GitHubAccount] = field(default_factory=dict)
    apps: dict[int, GitHubApp] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    refreshing: dict[str, tuple[GitHubApp, GitHubAccount]] = field(default_factory=dict)
    manifests: dict[str, GitHubApp] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)
    merges: dict[str, dict[str, Any]] = field(default_factory=dict)
    downloads: dict[str, Any] = field(default_factory=dict)
    outbox: WebhookQueue = field(default_factory=WebhookQueue)
    deliveries: list[WebhookDelivery] = field(default_factory=list)
    requests: list[LoggedRequest] = field(default_factory=list)
    faults: list[RequestFault] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    work: set[asyncio.Task[None]] = field(default_factory=set)
    ahead: float = 0.0
    _ids: "itertools.count[int]" = field(
        default_factory=lambda: itertools.count(FIRST_ID + secrets.randbelow(FIRST_ID), 7)
    )
    _waiting: set[asyncio.Event] = field(default_factory=set)

    def id(self) -> int:
        """A number that nothing else has."""
        return next(self._ids)

    def now(self) -> float:
        """What time it is here, in seconds since the epoch; `ahead` moves it."""
        return self.clock() + self.ahead

    def stamp(self) -> str:
        """The time as GitHub writes it."""
        return written(self.now())

    def account(self, login: str) -> GitHubAccount | None:
        """Whose login it is, in whatever case."""
        return next((each for each in self.accounts.values() if each.login.lower() == login.lower()), None)

    def repository(self, full_name: str) -> Repository | None:
        """The repository that is called so now; None for a former name and for what was deleted."""
        wanted = full_name.lower()
        found = (each for each in self.repositories.values() if each.full_name.lower() == wanted)
        return next((each for each in found if not each.deleted), None)

    def issue(self, repo: Repository, number: int) -> IssueRecord | None:
        """The issue or pull request with this number."""
        return repo.issues.get(number)

    def ring(self) -> None:
        """Something has changed; whoever waits looks again."""
        for event in self._waiting:
            event.set()

    async def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Return as soon as `true()` holds. Raises TimeoutError."""
        news = asyncio.Event()
        with self.listening(news):
            async with asyncio.timeout(seconds):
                while not true():
                    news.clear()
                    await news.wait()

    @contextmanager
    def listening(self, event: asyncio.Event) -> Iterator[None]:
        """`event` is set whenever something changes."""
        self._waiting.add(event)
        try:
            yield
        finally:
            self._waiting.discard(event)

    def start(self, work: Any, name: str) -> asyncio.Task[None]:
        """Do `work`, a coroutine, beside the answer; the server ends it when it ends itself."""
        task: asyncio.Task[None] = asyncio.create_task(work, name=name)
        self.work.add(task)
        task.add_done_callback(self._done)
        return task

    def chore(self, work: Any, name: str) -> asyncio.Task[None]:
        """Do `work` for as long as the world lasts."""
        task: asyncio.Task[None] = asyncio.create_task(work, name=name)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self.work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.wrong.append(f"{task.get_name()}: {error!r}")
        self.ring()


def written(seconds: float) -> str:
    """A time in seconds since the epoch as GitHub writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
