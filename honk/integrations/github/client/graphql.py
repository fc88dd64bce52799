"""What GitHub offers over GraphQL alone."""

from typing import Any

from githubkit.exception import GitHubException

from honk.integrations.github.client import errors
from honk.integrations.github.client.repo_client import RepoClient

READY = """
mutation($pull: ID!) {
  markPullRequestReadyForReview(input: {pullRequestId: $pull}) { pullRequest { isDraft } }
}
"""

UNREADY = """
mutation($pull: ID!) {
  convertPullRequestToDraft(input: {pullRequestId: $pull}) { pullRequest { isDraft } }
}
"""

ENQUEUE = """
mutation($pull: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: {pullRequestId: $pull, expectedHeadOid: $head}) { mergeQueueEntry { id state } }
}
"""

QUEUED = """
query($pull: ID!) {
  node(id: $pull) { ... on PullRequest { state mergeQueueEntry { state position } } }
}
"""


MERGED = """
query($pull: ID!) {
  node(id: $pull) { ... on PullRequest { mergeCommit { oid } } }
}
"""


async def merge_commit(api: RepoClient, pull: str) -> str:
    """The commit that merged it; empty where there is none."""
    told = await _ask(api, MERGED, "the commit of a merge", pull=pull)
    return str(((told.get("node") or {}).get("mergeCommit") or {}).get("oid") or "")


async def ready(api: RepoClient, pull: str) -> None:
    """A draft becomes a pull request that can be merged. `pull` is its node id."""
    await _ask(api, READY, "marking it ready for review", pull=pull)


async def unready(api: RepoClient, pull: str) -> None:
    """A pull request becomes a draft."""
    await _ask(api, UNREADY, "making it a draft", pull=pull)


async def enqueue(api: RepoClient, pull: str, head: str) -> None:
    """Into the merge queue, if its head is still `head`."""
    await _ask(api, ENQUEUE, "adding it to the merge queue", pull=pull, head=head)


async def queued(api: RepoClient, pull: str) -> bool:
    """Whether it waits in the merge queue."""
    told = await _ask(api, QUEUED, "the merge queue", pull=pull)
    node = told.get("node") or {}
    return node.get("mergeQueueEntry") is not None


async def _ask(api: RepoClient, query: str, what: str, **variables: Any) -> dict[str, Any]:
    try:
        return await api.github.async_graphql(query, variables)
    except GitHubException as error:
        raise errors.to_honk_error(error, what) from error
