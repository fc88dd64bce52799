"""Honk's own bare mirror of a repository: all its branches, none of its configuration.

    HONK_HOME/mirrors/<name>.git        objects and refs/heads/*, written by `honk.git.remote` and by captured changes

This module only reads; `honk.git.remote` talks to the user's remote. git never collects garbage here, because commits
of open sessions are reachable from no branch until they are pushed.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from honk.core.diff import SUBMODULE, SYMLINK
from honk.core.errors import Unavailable, UsageError
from honk.git import command, lock, objects
from honk.git.command import GitDirs, shown
from honk.git.objects import ObjectReader

PARTIAL = "honk.partial"
"""The file that marks a mirror as partial, see `honk.git.partial_mirror`."""


def is_partial(mirror: Path) -> bool:
    """Whether the mirror may lack the contents of files."""
    return (mirror / PARTIAL).exists()


async def ensure(mirror: Path) -> None:
    if (mirror / "HEAD").is_file():
        return
    mirror.parent.mkdir(parents=True, exist_ok=True)
    async with lock.held(mirror.parent / f".{mirror.name}.lock"):
        await command.run(GitDirs(mirror), "init", "--quiet", "--bare", "--template=", "--initial-branch=main")


async def find_branch(mirror: Path, branch: str) -> str:
    """The commit that `branch` points to; empty when there is no such branch."""
    ref = f"refs/heads/{branch}"
    found = await command.run(
        GitDirs(mirror), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", ok=(0, 1, 128)
    )
    return found.text.strip() if found.ok else ""


async def head(mirror: Path, branch: str) -> str:
    """The commit that `branch` points to. Raises UsageError when there is no such branch."""
    if not (found := await find_branch(mirror, branch)):
        raise UsageError(f"There is no branch `{branch}` in {mirror.stem}.")
    return found


async def branch_in_the_way(mirror: Path, branch: str) -> str:
    """An existing branch beside which git cannot create `branch`: one that is a folder of its name (`honk` for
    `honk/x`), or one below it. Empty when there is none. A branch of exactly this name is not in the way."""
    ref = f"refs/heads/{branch}"
    above = [ref[: at.start()] for at in re.finditer("/", ref) if at.start() > len("refs/heads")]
    listed = await command.run(GitDirs(mirror), "for-each-ref", "--format=%(refname)", *above, f"{ref}/")
    found = listed.text.split("\n")[:-1]
    blocking = (name for name in found if name in above or name.startswith(f"{ref}/"))
    return next((name.removeprefix("refs/heads/") for name in blocking), "")


class Files:
    """The files of one commit, read through one git process."""

    def __init__(self, mirror: Path, reader: ObjectReader, commit: str) -> None:
        self._mirror = mirror
        self._reader = reader
        self._commit = commit

    async def read(self, path: str) -> bytes | None:
        """The content of the file `path`, None when there is no such file (a link's content is its target).

        Raises Unavailable when the file exists and a partial mirror lacks its content.
        """
        if {"", ".", ".."} & set(path.split("/")):
            return None
        name = f"{self._commit}:{path}"
        found = await self._reader.find(name)
        if found is None and is_partial(self._mirror):
            await self._check_absent(name)
        return found.content if found and found.kind == "blob" else None

    async def blob(self, oid: str) -> bytes:
        """The content of a file by its object id: a large folder is not searched for each of its files.

        Raises Unavailable when the mirror lacks it.
        """
        return (await self._reader.read(oid)).content

    async def oddity(self, path: str) -> str:
        """`folder`, `symbolic link` or `submodule` when `path` is one of these; empty for a file or nothing."""
        node = await objects.TreeDraft(self._reader, self._commit).find(path.encode())
        if isinstance(node, objects.Directory):
            return "folder"
        return {SUBMODULE: "submodule", SYMLINK: "symbolic link"}.get(node.mode, "") if node else ""

    async def _check_absent(self, name: str) -> None:
        """Rules are read here, so a file whose content is missing must not count as an absent one."""
        known = await command.run(GitDirs(self._mirror), "rev-parse", "--verify", "--quiet", name, ok=(0, 1, 128))
        if known.ok:
            raise Unavailable(f"The content of `{name}` is not in Honk's partial mirror; try again.")


@asynccontextmanager
async def opened(mirror: Path, commit: str) -> AsyncIterator[Files]:
    """The files of `commit` (or of a tree), given by its full id."""
    async with objects.reader(mirror) as reader:
        yield Files(mirror, reader, commit)


async def paths(mirror: Path, commit: str) -> frozenset[str]:
    """The paths of all files of `commit`, submodules among them."""
    listed = await command.run(GitDirs(mirror), "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
    return frozenset(shown(listed.stdout).split("\0")[:-1])


async def blobs(mirror: Path, commit: str) -> dict[str, str]:
    """The object id of each file of `commit`, by its path; empty for a submodule."""
    listed = await command.run(GitDirs(mirror), "ls-tree", "-r", "-z", "--full-tree", commit)
    found: dict[str, str] = {}
    for record in shown(listed.stdout).split("\0")[:-1]:
        entry, _, path = record.partition("\t")
        _, kind, oid = entry.split(" ")
        found[path] = oid if kind == "blob" else ""
    return found


async def notices(mirror: Path, commit: str) -> tuple[str, ...]:
    """One sentence for each part of `commit` that Honk cannot fetch: submodules and files in Git LFS."""
    listed = (await command.run(GitDirs(mirror), "ls-tree", "-r", "-z", "--full-tree", commit)).stdout.split(b"\0")
    found = []
    modules = [shown(record.partition(b"\t")[2]) for record in listed if record.startswith(SUBMODULE.encode())]
    if modules:
        some = ", ".join(f"`{path}`" for path in modules[:3]) + (" and others" if len(modules) > 3 else "")
        found.append(f"The submodules of this repository ({some}) are left empty: Honk does not fetch them.")
    rules = [shown(record.partition(b"\t")[2]) for record in listed if record.endswith(b".gitattributes")]
    async with opened(mirror, commit) as files:
        patterns = [pattern for path in rules for pattern in _kept_in_lfs(await files.read(path) or b"")]
    if patterns:
        some = ", ".join(f"`{pattern}`" for pattern in dict.fromkeys(patterns[:3]))
        found.append(f"Files kept in Git LFS ({some}) stay pointers: Honk does not fetch their contents.")
    return tuple(found)


def _kept_in_lfs(attributes: bytes) -> list[str]:
    """The patterns that a .gitattributes file assigns to Git LFS."""
    rows = [line.split() for line in attributes.decode(errors="replace").splitlines()]
    return [row[0] for row in rows if "filter=lfs" in row[1:] and not row[0].startswith("#")]
