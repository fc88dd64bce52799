"""The previews that run in this process: start them, wait until they answer, find and stop them.

    open ─► (app answers at `ready`) ─► running ─► asleep    closed by Honk, by its time limit, or for a newer preview
      │                                    │
      └─► PreviewFailed                    └─────► crashed   ended by itself; see `crash`

A running preview is not polled: it is one task that waits for its sandbox to end.
"""

import asyncio
import re
import shutil
import tempfile
import time
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from honk.core.errors import WorkFailed
from honk.core.job import Job, Result, RunningJob, Start, Stopped

_TAIL_LINES = 40
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\r(?!\n)")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.5


class PreviewFailed(WorkFailed):
    """The app did not start. `log` is the end of its output: untrusted text."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


@dataclass(frozen=True)
class OpenedPreview:
    """A preview that answers. `seconds` is how long it took to start."""

    session: str
    socket: Path
    seconds: float


@dataclass(frozen=True)
class PreviewCrash:
    """How a preview ended that was not stopped by Honk. `log` is the end of its output: untrusted text."""

    exit: int
    stopped: Stopped
    log: str


@dataclass
class _LivePreview:
    session: str
    directory: Path
    transport: httpx2.AsyncHTTPTransport
    task: asyncio.Task[Result] | None = None
    running: RunningJob | None = None
    answers: bool = False
    log: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def socket(self) -> Path:
        return self.directory / "app.sock"


def command(serve: str) -> tuple[str, ...]:
    """The argv of a preview or build command from `honk.toml`; the sandbox sets $PORT."""
    return ("sh", "-c", serve)


def tail(log: str, lines: int = _TAIL_LINES) -> str:
    """The last `lines` lines of a program's output, without terminal colours."""
    return "\n".join(_ANSI.sub("", log).rstrip().splitlines()[-lines:])


class Previews:
    """The running previews of one process, at most `limit`: the least recently used one is closed for a new one.

    Use as `async with Previews() as previews`: leaving the block closes all. A session has at most one preview; opening
    another one replaces it. Sockets are made in `directory`, whose path must be short (default: the system's temporary
    directory).
    """

    def __init__(self, limit: int = 8, directory: Path | None = None) -> None:
        self._limit = max(1, limit)
        self._directory = directory
        self._live: OrderedDict[str, _LivePreview] = OrderedDict()  # least recently used first
        self._crashes: dict[str, PreviewCrash] = {}
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close_all()

    async def open(
        self,
        session: str,
        start: Start,
        job: Job,
        *,
        ready: str = "/",
        timeout: float = 60.0,
        replace_running: bool = True,
    ) -> OpenedPreview:
        """Start `job` with an app socket and wait until the app answers at the path `ready`.

        Any status below 500 counts. Unless `replace_running`, a preview that already runs is returned. Raises
        PreviewFailed when the app ends before it answers, or does not answer within `timeout` seconds; what `start`
        raises is passed on. Nothing is left running then.
        """
        async with self._locks.setdefault(session, asyncio.Lock()):
            if not replace_running and (running := self._used(session)):
                return OpenedPreview(session, running.socket, 0.0)
            await self.close(session)
            self._crashes.pop(session, None)
            while len(self._live) >= self._limit:
                await self.close(next(iter(self._live)))
            directory = Path(
                tempfile.mkdtemp(prefix="honk-", dir=self._directory)
            )  # short: the path of a socket has at most 107 bytes
            live = _LivePreview(session, directory, _transport(directory / "app.sock"))
            self._live[session] = live
            live.task = asyncio.create_task(self._run(live, start, replace(job, app_socket=live.socket)))
            # not in `_run`, which does not begin when it is cancelled at once
            live.task.add_done_callback(lambda _: self._forget(live))
            try:
                await self._until_ready(live, live.task, ready, timeout)
            except BaseException:
                await _end(live.task)
                raise
            live.answers = True
            return OpenedPreview(session, live.socket, time.monotonic() - live.started)

    def socket(self, session: str) -> Path | None:
        """The unix socket on which the session's app serves HTTP; None when it does not run."""
        live = self._used(session)
        return live.socket if live else None

    def transport(self, session: str) -> httpx2.AsyncHTTPTransport | None:
        """An httpx2 transport to the session's app, closed when it ends; None when it does not run."""
        live = self._used(session)
        return live.transport if live else None

    def crash(self, session: str) -> PreviewCrash | None:
        """How the session's last preview crashed; None when it did not, or was opened again since."""
        return self._crashes.get(session)

    async def ended(self, session: str) -> None:
        """Wait until the session's preview has ended; return at once when there is none."""
        live = self._live.get(session)
        if live is not None and live.task is not None:
            await asyncio.wait({live.task})

    @property
    def running(self) -> tuple[str, ...]:
        """The sessions whose preview runs, least recently used first."""
        return tuple(live.session for live in self._live.values() if live.answers)

    async def close(self, session: str) -> None:
        """Stop the session's preview and return when it has ended. Does nothing when there is none."""
        live = self._live.get(session)
        if live is not None and live.task is not None:
            await _end(live.task)

    async def close_all(self) -> None:
        await asyncio.gather(*(self.close(session) for session in list(self._live)))

    def _used(self, session: str) -> _LivePreview | None:
        live = self._live.get(session)
        if live is None or not live.answers:
            return None
        self._live.move_to_end(session)
        return live

    async def _run(self, live: _LivePreview, start: Start, job: Job) -> Result:
        """Run one preview from start to end."""
        try:
            async with start(job) as running:
                live.running = running
                result = await running.wait()
            live.log = tail(result.output)
            if result.stopped not in ("cancelled", "time"):  # these two mean asleep: the preview starts again on demand
                self._crashes[live.session] = PreviewCrash(result.exit, result.stopped, live.log)
            return result
        finally:
            await live.transport.aclose()

    def _forget(self, live: _LivePreview) -> None:
        del self._live[live.session]
        shutil.rmtree(live.directory, ignore_errors=True)

    async def _until_ready(self, live: _LivePreview, task: asyncio.Task[Result], ready: str, timeout: float) -> None:
        probe = asyncio.create_task(_answers(live.transport, ready))
        try:
            await asyncio.wait({task, probe}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                raise _ended_early(live, task)
            if not probe.done():
                if live.running is not None:
                    await live.running.stop("cancelled")
                    await asyncio.wait({task})
                raise PreviewFailed(f"The app did not answer at `{ready}` within {timeout:.0f} s.", live.log)
        finally:
            await _end(probe)


def _ended_early(live: _LivePreview, task: asyncio.Task[Result]) -> BaseException:
    if task.cancelled():
        return PreviewFailed("The preview was stopped before it was ready.")
    if error := task.exception():
        return error
    result = task.result()
    how = {"": f"ended with status {result.exit}", "time": "reached its time limit"}.get(
        result.stopped, f"was stopped ({result.stopped})"
    )
    return PreviewFailed(f"The app {how} before it answered.", live.log)


def _transport(socket: Path) -> httpx2.AsyncHTTPTransport:
    # No kept-alive connections: the app may close one just when it is used, and a local connect is cheap.
    # verify=False: a unix socket has no TLS, and loading the system's certificates takes longer than a request.
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx2.AsyncHTTPTransport(uds=str(socket), limits=limits, verify=False)  # noqa: S501


async def _answers(transport: httpx2.AsyncHTTPTransport, path: str) -> None:
    """Wait until the app behind `transport` answers at `path` with a status below 500."""
    pause = _FIRST_PAUSE
    url = f"http://localhost/{path.lstrip('/')}"
    timeout = httpx2.Timeout(10.0).as_dict()
    while True:
        try:
            response = await transport.handle_async_request(httpx2.Request("GET", url, extensions={"timeout": timeout}))
            await response.aclose()
            if response.status_code < httpx2.codes.INTERNAL_SERVER_ERROR:
                return
        except httpx2.TransportError:
            pass  # the app does not listen yet, and no event reports when it does
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


async def _end(task: asyncio.Task[Any]) -> None:
    """Cancel and wait. With `await task`, its cancellation would look like our own."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # retrieved, so that asyncio does not report it
