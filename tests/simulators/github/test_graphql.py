"""GraphQL: what it does, and what it refuses before it does anything."""

from typing import Any

import httpx2
import pytest
from githubkit import GitHub, TokenAuthStrategy
from githubkit.exception import GraphQLFailed
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.git_repository import git
from honk_simulators.github.state.repositories import Protection, Repository
from honk_simulators.github.state.workflows import Workflow, failing

from tests.simulators.github.client import by_installation, by_token

AUTO = """mutation Auto($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) {
    pullRequest { autoMergeRequest { mergeMethod enabledBy { login } } } } }"""
REVERT = """mutation($id: ID!) { revertPullRequest(input: {pullRequestId: $id}) {
  revertPullRequest { number title headRefName body } } }"""
ENQUEUE = "mutation($id: ID!) { enqueuePullRequest(input: {pullRequestId: $id}) { mergeQueueEntry { state } } }"


async def scene(simulator: GitHubSimulator) -> tuple[Repository, GitHub[TokenAuthStrategy], str]:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, writers=[ada])
    await simulator.push(ada, repo, "one", {"a": "2\n"})
    issue = await simulator.pull_request(ada, repo, "one", "Faster")
    assert issue.pull
    return repo, by_token(simulator, simulator.token(ada)), f"PR_{issue.pull.id}"


async def refused(github: GitHub[Any], text: str, **variables: Any) -> str:
    with pytest.raises(GraphQLFailed) as failed:
        await github.async_graphql(text, variables)
    return "; ".join(each.message for each in failed.value.response.errors or [])


async def test_what_is_not_in_the_schema_is_refused(simulator: GitHubSimulator) -> None:
    _, github, _ = await scene(simulator)
    table = {
        "query { viewer { login age } }": "Field 'age' doesn't exist on type 'Actor'",
        "mutation { mergeEverything(input: {}) { ok } }": "Field 'mergeEverything' doesn't exist on type 'Mutation'",
        "query { viewer }": "Field must have selections (field 'viewer')",
        "query { viewer(loud: true) { login } }": "Field 'viewer' doesn't accept argument 'loud'",
        "query { node(id: $id) { id } }": "Variable $id is used but not declared",
        "query($id: ID!) { node(id: $id) { id } }": "Variable $id was provided invalid value",
        "query { viewer { login }": "Unexpected end of document",
        'query { node(id: "PR_1") { id } }': "Could not resolve to a node with the global id of 'PR_1'",
        "mutation { resolveReviewThread(input: {}) { thread { id } } }": "Argument 'threadId' on InputObject"
        " 'ResolveReviewThreadInput' is required.",
        'mutation { resolveReviewThread(input: {threadId: "A", x: 1}) { thread { id } } }': "InputObject"
        " 'ResolveReviewThreadInput'"
        " doesn't accept argument 'x'",
    }
    for text, wanted in table.items():
        assert await refused(github, text) == wanted
    async with httpx2.AsyncClient(headers={"user-agent": "a test"}) as client:
        assert (
            await client.post(f"{simulator.web}/api/graphql", json={"query": "{ viewer { login } }"})
        ).status_code == 401


async def test_fragments_aliases_and_types(simulator: GitHubSimulator) -> None:
    _, github, number = await scene(simulator)
    text = """
      # a comment
      query($id: ID!, $first: Int = 5) {
        me: viewer { __typename name: login }
        node(id: $id) { __typename ... on PullRequest { ...part reviewThreads(first: $first) { totalCount } } }
      }
      fragment part on PullRequest { number mergeable state title }"""
    found = await github.async_graphql(text, {"id": number})
    assert found["me"] == {"__typename": "Actor", "name": "ada"}
    assert found["node"] == {
        "__typename": "PullRequest",
        "number": 1,
        "mergeable": "UNKNOWN",
        "state": "OPEN",
        "title": "Faster",
        "reviewThreads": {"totalCount": 0},
    }


async def test_auto_merge_waits_for_what_is_missing(simulator: GitHubSimulator) -> None:
    repo, github, number = await scene(simulator)
    ada, wish = simulator.user("ada"), {"pullRequestId": number, "mergeMethod": "SQUASH"}
    assert await refused(github, AUTO, input=wish) == "Auto merge is not allowed for this repository"
    repo.allow_auto_merge = True
    assert "clean status" in await refused(github, AUTO, input=wish)
    repo.protections["main"] = Protection(checks=("test",))
    late = {**wish, "expectedHeadOid": "0" * 40}
    assert "Head branch was modified" in await refused(github, AUTO, input=late)
    found = await github.async_graphql(AUTO, {"input": wish})
    request = found["enablePullRequestAutoMerge"]["pullRequest"]["autoMergeRequest"]
    assert request == {"mergeMethod": "SQUASH", "enabledBy": {"login": "ada"}}
    assert (await github.rest.pulls.async_get("acme", "shop", 1)).parsed_data.auto_merge
    issue = repo.issues[1]
    await simulator.status(ada, repo, issue.pull.head_sha, "test", "success")  # type: ignore[union-attr]
    await simulator.until(lambda: issue.state == "closed")
    merged = await git.commit(repo.git_dir, "main")
    assert len(merged.parents) == 1 and issue.pull and issue.pull.merge_commit_sha == merged.sha


async def test_a_merge_is_taken_back_by_a_pull_request(simulator: GitHubSimulator) -> None:
    repo, github, number = await scene(simulator)
    assert await refused(github, REVERT, id=number) == "Pull request is not merged"
    await simulator.merge(simulator.user("ada"), repo, 1)
    await simulator.push(simulator.user("ada"), repo, "main", {"other": "x\n"})
    made = (await github.async_graphql(REVERT, {"id": number}))["revertPullRequest"]["revertPullRequest"]
    assert made == {
        "number": 2,
        "title": 'Revert "Faster"',
        "headRefName": "revert-1-one",
        "body": "Reverts acme/shop#1",
    }
    assert "exists already" in await refused(github, REVERT, id=number)
    await simulator.merge(simulator.user("ada"), repo, 2)
    assert await git.files(repo.git_dir, "main") == {"a": b"1\n", "other": b"x\n"}


async def test_the_queue_turns_away_what_is_red_on_top_of_the_base(simulator: GitHubSimulator) -> None:
    repo, github, number = await scene(simulator)
    assert await refused(github, ENQUEUE, id=number) == "Pull request base branch does not require a merge queue"
    repo.merge_queue = True
    repo.protections["main"] = Protection(checks=("test",))
    assert await refused(github, ENQUEUE, id=number) == 'Required status check "test" is expected.'
    await simulator.status(simulator.user("ada"), repo, repo.issues[1].pull.head_sha, "test", "success")  # type: ignore[union-attr]
    repo.workflows = [Workflow("ci", {"test": failing()}, on=("merge_group",), id=1, created_at=repo.created_at)]
    with pytest.raises(Exception, match=r"RequestFailed|405") as over:
        await github.rest.pulls.async_merge("acme", "shop", 1)
    assert "merge queue" in over.value.response.text  # type: ignore[attr-defined]
    await github.async_graphql(ENQUEUE, {"id": number})
    await simulator.until(lambda: any(run.conclusion for run in repo.runs.values()) and not repo.queue)
    text = "query($id: ID!) { node(id: $id) { ... on PullRequest { state isInMergeQueue mergeQueueEntry { state } } } }"
    found = (await github.async_graphql(text, {"id": number}))["node"]
    assert found == {"state": "OPEN", "isInMergeQueue": False, "mergeQueueEntry": None}


async def test_an_app_without_the_permission_is_refused(simulator: GitHubSimulator) -> None:
    repo, _, number = await scene(simulator)
    github = by_installation(simulator, simulator.install(simulator.app(permissions={"pull_requests": "read"}), repo))
    text = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"
    assert await refused(github, text, id=number) == "Resource not accessible by integration"
    assert repo.issues[1].pull and not repo.issues[1].pull.draft


@pytest.mark.parametrize(
    "text", ["", "{", "{ a(", "{ a: }", "query { a } query { b }", "subscription { a }", "{ ...x }", "{ a(b: ~) }"]
)
async def test_what_is_no_document(simulator: GitHubSimulator, text: str) -> None:
    _, github, _ = await scene(simulator)
    assert await refused(github, text)
