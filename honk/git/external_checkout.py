"""A checkout that is not Honk's, read through a repository of Honk's that uses its objects as alternates.

Its configuration, hooks, filters and index are never used, and nothing is written to it.
"""

import asyncio
from pathlib import Path

from honk.core.errors import UsageError
from honk.git import command
from honk.git.command import GitDirs


async def top(path: Path) -> Path:
    """The top directory of the checkout that contains `path`; `path` itself without git.

    Raises UsageError when `path` is not a directory."""
    return await asyncio.to_thread(_top, path)


async def link_objects(checkout: Path, scratch: Path) -> Path:
    """A bare repository in `scratch` that reads the objects of `checkout`; new objects go to `scratch` alone."""
    mirror = scratch / "external.git"
    await command.run(GitDirs(mirror), "init", "--quiet", "--bare", "--template=", "--initial-branch=main")
    if await asyncio.to_thread((checkout / ".git").exists):
        objects = await command.out(
            GitDirs(checkout / ".git"), "rev-parse", "--path-format=absolute", "--git-path", "objects"
        )
        await asyncio.to_thread((mirror / "objects/info/alternates").write_text, f"{objects}\n")
    return mirror


async def commit(checkout: Path, revision: str) -> str:
    """The commit that `revision` names in `checkout`. Raises UsageError when there is none."""
    verified = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    found = await command.run(GitDirs(checkout / ".git"), *verified, ok=(0, 1, 128))
    if not found.ok:
        raise UsageError(f"`{revision}` is not a commit in {checkout}. Name a branch, a tag or a commit.")
    return found.text.strip()


async def tree(mirror: Path, checkout: Path) -> str:
    """The current files of `checkout`, without untracked ones that its .gitignore excludes, as a tree in `mirror`."""
    dirs = GitDirs(mirror, checkout, mirror / "index")
    if await asyncio.to_thread((checkout / ".git").exists):  # what is tracked stays, also where .gitignore matches it
        head = await command.run(
            GitDirs(checkout / ".git"), "rev-parse", "--verify", "--quiet", "HEAD^{tree}", ok=(0, 1, 128)
        )
        if head.ok:
            await command.run(dirs, "read-tree", head.text.strip())
    await command.run(dirs, "add", "--all", "--", ".")
    return await command.out(dirs, "write-tree")


def _top(path: Path) -> Path:
    if not path.is_dir():
        raise UsageError(f"{path} is not a directory. Name the checkout to verify.")
    found = path.resolve()
    return next((directory for directory in (found, *found.parents) if (directory / ".git").exists()), found)
