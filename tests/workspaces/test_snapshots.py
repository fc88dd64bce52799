import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from honk import process
from honk.core.errors import Unavailable, WorkFailed
from honk.core.mounted_tree import Plain, Tree
from honk.core.verdict import SetupRun
from honk.git import checkout, command, mirror
from honk.git.command import GitDirs
from honk.workspaces import directories, snapshots
from honk.workspaces.base import Snapshot
from honk.workspaces.overlay import OverlayWorkspaces
from tests.git.conftest import Repo, git
from tests.waiting import running, until
from tests.workspaces import conformance
from tests.workspaces.conformance import sh

RUNS = (SetupRun("make", True, 0.1, "made"),)


class SetUp:
    """A set-up that counts its runs and makes a product."""

    def __init__(self, script: str = "mkdir -p out; echo product > out/x; rm -rf .git; ln -s /tmp .git") -> None:
        self.count = 0
        self.script = script

    async def __call__(self, tree: Tree) -> tuple[SetupRun, ...]:
        self.count += 1
        assert isinstance(tree, Plain)
        await sh(tree, self.script)
        return RUNS


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "repo", tmp_path / "mirrors" / "repo.git")
    made.path.mkdir()
    git(made.path, "init", "--quiet", "--initial-branch=main")
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


async def prepare(root: Path, repo: Repo, commit: str, set_up: SetUp, key: str = "key") -> Snapshot:
    return await snapshots.prepare(root, "ada/repo", repo.mirror, commit, key, set_up)


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def test_the_key_depends_on_commands_and_inputs() -> None:
    keys = {
        snapshots.set_up_key(commands, inputs)
        for commands in ((), ("a",), ("a", "b"), ("ab",))
        for inputs in ({}, {"x": b""}, {"x": b"1"}, {"x1": b""}, {"x": b"1", "y": b"2"})
    }
    assert len(keys) == 20
    assert snapshots.set_up_key(["a"], {"x": b"1", "y": b"2"}) == snapshots.set_up_key(("a",), {"y": b"2", "x": b"1"})


async def test_a_snapshot_is_the_commit_and_what_set_up_made(repo: Repo, root: Path) -> None:
    commit = repo.commit({"a": "1\n", "d/b": "1\n"})
    await repo.fetch()
    set_up = SetUp()
    made = await prepare(root, repo, commit, set_up)
    assert (made.commit, made.key, made.setup, made.reused) == (commit, "key", RUNS, False)
    assert (
        await sh(Plain(made.tree), "cat a out/x; git status --porcelain; git log --format=%s") == "1\nproduct\nmore\n"
    )
    again = await prepare(root, repo, commit, set_up)
    assert (again.path, again.setup, again.reused, set_up.count) == (made.path, RUNS, True, 1)
    assert names(root / "ada%2Frepo") == [f".key-{commit[:16]}.lock", f"key-{commit[:16]}"]


async def test_concurrent_callers_share_one_snapshot(repo: Repo, root: Path) -> None:
    commit = repo.commit({"a": "1\n"})
    await repo.fetch()
    set_up = SetUp("sleep 0.2; echo x > out")
    found = await asyncio.gather(*(prepare(root, repo, commit, set_up) for _ in range(5)))
    assert set_up.count == 1
    assert sorted(snapshot.reused for snapshot in found) == [False, True, True, True, True]


async def test_another_commit_reuses_the_set_up(repo: Repo, root: Path) -> None:
    first = repo.commit({"a": "1\n", "gone": "1\n", "d/b": "1\n"})
    second = repo.commit({"a": "2\n", "gone": None, "out/tracked": "2\n"})
    await repo.fetch()
    set_up = SetUp()
    one = await prepare(root, repo, first, set_up)
    two = await prepare(root, repo, second, set_up)
    assert (two.commit, two.reused, two.setup, set_up.count) == (second, True, RUNS, 1)
    script = "cat a out/x out/tracked; ls; git status --porcelain; git log -1 --format=%H"
    assert await sh(Plain(two.tree), script) == f"2\nproduct\n2\na\nd\nout\n{second}\n"
    assert await sh(Plain(one.tree), "cat a gone; ls out") == "1\n1\nx\n"
    assert (two.path / "products").read_bytes() == b"out/x\0"
    await prepare(root, repo, second, set_up, key="other")
    assert set_up.count == 2


async def test_what_set_up_edits_stays_and_is_known(repo: Repo, root: Path) -> None:
    first = repo.commit({"a": "1\n", "b": "1\n", "gone": "1\n"})
    second = repo.commit({"b": "2\n"})
    third = repo.commit({"a": "3\n"})
    await repo.fetch()
    set_up = SetUp("echo stamped >> a; rm gone")
    script = "cat a b gone; git status --porcelain"
    for commit, text, runs in (
        (first, "1\nstamped\n1\n1\n", 1),
        (second, "1\nstamped\n2\n1\n", 1),
        (third, "3\nstamped\n2\n1\n", 2),
    ):
        made = await prepare(root, repo, commit, set_up)
        assert (made.edited, set_up.count) == (("a",), runs)
        assert await sh(Plain(made.tree), script) == f"{text} M a\n"
        dirs = GitDirs(repo.mirror, made.tree, made.path / "index")
        assert (await command.run(dirs, *checkout.BY_TIME_AND_SIZE, "diff-files", "--name-only")).text == "", (
            "no change of a session"
        )
    assert (await prepare(root, repo, third, set_up)).edited == ("a",)


async def test_a_set_up_that_fails_leaves_nothing_behind(repo: Repo, root: Path) -> None:
    commit = repo.commit({"a": "1\n"})
    await repo.fetch()

    async def fails(tree: Tree) -> tuple[SetupRun, ...]:
        await sh(tree, "mkdir locked; echo x > locked/x; chmod 000 locked")
        raise WorkFailed("npm ci failed")

    with pytest.raises(WorkFailed, match="npm ci failed"):
        await snapshots.prepare(root, "repo", repo.mirror, commit, "key", fails)
    assert names(root / "repo") == [f".key-{commit[:16]}.lock"]
    assert not (await snapshots.prepare(root, "repo", repo.mirror, commit, "key", SetUp("true"))).reused


async def test_a_crash_leaves_no_incomplete_snapshot(repo: Repo, root: Path) -> None:
    commit = repo.commit({"a": "1\n"})
    await repo.fetch()
    crashing = f"""
import asyncio
from pathlib import Path
from honk.workspaces import directories, snapshots
async def set_up(tree):
    (tree.path / "half").write_text("x")
    print("there", flush=True)
    await asyncio.Event().wait()
asyncio.run(snapshots.prepare(Path({str(root)!r}), "repo", Path({str(repo.mirror)!r}), {commit!r}, "key", set_up))
"""
    async with process.spawn((sys.executable, "-c", crashing), stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"there\n"
        waiting = asyncio.create_task(
            snapshots.prepare(root, "repo", repo.mirror, commit, "key", SetUp("echo 1 > new"))
        )
        await until(lambda: running(f"--exclusive {root}"))
        assert not waiting.done()
        os.kill(child.pid, signal.SIGKILL)
        made = await waiting
    assert not made.reused
    assert names(made.tree) == [".git", "a", "new"]
    half = root / "repo" / ".other-0000.new"
    half.mkdir()
    await snapshots.collect(root, 10**12, time.time())
    assert not half.exists()


async def test_collect_removes_the_longest_unused_and_none_in_use(repo: Repo, root: Path, tmp_path: Path) -> None:
    commit = repo.commit({"a": "1\n"})
    await repo.fetch()
    made = [
        await snapshots.prepare(root, "repo", repo.mirror, commit, f"key{n}", SetUp("truncate -s 1M x; printf y > y"))
        for n in range(5)
    ]
    workspaces = OverlayWorkspaces(tmp_path / "sessions")
    await workspaces.fork(made[0], "abc")
    assert await snapshots.collect(root, 0, time.time()) == ()
    for age, snapshot in enumerate(reversed(made)):
        when = time.time() - 3600 - age
        os.utime(snapshot.path / "meta.json", (when, when))
    size = directories.size(made[0].path)
    assert await snapshots.collect(root, 10**12, time.time()) == ()
    assert await snapshots.collect(root, int(3.5 * size), time.time(), {made[1].path}) == (made[2].path, made[3].path)
    await workspaces.discard("abc")
    assert await snapshots.collect(root, 0, time.time(), {made[1].path}) == (made[0].path, made[4].path)
    assert names(root / "repo") == sorted([made[1].path.name, *(f".{snapshot.path.name}.lock" for snapshot in made)])


async def test_a_workspace_without_its_snapshot_is_an_error(repo: Repo, root: Path, tmp_path: Path) -> None:
    commit = repo.commit({"a": "1\n"})
    await repo.fetch()
    made = await prepare(root, repo, commit, SetUp("true"))
    workspaces = OverlayWorkspaces(tmp_path / "sessions")
    workspace = await workspaces.fork(made, "abc")
    await sh(workspace.tree, "echo mine > a")
    await directories.remove(made.path)
    with pytest.raises(Unavailable, match="The snapshot below .* has been removed .*; the changes are kept there"):
        await workspaces.fork(made, "abc")
    with pytest.raises(Unavailable, match="has been removed; ask for it again"):
        await workspaces.fork(made, "new")
    await workspaces.discard("abc")
    assert names(tmp_path / "sessions") == ["new"]


async def test_an_unsuitable_directory_is_a_problem() -> None:
    problem = await OverlayWorkspaces(Path("/dev/shm/none\nsuch")).problem()  # noqa: S108
    await directories.remove(Path("/dev/shm/none\nsuch"))  # noqa: S108
    assert problem == "" or "workspaces can be copies instead" in problem


async def test_paths_with_colons_commas_and_spaces(tmp_path: Path) -> None:
    odd = tmp_path / "a:b, c\\d"
    odd.mkdir()
    ground = await conformance.prepare(odd / "ground")
    workspaces = OverlayWorkspaces(odd / "sessions")
    assert await workspaces.problem() == ""
    await conformance.shows_the_base(workspaces, ground)
    assert await mirror.notices(ground.mirror, ground.snapshot.commit) == ()
