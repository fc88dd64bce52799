"""What only GitHub's GraphQL API offers: drafts, the merge queue, review threads, edits of a text.

`node` arguments are GraphQL's ids (`node_id` in the REST API).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from githubkit.exception import GitHubException

from honk.core.errors import UsageError, WorkFailed
from honk.integrations.github.client import errors
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.client.typed_json import Unreadable

MARK_READY = """
mutation($node: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $node}) { pullRequest { isDraft } } }
"""

MARK_DRAFT = """
mutation($node: ID!) { convertPullRequestToDraft(input: {pullRequestId: $node}) { pullRequest { isDraft } } }
"""

ENQUEUE = """
mutation($node: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: {pullRequestId: $node, expectedHeadOid: $head}) { mergeQueueEntry { id state } }
}
"""

QUEUE_ENTRY = """
query($node: ID!) { node(id: $node) { ... on PullRequest { state mergeQueueEntry { state position } } } }
"""

MERGE_COMMIT = """
query($node: ID!) { node(id: $node) { ... on PullRequest { mergeCommit { oid } } } }
"""

REVIEW_THREADS = """
query($node: ID!, $after: String) {
  node(id: $node) { ... on PullRequest {
    reviewThreads(first: 100, after: $after) {
      nodes { id isResolved comments(first: 1) { nodes { databaseId } } }
      pageInfo { hasNextPage endCursor }
    }
  } }
}
"""

RESOLVE_THREAD = """
mutation($node: ID!) { resolveReviewThread(input: {threadId: $node}) { thread { isResolved } } }
"""

_EDITORS = """{
    author { login }
    userContentEdits(first: 100) { nodes { editor { login } } pageInfo { hasNextPage } }
  }"""

EDITS = f"""
query($node: ID!) {{
  node(id: $node) {{ ... on IssueComment {_EDITORS} ... on Issue {_EDITORS} ... on PullRequest {_EDITORS} }}
}}
"""


async def merge_commit(api: RepoClient, node: str) -> str:
    """The commit that merged a pull request; empty where there is none."""
    found = await _node(api, MERGE_COMMIT, "the commit of a merge", node)
    with _readable("the commit of a merge"):
        return str((found.get("mergeCommit") or {}).get("oid") or "")


async def mark_ready(api: RepoClient, node: str) -> None:
    """Turn a draft into a pull request that can be merged."""
    await _ask(api, MARK_READY, "marking it ready for review", node=node)


async def mark_draft(api: RepoClient, node: str) -> None:
    """Turn a pull request into a draft."""
    await _ask(api, MARK_DRAFT, "making it a draft", node=node)


async def enqueue(api: RepoClient, node: str, head: str) -> None:
    """Add a pull request to the merge queue, if its head is still `head`."""
    await _ask(api, ENQUEUE, "adding it to the merge queue", node=node, head=head)


async def queued(api: RepoClient, node: str) -> bool:
    """Whether a pull request waits in the merge queue."""
    return (await _node(api, QUEUE_ENTRY, "the merge queue", node)).get("mergeQueueEntry") is not None


async def edited_only_by_author(api: RepoClient, node: str) -> bool:
    """Whether nobody but its author has ever changed a comment, an issue or a pull request. False where GitHub does
    not say: only GraphQL names the editors."""
    what = "the edits of a text"
    try:
        found = await _node(api, EDITS, what, node)
    except (UsageError, WorkFailed):
        return False
    with _readable(what):
        edits, author = found.get("userContentEdits"), (found.get("author") or {}).get("login")
        if not edits or not author or edits["pageInfo"]["hasNextPage"]:
            return False
        # within one answer a login means one account; a deleted account has none
        return all(each["editor"] and each["editor"]["login"] == author for each in edits["nodes"])


async def resolve_thread(api: RepoClient, pull_node: str, comment: int) -> bool:
    """Resolve the review thread that begins with the review comment of that id; whether it was found."""
    what, after = "the threads of a review", None
    while True:
        found = await _node(api, REVIEW_THREADS, what, pull_node, **({"after": after} if after else {}))
        with _readable(what):
            threads = found.get("reviewThreads") or {}
            for thread in threads.get("nodes") or ():
                if any(first.get("databaseId") == comment for first in thread["comments"]["nodes"]):
                    await _ask(api, RESOLVE_THREAD, what, node=str(thread["id"]))
                    return True
            page = threads.get("pageInfo") or {}
            if not page.get("hasNextPage"):
                return False
            after = str(page["endCursor"])


async def _node(api: RepoClient, query: str, what: str, node: str, **variables: Any) -> dict[str, Any]:
    return (await _ask(api, query, what, node=node, **variables)).get("node") or {}


async def _ask(api: RepoClient, query: str, what: str, **variables: Any) -> dict[str, Any]:
    try:
        return await api.github.async_graphql(query, variables)
    except GitHubException as error:
        raise errors.to_honk_error(error, what) from error


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Raise Unreadable where the block meets an answer of another shape than the query asked for."""
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"GitHub's answer about {what} does not have the shape of the query.") from error
