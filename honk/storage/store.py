"""Everything that Honk stores, behind one object. Several event loops and processes may use the same database.

A session is its append-only log of events; its row holds their fold, which the same transaction updates.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from honk.core.events import Event, EventData, TurnRequested
from honk.core.phase import Phase
from honk.core.repo import Repo
from honk.core.session import Session
from honk.storage import database, leases, repositories, sessions
from honk.storage.accounts import Accounts
from honk.storage.blobs import Blobs
from honk.storage.database import Database
from honk.storage.leases import Lease, Worker
from honk.storage.notifier import EVERY, Notifier
from honk.storage.polling_positions import Cursors
from honk.storage.pull_requests import Pulls
from honk.storage.repo_addresses import RepoAddresses
from honk.storage.sessions import Clock, SessionVersion
from honk.storage.threads import Threads

POLL_SECONDS = 0.5
"""Seconds between two queries for events that another process recorded."""

SKEW_SECONDS = 300.0
"""How far the clocks of two hosts may differ before a Subscription on one misses events of the other."""

_WRITING_SECONDS = 0.2
"""How long one write of this process usually takes; older events were read before. The next wide query finds what this
one misses."""


@dataclass(frozen=True)
class Admitted:
    """What a message became: turn `turn` of `session`. `new` is False when the same message was delivered before.
    `state` is the session after it, where no query is needed for it."""

    session: str
    turn: int
    new: bool
    state: Session | None = field(default=None, compare=False)


@asynccontextmanager
async def open(url: str, clock: Clock = time.time) -> AsyncIterator["Store"]:  # noqa: A001 - reads `store.open(url)`
    """The store at `url`, its tables brought up to date, until the block is left. `clock` gives epoch seconds.

    Raises what `database.connect` raises.
    """
    async with database.connect(url) as connected:
        yield Store(connected, clock)


class Store:
    """See the module's text. Every method raises Unavailable when the database does not answer."""

    def __init__(self, connected: Database, clock: Clock) -> None:
        self._database = connected
        self._clock = clock
        self._notifier = Notifier()
        self.pulls = Pulls(connected, clock)
        self.threads = Threads(connected, clock)
        self.accounts = Accounts(connected, clock)
        self.addresses = RepoAddresses(connected)
        self.cursors = Cursors(connected)

    def blobs(self, root: Path) -> Blobs:
        """The files stored under `root`."""
        return Blobs(root, self._database, self._clock)

    # Sessions

    async def start(self, session: str, asked: TurnRequested, claim: str | None = None) -> Admitted:
        """Begin a session with its first message. `claim` names the message: a second delivery starts nothing.

        In a thread that belongs to a session, the message becomes that session's next turn.
        """
        try:
            with self._announced(session):
                state = await self._database.write(sessions.create, session, asked, claim, self._clock())
        except sessions.Occupied:
            return await self.reply(await self.threads.session(asked.context.thread), asked, claim)
        except IntegrityError:
            if (before := await self.admitted(claim)) is None:
                raise
            return before
        return Admitted(session, 1, new=True, state=state)

    async def reply(self, session: str, asked: TurnRequested, claim: str | None = None) -> Admitted:
        """Add a message to a session as its next turn (whatever `asked.turn` says). `claim` as in `start`.

        Raises UsageError for an unknown session.
        """
        try:
            with self._announced(session):
                number = await self._database.write(sessions.reply, session, asked, claim, self._clock)
        except IntegrityError:
            if (before := await self.admitted(claim)) is None:
                raise
            return before
        return Admitted(session, number, new=True)

    async def record(
        self, session: str, data: EventData, key: str | None = None, check: Callable[[Session], None] | None = None
    ) -> SessionVersion | None:
        """Append `data` to the session's log and fold it into the session, in one transaction; the session after it.

        With a `key` that the log has already, nothing happens and the answer is None: a step that is executed again
        does no harm. `check` sees the session under its lock, and keeps the event out by raising. Raises UsageError for
        an unknown session, ValueError for TurnRequested, which `start` and `reply` have to number.
        """
        if isinstance(data, TurnRequested):
            raise ValueError("messages come in through start() and reply(), which number them")
        with self._announced(session):
            return await self._database.write(sessions.record, session, data, key, check, self._clock)

    async def has(self, session: str, key: str) -> bool:
        """Whether the session's log has an event with this key."""
        return await self._database.read(sessions.seen, session, key)

    async def session(self, session: str) -> Session:
        """The session with this id, or with the only id that begins so. Raises UsageError that names the near ones."""
        return await self._database.read(sessions.get, session)

    async def version(self, session: str) -> SessionVersion:
        """The session with exactly this id, and the number of its last event. Raises UsageError as `session`."""
        return await self._database.read(sessions.version, session)

    async def sessions(self, limit: int = 50) -> tuple[Session, ...]:
        """The sessions with the newest events, newest first."""
        return await self._database.read(sessions.latest, limit)

    async def events(self, session: str, after: int = 0, *kinds: type[object]) -> tuple[Event, ...]:
        """The session's events behind number `after`, in order, or only those of `kinds`."""
        return await self._database.read(sessions.log, session, after, kinds)

    async def newest(self, session: str, *kinds: type[object]) -> Event | None:
        """The session's newest event of one of `kinds`. Reads one row."""
        return await self._database.read(sessions.newest, session, kinds)

    async def changed_since(self, at: float) -> list[str]:
        """Ids of the sessions with events at `at` (seconds since the epoch) or later, oldest first. The clocks of two
        hosts may be SKEW_SECONDS apart."""
        return [session for session, _, _ in await self._database.read(sessions.moved, at)]

    async def busy(self) -> tuple[Session, ...]:
        """All sessions for which something runs or must be queued (`Session.busy`), the longest untouched first."""
        return await self._database.read(sessions.busy)

    async def idle(self, phases: Collection[Phase], seconds: float) -> tuple[str, ...]:
        """Ids of the sessions in one of `phases` in which nothing has happened for so long, the oldest first."""
        return await self._database.read(sessions.idle, phases, self._clock() - seconds)

    async def last_use(self) -> dict[str, float]:
        """When something last happened in each repository that has sessions, in seconds since the epoch."""
        return await self._database.read(sessions.last_use)

    async def sessions_of(self, repo: str) -> tuple[str, ...]:
        """Ids of all sessions of the repository."""
        return await self._database.read(sessions.of_repo, repo)

    async def file_references(self, seconds: float) -> frozenset[str]:
        """The SHA-256 of every kept file to which a session refers in which something happened in so many seconds."""
        return await self._database.read(sessions.file_references, self._clock() - seconds)

    async def forget_claims(self, seconds: float, dry_run: bool = False) -> int:
        """Forget claims older than `seconds`; how many there are. With `dry_run` they are only counted."""
        before = self._clock() - seconds
        if dry_run:
            return await self._database.read(leases.count_claims, before)
        return await self._database.write(leases.forget_claims, before)

    async def in_review(self, repos: Collection[str]) -> list[tuple[str, int, float]]:
        """Id, last event's number and its time (seconds since the epoch), of every session of `repos` that waits for a
        person's review, newest first."""
        return await self._database.read(sessions.in_review, repos)

    async def some(self, ids: Sequence[str]) -> dict[str, Session]:
        """Those of the sessions `ids` that there are."""
        return {session.id: session for session in await self._database.read(sessions.some, ids)}

    # New events

    async def wait(self, session: str, after: int, timeout: float) -> bool:
        """Wait up to `timeout` seconds for an event after number `after`; whether there is one."""
        deadline = asyncio.get_running_loop().time() + timeout
        with self._notifier.signal(session) as signal:
            while True:
                signal.clear()
                if await self._database.read(sessions.last, session) > after:
                    return True
                if not await _signalled(signal, deadline):
                    return False

    @contextmanager
    def news(self, session: str) -> Iterator[Callable[[float], Awaitable[None]]]:
        """A function for loops that poll a session: it waits until this process has recorded an event since the last
        call, or for so many seconds. It does not see events of other processes."""
        with self._notifier.signal(session) as signal:

            async def wait(seconds: float) -> None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await signal.wait()
                signal.clear()

            yield wait

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator["Subscription"]:
        """The sessions with new events from now on, for the running event loop."""
        with self._notifier.signal(EVERY) as signal:
            subscription = Subscription(self._database, signal)
            await subscription.begin()
            yield subscription

    @contextmanager
    def _announced(self, session: str) -> Iterator[None]:
        """Wake those who wait for `session` after the block, also when its caller is cancelled."""
        try:
            yield
        finally:
            self._notifier.notify(session)

    # Claims, leases, workers

    async def claim(self, key: str, holder: str) -> bool:
        """Take `key` for good. True for the first holder, and for the same holder again; False for all others."""
        return await self._database.write(leases.claim, key, holder, self._clock()) == holder

    async def lease(self, name: str, holder: str, seconds: float) -> Lease | None:
        """Take the lease `name` for `seconds`, None while another holder has it."""
        return await self._database.write(leases.take, name, holder, seconds, self._clock())

    async def renew(self, lease: Lease, seconds: float) -> Lease | None:
        """The lease with `seconds` from now, None when it was lost: stop what it was held for."""
        now = self._clock()
        kept = await self._database.write(leases.prolong, lease, now + seconds, now)
        return replace(lease, until=now + seconds) if kept else None

    async def holds(self, lease: Lease) -> bool:
        """Whether the lease is still held, asked now."""
        return await self._database.read(leases.holds, lease, self._clock())

    async def release(self, lease: Lease) -> None:
        """Give the lease back; harmless when it was lost."""
        await self._database.write(leases.prolong, lease, 0.0, self._clock())

    async def beat(self, executor: str, host: str, pid: int) -> None:
        """Record a worker's heartbeat. The first one is its start."""
        now = self._clock()
        await self._database.write(leases.beat, Worker(executor, host, pid, now, now))

    async def workers(self) -> tuple[Worker, ...]:
        """All known workers, the one with the oldest heartbeat first."""
        return await self._database.read(leases.workers_by_beat)

    async def forget(self, executor: str) -> bool:
        """Remove a worker from the list; True for exactly one of several callers."""
        return await self._database.write(leases.forget, executor)

    # Repositories

    async def add_repo(self, repo: Repo) -> None:
        """Keep `repo`, or bring the one of the same name and address up to date. Raises UsageError when either of the
        two belongs to another."""
        await self._database.write(repositories.add, repo)

    async def repo(self, name: str) -> Repo:
        """The repository, upper and lower case being the same. Raises UsageError that names the nearest ones."""
        return await self._database.read(repositories.get, name)

    async def repos(self) -> tuple[Repo, ...]:
        """All repositories, by name."""
        return await self._database.read(repositories.every)

    async def remove_repo(self, name: str) -> None:
        """Forget the repository; its sessions stay. Raises UsageError as `repo`."""
        await self._database.write(repositories.forget, name)

    async def admitted(self, claim: str | None) -> Admitted | None:
        """What an earlier delivery of the message became; None when it is new."""
        if claim is None:
            return None
        turn = await self._database.read(sessions.claimed, claim)
        return None if turn is None else Admitted(turn[0], turn[1], new=False)


class Subscription:
    """Which sessions have new events: those of this process at once, those of others within POLL_SECONDS."""

    def __init__(self, connected: Database, signal: asyncio.Event) -> None:
        self._database = connected
        self._signal = signal
        self._seen: dict[str, int] = {}
        self._newest = 0.0
        self._wide_at = 0.0

    async def begin(self) -> None:
        """Treat all present events as known."""
        await self._look(SKEW_SECONDS)

    async def changed(self, timeout: float) -> tuple[str, ...]:
        """Ids of sessions with events since the last call; waits for one up to `timeout` seconds."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            self._signal.clear()
            now = asyncio.get_running_loop().time()
            wide = now >= self._wide_at
            if wide:
                self._wide_at = now + POLL_SECONDS
            if news := await self._look(SKEW_SECONDS if wide else _WRITING_SECONDS):
                return news
            if not await _signalled(self._signal, deadline):
                return ()

    async def _look(self, back: float) -> tuple[str, ...]:
        """Sessions with new events, among those updated since `back` seconds before the newest known update."""
        rows = await self._database.read(sessions.moved, self._newest - back)
        self._newest = max([self._newest, *(updated for _, _, updated in rows)])
        news = tuple(session for session, seq, _ in rows if seq > self._seen.get(session, 0))
        self._seen |= {session: seq for session, seq, _ in rows}
        return news


async def _signalled(signal: asyncio.Event, deadline: float) -> bool:
    """Wait for `signal`, or until the next poll is due. False when `deadline` (the loop's time) has passed."""
    left = deadline - asyncio.get_running_loop().time()
    if left <= 0:
        return False
    try:
        async with asyncio.timeout(min(left, POLL_SECONDS)):
            await signal.wait()
    except TimeoutError:
        return True
    return True
