"""Make a mirror small that nobody uses: the next fetch brings back what the remote has.

What only Honk has stays: commits of sessions that were never pushed, and the files of workspaces that were removed.
"""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from honk.git import command, lock, remote
from honk.git.command import GitDirs


def is_empty(mirror: Path) -> bool:
    """Whether the mirror has no branches: it was made small, and nobody has fetched since."""
    heads = mirror / "refs" / "heads"
    return not (mirror / "packed-refs").exists() and not any(path.is_file() for path in heads.rglob("*"))


async def shrink(mirror: Path, own: Sequence[str], known: Sequence[str]) -> bool:
    """Remove all branches and all objects except those that `own` (commits and trees) have beyond the commits `known`.

    False while somebody fetches. A crash leaves a mirror without branches and with more objects, which is as good.
    """
    with lock.held_if_free(mirror / remote.LOCK) as free:
        if not free:
            return False
        kept = await _pack(mirror, own, known)
        refs = await command.run(GitDirs(mirror), "for-each-ref", "--format=delete %(refname)")
        await command.run(GitDirs(mirror), "update-ref", "--stdin", stdin=refs.stdout)
        await asyncio.to_thread(_remove_other_objects, mirror, kept)
    return True


async def remove(mirror: Path) -> bool:
    """Remove the whole mirror; False while somebody fetches."""
    with lock.held_if_free(mirror / remote.LOCK) as free:
        if free:
            await asyncio.to_thread(shutil.rmtree, mirror)
    return free


async def _pack(mirror: Path, own: Sequence[str], known: Sequence[str]) -> str:
    """A new pack of the objects that stay; its name, empty when there are none."""
    dirs = GitDirs(mirror)
    wanted = [each for each in own if await _has(dirs, each)]
    if not wanted:
        return ""
    lines = "\n".join([*wanted, *[f"^{each}" for each in known if await _has(dirs, each)], ""])
    packed = await command.out(
        dirs, "pack-objects", "--quiet", "--revs", str(mirror / "objects" / "pack" / "pack"), stdin=lines.encode()
    )
    return f"pack-{packed}"


async def _has(dirs: GitDirs, name: str) -> bool:
    return (await command.run(dirs, "cat-file", "-e", name, ok=(0, 1, 128))).ok


def _remove_other_objects(mirror: Path, kept: str) -> None:
    (mirror / "packed-refs").unlink(missing_ok=True)
    for path in (mirror / "objects").glob("*"):
        if path.name != "pack":
            shutil.rmtree(path)
    for path in (mirror / "objects" / "pack").glob("*"):
        if path.stem != kept:
            path.unlink()
