"""A lock between processes, awaited without blocking the loop or a thread."""

import fcntl
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from honk import process


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[None]:
    """Hold the lock that the file `path` stands for. Released at the latest when this process dies.

    Where it is taken, a child waits for it (`flock` of util-linux) and keeps it until its standard input ends.
    """
    with _try(path) as free:
        if free:
            yield
            return
    argv = ("flock", "--exclusive", str(path), "sh", "-c", "echo held && exec cat")
    async with process.spawn(argv, stdin=subprocess.PIPE) as child:
        assert child.stdout is not None
        await child.stdout.readline()
        yield


@contextmanager
def held_if_free(path: Path) -> Iterator[bool]:
    """True, and the lock is held, if nobody has it now; False otherwise."""
    with _try(path) as free:
        yield free


@contextmanager
def _try(path: Path) -> Iterator[bool]:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(file)
