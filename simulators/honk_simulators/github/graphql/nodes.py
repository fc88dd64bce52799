"""GraphQL objects, and how a global id leads to one. A review thread is stored as its first comment."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from honk_simulators.github.auth import access
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.requests.api_request import ApiRequest
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueRecord, ReviewComment
from honk_simulators.github.state.repositories import Repository, Role


@dataclass(frozen=True)
class GraphNode:
    """An object of the GraphQL type `kind`, in the repository that it belongs to."""

    kind: str
    repo: Repository | None
    value: Any


def find(call: ApiRequest, id: str, needs: str = "", role: Role = "read", kinds: tuple[str, ...] = ()) -> GraphNode:
    """The object with this global id, if the caller may see it and has the permission `needs`. Raises Refusal."""
    for kind, known, repo, value in _all(call.state):
        if known == id and (not kinds or kind in kinds):
            if repo.deleted or not access.sees(call.token, repo):
                break
            if needs:
                access.check(call.token, repo, needs, role)
                if repo.archived:
                    raise GitHubRefusal(403, "Repository was archived so is read-only.")
            return GraphNode(kind, repo, value)
    raise GitHubRefusal(404, f"Could not resolve to a node with the global id of '{id}'")


def find_pull(call: ApiRequest, id: str, needs: str = "", role: Role = "read") -> tuple[Repository, IssueRecord]:
    """The pull request with this id. Raises Refusal."""
    found = find(call, id, needs, role, ("PullRequest",))
    assert found.repo is not None
    return found.repo, found.value


def find_thread(call: ApiRequest, id: str, needs: str) -> tuple[Repository, IssueRecord, ReviewComment]:
    """The review thread with this id. Raises Refusal."""
    found = find(call, id, needs, kinds=("PullRequestReviewThread",))
    assert found.repo is not None
    issue = next(each for each in found.repo.issues.values() if each.pull and found.value in each.pull.remarks)
    return found.repo, issue, found.value


def _all(state: GitHubState) -> Iterator[tuple[str, str, Repository, Any]]:
    for repo in state.repositories.values():
        for issue in repo.issues.values():
            for comment in issue.comments:
                yield "IssueComment", f"IC_{comment.id}", repo, comment
            if issue.pull is None:
                yield "Issue", f"I_{issue.id}", repo, issue
                continue
            yield "PullRequest", f"PR_{issue.pull.id}", repo, issue
            for first in issue.pull.remarks:
                if first.reply_to is None:
                    yield "PullRequestReviewThread", f"PRRT_{first.id}", repo, first
