"""Make the files of a tree equal to a commit. For an overlay, git runs where it is mounted."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from honk import files
from honk.core.mounted_tree import Tree, location
from honk.git import change, command, diff
from honk.git.baseline import Baseline
from honk.git.command import GitDirs

BY_TIME_AND_SIZE = ("-c", "core.checkStat=minimal", "-c", "core.trustctime=false")
"""For trees that were copied or mounted: inodes and owners differ although the files are the same."""

BY_EVERYTHING = ("-c", "core.checkStat=default", "-c", "core.trustctime=true")


async def checkout(mirror: Path, commit: str, path: Path) -> None:
    """A clean checkout of `commit` at `path`, made as a whole or not at all.

    An existing one stays in place, because a process may run in it; only tracked files that differ are restored.
    """
    if await asyncio.to_thread(path.is_dir):
        async with files.temporary_directory() as scratch:
            dirs = GitDirs(mirror, path, scratch / "index")
            await command.run(dirs, "read-tree", "--end-of-options", commit)
            await refresh(dirs)
            await command.run(dirs, "checkout-index", "--all", "--force", "--quiet")
        return
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    async with files.temporary_directory(parent=path.parent, prefix=f".{path.name[:40]}-") as scratch:
        fresh = scratch / "tree"
        await lay_out(GitDirs(mirror, fresh, scratch / "index"), commit)
        try:
            await asyncio.to_thread(fresh.rename, path)
        except OSError:
            if not await asyncio.to_thread(path.is_dir):
                raise


async def lay_out(dirs: GitDirs, commit: str) -> None:
    """Check `commit` out into the work tree of `dirs`, which is made when it is missing, and update its index."""
    assert dirs.work_tree is not None
    await asyncio.to_thread(dirs.work_tree.mkdir, exist_ok=True)
    await move(dirs, commit)


async def move(dirs: GitDirs, commit: str) -> None:
    """Move the work tree of `dirs` from the state in its index to `commit`. Untracked files stay, unless a tracked file
    replaces them."""
    await command.run(dirs, *BY_TIME_AND_SIZE, "read-tree", "-u", "--reset", "--end-of-options", commit)


async def refresh(dirs: GitDirs) -> None:
    """Compare all files with the index, by content if needed, so that later comparisons are fast."""
    await command.run(dirs, *BY_EVERYTHING, "update-index", "-q", "--really-refresh", ok=(0, 1))


async def keep_edits(dirs: GitDirs) -> tuple[bytes, ...]:
    """The tracked files whose content differs from the index, also where times and sizes are the same. Tracked files
    that were removed, or are no regular files any more, are restored."""
    await refresh(dirs)
    rows = (await command.run(dirs, *BY_EVERYTHING, "diff-files", "-z", "--raw")).stdout.split(b"\0")
    found = {path: meta.split() for meta, path in zip(rows[::2], rows[1::2], strict=False)}
    edits = tuple(path for path, (old, new, *_) in found.items() if old.startswith(b":100") and new.startswith(b"100"))
    others = b"".join(path + b"\0" for path in found if path not in edits)
    if others:
        await command.run(dirs, "checkout-index", "--force", "--quiet", "-z", "--stdin", stdin=others)
        await refresh(dirs)
    return edits


async def accept_edits(dirs: GitDirs, edits: Sequence[bytes]) -> None:
    """Store the present content of `edits` in the index, so that later comparisons start from it."""
    if edits:
        await command.run(dirs, "update-index", "-z", "--stdin", stdin=b"".join(path + b"\0" for path in edits))


async def products(dirs: GitDirs) -> bytes:
    """The untracked files, as paths ended by NUL; a directory without tracked files is one path."""
    listed = ("ls-files", "-z", "--others", "--directory", "--no-empty-directory")
    return (await command.run(dirs, *listed)).stdout


async def materialise(mirror: Path, target: str, tree: Tree, baseline: Baseline, *, also: tuple[str, ...] = ()) -> None:
    """Make the tracked files of `tree` equal to `target` (a commit or a tree), without touching what set-up made.

    `baseline` is the state from which the tree started, `also` as in `change.capture`. Changes in the tree that are not
    ignored are lost. The cost grows with the difference only. Nothing may write to the tree meanwhile.
    """
    now = (await change.capture(mirror, tree, baseline, also=also)).tree
    await switch(mirror, now, target, tree)


async def switch(mirror: Path, before: str, after: str, tree: Tree) -> None:
    """Move the files of `tree` from the tree object `before`, their current state, to `after`.

    git gets only the paths that differ, in two small indexes, one for each side.
    """
    changes = await diff.raw(mirror, before, after)
    if not changes:
        return
    async with files.temporary_directory() as scratch:
        old = GitDirs(mirror, location(tree), scratch / "old")
        new = GitDirs(mirror, None, scratch / "new")
        _, goal = await asyncio.gather(
            _fill_index(old, [_line(change.path, *change.old) for change in changes]),
            _write_tree(new, [_line(change.path, *change.new) for change in changes]),
        )
        await command.run(old, "read-tree", "-u", "--reset", goal, tree=tree)


def _line(path: bytes, mode: bytes, oid: bytes) -> bytes:
    """A line for `update-index --index-info`, empty where the side has no such path."""
    return b"" if mode == b"000000" else b"%s %s\t%s\0" % (mode, oid, path)


async def _fill_index(dirs: GitDirs, lines: list[bytes]) -> None:
    args = ("update-index", "-z", "--index-info")
    await command.run(GitDirs(dirs.git_dir, None, dirs.index), *args, stdin=b"".join(lines))


async def _write_tree(dirs: GitDirs, lines: list[bytes]) -> str:
    await _fill_index(dirs, lines)
    return await command.out(dirs, "write-tree")
