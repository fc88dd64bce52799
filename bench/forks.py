"""A workspace for a session: Honk's fork of a snapshot against git's own ways to a second working tree.

Measured from the call to the first file read by a program in it: for the fork, that includes mounting it.
"""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from bench import repository
from bench.row import Row
from bench.table import Progress
from honk import process
from honk.core.mounted_tree import Plain, Tree, location, mounted
from honk.core.verdict import SetupRun
from honk.git import remote
from honk.workspaces import snapshots
from honk.workspaces.base import Snapshot
from honk.workspaces.overlay import OverlayWorkspaces

SIZES = (1, 1_000, 80_000)
GOAL = 20.0

Fork = Callable[[int], Awaitable[float]]
"""Makes the n-th second tree, and says how many milliseconds that took."""


async def rows(root: Path, runs: int, progress: Progress) -> list[Row]:
    """One row for each size and each of git's ways."""
    found: list[Row] = []
    for files in SIZES:
        place = root / f"forks-{files}"
        progress(f"forks: a repository of {files:,} files")
        origin = repository.make(place / "app.git", files)
        snapshot = await _snapshot(place, origin)
        ways = {
            "git worktree add": _way(
                "worktree", "add", "--quiet", "--detach", origin=origin, place=place / "worktrees"
            ),
            "git clone --shared": _way("clone", "--quiet", "--shared", origin=origin, place=place / "clones"),
        }
        ours = await _timed(_fork(place, snapshot), runs, progress, f"forks: {files:,} files, overlay")
        for name, way in ways.items():
            theirs = await _timed(way, runs, progress, f"forks: {files:,} files, {name}")
            found.append(Row(f"workspace fork, {files:,} files", "ms", ours, name, theirs, runs, GOAL))
        await asyncio.to_thread(shutil.rmtree, place)
    return found


async def _timed(fork: Fork, runs: int, progress: Progress, what: str) -> float:
    progress(what)
    await fork(0)
    return median([await fork(number) for number in range(1, runs + 1)])


async def _snapshot(place: Path, origin: Path) -> Snapshot:
    async def nothing(_tree: Tree) -> tuple[SetupRun, ...]:
        return ()

    mirror = place / "mirror.git"
    await remote.fetch(mirror, str(origin))
    commit = repository.git("rev-parse", "main", at=origin).strip()
    return await snapshots.prepare(place / "snapshots", "app", mirror, commit, "bench", nothing)


def _fork(place: Path, snapshot: Snapshot) -> Fork:
    workspaces = OverlayWorkspaces(place / "sessions")

    async def fork(number: int) -> float:
        began = time.perf_counter()
        workspace = await workspaces.fork(snapshot, f"s{number}")
        await _look(workspace.tree)
        took = time.perf_counter() - began
        await workspaces.discard(f"s{number}")
        return took * 1000

    return fork


def _way(*command: str, origin: Path, place: Path) -> Fork:
    """A way of git's: `command` with the origin and a new path in `place`."""

    async def fork(number: int) -> float:
        path = place / str(number)
        source = (str(origin),) if command[0] == "clone" else ()
        argv = ("git", "-C", str(origin), *command, *source, str(path))
        began = time.perf_counter()
        done = await process.run(argv)
        assert done.ok, done.stderr
        await _look(Plain(path))
        took = time.perf_counter() - began
        await asyncio.to_thread(shutil.rmtree, path)
        return took * 1000

    return fork


async def _look(tree: Tree) -> None:
    """A program reads a file of the tree."""
    done = await process.run(mounted(tree, ("cat", str(location(tree) / repository.EDITED))))
    assert done.ok, done.stderr
    assert done.stdout
