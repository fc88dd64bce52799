import asyncio
from pathlib import Path

import pytest

from honk.core.errors import Unavailable, UsageError, WorkFailed
from honk.git import mirror, remote
from tests.git.conftest import Repo, git


async def test_a_mirror_has_all_branches_and_no_others(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    git(repo.path, "branch", "honk/abc")
    await repo.fetch()
    assert await mirror.head(repo.mirror, "honk/abc") == await mirror.head(repo.mirror, "main")
    git(repo.path, "branch", "-D", "honk/abc")
    head = repo.commit({"a": "2\n"})
    await asyncio.gather(*(repo.fetch() for _ in range(3)))
    assert await mirror.head(repo.mirror, "main") == head
    with pytest.raises(UsageError, match="no branch `honk/abc` in repo"):
        await mirror.head(repo.mirror, "honk/abc")


async def test_a_rewritten_branch_is_followed(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    await repo.fetch()
    git(repo.path, "commit", "--amend", "--quiet", "-m", "other")
    await repo.fetch()
    assert await mirror.head(repo.mirror, "main") == git(repo.path, "rev-parse", "HEAD")


async def test_the_default_branch(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    git(repo.path, "checkout", "--quiet", "-b", "trunk/deep")
    assert await remote.default_branch(str(repo.path)) == "trunk/deep"


async def test_unusable_repositories_are_refused(repo: Repo, tmp_path: Path) -> None:
    async def refused() -> str:
        with pytest.raises(UsageError) as caught:
            await remote.default_branch(str(repo.path))
        return str(caught.value).removeprefix(str(repo.path))

    assert await refused() == " has no commits yet; make a first commit."
    repo.commit({"a": "1\n"})
    git(repo.path, "symbolic-ref", "HEAD", "refs/heads/gone")
    assert await refused() == (
        " has no default branch: its HEAD names a branch that does not exist; "
        "`git symbolic-ref HEAD refs/heads/main` sets it."
    )
    git(repo.path, "checkout", "--quiet", "--detach", "main")
    assert await refused() == " has a detached HEAD; check out the branch that changes should go to."
    with pytest.raises(UsageError, match="There is no git repository at .*/nowhere"):
        await remote.default_branch(str(tmp_path / "nowhere"))


async def test_addresses_that_would_run_programs_are_refused(repo: Repo, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Honk does not fetch from the address"):
        await remote.fetch(repo.mirror, f"ext::sh -c 'touch {tmp_path}/ran'")
    with pytest.raises((UsageError, Unavailable)):
        await remote.fetch(repo.mirror, f"--upload-pack=touch {tmp_path}/ran")
    assert not (tmp_path / "ran").exists()


async def test_a_remote_that_does_not_answer_is_named_without_its_credentials() -> None:
    with pytest.raises(Unavailable) as caught:
        await remote.default_branch("http://ada:s3cret@127.0.0.1:9/x.git")
    assert "git cannot reach http://***@127.0.0.1:9/x.git" in str(caught.value)
    assert "s3cret" not in str(caught.value)


async def test_push_needs_the_expected_commit(repo: Repo) -> None:
    first = repo.commit({"a": "1\n"})
    second = repo.commit({"a": "2\n"})
    await repo.fetch()
    git(repo.path, "checkout", "--quiet", "--detach")
    url = str(repo.path)
    await remote.push(repo.mirror, url, first, "honk/x", "")
    await remote.push(repo.mirror, url, first, "honk/x", "")
    await remote.push(repo.mirror, url, second, "honk/x", first)
    with pytest.raises(WorkFailed, match="Somebody else has moved `honk/x` meanwhile"):
        await remote.push(repo.mirror, url, first, "honk/x", first)
    third = repo.commit({"a": "3\n"})
    await repo.fetch()
    git(repo.path, "push", "--quiet", ".", f"{third}:refs/heads/fresh")
    with pytest.raises(WorkFailed, match="Somebody else has moved `fresh`"):
        await remote.push(repo.mirror, url, first, "fresh", "")
    assert git(repo.path, "rev-parse", "honk/x") == second


async def test_push_moves_a_checked_out_branch_with_its_files(repo: Repo) -> None:
    first = repo.commit({"a": "1\n"})
    second = repo.commit({"a": "2\n"})
    await repo.fetch()
    git(repo.path, "reset", "--quiet", "--hard", first)
    (repo.path / "a").write_text("mine\n")
    with pytest.raises(WorkFailed, match="`main` is checked out in .* commit or stash them there"):
        await remote.push(repo.mirror, str(repo.path), second, "main", first)
    assert (repo.path / "a").read_text() == "mine\n"
    git(repo.path, "checkout", "--quiet", "--", "a")
    await remote.push(repo.mirror, str(repo.path), second, "main", first)
    assert (repo.path / "a").read_text() == "2\n"


async def test_the_remotes_reason_for_a_refusal_is_shown(repo: Repo, tmp_path: Path) -> None:
    head = repo.commit({"a": "1\n"})
    await repo.fetch()
    hook = repo.path / ".git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not on a Friday'\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(WorkFailed, match="refused the push to `new`: not on a Friday"):
        await remote.push(repo.mirror, str(repo.path), head, "new", "")
    with pytest.raises(UsageError, match="There is no git repository at"):
        await remote.push(repo.mirror, str(tmp_path / "nowhere"), head, "new", "")


async def test_a_push_also_moves_the_mirror(repo: Repo) -> None:
    old, new = repo.commit({"a": "1\n"}), repo.commit({"a": "2\n"})
    await repo.fetch()
    await remote.push(repo.mirror, str(repo.path), old, "honk/1", "")
    assert await mirror.head(repo.mirror, "honk/1") == old
    with pytest.raises(WorkFailed, match="moved"):
        await remote.push(repo.mirror, str(repo.path), new, "honk/1", new)
    assert await mirror.head(repo.mirror, "honk/1") == old
