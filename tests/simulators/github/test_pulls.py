"""Pull requests: opened, looked at, merged in three ways, and everything that is refused."""

import asyncio
from typing import Any

import pytest
from githubkit import GitHub, TokenAuthStrategy
from githubkit.exception import RequestFailed
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.git_repository import git
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.state.repositories import Protection, Repository

from tests.simulators.github.client import by_token, said

Client = GitHub[TokenAuthStrategy]


async def shop(simulator: GitHubSimulator, **more: Any) -> tuple[Repository, Client]:
    """A repository with branches `one` (a.txt), `two` (a.txt otherwise) and `three` (b.txt), and a writer's client."""
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a.txt": "a\n", "b.txt": "b\n"}, writers=[ada], **more)
    await simulator.push(ada, repo, "one", {"a.txt": "one\n"}, message="One\n\nThe first.\n")
    await simulator.push(ada, repo, "two", {"a.txt": "two\n"}, message="Two\n")
    await simulator.push(ada, repo, "three", {"b.txt": "three\n"}, message="Three\n")
    return repo, by_token(simulator, simulator.token(ada))


async def refused(asked: Any) -> str:
    with pytest.raises(RequestFailed) as failed:
        await asked
    return said(failed.value)


def opened(github: Client, head: str, **more: Any) -> Any:
    return github.rest.pulls.async_create("acme", "shop", data={"title": "T", "head": head, "base": "main", **more})


async def test_what_cannot_become_a_pull_request(simulator: GitHubSimulator) -> None:
    repo, github = await shop(simulator)
    bob = simulator.user("bob")
    stranger = by_token(simulator, simulator.token(bob))
    await opened(github, "one")
    exists = "422 Validation Failed A pull request already exists for acme:one."
    assert await refused(opened(github, "one")) == exists
    assert await refused(opened(github, "acme:one")) == exists
    assert await refused(opened(github, "nowhere")) == "422 Validation Failed head invalid"
    assert await refused(opened(github, "two", base="nowhere")) == "422 Validation Failed base invalid"
    assert await refused(opened(github, "main")) == "422 Validation Failed No commits between main and main"
    assert await refused(opened(github, "two", title="  ")) == "422 Validation Failed title missing_field"
    assert await refused(opened(github, "bob:two")) == "422 Validation Failed head invalid"
    assert (await refused(opened(stranger, "two"))).startswith("422 Validation Failed must be a collaborator")
    assert len(repo.issues) == 1


async def test_bodies_are_read_by_the_description(simulator: GitHubSimulator) -> None:
    _, github = await shop(simulator)

    async def sent(body: Any) -> str:
        return await refused(github.arequest("POST", "/repos/acme/shop/pulls", json=body))

    whole = {"title": "T", "head": "one", "base": "main"}
    assert await sent({"title": "T"}) == "422 Validation Failed Field required Field required"
    assert await sent({**whole, "title": 5}) == "422 Validation Failed Input should be a valid string"
    assert await sent({**whole, "colour": "red"}) == "422 Validation Failed colour unprocessable"
    assert await sent({**whole, "draft": "yes"}) == "422 Validation Failed Input should be a valid boolean"
    assert (
        await refused(github.arequest("POST", "/repos/acme/shop/pulls", content=b"{"))
    ) == "400 Problems parsing JSON"
    assert await refused(github.arequest("GET", "/repos/acme/shop/pears")) == "404 Not Found"
    assert (await refused(github.arequest("GET", "/repos/acme/shop/milestones"))).startswith("501 This stand-in")


async def test_lists_are_filtered(simulator: GitHubSimulator) -> None:
    repo, github = await shop(simulator)
    for head in ("one", "two", "three"):
        await opened(github, head)
    await simulator.close(simulator.user("ada"), repo, 2)

    async def numbers(**query: Any) -> list[int]:
        return [each.number for each in (await github.rest.pulls.async_list("acme", "shop", **query)).parsed_data]

    assert await numbers() == [3, 1]
    assert await numbers(state="all", direction="asc") == [1, 2, 3]
    assert await numbers(head="acme:three") == [3]
    assert await numbers(head="eve:three") == []
    assert await numbers(base="elsewhere") == []
    assert await numbers(state="closed") == [2]
    as_issues = (await github.rest.issues.async_list_for_repo("acme", "shop", state="all")).parsed_data
    assert all(each.pull_request for each in as_issues)


@pytest.mark.parametrize(
    ("method", "parents", "title"),
    [("merge", 2, "Merge pull request #1 from acme/one"), ("squash", 1, "One (#1)"), ("rebase", 1, "One")],
)
async def test_three_ways_of_merging(simulator: GitHubSimulator, method: Any, parents: int, title: str) -> None:
    repo, github = await shop(simulator)
    await simulator.push(simulator.user("ada"), repo, "main", {"c.txt": "c\n"})
    pull = (await opened(github, "one")).parsed_data
    merged = (
        await github.rest.pulls.async_merge("acme", "shop", 1, sha=pull.head.sha, merge_method=method)
    ).parsed_data
    commit = await git.commit(repo.git_dir, merged.sha)
    assert (len(commit.parents), commit.message.splitlines()[0]) == (parents, title)
    assert await git.files(repo.git_dir, merged.sha) == {"a.txt": b"one\n", "b.txt": b"b\n", "c.txt": b"c\n"}
    seen = (await github.rest.pulls.async_get("acme", "shop", 1)).parsed_data
    assert seen.merged and seen.merged_by and seen.merged_by.login == "ada" and seen.changed_files == 1
    assert (await github.rest.pulls.async_check_if_merged("acme", "shop", 1)).status_code == 204
    found = (
        await github.rest.repos.async_list_pull_requests_associated_with_commit("acme", "shop", merged.sha)
    ).parsed_data
    assert [each.number for each in found] == [1]
    assert await refused(github.rest.pulls.async_merge("acme", "shop", 1)) == "405 Pull Request is not mergeable"


async def test_what_cannot_be_merged(simulator: GitHubSimulator) -> None:
    repo, github = await shop(simulator)
    ada = simulator.user("ada")
    pull = (await opened(github, "one", draft=True)).parsed_data

    def merge(**more: Any) -> Any:
        return github.rest.pulls.async_merge("acme", "shop", 1, **more)

    assert await refused(merge(sha="0" * 40)) == "409 Head branch was modified. Review and try the merge again."
    assert await refused(merge(sha=pull.head.sha)) == "405 Pull Request is still a draft"
    query = (
        "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"
    )
    ready = await github.async_graphql(query, {"id": pull.node_id})
    assert ready == {"markPullRequestReadyForReview": {"pullRequest": {"isDraft": False}}}
    repo.allow_squash_merge = False
    assert await refused(merge(merge_method="squash")) == "405 Squash merges are not allowed on this repository."
    assert (
        await refused(github.arequest("PUT", "/repos/acme/shop/pulls/1/merge", json={"merge_method": "octopus"}))
    ).startswith("422")
    await simulator.push(ada, repo, "main", {"a.txt": "otherwise\n"})
    assert await refused(merge()) == "405 Pull Request is not mergeable"
    await github.rest.pulls.async_get("acme", "shop", 1)
    seen = (await github.rest.pulls.async_get("acme", "shop", 1)).parsed_data
    assert (seen.mergeable, seen.mergeable_state) == (False, "dirty")
    assert (await refused(github.rest.pulls.async_update_branch("acme", "shop", 1))).startswith("422 merge conflict")
    await simulator.close(ada, repo, 1)
    assert await refused(merge()) == "405 Pull Request is not mergeable"


async def test_rules_of_the_base_branch(simulator: GitHubSimulator) -> None:
    rules = Protection(reviews=1, checks=("test",), strict=True, dismiss_stale=True, code_owners=True)
    repo, github = await shop(simulator, protection=rules, readers=[simulator.user("bob")])
    ada, bob, cleo = simulator.user("ada"), simulator.user("bob"), simulator.user("cleo")
    repo.roles |= {cleo.id: "write"}
    repo.protections.clear()
    await simulator.push(ada, repo, "main", {"CODEOWNERS": "*.txt @cleo\nb.txt @bob\n"})
    repo.protections["main"] = rules
    await simulator.push(ada, repo, "one", {"d.txt": "d\n"})
    await opened(github, "one")

    async def state() -> str:
        return (await github.rest.pulls.async_get("acme", "shop", 1)).parsed_data.mergeable_state

    async def obstacles() -> str:
        return (await refused(github.rest.pulls.async_merge("acme", "shop", 1))).removeprefix("405 ")

    behind = "The head branch is not up to date with the base branch."
    review = "At least 1 approving review is required by reviewers with write access."
    owner = "Waiting on code owner review from cleo."
    assert await obstacles() == f'{review} {owner} Required status check "test" is expected. {behind}'
    await github.rest.pulls.async_update_branch("acme", "shop", 1)
    await github.rest.pulls.async_get("acme", "shop", 1)
    assert await state() == "blocked"
    await simulator.approve(bob, repo, 1)
    assert review in await obstacles(), "a reader's approval does not count"
    await simulator.approve(cleo, repo, 1)
    assert await obstacles() == 'Required status check "test" is expected.'
    head = repo.issues[1].pull.head_sha  # type: ignore[union-attr]
    await simulator.status(ada, repo, head, "test", "pending")
    assert await obstacles() == 'Required status check "test" is in progress.'
    await simulator.status(ada, repo, head, "test", "success")
    assert await state() == "clean"
    await simulator.push(ada, repo, "one", {"d.txt": "e\n"})
    assert review in await obstacles(), "what was approved is no longer what is there"
    await simulator.review(cleo, repo, 1, "REQUEST_CHANGES", "No.")
    assert "Changes were requested" in await obstacles()


async def test_a_merge_deletes_its_branch_where_that_is_wanted(simulator: GitHubSimulator) -> None:
    repo, github = await shop(simulator)
    repo.delete_branch_on_merge = True
    await opened(github, "one")
    await github.rest.pulls.async_merge("acme", "shop", 1)
    assert "one" not in await git.branches(repo.git_dir)


async def test_changing_closing_and_reopening(simulator: GitHubSimulator) -> None:
    repo, github = await shop(simulator)
    await opened(github, "one", body="Before")
    pulls = github.rest.pulls
    seen = (await pulls.async_update("acme", "shop", 1, title="New", body="After")).parsed_data
    assert (seen.title, seen.body) == ("New", "After")
    assert (await pulls.async_update("acme", "shop", 1, base="three")).parsed_data.base.ref == "three"
    assert await refused(pulls.async_update("acme", "shop", 1, base="no")) == "422 Validation Failed base invalid"
    assert (await pulls.async_update("acme", "shop", 1, state="closed")).parsed_data.closed_at
    assert (await pulls.async_update("acme", "shop", 1, state="open")).parsed_data.closed_at is None
    stranger = by_token(simulator, simulator.token(simulator.user("bob")))
    assert (
        await refused(stranger.rest.pulls.async_update("acme", "shop", 1, title="Mine"))
        == "403 Must have push access to Repository."
    )
    with pytest.raises(GitHubRefusal):
        await simulator.merge(simulator.user("bob"), repo, 1)


async def test_files_commits_and_comparison(simulator: GitHubSimulator) -> None:
    repo, github = await shop(simulator)
    await simulator.push(
        simulator.user("ada"), repo, "one", {"b.txt": None, "sub/new.txt": "x\ny\n"}, message="Second\n"
    )
    await opened(github, "one")
    files = (await github.rest.pulls.async_list_files("acme", "shop", 1)).parsed_data
    assert [(each.filename, each.status, each.additions, each.deletions) for each in files] == [
        ("a.txt", "modified", 1, 1),
        ("b.txt", "removed", 0, 1),
        ("sub/new.txt", "added", 2, 0),
    ]
    assert files[0].patch == "@@ -1 +1 @@\n-a\n+one"
    commits = (await github.rest.pulls.async_list_commits("acme", "shop", 1)).parsed_data
    assert [each.commit.message for each in commits] == ["One\n\nThe first.", "Second"]
    compared = (await github.rest.repos.async_compare_commits("acme", "shop", "main...one")).parsed_data
    assert (compared.status, compared.ahead_by, compared.behind_by, len(compared.files or [])) == ("ahead", 2, 0, 3)
    diff = await github.arequest("GET", "/repos/acme/shop/pulls/1", headers={"accept": "application/vnd.github.diff"})
    assert "+++ b/sub/new.txt" in diff.text


async def test_two_merges_at_once_are_one(simulator: GitHubSimulator) -> None:
    _, github = await shop(simulator)
    await opened(github, "one")
    results = await asyncio.gather(
        *(github.rest.pulls.async_merge("acme", "shop", 1) for _ in range(3)), return_exceptions=True
    )
    assert sum(not isinstance(each, BaseException) for each in results) == 1


async def test_a_fork_can_ask_to_be_merged(simulator: GitHubSimulator) -> None:
    repo, github = await shop(simulator)
    eve = simulator.user("eve")
    fork = await simulator.fork(repo, eve)
    await simulator.push(eve, fork, "theirs", {"evil.txt": "hello\n"})
    stranger = by_token(simulator, simulator.token(eve))
    pull = (await opened(stranger, "eve:theirs")).parsed_data
    assert pull.head.repo and pull.head.repo.full_name == "eve/shop" and pull.head.repo.fork
    await simulator.push(eve, fork, "theirs", {"evil.txt": "hello again\n"})
    assert (await github.rest.pulls.async_list_commits("acme", "shop", 1)).parsed_data[-1].sha == repo.issues[
        1
    ].pull.head_sha  # type: ignore[union-attr]
    await github.rest.pulls.async_merge("acme", "shop", 1)
    assert (await git.files(repo.git_dir, "main"))["evil.txt"] == b"hello again\n"


async def test_a_merge_that_is_worked_off_later(simulator: GitHubSimulator) -> None:
    repo, github = await shop(simulator)
    pull = (await opened(github, "one")).parsed_data

    async def ask(**given: Any) -> Any:
        return await github.rest.pulls.async_merge_async("acme", "shop", 1, data=given)

    late = {"sha": "0" * 40}
    wrong = github.rest.pulls.async_merge_async("acme", "shop", 1, data=late)
    with pytest.raises(RequestFailed) as failed:
        await wrong
    assert failed.value.response.status_code == 400 and failed.value.response.json()["status"] == "failed"
    asked = (await ask(sha=pull.head.sha)).json()
    assert asked["status"] == "pending" and asked["details"]["expected_head_sha"] == pull.head.sha
    await simulator.settled()
    result = await github.rest.pulls.async_get_merge_async_result("acme", "shop", 1, asked["details"]["uuid"])
    assert (
        result.json()["status"] == "merged" and repo.issues[1].pull.merge_commit_sha == result.json()["details"]["sha"]
    )  # type: ignore[union-attr]
    assert (await ask()).json()["status"] == "merged"


async def test_rules_hold_for_administrators_only_if_they_say_so(simulator: GitHubSimulator) -> None:
    repo, github = await shop(simulator)
    root = simulator.user("root")
    repo.roles[root.id] = "admin"
    repo.protections["main"] = Protection(reviews=1, enforce_admins=True)
    await opened(github, "one")
    with pytest.raises(GitHubRefusal, match="approving review is required"):
        await simulator.merge(root, repo, 1)
    repo.protections["main"] = Protection(reviews=1)
    assert (await refused(github.rest.pulls.async_merge("acme", "shop", 1))).startswith("405 At least 1")
    await simulator.merge(root, repo, 1)
    with pytest.raises(GitHubRefusal, match="GH006"):
        await simulator.push(simulator.user("ada"), repo, "main", {"a.txt": "past the rules\n"})
