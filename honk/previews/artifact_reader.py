"""A program that copies matching files out of an untrusted tree: `python -I -S artifact_reader.py ROOT TO`.

It runs in the mount namespace where an overlay is visible (`core.mounted_tree.mounted`), with the standard library
alone. The tree may contain anything, so every path is opened relative to an open directory, without following symbolic
links, and only regular files are opened.

Standard input: {"patterns": [[part, …], …], "files": N, "bytes": N, "entries": N}. Standard output: {"files": [[name,
size], …] copied to TO/0, TO/1, …, "many": matching files beyond N, "large": [name, …], "links": [name, …], "failed":
[[name, why], …], "cut": whether there were more directory entries than N}.
"""

import fnmatch
import json
import os
import stat
import sys
from typing import Any

_DEEPEST = 64
_MOST_REPORTED = 100
_CHUNK = 1 << 20
_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Rest = tuple[str, ...]
"""The parts of a pattern that are still to be matched below a directory."""


class TreeReader:
    """One run over a tree."""

    def __init__(self, to: str, wanted: dict[str, Any]) -> None:
        self._to = to
        self._files_left: int = wanted["files"]
        self._bytes_left: int = wanted["bytes"]
        self._entries_left: int = wanted["entries"]
        self.report: dict[str, Any] = {
            "files": [],
            "many": 0,
            "large": [],
            "links": [],
            "failed": [],
            "cut": False,
        }

    def directory(self, where: int, name: str, rests: set[Rest], depth: int = 0) -> None:
        """Search the open directory `where`, in the order of names."""
        rests = _closure(rests)
        for entry in self._entries(where):
            path = f"{name}/{entry}" if name else entry
            matching = {rest for rest in rests if _matches(entry, rest[0])}
            if not matching or entry == ".git":
                continue
            wanted = any(len(rest) == 1 and rest[0] != "**" for rest in matching)
            try:
                mode = os.stat(entry, dir_fd=where, follow_symlinks=False).st_mode
            except OSError as error:
                self._report("failed", [path, error.strerror])
                continue
            if stat.S_ISDIR(mode):
                self._below(where, entry, path, {rest if rest[0] == "**" else rest[1:] for rest in matching}, depth)
            elif wanted and stat.S_ISREG(mode):
                self._file(where, entry, path)
            elif wanted and stat.S_ISLNK(mode):
                self._report("links", path)

    def _entries(self, where: int) -> list[str]:
        names = []
        with os.scandir(where) as entries:
            for entry in entries:
                if not self._entries_left:
                    self.report["cut"] = True
                    break
                self._entries_left -= 1
                names.append(entry.name)
        return sorted(names)

    def _below(self, where: int, entry: str, path: str, rests: set[Rest], depth: int) -> None:
        rests.discard(())
        if not rests or depth == _DEEPEST:
            return
        try:
            below = os.open(entry, _OPEN_DIRECTORY, dir_fd=where)
        except OSError as error:
            self._report("failed", [path, error.strerror])
            return
        try:
            self.directory(below, path, rests, depth + 1)
        finally:
            os.close(below)

    def _file(self, where: int, entry: str, path: str) -> None:
        if not self._files_left:
            self.report["many"] += 1
            return
        try:
            source = os.open(entry, _OPEN_FILE, dir_fd=where)
        except OSError as error:
            self._report("failed", [path, error.strerror])
            return
        try:
            found = os.fstat(source)
            if not stat.S_ISREG(found.st_mode):
                return
            if found.st_size > self._bytes_left:
                self._report("large", path)
                return
            size = self._copy(source, found.st_size)
        finally:
            os.close(source)
        self._files_left -= 1
        self._bytes_left -= size
        self.report["files"].append([path, size])

    def _copy(self, source: int, size: int) -> int:
        """No more than `size` bytes, whatever happens to the file meanwhile."""
        target = os.path.join(self._to, str(len(self.report["files"])))  # noqa: PTH118 (pathlib costs 10 ms to import)
        copied = 0
        with open(target, "xb") as out:  # noqa: PTH123
            while copied < size and (chunk := os.read(source, min(_CHUNK, size - copied))):
                copied += out.write(chunk)
        return copied

    def _report(self, what: str, value: object) -> None:
        if len(self.report[what]) < _MOST_REPORTED:
            self.report[what].append(value)


def _closure(rests: set[Rest]) -> set[Rest]:
    """`rests`, extended because `**` also matches no directory at all."""
    closed: set[Rest] = set()
    todo = list(rests)
    while todo:
        rest = todo.pop()
        if rest not in closed:
            closed.add(rest)
            if rest[0] == "**" and rest[1:]:
                todo.append(rest[1:])
    return closed


def _matches(entry: str, part: str) -> bool:
    """As in a shell, only a pattern with a leading dot matches a name with one."""
    if entry.startswith(".") and not part.startswith("."):
        return False
    return part == "**" or fnmatch.fnmatchcase(entry, part)


def main() -> None:
    root, to = sys.argv[1:]
    wanted = json.load(sys.stdin)
    reader = TreeReader(to, wanted)
    where = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        reader.directory(where, "", {tuple(parts) for parts in wanted["patterns"]})
    finally:
        os.close(where)
    json.dump(reader.report, sys.stdout)


if __name__ == "__main__":
    main()
