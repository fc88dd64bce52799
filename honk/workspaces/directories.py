"""Copying and removing whole directories, by the programs that do it fastest."""

import asyncio
import os
import shutil
from pathlib import Path

from honk import process
from honk.core.errors import Unavailable

FEW = 200
"""A directory of at most so many entries is removed faster than a program to do it is started."""


async def copy(source: Path, target: Path) -> None:
    """`target` becomes a copy of the directory `source`, sharing its blocks where the filesystem can."""
    await _run(("cp", "--archive", "--reflink=auto", "--no-target-directory", "--", str(source), str(target)))


async def remove(path: Path) -> None:
    """Remove `path` and all in it for good. Harmless when there is nothing.

    Agents and overlayfs itself (its work directory) leave directories behind that nobody may enter.
    """
    if await asyncio.to_thread(_removed, path):
        return
    gone = await process.run(("rm", "-rf", "--", str(path)))
    if not gone.ok and await asyncio.to_thread(os.path.lexists, path):
        await process.run(("chmod", "-R", "u+rwX", "--", str(path)))
        await _run(("rm", "-rf", "--", str(path)))


def size(path: Path) -> int:
    """The bytes that the directory takes up on disk; what vanishes meanwhile does not count."""
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
    """Remove it here and now; False where there is too much of it, or something in the way."""
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
    """How many entries there are in and below the directory `path`, counted until there are more than `most`."""
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
