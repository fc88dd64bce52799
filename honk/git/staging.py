"""A private copy of the files of a change: git reads the copies, never the agent's own files.

Files are opened without following links, and nobody can replace the copies while git reads them. The copy also holds
the `.gitignore` and `.gitattributes` that apply to these files, as they are in the tree now.
"""

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from honk.core.errors import WorkFailed
from honk.core.mounted_tree import Overlay, Tree
from honk.git import command, paths
from honk.git.changed_paths import Delta, opened, opened_above
from honk.git.command import GitDirs, shown
from honk.git.objects import TreeEntry

_LFS_POINTER = b"version https://git-lfs"
"""How the file begins that Git LFS keeps in place of the content (git-lfs, docs/spec.md)."""

LARGEST_FILE = 20_000_000
"""Bytes. Larger files do not belong in a repository, and forges refuse them."""

LARGEST_CHANGE = 200_000_000
"""Bytes of all changed files together."""

IGNORE, ATTRIBUTES = b".gitignore", b".gitattributes"
_LARGEST_RULES = 1_000_000


class StagingArea:
    """The copy, in the empty directory `scratch`, which the caller removes afterwards."""

    def __init__(self, mirror: Path, scratch: Path, tree: Tree, delta: Delta) -> None:
        self.root = scratch / "files"
        self.root.mkdir()
        self.dirs = GitDirs(mirror, self.root, scratch / "index")
        self._delta = delta
        self._top = tree.upper if isinstance(tree, Overlay) else tree.path
        self._below = tree.lower[0] if isinstance(tree, Overlay) else tree.path
        self._rules_read: set[bytes] = set()
        self._bytes = 0
        self._filters = False

    def rules_for(self, files: Iterable[bytes], rules: bytes) -> None:
        """Copy every `rules` file (IGNORE or ATTRIBUTES) that applies to one of `files`."""
        for path in files:
            for directory in (b"", *(folder + b"/" for folder in paths.above(path))):
                if directory + rules not in self._rules_read:
                    self._rules_read.add(directory + rules)
                    self._rules(directory + rules)

    async def ignored(self, files: Iterable[bytes]) -> set[bytes]:
        """Those of `files` that the tree's .gitignore files exclude."""
        # with a leading ./ git does not take a name that starts with a colon for pathspec magic
        listed = b"".join(b"./" + path + b"\0" for path in files)
        if not listed:
            return set()
        found = await command.run(self.dirs, "check-ignore", "-z", "--stdin", stdin=listed, ok=(0, 1))
        return {path.removeprefix(b"./") for path in found.stdout.split(b"\0")[:-1]}

    def link(self, path: bytes) -> bytes | None:
        """The target of the link at `path`; None when it is no longer a link."""
        try:
            with opened(self._top) as top, opened_above(top, path) as (directory, name):
                return os.readlink(name, dir_fd=directory)
        except OSError:
            return None

    def size(self, path: bytes) -> int:
        """The size of the file at `path` in bytes, 0 when it no longer exists."""
        try:
            with opened(self._top) as top, opened_above(top, path) as (directory, name):
                return os.stat(name, dir_fd=directory, follow_symlinks=False).st_size
        except OSError:
            return 0

    def content(self, path: bytes) -> bytes:
        """The content of the file at `path`, up to LARGEST_CHANGE bytes; empty when it no longer exists."""
        try:
            return _read(self._top, path, LARGEST_CHANGE)[0]
        except FileNotFoundError:
            return b""

    def add(self, files: Iterable[bytes]) -> list[bytes]:
        """Copy the files, and return those that still existed.

        Raises WorkFailed when one is too large or unreadable, or all together are too large.
        """
        return [path for path in files if self._add(path)]

    def _add(self, path: bytes) -> bool:
        try:
            content, mode = _read(self._top, path, LARGEST_FILE)
        except FileNotFoundError:
            return False
        self._bytes += len(content)
        if self._bytes > LARGEST_CHANGE:
            raise WorkFailed(
                f"The change holds more than {LARGEST_CHANGE // 1_000_000} MB; leave out files that can be generated."
            )
        self._write(path, content)
        self._copy(path).chmod(0o700 if mode & stat.S_IXUSR else 0o600)
        return True

    def add_link(self, path: bytes, target: bytes) -> None:
        self._copy(path).parent.mkdir(parents=True, exist_ok=True)
        self._copy(path).symlink_to(os.fsdecode(target))

    async def store(self, added: Sequence[bytes]) -> dict[bytes, TreeEntry]:
        """Write the added files to the mirror, by their attributes, and return the tree entry of each path.

        It uses an index, so that git writes all objects to the disk at once and not one after the other.
        """
        if not added:
            return {}
        listed = b"".join(path + b"\0" for path in added)
        await command.run(self.dirs, "update-index", "-z", "--add", "--stdin", stdin=listed)
        rows = (await command.run(self.dirs, "ls-files", "-z", "--stage")).stdout.split(b"\0")[:-1]
        entries = {}
        for meta, _, path in (row.partition(b"\t") for row in rows):
            mode, oid, _ = meta.decode().split()
            entries[path] = TreeEntry(mode, oid)
        return entries

    async def unfiltered(self, files: list[bytes]) -> dict[bytes, str]:
        """Those of `files` whose attributes ask for a filter (git-crypt, Git LFS), and the filter's name. A pointer of
        Git LFS needs none any more."""
        if not self._filters or not files:
            return {}
        listed = b"".join(path + b"\0" for path in files)
        checked = await command.run(self.dirs, "check-attr", "-z", "--stdin", "filter", stdin=listed)
        words = checked.stdout.split(b"\0")
        asked = {
            path: shown(value)
            for path, value in zip(words[::3], words[2::3], strict=False)
            if value not in (b"unspecified", b"unset", b"set", b"")
        }
        return {path: name for path, name in asked.items() if name != "lfs" or not self._is_lfs_pointer(path)}

    def _is_lfs_pointer(self, path: bytes) -> bool:
        with self._copy(path).open("rb") as content:
            return content.read(len(_LFS_POINTER)) == _LFS_POINTER

    def _rules(self, path: bytes) -> None:
        here = path in self._delta.found
        if not here and any(above in self._delta.gone for above in (*paths.above(path), path)):
            return
        if self._copy(path).exists():
            return
        try:
            content, _ = _read(self._top if here else self._below, path, _LARGEST_RULES)
        except FileNotFoundError:
            return
        self._write(path, content)

    def _copy(self, path: bytes) -> Path:
        return self.root / os.fsdecode(path)

    def _write(self, path: bytes, content: bytes) -> None:
        self._filters |= path.endswith(ATTRIBUTES) and b"filter" in content
        copy = self._copy(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)


def _read(root: Path, path: bytes, most: int) -> tuple[bytes, int]:
    """The content and mode of a regular file. Raises FileNotFoundError when there is none, WorkFailed otherwise."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with opened(root) as top, opened_above(top, path) as (directory, name):
            descriptor = os.open(name, flags, dir_fd=directory)
    except PermissionError as error:
        raise WorkFailed(f"`{shown(path)}` cannot be read; give its owner the right to.") from error
    except OSError as error:
        raise FileNotFoundError(shown(path)) from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(shown(path))
        content = file.read(most + 1)
    if len(content) > most:
        raise WorkFailed(f"`{shown(path)}` is larger than {most // 1_000_000} MB; leave it out of the repository.")
    return content, status.st_mode
