"""Finds files of a commit that a check has rewritten in the tree in which it ran: a check only looks."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from honk.core.mounted_tree import Overlay, Plain, Tree
from honk.git import mirror as mirrors

MAX_BYTES = 20_000_000
"""A change holds no larger file (`honk.git.staging`)."""

Marks = dict[str, tuple[int, int]]
"""Time and size of each file that may differ; the size is -1 where it is no file any more."""


class RewrittenFiles:
    """`tree` has the files of `commit`, a commit or tree object in `mirror`. Later differences are a check's."""

    def __init__(self, mirror: Path, commit: str, tree: Tree) -> None:
        self._mirror = mirror
        self._commit = commit
        self._tree = tree
        self._marks: Marks | None = None
        self._tracked: frozenset[str] = frozenset()
        self._last: dict[str, bytes] = {}

    async def since_last(self) -> tuple[str, ...]:
        """The files of the commit whose content is another one since the last call; none at the first call."""
        if self._marks is None:
            self._tracked = await mirrors.paths(self._mirror, self._commit)
            self._marks = await asyncio.to_thread(_marks, self._tree, self._tracked)
            return ()
        before, self._marks = self._marks, await asyncio.to_thread(_marks, self._tree, self._tracked)
        touched = sorted(path for path, mark in self._marks.items() if before.get(path) != mark)
        if not touched:
            return ()
        async with mirrors.opened(self._mirror, self._commit) as files:
            return tuple([path for path in touched if await self._differs(path, await files.read(path))])

    async def _differs(self, path: str, content: bytes | None) -> bool:
        if content is None:
            return False
        root = self._tree.path if isinstance(self._tree, Plain) else self._tree.upper
        now = await asyncio.to_thread(_content, root / path, MAX_BYTES)
        before = self._last.get(path, content)
        self._last[path] = now
        return now != before


def _marks(tree: Tree, tracked: frozenset[str]) -> Marks:
    if isinstance(tree, Overlay):  # all that differs is in the upper layer
        return {path: _mark(tree.upper / path) for path in _below(tree.upper) if path in tracked}
    return {path: _mark(tree.path / path) for path in tracked}


def _below(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        inside = os.path.relpath(folder, root)
        yield from (name if inside == "." else f"{inside}/{name}" for name in names)


def _mark(path: Path) -> tuple[int, int]:
    try:
        status = path.lstat()
    except OSError:
        return 0, -1
    return status.st_mtime_ns, status.st_size if stat.S_ISREG(status.st_mode) else -1


def _content(path: Path, limit: int) -> bytes:
    """The beginning of the file; empty where it is none. Links are not followed."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return file.read(limit)
    except OSError:
        return b""
