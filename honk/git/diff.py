"""The difference between two commits of a mirror, as a `core.diff.Diff`."""

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path

from honk import process
from honk.core.change import Diffstat
from honk.core.diff import Diff
from honk.core.errors import Unavailable
from honk.git import command, patch
from honk.git.command import GitDirs, GitFailed

_CHUNK = 65536
_DIFF = ("diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index")


async def read(mirror: Path, base: str, head: str) -> Diff:
    """The difference from `base` to `head` (commits or trees), with renames detected.

    Lines beyond `patch.LINES_PER_FILE` of a file and `patch.LINES_IN_ALL` are left out, and the file is marked as
    truncated; the counts are always complete. Raises Unavailable when the mirror lacks one of the two.
    """
    sides = _sides(base, head)
    try:
        files, found = await asyncio.gather(_files(mirror, sides), _patch(mirror, sides))
    except GitFailed as error:
        raise Unavailable(
            f"This change is not in Honk's mirror of the repository ({error}). A mirror that nobody uses is removed; "
            "the next request fetches it again."
        ) from error
    return Diff(tuple(patch.join(files, found)))


async def stat(mirror: Path, base: str, head: str) -> Diffstat:
    """The files and the numbers of lines of that difference."""
    return Diffstat(tuple(file.change for file in await _files(mirror, _sides(base, head))))


@dataclass(frozen=True)
class RawChange:
    """One path that differs, as (mode, object id) on each side; mode 000000 where the side has no such path."""

    path: bytes
    old: tuple[bytes, bytes]
    new: tuple[bytes, bytes]


async def raw(mirror: Path, base: str, head: str) -> list[RawChange]:
    """The paths that differ between two commits or trees, without renames and without contents."""
    args = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", *_sides(base, head))
    words = (await command.run(GitDirs(mirror), *args)).stdout.split(b"\0")
    changes = []
    for meta, path in zip(words[::2], words[1::2], strict=False):
        old_mode, new_mode, old_oid, new_oid, _ = meta.removeprefix(b":").split()
        changes.append(RawChange(path, (old_mode, old_oid), (new_mode, new_oid)))
    return changes


def _sides(base: str, head: str) -> tuple[str, ...]:
    return (f"{base}^{{tree}}", f"{head}^{{tree}}", "--")


async def _files(mirror: Path, sides: tuple[str, ...]) -> list[patch.ListedFile]:
    listed = await command.run(GitDirs(mirror), *_DIFF, "--raw", "--numstat", "-z", *sides)
    return patch.parse_files(listed.stdout)


async def _patch(mirror: Path, sides: tuple[str, ...]) -> patch.Patch:
    """The patch, up to the limit of lines. Without -z git quotes names, so that no name can look like a line of a
    patch."""
    found = patch.Patch()
    argv = command.local_argv(*_DIFF, "--unified=3", *sides)
    env = command.local_environment(GitDirs(mirror))
    async with process.spawn(argv, env=env, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        while not found.full and (chunk := await child.stdout.read(_CHUNK)):
            found.feed(chunk)
        found.close()
        if not found.full and await child.wait() != 0:
            raise Unavailable("git could not read the change; fetch the repository again.")
    return found
