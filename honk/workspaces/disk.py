"""Copying and removing whole directories, by the programs that do it fastest."""

import asyncio
import os
from pathlib import Path

from honk import process
from honk.core.errors import Unavailable


async def copy(source: Path, target: Path) -> None:
    """`target` becomes a copy of the directory `source`, sharing its blocks where the filesystem can."""
    await _run(("cp", "--archive", "--reflink=auto", "--no-target-directory", "--", str(source), str(target)))


async def remove(path: Path) -> None:
    """Remove `path` and all in it for good. Harmless when there is nothing.

    Agents and overlayfs itself (its work directory) leave directories behind that nobody may enter.
    """
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


async def _run(argv: tuple[str, ...]) -> None:
    done = await process.run(argv, timeout=3600.0)
    if not done.ok:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"{argv[0]} failed: {said[-1] if said else f'exit status {done.exit}'}")
