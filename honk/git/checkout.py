"""Files on disk made equal to a commit. Where a tree is an overlay, git runs where it is mounted."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from honk.core.mounted_tree import Tree, location
from honk.git import change, command
from honk.git.baseline import Baseline
from honk.git.command import GitDirs

BY_TIME_AND_SIZE = ("-c", "core.checkStat=minimal", "-c", "core.trustctime=false")
"""For trees that were copied or are seen through a mount: inodes and owners differ, the files are the same."""

BY_EVERYTHING = ("-c", "core.checkStat=default", "-c", "core.trustctime=true")


async def checkout(mirror: Path, commit: str, path: Path) -> None:
    """A clean checkout of `commit` at `path`: there as a whole or not at all.

    An existing one stays where it is (something may be running in it); only tracked files that differ are put back.
    """
    if await asyncio.to_thread(path.is_dir):
        with tempfile.TemporaryDirectory(prefix="honk-") as scratch:
            place = GitDirs(mirror, path, Path(scratch, "index"))
            await command.run(place, "read-tree", "--end-of-options", commit)
            await refresh(place)
            await command.run(place, "checkout-index", "--all", "--force", "--quiet")
        return
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name[:40]}-", dir=path.parent) as scratch:
        fresh = Path(scratch, "tree")
        await lay_out(GitDirs(mirror, fresh, Path(scratch, "index")), commit)
        try:
            await asyncio.to_thread(fresh.rename, path)
        except OSError:
            if not await asyncio.to_thread(path.is_dir):
                raise


async def lay_out(place: GitDirs, commit: str) -> None:
    """Check `commit` out into the work tree of `place`, which is made when it is missing; its index fits then."""
    assert place.work_tree is not None
    await asyncio.to_thread(place.work_tree.mkdir, exist_ok=True)
    await move(place, commit)


async def move(place: GitDirs, commit: str) -> None:
    """Bring the work tree of `place` from what its index says to `commit`. Untracked files that are not in the way of
    a tracked one stay."""
    await command.run(place, *BY_TIME_AND_SIZE, "read-tree", "-u", "--reset", "--end-of-options", commit)


async def refresh(place: GitDirs) -> None:
    """Compare all files with the index, by content where need be, so that later comparisons need not."""
    await command.run(place, *BY_EVERYTHING, "update-index", "-q", "--really-refresh", ok=(0, 1))


async def restore(place: GitDirs, commit: str) -> None:
    """Put back what differs from `commit` among the tracked files, whoever changed it and however well hidden."""
    await refresh(place)
    await command.run(place, *BY_EVERYTHING, "read-tree", "-u", "--reset", "--end-of-options", commit)


async def products(place: GitDirs) -> bytes:
    """What is in the work tree and not in the index: paths ended by NUL, a whole untracked directory as one."""
    listed = ("ls-files", "-z", "--others", "--directory", "--no-empty-directory")
    return (await command.run(place, *listed)).stdout


async def materialise(mirror: Path, target: str, tree: Tree, baseline: Baseline, *, also: tuple[str, ...] = ()) -> None:
    """Make the tracked files of `tree` equal to `target` (a commit or a tree), leaving what set-up made alone.

    `baseline` is what the tree started from, `also` as in `change.capture`. What was changed in it so far, and is not
    ignored, goes. The cost is that of the difference. Nobody may write to the tree meanwhile.
    """
    now = (await change.capture(mirror, tree, baseline, also=also)).tree
    await switch(mirror, now, target, tree)


async def switch(mirror: Path, before: str, after: str, tree: Tree) -> None:
    """Take the files of `tree` from the tree object `before`, which they are now, to `after`.

    git is told of the paths that differ and of no others: two small indexes, one for each side.
    """
    args = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", f"{before}^{{tree}}", f"{after}^{{tree}}")
    words = (await command.run(GitDirs(mirror), *args, "--")).stdout.split(b"\0")
    rows = [_Row.parse(meta, path) for meta, path in zip(words[::2], words[1::2], strict=False)]
    if not rows:
        return
    with tempfile.TemporaryDirectory(prefix="honk-") as scratch:
        old = GitDirs(mirror, location(tree), Path(scratch, "old"))
        new = GitDirs(mirror, None, Path(scratch, "new"))
        _, goal = await asyncio.gather(_index(old, [row.old for row in rows]), _written(new, [row.new for row in rows]))
        await command.run(old, "read-tree", "-u", "--reset", goal, tree=tree)


@dataclass(frozen=True)
class _Row:
    """One path of a raw diff, as two lines for `update-index --index-info`: empty where the side has no such path."""

    old: bytes
    new: bytes

    @classmethod
    def parse(cls, meta: bytes, path: bytes) -> "_Row":
        old_mode, new_mode, old_oid, new_oid, _ = meta.removeprefix(b":").split()
        return cls(_line(old_mode, old_oid, path), _line(new_mode, new_oid, path))


def _line(mode: bytes, oid: bytes, path: bytes) -> bytes:
    return b"" if mode == b"000000" else b"%s %s\t%s\0" % (mode, oid, path)


async def _index(place: GitDirs, lines: list[bytes]) -> None:
    args = ("update-index", "-z", "--index-info")
    await command.run(GitDirs(place.git_dir, None, place.index), *args, stdin=b"".join(lines))


async def _written(place: GitDirs, lines: list[bytes]) -> str:
    await _index(place, lines)
    return await command.out(place, "write-tree")
