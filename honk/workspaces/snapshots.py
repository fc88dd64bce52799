"""Snapshots: a commit, checked out and set up, made once for all sessions that need it.

snapshots/<repo>/<key>-<commit>/     made as a whole or not at all
    tree/         the files; `.git` is the agent's repository (honk.git.agent_repo)
    index         git's index of the tracked files
    products      the untracked paths that set-up made (honk.git.baseline)
    meta.json     the record; its modification time is the last use
    verdicts/     results of the verifiers on the commit (honk.pipeline.verification.base_verdicts)
    users/<id>    one file for each session that uses it, with the path of the session's workspace
snapshots/<repo>/.<key>-<commit>.lock     the lock for making and removing it
snapshots/<repo>/.<key>-<commit>.new      being made, or left by a crash
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from honk import files
from honk.core import serialization
from honk.core.errors import Unavailable
from honk.core.mounted_tree import Plain
from honk.core.verdict import SetupRun
from honk.git import agent_repo, diff, lock
from honk.git import checkout as git_tree
from honk.git.command import GitDirs
from honk.workspaces import directories
from honk.workspaces.base import SetUp, Snapshot

GRACE_SECONDS = 600.0
"""A snapshot that was used so recently is not removed: a session may be about to use it."""


def set_up_key(commands: Sequence[str], inputs: Mapping[str, bytes]) -> str:
    """The key of a set-up: the same for the same commands and the same contents of their inputs."""
    digest = hashlib.sha256()
    for part in (*(command.encode() for command in commands), b"", *_flat(inputs)):
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()[:24]


async def prepare(root: Path, repo: str, mirror: Path, commit: str, key: str, set_up: SetUp) -> Snapshot:
    """The snapshot of `commit` with the set-up of `key`; made if it does not exist.

    A snapshot of another commit with the same key is copied and its tracked files are moved to `commit`, so that the
    set-up does not run again; unless the two commits differ in a file that the set-up edits. Callers in all processes
    wait for each other. What `set_up` raises is passed on, and nothing is left behind.
    """
    home = root / quote(repo, safe="")
    final = home / f"{key}-{commit[:16]}"
    if (found := await asyncio.to_thread(_use, final)) is not None:
        return found
    await asyncio.to_thread(home.mkdir, parents=True, exist_ok=True)
    async with lock.held(_beside(final, "lock")):
        if (found := await asyncio.to_thread(_use, final)) is not None:
            return found
        new = _beside(final, "new")
        await directories.remove(new)
        try:
            await asyncio.to_thread(new.mkdir)
            made = await _make(new, home, mirror, Snapshot(repo, commit, key, final), set_up)
            await asyncio.to_thread(_describe, new, made)
            await asyncio.to_thread(new.rename, final)
        finally:
            await asyncio.shield(directories.remove(new))
    return made


async def collect(root: Path, keep_bytes: int, now: float, in_use: Collection[Path] = ()) -> tuple[Path, ...]:
    """Remove what `surplus` finds; returns what was removed."""
    return tuple([path for path in await surplus(root, keep_bytes, now, in_use) if await remove(path, now)])


async def surplus(
    root: Path, keep_bytes: int, now: float, in_use: Collection[Path] = (), leaving: Collection[str] = ()
) -> dict[Path, int]:
    """The snapshots used longest ago, as many as must go for the rest to take up at most `keep_bytes`, and those that a
    crash left incomplete; each with its size.

    A snapshot stays if it is in `in_use`, if a session that is not `leaving` uses it, or if it was used in the minutes
    before `now` (seconds since the epoch).
    """
    return await asyncio.to_thread(_surplus, root, keep_bytes, now, in_use, leaving)


async def remove(path: Path, now: float) -> bool:
    """Remove the snapshot at `path`, complete or not; False when it is used, or being made."""
    whole = not path.name.startswith(".")
    with lock.held_if_free(_beside(path, "lock") if whole else path.with_suffix(".lock")) as free:
        if not free or (whole and not await asyncio.to_thread(_taken_away, path, now)):
            return False
        await directories.remove(_beside(path, "new") if whole else path)
        return True


def find(path: Path) -> Snapshot | None:
    """The snapshot in the directory `path`; None when there is none. Raises UsageError when its record is damaged."""
    meta = _read_meta(path)
    if meta is None:
        return None
    setup = tuple(serialization.load(SetupRun, run) for run in meta["setup"])
    edited = tuple(meta.get("edited", ()))
    return Snapshot(meta["repo"], meta["commit"], meta["key"], path, setup, reused=True, edited=edited)


def _read_meta(path: Path) -> dict[str, Any] | None:
    remedy = f"Stop Honk and remove the directory {path}: the snapshot is prepared again when it is needed."
    return files.read_json(path / "meta.json", ("repo", "commit", "key", "setup", "size"), remedy)


def hold(snapshot: Snapshot, session: str, workspace: Path) -> None:
    """Record that `session`, whose directory `workspace` exists, uses the snapshot.

    Raises Unavailable when the snapshot has been removed meanwhile.
    """
    users = snapshot.path / "users"
    try:
        users.mkdir(exist_ok=True)
    except FileNotFoundError as error:
        raise Unavailable(f"The snapshot {snapshot.path} has been removed; ask for it again.") from error
    files.write(users / session, str(workspace))


def release(snapshot: Snapshot, session: str) -> None:
    """Record that `session` no longer uses the snapshot. Does nothing when it never did."""
    (snapshot.path / "users" / session).unlink(missing_ok=True)


@dataclass(frozen=True)
class _Kept:
    path: Path
    size: int
    used: float


async def _make(new: Path, home: Path, mirror: Path, wanted: Snapshot, set_up: SetUp) -> Snapshot:
    """Fill `new`. Returns `wanted` with the runs and edits of the set-up, which may be those of another snapshot."""
    dirs = GitDirs(mirror, new / "tree", new / "index")
    tree, git_dir, commit = new / "tree", new / "git", wanted.commit
    donor = await asyncio.to_thread(_donor, home, wanted.key)
    if donor is not None and await _fits(mirror, donor, commit):
        await directories.copy(donor.path / "tree", tree)
        await directories.remove(tree / ".git")
        await directories.copy(donor.path / "index", dirs.index or new)
        await git_tree.move(dirs, commit)
        for path in donor.edited:
            await directories.copy(donor.tree / path, tree / path)
        await agent_repo.make(mirror, commit, git_dir)
        made = replace(wanted, setup=donor.setup, reused=True, edited=donor.edited)
    else:
        await git_tree.lay_out(dirs, commit)
        await agent_repo.make(mirror, commit, git_dir)
        await directories.copy(git_dir, tree / ".git")
        runs = await set_up(Plain(tree))
        await directories.remove(tree / ".git")
        edited = tuple(map(os.fsdecode, await git_tree.keep_edits(dirs)))
        made = replace(wanted, setup=runs, edited=edited)
    await directories.copy(new / "index", git_dir / "index")  # in the agent's repository, edits of set-up are changes
    await git_tree.accept_edits(dirs, tuple(map(os.fsencode, made.edited)))
    await asyncio.to_thread(_finish, new, await git_tree.products(dirs))
    return made


async def _fits(mirror: Path, donor: Snapshot, commit: str) -> bool:
    """Whether the files that `donor`'s set-up edited are the same in `commit`."""
    if not donor.edited:
        return True
    moved = {os.fsdecode(change.path) for change in await diff.raw(mirror, donor.commit, commit)}
    return moved.isdisjoint(donor.edited)


def _finish(new: Path, products: bytes) -> None:
    files.write(new / "products", products)
    (new / "git" / "info").mkdir(exist_ok=True)
    (new / "git" / "info" / "exclude").write_bytes(agent_repo.exclude(products))
    (new / "git").rename(new / "tree" / ".git")


def _describe(new: Path, snapshot: Snapshot) -> None:
    meta = {
        "repo": snapshot.repo,
        "commit": snapshot.commit,
        "key": snapshot.key,
        "setup": serialization.dump(snapshot.setup),
        "size": directories.size(new),
        "edited": list(snapshot.edited),
    }
    files.write(new / "meta.json", json.dumps(meta, indent=1))


def _use(path: Path) -> Snapshot | None:
    """The snapshot at `path`, with its last use set to now; None when there is none."""
    found = find(path)
    if found is not None:
        os.utime(path / "meta.json")
    return found


def _donor(home: Path, key: str) -> Snapshot | None:
    """The most recently used snapshot with the same set-up key."""
    found = [(path.stat().st_mtime, path.parent) for path in home.glob(f"{key}-*/meta.json")]
    return _use(max(found)[1]) if found else None


def _all(root: Path) -> Iterator[_Kept]:
    for meta in root.glob("*/*/meta.json"):
        if not meta.parent.name.startswith("."):
            found = _read_meta(meta.parent)
            if found is not None:
                yield _Kept(meta.parent, found["size"], meta.stat().st_mtime)


def _surplus(
    root: Path, keep_bytes: int, now: float, in_use: Collection[Path], leaving: Collection[str]
) -> dict[Path, int]:
    found = {}
    kept = sorted(_all(root), key=lambda one: one.used)
    above = sum(one.size for one in kept) - keep_bytes
    for one in kept:
        if above > 0 and one.path not in in_use and not _busy(one.path, now, leaving):
            found[one.path] = one.size
            above -= one.size
    for half in root.glob("*/.*.new"):
        with lock.held_if_free(half.with_suffix(".lock")) as free:
            if free:
                found[half] = directories.size(half)
    return found


def _taken_away(path: Path, now: float) -> bool:
    """Make the snapshot an incomplete one, which nobody finds; False when it is used or gone."""
    if not path.exists() or _busy(path, now):
        return False
    path.rename(_beside(path, "new"))
    return True


def _busy(path: Path, now: float, leaving: Collection[str] = ()) -> bool:
    """Whether a session that is not `leaving` uses the snapshot, or was about to a moment ago. Records of discarded
    workspaces are removed."""
    users = path / "users"
    for note in users.iterdir() if users.is_dir() else ():
        if not Path(note.read_text()).is_dir():
            note.unlink()
        elif note.name.partition("-")[0] not in leaving:
            return True
    return now - (path / "meta.json").stat().st_mtime < GRACE_SECONDS


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{what}")


def _flat(inputs: Mapping[str, bytes]) -> Iterator[bytes]:
    for name in sorted(inputs):
        yield name.encode(errors="surrogateescape")
        yield inputs[name]
