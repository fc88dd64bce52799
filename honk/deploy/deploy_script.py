"""Bringing a merged commit to production and watching it there.

`deploy.run` comes from the base branch, which people have approved, and needs credentials that no sandbox may see: it
runs on the host, in a clean checkout, with an environment of its own.
"""

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx2

from honk import process
from honk.core.errors import UsageError
from honk.core.events import Deployed, Watched

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SHORTEST_SECRET = 4
_LONGEST_PORT = 5
_LOOK = 0.2
_CHUNK = 65536
_TAIL_LINES = 40
_LONGEST_LINE = 500
FAILURES = 3
"""So many bad answers one after another are an outage; fewer are a hiccup."""

GRACE = 30.0
"""For so many seconds after a deploy the app may still be coming up."""

_PACE = 1.0
_PATIENCE = 5.0


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


def secret_values(env: Mapping[str, str]) -> tuple[str, ...]:
    """The values of a deploy's environment that must not be shown.

    All of them, but for what would only riddle an output with holes: very short values, ports, paths of this machine.
    """
    return tuple(value for value in env.values() if not _is_plain(value))


def _is_plain(value: str) -> bool:
    if len(value) < _SHORTEST_SECRET or (value.isdigit() and len(value) <= _LONGEST_PORT):
        return True
    parent = Path(value).parent
    return value.startswith("/") and parent != Path("/") and parent.is_dir()


def redact(text: str, secrets: Collection[str]) -> str:
    """`text` without the values in `secrets`, nor any line of one that has several."""
    pieces = {piece for secret in secrets for piece in (secret, *secret.splitlines())}
    for piece in sorted(pieces, key=len, reverse=True):  # a value that contains another one goes first
        if len(piece.strip()) >= _SHORTEST_SECRET:  # not the `}` of a key file
            text = text.replace(piece, "•••")
    return text


async def run(
    command: str,
    checkout: Path,
    *,
    sha: str,
    env: Mapping[str, str],
    log: Path,
    timeout: float = 900.0,
    tell: Callable[[str], None] = lambda line: None,
) -> Deployed:
    """Run the shell command `command` in `checkout`, which holds commit `sha`, and return how it went.

    The environment is the harmless part of ours and `env`, whose `secret_values` are taken out of everything that is
    told or returned. Output goes to the file `log` (made anew, readable by us alone, not redacted) and not through a
    pipe: a server that the command starts keeps writing there, and would die of a pipe that we close. `tell` gets each
    line as it comes. After `timeout` seconds, or when cancelled, the command is killed with its process group; what has
    made itself a session of its own, or was started by a command that ended by itself, lives on.
    """
    started = time.monotonic()
    secrets = secret_values(env)
    with _new(log) as sink, log.open("rb") as source:
        out = sink.fileno()
        argv = ("sh", "-c", command)
        environment = process.environment(env)
        async with process.spawn(argv, cwd=checkout, env=environment, stdout=out, stderr=out, heirs=True) as child:
            ended = asyncio.create_task(child.wait())
            try:
                await _follow(source, ended, started + timeout, lambda line: tell(redact(line, secrets)))
            finally:
                ended.cancel()
    seconds = time.monotonic() - started
    if child.returncode == 0 and ended.done() and not ended.cancelled():
        return Deployed(sha, True, seconds)
    why = [f"stopped after {timeout:g} s"] if ended.cancelled() else []
    return Deployed(sha, False, seconds, redact("\n".join([*_last_lines(log), *why]).strip(), secrets))


def _new(log: Path) -> BinaryIO:
    log.unlink(missing_ok=True)
    return os.fdopen(os.open(log, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600), "wb")


async def _follow(source: BinaryIO, ended: asyncio.Task[int], deadline: float, tell: Callable[[str], None]) -> None:
    """Tell the lines of a growing file until `ended` or `deadline` (monotonic). A file that grows is no event: look."""
    rest = b""
    while True:
        await asyncio.wait({ended}, timeout=min(_LOOK, max(0.0, deadline - time.monotonic())))
        over = ended.done() or time.monotonic() >= deadline
        while piece := source.read(_CHUNK):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                tell(_readable(line))
            rest = rest[-_CHUNK:]
        if over:
            if rest:
                tell(_readable(rest))
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
    """Decides from a row of health answers whether a deploy is well: fed by `see`, knows no clock and no network.

    Healthy when it stayed good for `seconds`. Unhealthy after FAILURES bad answers one after another, counted from the
    first good one or from the end of the `grace` in which it may still come up; or when it has not once stayed good
    for `seconds` after three times as long.
    """

    seconds: float
    grace: float = GRACE
    _good_since: float | None = field(default=None, init=False)
    _was_good: bool = field(default=False, init=False)
    _bad: int = field(default=0, init=False)

    def see(self, now: float, problem: str) -> Watched | None:
        """One answer, `now` seconds after the deploy; `problem` is empty when it was good. None: keep watching."""
        if not problem:
            self._bad = 0
            self._was_good = True
            self._good_since = now if self._good_since is None else self._good_since
            return Watched(True, now) if now - self._good_since >= self.seconds else None
        self._good_since = None
        if not self._was_good and now < self.grace:
            return None
        self._bad += 1
        if self._bad >= FAILURES:
            return Watched(False, now, problem)
        if now > self.grace + 3 * self.seconds:
            return Watched(False, now, f"it keeps failing in between: {problem}")
        return None


async def watch(
    url: str,
    seconds: float,
    client: httpx2.AsyncClient,
    *,
    grace: float = GRACE,
    hide: Collection[str] = (),
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Watched:
    """Ask `url` about once a second until it is known to be well or not. Any answer below 400 is good.

    `hide` are values that must not be shown (a token in `url`). `client` should have `trust_env=False`, lest a proxy
    be asked about this machine's own addresses.
    """
    vigil = HealthWatch(seconds, grace)
    started = clock()
    while True:
        problem = redact(await _problem(url, client), hide)
        verdict = vigil.see(clock() - started, problem)
        if verdict is not None:
            return verdict
        await pause(min(_PACE, max(seconds, 0.1)))


async def _problem(url: str, client: httpx2.AsyncClient) -> str:
    try:
        async with client.stream("GET", url, timeout=_PATIENCE) as answer:
            return "" if answer.status_code < httpx2.codes.BAD_REQUEST else f"{url} answers {answer.status_code}"
    except httpx2.TimeoutException:
        return f"{url} does not answer within {_PATIENCE:.0f} s"
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        return f"{url} cannot be reached: {error}"
