"""Reviews, comments at lines, threads."""

from typing import Any

import pytest
from githubkit import GitHub, TokenAuthStrategy
from githubkit.exception import GraphQLFailed, RequestFailed
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.state.repositories import Repository

from tests.simulators.github.client import by_token, said

OLD = "".join(f"line {number}\n" for number in range(1, 31))
NEW = OLD.replace("line 15\n", "line 15, better\n")


async def scene(simulator: GitHubSimulator) -> tuple[Repository, GitHub[TokenAuthStrategy], GitHub[TokenAuthStrategy]]:
    """A pull request of ada's at line 15 of a.txt; clients of ada and of the reader bob."""
    ada, bob = simulator.user("ada"), simulator.user("bob")
    repo = await simulator.repository("acme/shop", files={"a.txt": OLD, "b.txt": "b\n"}, writers=[ada], readers=[bob])
    await simulator.push(ada, repo, "one", {"a.txt": NEW})
    await simulator.pull_request(ada, repo, "one", "Better")
    return repo, by_token(simulator, simulator.token(ada)), by_token(simulator, simulator.token(bob))


async def refused(asked: Any) -> str:
    with pytest.raises(RequestFailed) as failed:
        await asked
    body = failed.value.response.json()
    return f"{failed.value.response.status_code} {body['errors'][0]}" if "errors" in body else said(failed.value)


def review(github: GitHub[Any], **given: Any) -> Any:
    return github.rest.pulls.async_create_review("acme", "shop", 1, data=given)


async def test_a_review_with_comments_at_lines(simulator: GitHubSimulator) -> None:
    _, ada, bob = await scene(simulator)
    comments = [{"path": "a.txt", "line": 15, "body": "Why?"}, {"path": "a.txt", "position": 2, "body": "Context"}]
    made = (await review(bob, event="REQUEST_CHANGES", body="Not yet", comments=comments)).parsed_data
    assert (made.state, made.user.login) == ("CHANGES_REQUESTED", "bob")
    listed = (await ada.rest.pulls.async_list_review_comments("acme", "shop", 1)).parsed_data
    assert [(each.line, each.body, each.pull_request_review_id) for each in listed] == [
        (15, "Why?", made.id),
        (13, "Context", made.id),
    ]
    assert listed[0].diff_hunk.splitlines()[-1] == "+line 15, better"
    answer = (
        await ada.rest.pulls.async_create_reply_for_review_comment("acme", "shop", 1, listed[0].id, body="So")
    ).parsed_data
    assert (answer.in_reply_to_id, answer.path, answer.line) == (listed[0].id, "a.txt", 15)
    again = ada.rest.pulls.async_create_reply_for_review_comment("acme", "shop", 1, answer.id, body="And?")
    assert await refused(again) == "404 Not Found", "only the first of a thread can be answered"
    of_review = (await ada.rest.pulls.async_list_comments_for_review("acme", "shop", 1, made.id)).parsed_data
    assert len(of_review) == 2


async def test_reviews_that_are_refused(simulator: GitHubSimulator) -> None:
    repo, ada, bob = await scene(simulator)
    assert await refused(review(ada, event="APPROVE")) == "422 Can not approve your own pull request"
    assert (
        await refused(review(ada, event="REQUEST_CHANGES", body="x"))
        == "422 Can not request changes on your own pull request"
    )
    assert await refused(review(bob, event="COMMENT")) == "422 Body can't be blank"
    far = {"path": "a.txt", "line": 1, "body": "x"}
    assert await refused(review(bob, event="COMMENT", comments=[far])) == "422 Line could not be resolved"
    other = {"path": "b.txt", "line": 1, "body": "x"}
    assert await refused(review(bob, event="COMMENT", comments=[other])) == "422 Path could not be resolved"
    head = repo.issues[1].pull.head_sha  # type: ignore[union-attr]
    alone = bob.rest.pulls.async_create_review_comment("acme", "shop", 1, data={**far, "commit_id": head})
    assert "pull_request_review_thread.line must be part of the diff" in await refused(alone)
    assert (await review(ada, event="COMMENT", body="Fine by me")).parsed_data.state == "COMMENTED"
    assert repo.issues[1].pull.remarks == []  # type: ignore[union-attr]


async def test_a_pending_review_is_its_authors_until_it_is_submitted(simulator: GitHubSimulator) -> None:
    _, ada, bob = await scene(simulator)
    pending = (await review(bob, body="Hm", comments=[{"path": "a.txt", "line": 15, "body": "?"}])).parsed_data
    assert pending.state == "PENDING"
    assert (await ada.rest.pulls.async_list_reviews("acme", "shop", 1)).parsed_data == []
    assert (await ada.rest.pulls.async_list_review_comments("acme", "shop", 1)).parsed_data == []
    assert await refused(review(bob, body="Two")) == "422 User can only have one pending review per pull request"
    done = (await bob.rest.pulls.async_submit_review("acme", "shop", 1, pending.id, event="APPROVE")).parsed_data
    assert done.state == "APPROVED" and done.submitted_at
    dismissed = await ada.rest.pulls.async_dismiss_review("acme", "shop", 1, pending.id, message="No")
    assert dismissed.parsed_data.state == "DISMISSED"
    own = bob.rest.pulls.async_dismiss_review("acme", "shop", 1, pending.id, message="No")
    assert (await refused(own)).startswith("403"), "a reader dismisses nothing"


async def test_threads_are_outdated_answered_and_resolved(simulator: GitHubSimulator) -> None:
    repo, ada, bob = await scene(simulator)
    await review(bob, event="COMMENT", comments=[{"path": "a.txt", "line": 15, "body": "Why?"}])
    query = """
      query($owner: String!, $name: String!, $number: Int!) {
        repository(owner: $owner, name: $name) { pullRequest(number: $number) {
          reviewDecision
          reviewThreads(first: 50) { totalCount pageInfo { hasNextPage } nodes {
            id isResolved isOutdated path line comments(first: 10) { nodes { body author { login } } } } } } } }"""

    async def thread() -> dict[str, Any]:
        found = await ada.async_graphql(query, {"owner": "acme", "name": "shop", "number": 1})
        return found["repository"]["pullRequest"]["reviewThreads"]["nodes"][0]  # type: ignore[no-any-return]

    first = await thread()
    assert first["comments"]["nodes"] == [{"body": "Why?", "author": {"login": "bob"}}]
    reply = """mutation($input: AddPullRequestReviewThreadReplyInput!) {
      addPullRequestReviewThreadReply(input: $input) { comment { databaseId body } } }"""
    given = {"pullRequestReviewThreadId": first["id"], "body": "Because."}
    said_ = await ada.async_graphql(reply, {"input": given})
    assert said_["addPullRequestReviewThreadReply"]["comment"]["body"] == "Because."
    resolve = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
    await ada.async_graphql(resolve, {"id": first["id"]})
    await simulator.push(simulator.user("ada"), repo, "one", {"a.txt": OLD})
    now = await thread()
    assert (now["isResolved"], now["isOutdated"], now["line"]) == (True, True, None)
    assert [each["body"] for each in now["comments"]["nodes"]] == ["Why?", "Because."]
    with pytest.raises(GraphQLFailed):
        await by_token(simulator, simulator.token(simulator.user("eve"))).async_graphql(resolve, {"id": first["id"]})


async def test_reviewers_are_asked_and_have_answered(simulator: GitHubSimulator) -> None:
    repo, ada, bob = await scene(simulator)
    pulls = ada.rest.pulls
    asked = (await pulls.async_request_reviewers("acme", "shop", 1, data={"reviewers": ["bob"]})).parsed_data
    assert [each.login for each in asked.requested_reviewers or []] == ["bob"]
    wrong = pulls.async_request_reviewers("acme", "shop", 1, data={"reviewers": ["eve"]})
    assert (await refused(wrong)).startswith("422 Reviews may only be requested from collaborators.")
    own = pulls.async_request_reviewers("acme", "shop", 1, data={"reviewers": ["ada"]})
    assert await refused(own) == "422 Review cannot be requested from pull request author."
    await review(bob, event="APPROVE")
    assert repo.issues[1].pull.requested_reviewers == []  # type: ignore[union-attr]
