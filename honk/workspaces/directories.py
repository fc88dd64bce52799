"""Copy and remove whole directories, with the fastest programs for that."""

import asyncio
import os
import shutil
from itertools import islice
from pathlib import Path

from honk import files, process
from honk.core.errors import Unavailable

FEW = 200
"""A directory with at most so many entries is removed in this process, which is faster than starting a program."""


async def copy(source: Path, target: Path) -> None:
    """Copy the directory `source` to `target`, sharing blocks where the filesystem can."""
    await _run(("cp", "--archive", "--reflink=auto", "--no-target-directory", "--", str(source), str(target)))


async def remove(path: Path) -> None:
    """Delete `path` and everything in it. Does nothing when it does not exist.

    Agents, and overlayfs in its work directory, leave directories without permissions, so these are changed if needed.
    """
    if await asyncio.to_thread(_removed, path):
        return
    gone = await process.run(("rm", "-rf", "--", str(path)))
    if not gone.ok and await asyncio.to_thread(os.path.lexists, path):
        await process.run(("chmod", "-R", "u+rwX", "--", str(path)))
        await _run(("rm", "-rf", "--", str(path)))


def size(path: Path) -> int:
    """The bytes on disk of the directory; files that are removed meanwhile do not count."""
    return sum(status.st_blocks * 512 for status in files.statuses([path]))


def _removed(path: Path) -> bool:
    """Remove it in this process; False when it has too many entries or cannot be removed."""
    try:
        if not os.path.lexists(path):
            return True
        if sum(1 for _ in islice(files.statuses([path]), FEW + 1)) > FEW:
            return False
        shutil.rmtree(path)
    except OSError:
        return False
    return True


async def _run(argv: tuple[str, ...]) -> None:
    done = await process.run(argv, timeout=3600.0)
    if not done.ok:
        output = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"{argv[0]} failed: {output[-1] if output else f'exit status {done.exit}'}")
