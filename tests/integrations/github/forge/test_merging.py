"""Merges: pinned, by GitHub's rules, by any of its ways; and reverts, which go the same way."""

import pytest
from honk_simulators.github import RequestFault
from honk_simulators.github.state.repositories import Protection

from honk.core.errors import WorkFailed
from honk.core.person import Person
from honk.forges.base import Waits
from honk.git import command, commits
from honk.git.command import GitDirs
from tests.integrations.forge_conformance import BRANCH
from tests.integrations.github.forge.conftest import OWNER, Team


async def log(team: Team, *args: str) -> str:
    return await command.out(GitDirs(team.repository.git_dir), "log", *args)


@pytest.mark.parametrize(
    ("method", "allowed", "parents"),
    [("auto", "msr", 2), ("auto", "sr", 1), ("auto", "r", 1), ("squash", "msr", 1), ("rebase", "msr", 1)],
)
async def test_the_repository_says_how(team: Team, method: str, allowed: str, parents: int) -> None:
    team.repository.allow_merge_commit = "m" in allowed
    team.repository.allow_squash_merge = "s" in allowed
    team.repository.allow_rebase_merge = "r" in allowed
    forge = team.forge(merge_method=method)
    repo, base, head, pull = await team.proposed(forge)
    sha = await team.merge(forge, repo, base, head, pull.number)
    assert len(await commits.parents(team.mirror, sha)) == parents
    assert await commits.tree_of(team.mirror, sha) == await commits.tree_of(team.mirror, head)
    assert (await forge.pull(repo, pull.number)).merged_sha == sha
    assert BRANCH not in await command.out(GitDirs(team.repository.git_dir), "branch")


async def test_a_way_that_is_not_allowed_is_said(team: Team) -> None:
    team.repository.allow_squash_merge = False
    forge = team.forge(merge_method="squash")
    repo, base, head, pull = await team.proposed(forge)
    with pytest.raises(WorkFailed, match="does not allow to squash; it allows: merge, rebase"):
        await team.merge(forge, repo, base, head, pull.number)


PROTECTED = [
    (Protection(reviews=1), "approving review"),
    (Protection(checks=("ci",)), "ci"),
]


@pytest.mark.parametrize(("protection", "says"), PROTECTED)
async def test_what_github_waits_for_is_said(team: Team, protection: Protection, says: str) -> None:
    team.repository.protections["main"] = protection
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    with pytest.raises(WorkFailed, match=f"GitHub does not merge #1 yet: .*{says}.*{pull.url} shows"):
        await team.merge(forge, repo, base, head, pull.number)
    assert (await forge.pull(repo, pull.number)).state == "open"
    await team.simulator.approve(team.ben, team.repository, pull.number)
    await team.simulator.status(team.ben, team.repository, head, "ci", "success")
    assert await team.merge(forge, repo, base, head, pull.number)


async def test_a_conflict_is_said(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    moved = await team.simulator.push(team.ben, team.repository, "main", {"text": "green"})
    assert await forge.fetch(repo, team.mirror) == moved
    tested = await team.commit({"text": "resolved"}, moved, head)
    with pytest.raises(WorkFailed, match="conflict between #1 and `main`"):
        await forge.merge(repo, pull.number, team.mirror, moved, tested, head)


async def test_a_merge_by_hand_is_taken_as_the_merge(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    by_hand = await team.simulator.merge(team.ben, team.repository, pull.number)
    assert await team.merge(forge, repo, base, head, pull.number) == by_hand
    assert (await forge.pull(repo, pull.number)).merged_sha == by_hand


@pytest.mark.parametrize("kind", ["502", "cut"])
async def test_a_merge_whose_answer_was_lost_is_found(team: Team, kind: str) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    team.simulator.strike(RequestFault(kind, "PUT .*/merge", after=True))  # type: ignore[arg-type]
    sha = await team.merge(forge, repo, base, head, pull.number)
    assert sha == (await forge.pull(repo, pull.number)).merged_sha == await forge.fetch(repo, team.mirror)


async def test_a_base_that_moves_in_the_very_moment_is_for_who_asked_to_notice(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    # what was tested is not what GitHub makes of base and head
    tested = await team.commit({"text": "blue", "more": "that was not there"}, base, head)
    sha = await forge.merge(repo, pull.number, team.mirror, base, tested, head)
    now = await forge.fetch(repo, team.mirror)
    assert sha == now and await commits.tree_of(team.mirror, now) != await commits.tree_of(team.mirror, tested)
    assert await forge.merge(repo, pull.number, team.mirror, now, now, head) == now, "asked again, it is there"


async def test_what_does_not_contain_the_change_is_never_merged(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    with pytest.raises(ValueError, match="does not contain the change"):
        await forge.merge(repo, pull.number, team.mirror, base, await team.commit({"text": "else"}, base), head)
    assert (await forge.pull(repo, pull.number)).state == "open"


async def test_a_draft_is_made_ready(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge, draft=True)
    assert pull.state == "draft"
    assert await team.merge(forge, repo, base, head, pull.number)


async def test_a_merge_queue_takes_its_time(team: Team) -> None:
    team.repository.merge_queue = True
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    for _ in range(2):
        with pytest.raises(Waits, match="#1 is still in the merge queue. Merge again") as waits:
            await team.merge(forge, repo, base, head, pull.number)
        assert (waits.value.number, waits.value.seconds) == (1, 3600.0)
        if not await forge.queued(repo, pull.number):
            break
    await team.simulator.until(lambda: not team.repository.queue)
    assert not await forge.queued(repo, pull.number)
    assert await team.merge(forge, repo, base, head, pull.number) == await forge.fetch(repo, team.mirror)
    assert (await forge.pull(repo, pull.number)).state == "merged"


async def test_a_revert_goes_by_a_pull_request(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    merged = await team.merge(forge, repo, base, head, pull.number)
    tested = await team.revert(base, merged)
    sha = await forge.advance(repo, team.mirror, merged, tested)
    issue = team.repository.issues[2]
    assert (issue.title, issue.pull and issue.pull.head) == ("Revert Make it blue", f"honk/revert-{merged[:12]}")
    assert await log(team, "-1", "--format=%H", "main") == sha
    assert await commits.tree_of(team.mirror, sha) == await commits.tree_of(team.mirror, base)
    assert await forge.advance(repo, team.mirror, merged, tested) == sha


async def test_a_revert_that_has_to_be_approved_is_found_by_the_next_try(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    merged = await team.merge(forge, repo, base, head, pull.number)
    team.repository.protections["main"] = Protection(reviews=1)
    with pytest.raises(WorkFailed, match="GitHub does not merge #2 yet: .*approving review"):
        await forge.advance(repo, team.mirror, merged, await team.revert(base, merged))
    second = await team.revert(base, merged, "Another try\n")
    with pytest.raises(WorkFailed, match="GitHub does not merge #2 yet"):
        await forge.advance(repo, team.mirror, merged, second)
    await team.simulator.approve(team.ben, team.repository, 2)
    assert await forge.advance(repo, team.mirror, merged, second)
    assert sorted(team.repository.issues) == [1, 2]


async def test_a_revert_never_overwrites_what_somebody_did_about_it(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    merged = await team.merge(forge, repo, base, head, pull.number)
    theirs = await team.simulator.push(team.ben, team.repository, f"honk/revert-{merged[:12]}", {"text": "half grey"})
    with pytest.raises(WorkFailed, match="Somebody else has pushed to `honk/revert-"):
        await forge.advance(repo, team.mirror, merged, await team.revert(base, merged))
    assert await log(team, "-1", "--format=%H", f"honk/revert-{merged[:12]}") == theirs


async def test_the_same_change_may_be_merged_and_reverted_again(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    merged = await team.merge(forge, repo, base, head, pull.number)
    first = await forge.advance(repo, team.mirror, merged, await team.revert(base, merged))
    onward = await team.simulator.push(team.ben, team.repository, "main", {"text": "blue"})
    await forge.fetch(repo, team.mirror)
    again = await forge.advance(repo, team.mirror, onward, await team.revert(base, merged, onto=onward))
    assert again != first and await log(team, "-1", "--format=%H", "main") == again


async def test_all_of_it_goes_with_a_personal_token(team: Team) -> None:
    team.personal(team.ada)
    forge = team.forge()
    me = Person(OWNER, "Ada", "ada@example.org")
    repo, base, head, pull = await team.proposed(forge, by=me)
    assert team.repository.issues[pull.number].user is team.ada
    await team.simulator.approve(team.ben, team.repository, pull.number)
    assert [each.id for each in await forge.approvers(repo, pull.number, [me])] == [f"github:{team.ben.id}"]
    merged = await team.merge(forge, repo, base, head, pull.number)
    assert await forge.advance(repo, team.mirror, merged, await team.revert(base, merged))
    kinds = {seen.kind for seen in team.simulator.requests if seen.path != "/user"}
    assert kinds <= {"classic", "anonymous"}
