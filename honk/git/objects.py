"""Trees of a mirror, read and edited one directory at a time: the cost grows with what is changed, not with the tree.

A draft starts as an existing tree. Its directories are read when they are needed, and only changed ones are written.
"""

import hashlib
import re
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from honk import process
from honk.core.diff import SUBMODULE
from honk.core.errors import Unavailable
from honk.git import command
from honk.git.command import GitDirs

DIRECTORY = "40000"

_HEADER = re.compile(rb"([0-9a-f]+) (\w+) (\d+)\n")


@dataclass(frozen=True)
class TreeEntry:
    """An entry of a tree. `mode` is git's: 100644, 100755, 120000 (link), 160000 (submodule), 40000 (directory)."""

    mode: str
    oid: str


@dataclass
class Directory:
    """A directory of a draft. `oid` is its tree object, empty once something in it was changed."""

    oid: str
    children: "dict[bytes, TreeEntry | Directory]" = field(default_factory=dict)


Node = TreeEntry | Directory


@dataclass(frozen=True)
class Object:
    """A git object. `kind` is blob, tree or commit."""

    oid: str
    kind: str
    content: bytes


class ObjectReader:
    """A running `git cat-file --batch`, which reads one object at a time."""

    def __init__(self, child: Process) -> None:
        self._child = child

    async def read(self, name: str) -> Object:
        """The object `name`. Raises Unavailable when the mirror does not have it."""
        found = await self.find(name)
        if found is None:
            raise Unavailable(f"The mirror has no object {name}; fetch the repository again.")
        return found

    async def find(self, name: str) -> Object | None:
        """The object that `name` (which starts with an id: `<commit>:<path>`) resolves to; None for none."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        query = name.encode(errors="surrogateescape")
        self._child.stdin.write(query + b"\0")
        found = _HEADER.fullmatch(await self._child.stdout.readline())
        if found is None:
            # git prints the name again, with all of its lines
            for _ in range(query.count(b"\n")):
                await self._child.stdout.readline()
            return None
        content = await self._child.stdout.readexactly(int(found[3]) + 1)
        return Object(found[1].decode(), found[2].decode(), content[:-1])


@asynccontextmanager
async def reader(mirror: Path) -> AsyncIterator[ObjectReader]:
    """A reader of the mirror's objects."""
    argv = command.local_argv("cat-file", "--batch", "-z")
    async with process.spawn(
        argv, env=command.local_environment(GitDirs(mirror)), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        try:
            yield ObjectReader(child)
        finally:
            assert child.stdin is not None
            child.stdin.close()


class TreeDraft:
    """A tree that can be searched and changed. Paths are bytes with slashes."""

    def __init__(self, reader: ObjectReader, treeish: str) -> None:
        self._reader = reader
        self._treeish = treeish
        self._root: Directory | None = None
        self._original = ""

    async def find(self, path: bytes) -> Node | None:
        """The file, submodule or directory at `path`; None when there is none."""
        node: Node = await self._open_root()
        for name in path.split(b"/"):
            if not isinstance(node, Directory):
                return None
            child = await self._child(node, name)
            if child is None:
                return None
            node = child
        return node

    async def submodule_above(self, path: bytes) -> bytes | None:
        """The path of the submodule that `path` is or is in; None when there is none."""
        parts = path.split(b"/")
        for length in range(1, len(parts) + 1):
            node = await self.find(b"/".join(parts[:length]))
            if isinstance(node, TreeEntry):
                return b"/".join(parts[:length]) if node.mode == SUBMODULE else None
        return None

    async def put(self, path: bytes, entry: TreeEntry) -> None:
        """Set `path` to `entry`, replacing what is at the path or above it."""
        *above, name = path.split(b"/")
        node = await self._open_root()
        trail = [node]
        for part in above:
            child = await self._child(node, part)
            if not isinstance(child, Directory):
                child = Directory("")
                node.children[part] = child
            node = child
            trail.append(node)
        if node.children.get(name) != entry:
            node.children[name] = entry
            for directory in trail:
                directory.oid = ""

    async def remove(self, path: bytes) -> None:
        """Remove everything at and below `path`."""
        if await self.find(path) is None:
            return
        *above, name = path.split(b"/")
        node = await self._open_root()
        node.oid = ""
        for part in above:
            node = _directory(node.children[part])
            node.oid = ""
        del node.children[name]

    async def write(self, mirror: Path) -> str:
        """Write the changed directories, and return the root's tree. Like git, it drops directories without files."""
        root = await self._open_root()
        if root.oid:
            return root.oid
        records: list[bytes] = []
        length = len(self._original)
        oid = _tree_oid(root, records, length) or _empty_tree_oid(records, length)
        made = await command.run(
            GitDirs(mirror), "mktree", "-z", "--batch", "--missing", stdin=b"\0".join(records) + b"\0"
        )
        assert made.text.split()[-1] == oid, "git computed another id for the tree"
        return oid

    async def _open_root(self) -> Directory:
        if self._root is None:
            self._root = await self._read(f"{self._treeish}^{{tree}}")
            self._original = self._root.oid
        return self._root

    async def _child(self, directory: Directory, name: bytes) -> Node | None:
        child = directory.children.get(name)
        if isinstance(child, TreeEntry) and child.mode == DIRECTORY:
            child = directory.children[name] = await self._read(child.oid)
        return child

    async def _read(self, name: str) -> Directory:
        found = await self._reader.read(name)
        return Directory(found.oid, dict(parse_tree(found.content, len(found.oid) // 2)))


def parse_tree(data: bytes, oid_bytes: int) -> list[tuple[bytes, TreeEntry]]:
    entries, at = [], 0
    while at < len(data):
        space, end = data.index(b" ", at), data.index(b"\0", at)
        oid = data[end + 1 : end + 1 + oid_bytes].hex()
        entries.append((data[space + 1 : end], TreeEntry(data[at:space].decode(), oid)))
        at = end + 1 + oid_bytes
    return entries


def blob_id(content: bytes, oid_length: int) -> str:
    """The id of a blob with this content. `oid_length` is 40 (SHA-1) or 64 (SHA-256), as in the repository."""
    return _object_id(b"blob", content, oid_length)


def _object_id(kind: bytes, data: bytes, length: int) -> str:
    digest = hashlib.sha1(usedforsecurity=False) if length == 40 else hashlib.sha256()
    digest.update(kind + b" %d\0" % len(data) + data)
    return digest.hexdigest()


def _directory(node: Node) -> Directory:
    assert isinstance(node, Directory)
    return node


def _tree_oid(directory: Directory, records: list[bytes], length: int) -> str:
    """The id of a directory's tree, empty for one without files. The input for mktree is added to `records`."""
    if directory.oid:
        return directory.oid
    rows: dict[bytes, tuple[bytes, TreeEntry]] = {}
    for name, node in directory.children.items():
        oid = _tree_oid(node, records, length) if isinstance(node, Directory) else node.oid
        mode = DIRECTORY if isinstance(node, Directory) else node.mode
        if oid:
            rows[name + b"/" if mode == DIRECTORY else name] = (name, TreeEntry(mode, oid))
    if not rows:
        return ""
    ordered = [rows[key] for key in sorted(rows)]
    raw = b"".join(b"%s %s\0%s" % (e.mode.encode(), name, bytes.fromhex(e.oid)) for name, e in ordered)
    records.append(b"".join(_line(name, entry) for name, entry in ordered))
    directory.oid = _object_id(b"tree", raw, length)
    return directory.oid


def _empty_tree_oid(records: list[bytes], length: int) -> str:
    records.append(b"")
    return _object_id(b"tree", b"", length)


def _line(name: bytes, entry: TreeEntry) -> bytes:
    kind = {DIRECTORY: "tree", SUBMODULE: "commit"}.get(entry.mode, "blob")
    return f"{entry.mode} {kind} {entry.oid}\t".encode() + name + b"\0"
