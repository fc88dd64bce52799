"""Deploy a merged commit with the repository's deploy command, and watch its health afterwards.

`deploy.run` comes from the base branch, which people approved, and needs credentials that no sandbox may see. Therefore
it runs on the host, in a clean checkout, with an environment of its own.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx2

from honk import process
from honk.core.errors import UsageError
from honk.core.events import Deployed, HealthWatched
from honk.deploy.masking import mask_file, redact, secret_values

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_POLL_SECONDS = 0.2
_CHUNK = 65536
_TAIL_LINES = 40
_LONGEST_LINE = 500
FAILURES = 3
"""So many failed checks in a row mean that the deploy is unhealthy."""

STARTUP_SECONDS = 30.0
"""For so many seconds after a deploy the app may still be starting."""

_CHECK_PAUSE = 1.0
_CHECK_TIMEOUT = 5.0


def expand(text: str, env: Mapping[str, str]) -> str:
    """`text` with each `${NAME}` replaced from the deploy's environment. Raises UsageError for an unknown name."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in env:
            known = ", ".join(sorted(env)) or "none"
            raise UsageError(
                f"`{text}` in honk.toml names ${{{name}}}, which the deploy's environment does not have; "
                f"add it to the repository's secrets (there now: {known})."
            )
        return env[name]

    return _VARIABLE.sub(value, text)


async def run(
    command: str,
    checkout: Path,
    *,
    sha: str,
    env: Mapping[str, str],
    log: Path,
    timeout: float = 900.0,
    on_line: Callable[[str], None] = lambda line: None,
) -> Deployed:
    """Run the shell command `command` in `checkout`, which holds commit `sha`, and return the result.

    The environment is `process.environment` and `env`, whose `secret_values` are removed from everything that is
    returned or passed to `on_line`. Output goes to the file `log` (new, mode 0600) and not through a pipe, because a
    server that the command starts keeps writing to it and would die when the pipe is closed. When the command has
    ended, secrets that it printed are overwritten in the file. `on_line` gets each line.

    After `timeout` seconds, or when cancelled, the command is killed with its process group. A process in a session of
    its own, or started by a command that ended by itself, keeps running.
    """
    started = time.monotonic()
    secrets = secret_values(env)
    async with _masked_log(log, secrets) as (sink, source):
        out = sink.fileno()
        argv = ("sh", "-c", command)
        environment = process.environment(env)
        async with process.spawn(argv, cwd=checkout, env=environment, stdout=out, stderr=out, survivors=True) as child:
            ended = asyncio.create_task(child.wait())
            try:
                await _follow(source, ended, started + timeout, lambda line: on_line(redact(line, secrets)))
            finally:
                ended.cancel()
        seconds = time.monotonic() - started
        if child.returncode == 0 and ended.done() and not ended.cancelled():
            return Deployed(sha, True, seconds)
        why = [f"stopped after {timeout:g} s"] if ended.cancelled() else []
        return Deployed(sha, False, seconds, redact("\n".join([*_last_lines(log), *why]).strip(), secrets))


@asynccontextmanager
async def _masked_log(log: Path, secrets: Collection[str]) -> AsyncIterator[tuple[BinaryIO, BinaryIO]]:
    """The new log, to append to and to read. When the block is left, it holds none of the secrets printed so far."""
    with _new_log(log) as sink, log.open("rb") as source:
        try:
            yield sink, source
        finally:
            await asyncio.shield(asyncio.to_thread(mask_file, log, secrets))


def _new_log(log: Path) -> BinaryIO:
    log.unlink(missing_ok=True)
    return os.fdopen(os.open(log, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600), "wb")


async def _follow(source: BinaryIO, ended: asyncio.Task[int], deadline: float, on_line: Callable[[str], None]) -> None:
    """Pass on the lines of a growing file until `ended` or `deadline` (monotonic). No event reports growth: poll."""
    rest = b""
    while True:
        await asyncio.wait({ended}, timeout=min(_POLL_SECONDS, max(0.0, deadline - time.monotonic())))
        finished = ended.done() or time.monotonic() >= deadline
        while piece := source.read(_CHUNK):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                on_line(_readable(line))
            rest = rest[-_CHUNK:]
        if finished:
            if rest:
                on_line(_readable(rest))
            return


def _last_lines(log: Path) -> list[str]:
    with log.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _CHUNK))
        lines = stream.read().rstrip().split(b"\n")
    return [_readable(line) for line in lines[-_TAIL_LINES:]]


def _readable(line: bytes) -> str:
    return line.decode(errors="replace").rstrip()


@dataclass
class HealthWatch:
    """Decides from a sequence of health checks whether a deploy is healthy. Pure: no clock and no network.

    Healthy: good for `seconds` without interruption. Unhealthy: FAILURES failed checks in a row, counted from the first
    good one or after the `startup` time; or not once good for `seconds` within `startup` and three times `seconds`.
    """

    seconds: float
    startup: float = STARTUP_SECONDS
    _good_since: float | None = field(default=None, init=False)
    _was_good: bool = field(default=False, init=False)
    _bad: int = field(default=0, init=False)

    def add(self, now: float, problem: str) -> HealthWatched | None:
        """Add a check, `now` seconds after the deploy; `problem` is empty when it was good. None: keep watching."""
        if not problem:
            self._bad = 0
            self._was_good = True
            self._good_since = now if self._good_since is None else self._good_since
            return HealthWatched(True, now) if now - self._good_since >= self.seconds else None
        self._good_since = None
        if not self._was_good and now < self.startup:
            return None
        self._bad += 1
        if self._bad >= FAILURES:
            return HealthWatched(False, now, problem)
        if now > self.startup + 3 * self.seconds:
            return HealthWatched(False, now, f"it fails from time to time: {problem}")
        return None


async def watch(
    url: str,
    seconds: float,
    client: httpx2.AsyncClient,
    *,
    startup: float = STARTUP_SECONDS,
    hide: Collection[str] = (),
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> HealthWatched:
    """Check `url` about once a second until it is known to be healthy or not. Any status below 400 is good.

    `hide` are values that must not be shown (a token in `url`). `client` should have `trust_env=False`, so that no
    proxy is asked for addresses of this machine.
    """
    health = HealthWatch(seconds, startup)
    started = clock()
    while True:
        problem = redact(await _problem(url, client), hide)
        verdict = health.add(clock() - started, problem)
        if verdict is not None:
            return verdict
        await pause(min(_CHECK_PAUSE, max(seconds, 0.1)))


async def _problem(url: str, client: httpx2.AsyncClient) -> str:
    try:
        async with client.stream("GET", url, timeout=_CHECK_TIMEOUT) as answer:
            return "" if answer.status_code < httpx2.codes.BAD_REQUEST else f"{url} answers {answer.status_code}"
    except httpx2.TimeoutException:
        return f"{url} does not answer within {_CHECK_TIMEOUT:.0f} s"
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        return f"{url} cannot be reached: {error}"
