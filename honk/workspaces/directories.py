"""Copy and remove whole directories, with the fastest programs for that."""

import asyncio
import os
import shutil
from pathlib import Path

from honk import process
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
    total, waiting = 0, [path]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
        except (FileNotFoundError, PermissionError):
            continue
    return total


def _removed(path: Path) -> bool:
    """Remove it in this process; False when it has too many entries or cannot be removed."""
    try:
        if not os.path.lexists(path):
            return True
        if _count(path, FEW) > FEW:
            return False
        shutil.rmtree(path)
    except OSError:
        return False
    return True


def _count(path: Path, most: int) -> int:
    """The number of entries below the directory `path`; counting stops above `most`."""
    count, waiting = 0, [path]
    while waiting and count <= most:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
    return count


async def _run(argv: tuple[str, ...]) -> None:
    done = await process.run(argv, timeout=3600.0)
    if not done.ok:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"{argv[0]} failed: {said[-1] if said else f'exit status {done.exit}'}")
