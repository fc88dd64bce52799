"""A lock between processes that can be awaited without blocking the event loop or a thread."""

import fcntl
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from honk import process


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[None]:
    """Hold the lock on the file `path`. The kernel releases it when this process dies.

    While another process holds it, a child process (`flock` of util-linux) waits for it, and then keeps it until its
    standard input is closed.
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
    """True, with the lock held, if no other process holds it; False otherwise."""
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
