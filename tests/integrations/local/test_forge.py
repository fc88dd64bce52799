"""The local forge: the suite for all forges, and what is its own."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from honk.core.errors import UsageError, WorkFailed
from honk.core.person import AGENT, Person
from honk.git import remote
from honk.integrations.local.forge import LocalForge
from honk.storage.store import Store
from tests.integrations import forge_conformance
from tests.integrations.forge_conformance import BRANCH, Check, Ground

Git = Callable[..., str]

ME = Person(f"local:{os.getuid()}", "Anna", "anna@example.org")


@pytest.mark.parametrize("check", forge_conformance.CHECKS, ids=lambda check: check.__name__)
async def test_it_keeps_the_promises_of_a_forge(ground: Ground, check: Check) -> None:
    assert await check(ground) == ""


checkout_only = pytest.mark.parametrize("ground", ["checkout"], indirect=True)
bare_only = pytest.mark.parametrize("ground", ["bare"], indirect=True)


@checkout_only
async def test_a_merge_moves_the_users_files_along(ground: Ground, checkout: Path, git: Git) -> None:
    repo, base, head, pull = await ground.proposed()
    assert git(checkout, "rev-parse", BRANCH) == head, "the branch appears in the checkout"
    assert (checkout / "text").read_text() == "grey"
    tested = await ground.commit("blue", base, head)
    await ground.forge.merge(repo, pull.number, ground.mirror, base, tested, head)
    assert (checkout / "text").read_text() == "blue"
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "rev-parse", "HEAD") == tested


@checkout_only
async def test_the_users_uncommitted_work_is_never_touched(ground: Ground, checkout: Path, git: Git) -> None:
    repo, base, head, pull = await ground.proposed()
    (checkout / "text").write_text("mine, and not committed")
    tested = await ground.commit("blue", base, head)
    with pytest.raises(WorkFailed, match="is checked out in"):
        await ground.forge.merge(repo, pull.number, ground.mirror, base, tested, head)
    assert (checkout / "text").read_text() == "mine, and not committed"
    assert git(checkout, "rev-parse", "HEAD") == base
    assert (await ground.forge.pull(repo, pull.number)).state == "open"


@bare_only
async def test_a_merge_that_a_crash_cut_short_is_found(ground: Ground, kept: Store) -> None:
    repo, base, head, pull = await ground.proposed()
    tested = await ground.commit("blue", base, head)
    # The branch was moved and then the power went: the database knows nothing of it, others have gone on from there,
    # and the flow, started again, made its merge anew on the base that it found.
    await remote.push(ground.mirror, ground.git, tested, "main", base)
    later = await ground.somebody_pushes("main", "later", tested)
    anew = await ground.commit("blue, later", later, head)
    assert (await ground.forge.pull(repo, pull.number)).state == "open"
    assert await ground.forge.merge(repo, pull.number, ground.mirror, later, anew, head) == tested
    assert (await ground.heads())["main"] == later
    assert (await kept.pulls.get(repo.name, pull.number)).merged_sha == tested


@bare_only
@pytest.mark.parametrize("how", ["--no-ff", "--ff-only"])
async def test_a_merge_by_hand_is_taken_as_the_merge(ground: Ground, checkout: Path, git: Git, how: str) -> None:
    repo, base, head, pull = await ground.proposed()
    git(checkout, "fetch", "-q", ground.git, BRANCH)
    git(checkout, "merge", "-q", how, "-m", "By hand", "FETCH_HEAD")
    by_hand = git(checkout, "rev-parse", "HEAD")
    for text in ("on", "and on"):
        git(checkout, "commit", "-q", "--allow-empty", "-m", text)
    git(checkout, "push", "-q", ground.git, "main")
    now = await ground.forge.fetch(repo, ground.mirror)
    anew = await ground.commit("blue", now, head)
    assert await ground.forge.merge(repo, pull.number, ground.mirror, now, anew, head) == by_hand
    assert (await ground.heads())["main"] == now


@bare_only
async def test_what_was_not_tested_never_gets_onto_the_base(ground: Ground) -> None:
    repo, base, head, pull = await ground.proposed()
    without_the_change = await ground.commit("else", base)
    without_the_base = await ground.commit("blue", head, await ground.commit("unrelated"))
    beside_the_base = await ground.commit("blue")
    for tested in (without_the_change, beside_the_base):
        with pytest.raises(ValueError, match="does not contain the change"):
            await ground.forge.merge(repo, pull.number, ground.mirror, base, tested, head)
    with pytest.raises(ValueError, match="does not stand on the base"):
        await ground.forge.advance(repo, ground.mirror, base, beside_the_base)
    assert (await ground.heads())["main"] == base
    assert await ground.forge.merge(repo, pull.number, ground.mirror, base, without_the_base, head), (
        "it does: by the head"
    )


async def test_a_proposal_without_its_branch_is_refused(ground: Ground) -> None:
    repo = await ground.repo()
    base = await ground.forge.fetch(repo, ground.mirror)
    with pytest.raises(UsageError, match="push it first"):
        await ground.propose(repo, base, await ground.commit("blue", base))


async def test_a_pull_request_says_where_it_is(ground: Ground) -> None:
    _, _, _, pull = await ground.proposed()
    assert pull.url == "local:ground#1"


async def test_a_repository_is_found_by_its_real_path(forge: LocalForge, checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(checkout)
    repo = await forge.look(f"{tmp_path}/user/../link", "music")
    assert (repo.name, repo.url, repo.forge, repo.default_branch) == ("music", str(checkout), "local", "main")


async def test_what_is_no_repository_with_a_branch_is_refused(forge: LocalForge, tmp_path: Path, git: Git) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no git repository"):
        await forge.look(str(tmp_path / "empty"), "x")
    with pytest.raises(UsageError, match="no git repository"):
        await forge.look(str(tmp_path / "absent"), "x")
    git(tmp_path / "empty", "init", "-q")
    with pytest.raises(UsageError, match="no commits"):
        await forge.look(str(tmp_path / "empty"), "x")


async def test_a_detached_head_is_refused(forge: LocalForge, checkout: Path, git: Git) -> None:
    git(checkout, "checkout", "-q", "--detach")
    with pytest.raises(UsageError, match="detached"):
        await forge.look(str(checkout), "x")


async def test_rights_are_the_operating_systems_and_the_settings(
    forge: LocalForge, kept: Store, bare: Path, checkout: Path
) -> None:
    for where in (bare, checkout):
        repo = await forge.look(str(where), "music")
        assert await forge.may_write(repo, ME)
        assert not await forge.may_write(repo, replace(ME, id=f"local:{os.getuid() + 1}"))
        assert not await forge.may_write(repo, AGENT)
        named = LocalForge(kept.pulls, lambda repo, number: "", frozenset({"slack:T1/U2"}))
        assert await named.may_write(repo, replace(ME, id="slack:T1/U2"))
        assert not await named.may_write(repo, replace(ME, id="slack:T1/U22"))
    gone = replace(repo, url=str(bare.parent / "gone"))
    assert not await forge.may_write(gone, ME)


@pytest.fixture
def read_only(bare: Path) -> Path:
    bare.chmod(0o500)
    return bare


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_who_may_only_read_may_not_write(forge: LocalForge, read_only: Path) -> None:
    assert not await forge.may_write(await forge.look(str(read_only), "music"), ME)


@bare_only
async def test_a_branch_that_somebody_deleted_is_not_merged_over(ground: Ground, git: Git, bare: Path) -> None:
    repo, base, head, pull = await ground.proposed()
    git(bare, "update-ref", "-d", f"refs/heads/{BRANCH}")
    assert (await ground.forge.pull(repo, pull.number)).head == head
    tested = await ground.commit("blue", base, head)
    assert await ground.forge.merge(repo, pull.number, ground.mirror, base, tested, head) == tested
