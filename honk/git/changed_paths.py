"""Find where a tree may differ from the commit from which it started, without trusting anything in the tree.

For an overlay, the upper layer is the difference: it is walked without mounting it, at a cost that grows with what was
written. For a plain copy, git compares every file with its index. Neither follows a link.
"""

import asyncio
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from honk.core.errors import WorkFailed
from honk.core.mounted_tree import Overlay
from honk.git import command
from honk.git.command import GitDirs, shown

Kind = Literal["file", "link", "other"]

DEEPEST = 100
"""The depth of directories at which a capture stops: only a program with an error makes so many."""


@dataclass
class Delta:
    """Paths that may have changed, as bytes relative to the tree, without the `.git` at its top.

    `gone`: nothing of the base is left at or below the path. `found`: what exists and is not a directory, or is a
    `.git` further down, which is not read. `directories`: all other directories. `written`: true when all of it was
    written after the set-up; otherwise it includes what set-up made.
    """

    written: bool

    gone: set[bytes] = field(default_factory=set)
    found: dict[bytes, Kind] = field(default_factory=dict)
    directories: set[bytes] = field(default_factory=set)


def of_overlay(tree: Overlay) -> Delta:
    """The delta of a tree with one layer below it. Raises WorkFailed for directories that cannot be read."""
    assert len(tree.lower) == 1, "a fork of a fork is discarded and never captured"
    delta = Delta(written=True)
    with opened(tree.upper) as top:
        _walk(top, b"", delta)
    return delta


async def of_plain(path: Path, git_dir: Path, index: Path) -> Delta:
    """The delta of a plain directory, whose `index` holds the tracked files at the start.

    Files that its .gitignore files exclude are not in the delta.
    """
    dirs = GitDirs(git_dir, path, index)
    changed = await command.run(dirs, "diff-files", "-z", "--name-only", "--ignore-submodules=all")
    others = await command.run(dirs, "ls-files", "-z", "--others", "--exclude-standard")
    tracked = await command.run(dirs, "ls-files", "-z", "--stage")
    return await asyncio.to_thread(_examine_all, path, changed.stdout, others.stdout, tracked.stdout)


def _examine_all(path: Path, changed: bytes, others: bytes, tracked: bytes) -> Delta:
    """Examine what git listed. git does not list files in submodules, so these are added here."""
    delta = Delta(written=False)
    modules = [row.partition(b"\t")[2] for row in tracked.split(b"\0") if row.startswith(b"160000")]
    with opened(path) as top:
        for module in modules:
            with suppress(OSError), opened_above(top, module + b"/.") as (directory, _):
                names = [os.fsencode(entry.name) for entry in os.scandir(directory)]
                delta.found.update((module + b"/" + name, "file") for name in names)
        for name in filter(None, changed.split(b"\0") + others.split(b"\0")):
            if name.endswith(b"/"):
                delta.found[name + b".git"] = "other"
            else:
                _examine(top, name, delta)
    return delta


@contextmanager
def opened(path: Path | bytes, at: int | None = None) -> Iterator[int]:
    """The descriptor of a directory, opened without following a link and closed after the block."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_above(top: int, path: bytes) -> Iterator[tuple[int, bytes]]:
    """The open directory that contains `path`, below the open directory `top`, and the last part of `path`.

    Raises OSError when a directory in between is missing or is a link.
    """
    first, _, rest = path.partition(b"/")
    if not rest:
        yield top, first
        return
    with opened(first, at=top) as inner, opened_above(inner, rest) as found:
        yield found


def kind_of(mode: int) -> Kind:
    """The kind of a file with this `st_mode`, as far as git can store it."""
    if stat.S_ISREG(mode):
        return "file"
    return "link" if stat.S_ISLNK(mode) else "other"


def _walk(directory: int, prefix: bytes, delta: Delta) -> None:
    if prefix.count(b"/") > DEEPEST:
        raise WorkFailed(f"More than {DEEPEST} directories are nested at `{shown(prefix[:60])}…`.")
    for name in map(os.fsencode, os.listdir(directory)):
        path = prefix + name
        if name == b".git":
            if prefix:
                delta.found[path] = "other"
            continue
        try:
            _visit(directory, name, path, delta)
        except PermissionError as error:
            raise _unreadable(path) from error
        except (FileNotFoundError, NotADirectoryError):
            continue  # removed or replaced since it was listed: a process still writes to the tree


def _visit(directory: int, name: bytes, path: bytes, delta: Delta) -> None:
    found = os.stat(name, dir_fd=directory, follow_symlinks=False)
    if stat.S_ISDIR(found.st_mode):
        with opened(name, at=directory) as inner:
            delta.directories.add(path)
            if _is_opaque(inner):
                delta.gone.add(path)
            _walk(inner, path + b"/", delta)
    elif stat.S_ISCHR(found.st_mode) and found.st_rdev == 0:
        delta.gone.add(path)
    else:
        delta.found[path] = kind_of(found.st_mode)


def _is_opaque(directory: int) -> bool:
    """Whether the directory hides the layer below, because it was removed and made again."""
    try:
        return os.getxattr(directory, "user.overlay.opaque") == b"y"
    except OSError:
        return False


def _examine(top: int, path: bytes, delta: Delta) -> None:
    try:
        with opened_above(top, path) as (directory, name):
            mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
    except PermissionError as error:
        raise _unreadable(path) from error
    except OSError:
        delta.gone.add(path)
        return
    if stat.S_ISDIR(mode):
        delta.directories.add(path)
    else:
        delta.found[path] = kind_of(mode)


def _unreadable(path: bytes) -> WorkFailed:
    return WorkFailed(f"`{shown(path)}` cannot be read; give its owner the right to.")
