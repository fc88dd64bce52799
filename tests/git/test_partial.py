import asyncio
import os
from pathlib import Path

import pytest

from honk.core.errors import Unavailable
from honk.core.person import AGENT
from honk.git import agent_repo, checkout, commits, diff, mirror, partial_mirror, remote
from honk.git.command import GitFailed
from tests.git.conftest import Repo, file_at, git

LARGE = 200_000


@pytest.fixture
def fat(repo: Repo) -> Repo:
    """A repository whose history is much larger than its current files."""
    for number in range(12):
        repo.commit({"app/text": f"{number}\n", "assets/large": os.urandom(LARGE)}, f"commit {number}")
    git(repo.path, "config", "uploadpack.allowFilter", "true")
    return repo


async def begun(repo: Repo) -> str:
    """A partial mirror of it, and the commit of the default branch."""
    await partial_mirror.begin(repo.mirror)
    await partial_mirror.fetch(repo.mirror, url(repo), "main")
    return await mirror.head(repo.mirror, "main")


def url(repo: Repo) -> str:
    """A URL with which git uses its protocol instead of copying files."""
    return f"file://{repo.path}"


def size(dirs: Path) -> int:
    return sum(each.stat().st_size for each in (dirs / "objects").rglob("*") if each.is_file())


async def test_a_partial_mirror_has_all_commits_and_the_newest_files(fat: Repo, tmp_path: Path) -> None:
    head = await begun(fat)
    whole = tmp_path / "whole.git"
    await remote.fetch(whole, url(fat))
    assert head == await mirror.head(whole, "main")
    assert size(fat.mirror) < size(whole) / 6
    assert (await commits.parents(fat.mirror, head)) == (await commits.parents(whole, head))
    assert len(await file_at(fat.mirror, head, "assets/large") or b"") == LARGE


async def test_missing_content_is_an_error_and_no_empty_file(fat: Repo, tmp_path: Path) -> None:
    head = await begun(fat)
    old = git(fat.path, "rev-parse", "HEAD~5")
    with pytest.raises(Unavailable, match="app/text` is not in Honk's partial mirror"):
        await file_at(fat.mirror, old, "app/text")
    assert await file_at(fat.mirror, old, "honk.toml") is None
    with pytest.raises(GitFailed):
        await checkout.checkout(fat.mirror, old, tmp_path / "old")
    assert not (tmp_path / "old").exists()
    with pytest.raises(Unavailable):
        await diff.read(fat.mirror, old, head)
    with pytest.raises(GitFailed):
        await commits.revert_tree(fat.mirror, head, old)


async def test_the_files_of_a_commit_are_fetched_by_fill(fat: Repo, tmp_path: Path) -> None:
    await begun(fat)
    old = git(fat.path, "rev-parse", "HEAD~5")
    await partial_mirror.fill(fat.mirror, url(fat), old)
    await partial_mirror.fill(fat.mirror, url(fat), old)
    await checkout.checkout(fat.mirror, old, tmp_path / "old")
    assert (tmp_path / "old/app/text").read_text() == "6\n"


async def test_fetch_adds_new_commits(fat: Repo) -> None:
    await begun(fat)
    git(fat.path, "branch", "gone")
    await partial_mirror.fetch(fat.mirror, url(fat), "main")
    git(fat.path, "branch", "--delete", "gone")
    git(fat.path, "branch", "gone/deeper")
    for number in range(3):
        fat.commit({"app/text": f"new {number}\n"})
    before = size(fat.mirror)
    await asyncio.gather(*(partial_mirror.fetch(fat.mirror, url(fat), "main") for _ in range(3)))
    head = await mirror.head(fat.mirror, "main")
    assert head == git(fat.path, "rev-parse", "main")
    assert await file_at(fat.mirror, head, "app/text") == b"new 2\n"
    assert size(fat.mirror) < before + LARGE / 10
    assert await mirror.head(fat.mirror, "gone/deeper")


async def test_a_change_is_merged_reverted_and_pushed(fat: Repo) -> None:
    base = await begun(fat)
    changed = fat.commit({"app/text": "changed\n"}, "change")
    git(fat.path, "branch", "work")
    git(fat.path, "reset", "--quiet", "--hard", base)
    newer = fat.commit({"app/other": "other\n"}, "newer")
    await partial_mirror.fetch(fat.mirror, url(fat), "main")
    await partial_mirror.fill(fat.mirror, url(fat), changed)
    merged = await commits.merge_tree(fat.mirror, newer, changed)
    assert not merged.conflicts
    commit = await commits.commit(
        fat.mirror, merged.tree, (newer, changed), author=AGENT, committer=AGENT, message="Merge\n"
    )
    reverted = await commits.revert_tree(fat.mirror, commit, commit, newer)
    assert reverted.tree == await commits.tree_of(fat.mirror, newer)
    assert [each.path for each in (await diff.stat(fat.mirror, newer, commit)).files] == ["app/text"]
    git(fat.path, "checkout", "--quiet", "--detach")
    await remote.push(fat.mirror, url(fat), commit, "main", newer)
    assert git(fat.path, "rev-parse", "main") == commit
    await partial_mirror.fetch(fat.mirror, url(fat), "main")
    assert await mirror.head(fat.mirror, "main") == commit


async def test_many_fetches_leave_one_index(fat: Repo) -> None:
    await begun(fat)
    for number in range(partial_mirror.PACKS // 2):
        fat.commit({"app/text": f"again {number}\n"})
        await partial_mirror.fetch(fat.mirror, url(fat), "main")
    assert (fat.mirror / "objects/pack/multi-pack-index").is_file()
    head = await mirror.head(fat.mirror, "main")
    assert await file_at(fat.mirror, head, "app/text") == f"again {partial_mirror.PACKS // 2 - 1}\n".encode()


async def test_a_complete_mirror_stays_complete(fat: Repo) -> None:
    await fat.fetch()
    await partial_mirror.begin(fat.mirror)
    assert not mirror.is_partial(fat.mirror)
    await partial_mirror.fill(fat.mirror, "file:///nowhere", await mirror.head(fat.mirror, "main"))


async def test_the_agent_sees_the_commit_that_it_works_on(fat: Repo, tmp_path: Path) -> None:
    head = await begun(fat)
    await agent_repo.make(fat.mirror, head, tmp_path / "own")
    assert git(tmp_path, f"--git-dir={tmp_path}/own", "log", "--format=%s", "--stat").startswith("commit 11")


async def test_a_missing_remote_is_named(fat: Repo, tmp_path: Path) -> None:
    await begun(fat)
    with pytest.raises(Exception, match="no git repository at"):
        await partial_mirror.fetch(fat.mirror, f"file://{tmp_path}/nowhere", "main")
    with pytest.raises(Exception, match="no git repository at"):
        await partial_mirror.fill(fat.mirror, f"file://{tmp_path}/nowhere", git(fat.path, "rev-parse", "HEAD~3"))
