"""The only module that starts programs (none through a shell string), apart from Playwright's browser."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from honk.core.errors import Unavailable

KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME")
"""The variables that a child inherits by default: none of them holds a credential."""

_CHUNK = 65536


@dataclass(frozen=True)
class Finished:
    """A program that ended. `exit` is the status as a shell reports it: 128 + n when signal n ended it."""

    argv: tuple[str, ...]
    exit: int
    stdout: bytes
    stderr: bytes
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the status is 0."""
        return self.exit == 0

    @property
    def text(self) -> str:
        """Standard output as text, bytes that are not UTF-8 replaced."""
        return self.stdout.decode(errors="replace")


def environment(extra: Mapping[str, str] | None = None, *, keep: tuple[str, ...] = ()) -> dict[str, str]:
    """The environment for a child: KEPT_ENVIRONMENT, the variables named in `keep`, and `extra`."""
    kept = {name: os.environ[name] for name in (*KEPT_ENVIRONMENT, *keep) if name in os.environ}
    return {**kept, **(extra or {})}


async def run(
    argv: tuple[str, ...],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float = 600.0,
) -> Finished:
    """Run `argv` to its end in a process group of its own and return what it printed.

    `env` is the whole environment (default: `environment()`). Raises Unavailable when the program is missing. After
    `timeout` seconds the process group is killed, and the exit status is 137.
    """
    started = time.monotonic()
    async with spawn(argv, cwd=cwd, env=env, stdin=subprocess.PIPE) as child:
        try:
            async with asyncio.timeout(timeout):
                stdout, stderr = await child.communicate(stdin)
        except TimeoutError:
            kill_group(child.pid)
            stdout, stderr = b"", f"killed after {timeout:.0f} s".encode()
            await child.wait()
    return Finished(argv, shell_status(child.returncode), stdout, stderr, time.monotonic() - started)


@asynccontextmanager
async def spawn(
    argv: tuple[str, ...],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    survivors: bool = False,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running program. When the block is left, its process group is killed and reaped.

    With `survivors`, processes that it leaves running when it ends by itself are not killed (a deploy starts servers).
    Raises Unavailable when the program is missing.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=dict(environment() if env is None else env),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        if error.filename != argv[0]:
            raise
        raise Unavailable(
            f"The program `{argv[0]}` is not installed; `honk doctor` shows how to install it."
        ) from error
    try:
        yield child
    finally:
        if child.returncode is None or not survivors:
            kill_group(child.pid)
        _close_pipes(child)
        await asyncio.shield(child.wait())


def detach(argv: tuple[str, ...], *, env: Mapping[str, str], log: Path) -> int:
    """Start `argv` as a process that outlives this one, with its output in the file `log`, and return its pid."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            argv, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    child.returncode = 0  # it is never waited for
    return child.pid


async def read_chunks(stream: asyncio.StreamReader, take: Callable[[bytes], None]) -> None:
    """Pass each piece of output to `take` as it arrives, until the stream ends."""
    while chunk := await stream.read(_CHUNK):
        take(chunk)


def _close_pipes(child: asyncio.subprocess.Process) -> None:
    """Close our ends of the pipes. asyncio does so only after reading them to the end, and until then `wait` does not
    return: with unread output, never."""
    for fd in (0, 1, 2):
        pipe = child._transport.get_pipe_transport(fd)  # type: ignore[attr-defined]
        if pipe and not pipe.is_closing():
            pipe.close() if fd else pipe.abort()


def kill_group(pid: int) -> None:
    """SIGKILL to the process group that `pid` leads; no error when it is gone."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def shell_status(returncode: int | None) -> int:
    """The status that a shell reports for a Python return code."""
    if returncode is None:
        return 255
    return 128 - returncode if returncode < 0 else returncode
