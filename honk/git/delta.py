"""Where a tree may differ from the commit that it started from: found without trusting anything in the tree.

For an overlay the writable layer *is* the difference: it is walked from outside, never mounted, and the cost is that
of what was written. For a plain copy git compares every file with its index. Neither follows a link.
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
"""More directories inside one another than any project has; a program gone wrong makes them."""


@dataclass
class Delta:
    """What may have changed. Paths are bytes relative to the tree; its own `.git` at the top is left out.

    `gone`: nothing of the base is left at or below. `found`: what is there and is not a directory, or is a `.git`
    further down, which is not looked into. `directories`: where any other directory is. `written` where all this was
    written after the set-up; otherwise what set-up made is among it.
    """

    written: bool

    gone: set[bytes] = field(default_factory=set)
    found: dict[bytes, Kind] = field(default_factory=dict)
    directories: set[bytes] = field(default_factory=set)


def of_overlay(tree: Overlay) -> Delta:
    """The delta of a tree with one layer below it. Raises WorkFailed for directories that cannot be read."""
    assert len(tree.lower) == 1, "a fork of a fork is thrown away, never captured"
    delta = Delta(written=True)
    with opened(tree.upper) as top:
        _walk(top, b"", delta)
    return delta


async def of_plain(path: Path, git_dir: Path, index: Path) -> Delta:
    """The delta of a plain directory whose tracked files, as it started, are in `index`.

    What its .gitignore files leave out is left out here already.
    """
    place = GitDirs(git_dir, path, index)
    changed = await command.run(place, "diff-files", "-z", "--name-only", "--ignore-submodules=all")
    others = await command.run(place, "ls-files", "-z", "--others", "--exclude-standard")
    tracked = await command.run(place, "ls-files", "-z", "--stage")
    return await asyncio.to_thread(_look_at_all, path, changed.stdout, others.stdout, tracked.stdout)


def _look_at_all(path: Path, changed: bytes, others: bytes, tracked: bytes) -> Delta:
    """What git listed, looked at. git does not look into submodules; what somebody put there is listed here."""
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
                _look(top, name, delta)
    return delta


@contextmanager
def opened(path: Path | bytes, at: int | None = None) -> Iterator[int]:
    """A directory opened without following a link, for as long as the block lasts."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_above(top: int, path: bytes) -> Iterator[tuple[int, bytes]]:
    """The directory that holds `path`, below the open directory `top`, and the last part of `path`.

    Raises OSError where a part of the way is missing, or is a link.
    """
    first, _, rest = path.partition(b"/")
    if not rest:
        yield top, first
        return
    with opened(first, at=top) as inner, opened_above(inner, rest) as found:
        yield found


def kind_of(mode: int) -> Kind:
    """What `st_mode` says, as far as git can keep it."""
    if stat.S_ISREG(mode):
        return "file"
    return "link" if stat.S_ISLNK(mode) else "other"


def _walk(directory: int, prefix: bytes, delta: Delta) -> None:
    if prefix.count(b"/") > DEEPEST:
        raise WorkFailed(f"There are more than {DEEPEST} directories inside one another at `{shown(prefix[:60])}…`.")
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
            continue  # gone, or something else, since it was listed: somebody still works in the tree


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
    """Whether the layer below shines through no longer: the directory was removed and made again."""
    try:
        return os.getxattr(directory, "user.overlay.opaque") == b"y"
    except OSError:
        return False


def _look(top: int, path: bytes, delta: Delta) -> None:
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
