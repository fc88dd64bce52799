"""Everything that Honk remembers, behind one object: safe to use from any thread and from several processes.

A session's truth is its append-only log of facts; its row holds their fold, brought up to date in the same transaction.
"""

import asyncio
import difflib
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from honk.core.errors import UsageError
from honk.core.events import Asked, Event, EventData
from honk.core.repo import Repo
from honk.core.session import Session
from honk.storage import database, leases, repositories, sessions
from honk.storage.accounts import Accounts
from honk.storage.blobs import Blobs
from honk.storage.cursors import Cursors
from honk.storage.database import Database
from honk.storage.leases import Lease, Worker
from honk.storage.notifier import EVERY, Notifier
from honk.storage.pull_requests import Pulls
from honk.storage.repo_addresses import RepoAddresses
from honk.storage.sessions import Row
from honk.storage.threads import Threads

LOOK_SECONDS = 0.5
"""How often those who wait look for what another process recorded."""

_SKEW_SECONDS = 300.0
"""How far the clocks of two hosts may be apart before news of one escapes a Subscription on the other."""

_WRITING_SECONDS = 0.2
"""How long one write of this process takes at most; what is older when the bell rings was seen before. Should it be
missed all the same, the next wide look finds it."""

Clock = Callable[[], float]


@dataclass(frozen=True)
class Admitted:
    """What became of a message: turn `turn` of `session`. `new` is False when the same message was there before.
    `state` is the session after it, where it is known without asking."""

    session: str
    turn: int
    new: bool
    state: Session | None = field(default=None, compare=False)


def open(url: str, clock: Clock = time.time) -> "Store":  # noqa: A001 - reads `store.open(url)`
    """The store at `url`, its tables brought up to date. `clock` gives seconds since the epoch.

    Raises what `database.connect` raises. Close it, or use it in a `with` statement.
    """
    return Store(database.connect(url), clock)


class Store:
    """See the module's text. Every method raises Unavailable when the database does not answer."""

    def __init__(self, connected: Database, clock: Clock) -> None:
        self._database = connected
        self._clock = clock
        self._bell = Notifier()
        self.pulls = Pulls(connected, clock)
        self.threads = Threads(connected, clock)
        self.accounts = Accounts(connected, clock)
        self.addresses = RepoAddresses(connected)
        self.cursors = Cursors(connected)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def blobs(self, root: Path) -> Blobs:
        """The files kept under `root`."""
        return Blobs(root, self._database, self._clock)

    # Sessions

    def start(self, session: str, asked: Asked, claim: str | None = None) -> Admitted:
        """Begin a session with its first message. `claim` names the message: the same one again starts nothing.

        Where the message's place is the thread of a session already, it becomes that session's next turn.
        """
        try:
            with self._database.write() as connection:
                state = sessions.create(connection, session, asked, claim, self._clock())
        except sessions.Occupied:
            return self.reply(self.threads.session(asked.context.place), asked, claim)
        except IntegrityError:
            if (before := self.admitted(claim)) is None:
                raise
            return before
        self._bell.ring(session)
        return Admitted(session, 1, new=True, state=state)

    def reply(self, session: str, asked: Asked, claim: str | None = None) -> Admitted:
        """Add a message to a session as its next turn (whatever `asked.turn` says). `claim` as in `start`.

        Raises UsageError for an unknown session.
        """
        try:
            with self._locked(session) as (connection, row):
                numbered = replace(asked, turn=len(row.session.turns) + 1)
                now = self._clock()
                sessions.add_turn(connection, session, numbered.turn, claim, now)
                sessions.append(connection, row, numbered, None, now)
        except IntegrityError:
            if (before := self.admitted(claim)) is None:
                raise
            return before
        self._bell.ring(session)
        return Admitted(session, numbered.turn, new=True)

    def record(
        self, session: str, data: EventData, key: str | None = None, check: Callable[[Session], None] | None = None
    ) -> Event | None:
        """Append `data` to the session's log and fold it into the session, in one transaction.

        With a `key` that the log has already, nothing happens and the answer is None: a step that is executed again
        does no harm. `check` sees the session under its lock, and keeps the fact out by raising. Raises UsageError for
        an unknown session, ValueError for Asked, which `start` and `reply` have to number.
        """
        if isinstance(data, Asked):
            raise ValueError("messages come in through start() and reply(), which number them")
        with self._locked(session) as (connection, row):
            if key is not None and sessions.seen(connection, session, key):
                return None
            if check is not None:
                check(row.session)
            event = sessions.append(connection, row, data, key, self._clock())
        self._bell.ring(session)
        return event

    def has(self, session: str, key: str) -> bool:
        """Whether the session's log has an event with this key."""
        with self._database.read() as connection:
            return sessions.seen(connection, session, key)

    def session(self, session: str) -> Session:
        """The session with this id, or with the only id that begins so. Raises UsageError that names the near ones."""
        with self._database.read() as connection:
            if (found := sessions.find(connection, session)) is not None:
                return found
            given = session.strip().lower()
            fitting = sessions.ids(connection, given, limit=6) if given else []
            if len(fitting) == 1 and (found := sessions.find(connection, fitting[0])) is not None:
                return found
            known = sessions.ids(connection)
        if fitting:
            raise UsageError(f"Several sessions begin with `{given}`: {', '.join(fitting)}. Type one more letter.")
        raise UsageError(_no_session(session, given, known))

    def sessions(self, limit: int = 50) -> tuple[Session, ...]:
        """The sessions with the newest events, newest first."""
        with self._database.read() as connection:
            return sessions.latest(connection, limit)

    def events(self, session: str, after: int = 0) -> tuple[Event, ...]:
        """The session's events behind number `after`, in order; none for an unknown session."""
        with self._database.read() as connection:
            return sessions.log(connection, session, after)

    def busy(self) -> tuple[Session, ...]:
        """All sessions for which something runs or must be queued (`Session.busy`), the longest untouched first."""
        with self._database.read() as connection:
            return sessions.busy(connection)

    def in_review(self, repos: Collection[str]) -> list[tuple[str, int, float]]:
        """Id, last event's number and its time (seconds since the epoch), of every session of `repos` that waits for a
        person's review, newest first."""
        with self._database.read() as connection:
            return sessions.in_review(connection, repos)

    def some(self, ids: Sequence[str]) -> dict[str, Session]:
        """Those of the sessions `ids` that there are."""
        with self._database.read() as connection:
            return {session.id: session for session in sessions.some(connection, ids)}

    # News

    async def wait(self, session: str, after: int, timeout: float) -> bool:
        """Whether the session has an event behind number `after`, waiting for it up to `timeout` seconds."""
        deadline = asyncio.get_running_loop().time() + timeout
        with self._bell.listening(session) as rung:
            while True:
                rung.clear()
                with self._database.read() as connection:
                    if sessions.last(connection, session) > after:
                        return True
                if not await _rings(rung, deadline):
                    return False

    @contextmanager
    def news(self, session: str) -> Iterator[Callable[[float], Awaitable[None]]]:
        """For who looks at a session again and again: waits until this process has recorded something about it since
        the last wait, or so many seconds. What other processes record is found by looking."""
        with self._bell.listening(session) as rung:

            async def wait(seconds: float) -> None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await rung.wait()
                rung.clear()

            yield wait

    @contextmanager
    def subscribe(self) -> Iterator["Subscription"]:
        """News of all sessions from now on, for the running event loop."""
        with self._bell.listening(EVERY) as rung:
            yield Subscription(self._database, rung)

    # Claims, leases, workers

    def claim(self, key: str, holder: str) -> bool:
        """Take `key` for good. True for the first holder, and for the same holder again; False for all others."""
        with self._database.write() as connection:
            return leases.claim(connection, key, holder, self._clock()) == holder

    def lease(self, name: str, holder: str, seconds: float) -> Lease | None:
        """Take the lease `name` for `seconds`, None while another holder has it."""
        with self._database.write() as connection:
            return leases.take(connection, name, holder, seconds, self._clock())

    def renew(self, lease: Lease, seconds: float) -> Lease | None:
        """The lease with `seconds` from now, None when it was lost: stop what it was held for."""
        now = self._clock()
        with self._database.write() as connection:
            kept = leases.prolong(connection, lease, now + seconds, now)
        return replace(lease, until=now + seconds) if kept else None

    def holds(self, lease: Lease) -> bool:
        """Whether the lease is still held, asked now."""
        with self._database.read() as connection:
            return leases.holds(connection, lease, self._clock())

    def release(self, lease: Lease) -> None:
        """Give the lease back; harmless when it was lost."""
        with self._database.write() as connection:
            leases.prolong(connection, lease, 0.0, self._clock())

    def beat(self, executor: str, host: str, pid: int) -> None:
        """Say that a worker is alive. The first beat is its start."""
        with self._database.write() as connection:
            leases.beat(connection, Worker(executor, host, pid, self._clock(), self._clock()))

    def workers(self) -> tuple[Worker, ...]:
        """All workers that were not forgotten, the longest silent first."""
        with self._database.read() as connection:
            return leases.workers_by_beat(connection)

    def dead(self, older_than: float) -> tuple[Worker, ...]:
        """Workers that have been silent for more than `older_than` seconds. Whoever forgets one takes over its work."""
        before = self._clock() - older_than
        return tuple(worker for worker in self.workers() if worker.beat < before)

    def forget(self, executor: str) -> bool:
        """Strike a worker off the list; True for exactly one of those who try."""
        with self._database.write() as connection:
            return leases.forget(connection, executor)

    # Repositories

    def add_repo(self, repo: Repo) -> None:
        """Keep `repo`, or bring the one of the same name and address up to date. Raises UsageError when either of the
        two belongs to another."""
        with self._database.write() as connection:
            repositories.add(connection, repo)

    def repo(self, name: str) -> Repo:
        """The repository, upper and lower case being the same. Raises UsageError that names the nearest ones."""
        with self._database.read() as connection:
            return repositories.get(connection, name)

    def repos(self) -> tuple[Repo, ...]:
        """All repositories, by name."""
        with self._database.read() as connection:
            return repositories.every(connection)

    def remove_repo(self, name: str) -> None:
        """Forget the repository; its sessions stay. Raises UsageError as `repo`."""
        with self._database.write() as connection:
            repositories.remove(connection, repositories.get(connection, name).name)

    @contextmanager
    def _locked(self, session: str) -> Iterator[tuple[Connection, Row]]:
        """A transaction that holds the session's lock."""
        with self._database.write() as connection:
            row = sessions.lock(connection, session)
            if row is None:
                raise UsageError(_no_session(session, session, sessions.ids(connection)))
            yield connection, row

    def admitted(self, claim: str | None) -> Admitted | None:
        """What an earlier delivery of the message came to; None when it is new."""
        if claim is None:
            return None
        with self._database.read() as connection:
            turn = sessions.claimed(connection, claim)
        return None if turn is None else Admitted(turn[0], turn[1], new=False)


class Subscription:
    """Which sessions have news. Those of this process are told at once, those of others within LOOK_SECONDS."""

    def __init__(self, connected: Database, rung: asyncio.Event) -> None:
        self._database = connected
        self._rung = rung
        self._seen: dict[str, int] = {}
        self._newest = 0.0
        self._wide_at = 0.0
        self._look(_SKEW_SECONDS)

    async def changed(self, timeout: float) -> tuple[str, ...]:
        """Ids of sessions with events that were not told yet, waiting for one up to `timeout` seconds; then none."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            self._rung.clear()
            now = asyncio.get_running_loop().time()
            wide = now >= self._wide_at
            if wide:
                self._wide_at = now + LOOK_SECONDS
            if news := self._look(_SKEW_SECONDS if wide else _WRITING_SECONDS):
                return news
            if not await _rings(self._rung, deadline):
                return ()

    def _look(self, back: float) -> tuple[str, ...]:
        """What has moved since `back` seconds before the newest that was seen."""
        with self._database.read() as connection:
            rows = sessions.moved(connection, self._newest - back)
        self._newest = max([self._newest, *(updated for _, _, updated in rows)])
        news = tuple(session for session, seq, _ in rows if seq > self._seen.get(session, 0))
        self._seen |= {session: seq for session, seq, _ in rows}
        return news


async def _rings(rung: asyncio.Event, deadline: float) -> bool:
    """Wait until it is worth looking again; False when `deadline` (the loop's time) is over."""
    left = deadline - asyncio.get_running_loop().time()
    if left <= 0:
        return False
    try:
        async with asyncio.timeout(min(left, LOOK_SECONDS)):
            await rung.wait()
    except TimeoutError:
        return True
    return True


def _no_session(given: str, cleaned: str, known: list[str]) -> str:
    if not known:
        return f"There is no session `{given}`, and no other yet; `honk ask` starts one."
    near = difflib.get_close_matches(cleaned, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the latest is {known[0]}, `honk sessions` lists them."
    return f"There is no session `{given}`; {hint}"
