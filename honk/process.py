"""The only door to other programs: every subprocess of Honk's own is started here, and none through a shell string."""

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
"""What a child inherits unless it is given more: nothing that could be a credential."""

_CHUNK = 65536


@dataclass(frozen=True)
class Finished:
    """A program that ended. `exit` is the status as a shell counts it: 128 + n when signal n ended it."""

    argv: tuple[str, ...]
    exit: int
    stdout: bytes
    stderr: bytes
    seconds: float

    @property
    def ok(self) -> bool:
        """Status 0."""
        return self.exit == 0

    @property
    def text(self) -> str:
        """Standard output as text, bytes that are not UTF-8 replaced."""
        return self.stdout.decode(errors="replace")


def environment(extra: Mapping[str, str] | None = None, *, keep: tuple[str, ...] = ()) -> dict[str, str]:
    """The environment for a child: the few harmless variables of ours, those named in `keep`, and `extra`."""
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

    `env` is the whole environment (default: `environment()`). A program that is not there raises Unavailable; one that
    outlives `timeout` seconds is killed with its group and counts as exit 137.
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
    heirs: bool = False,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running program; on leaving the block, whatever is left of its process group is killed and reaped.

    With `heirs`, what a program leaves running when it has ended by itself is let live (a deploy starts servers).
    Raises Unavailable when the program is not there.
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
        raise Unavailable(f"The program `{argv[0]}` is not installed; `honk doctor` says how to get it.") from error
    try:
        yield child
    finally:
        if child.returncode is None or not heirs:
            kill_group(child.pid)
        _hang_up(child)
        await asyncio.shield(child.wait())


def detach(argv: tuple[str, ...], *, env: Mapping[str, str], log: Path) -> int:
    """Start `argv` as a process that outlives this one, its output going to the file `log`. Its pid."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            argv, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    child.returncode = 0  # nobody here is going to wait for it
    return child.pid


async def read_chunks(stream: asyncio.StreamReader, take: Callable[[bytes], None]) -> None:
    """Hand each piece of output to `take` as it comes, until the stream ends."""
    while chunk := await stream.read(_CHUNK):
        take(chunk)


def _hang_up(child: asyncio.subprocess.Process) -> None:
    """Close our ends of its pipes. asyncio does that only when it has read them to the end, and until then it waits for
    a child that has long ended: with output left that nobody reads, for ever."""
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
    """A Python return code as a shell would report it."""
    if returncode is None:
        return 255
    return 128 - returncode if returncode < 0 else returncode
