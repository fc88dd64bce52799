"""The difference between two commits of a mirror, as `core.diff` has it."""

import asyncio
import subprocess
from pathlib import Path

from honk import process
from honk.core.change import Diffstat
from honk.core.diff import Diff
from honk.core.errors import Unavailable
from honk.git import command, patch
from honk.git.command import GitDirs

_CHUNK = 65536
_HOW = ("diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index")


async def read(mirror: Path, base: str, head: str) -> Diff:
    """What leads from `base` to `head` (commits or trees), renames found.

    Lines beyond `patch.LINES_PER_FILE` of a file and `patch.LINES_IN_ALL` are left out and the file marked truncated;
    the counts are always whole.
    """
    sides = _sides(base, head)
    files, found = await asyncio.gather(_files(mirror, sides), _patch(mirror, sides))
    return Diff(tuple(patch.join(files, found)))


async def stat(mirror: Path, base: str, head: str) -> Diffstat:
    """The size of the same, without its lines."""
    return Diffstat(tuple(file.change for file in await _files(mirror, _sides(base, head))))


def _sides(base: str, head: str) -> tuple[str, ...]:
    return (f"{base}^{{tree}}", f"{head}^{{tree}}", "--")


async def _files(mirror: Path, sides: tuple[str, ...]) -> list[patch.ListedFile]:
    listed = await command.run(GitDirs(mirror), *_HOW, "--raw", "--numstat", "-z", *sides)
    return patch.parse_files(listed.stdout)


async def _patch(mirror: Path, sides: tuple[str, ...]) -> patch.Patch:
    """The patch as far as it is kept. Without -z: git quotes names then, so that none can pass for a line of ours."""
    found = patch.Patch()
    argv = command.local_argv(*_HOW, "--unified=3", *sides)
    env = command.local_environment(GitDirs(mirror))
    async with process.spawn(argv, env=env, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        while not found.full and (chunk := await child.stdout.read(_CHUNK)):
            found.feed(chunk)
        found.close()
        if not found.full and await child.wait() != 0:
            raise Unavailable("git could not read the change; fetch the repository again.")
    return found
