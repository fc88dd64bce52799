"""The events of webhook deliveries whose signature was verified. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any, TypeVar

from githubkit_schemas.v2026_03_10 import models as rest

from honk.integrations.github.client import typed_json
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import models
from honk.integrations.github.conversation.models import GitHubComment, GitHubIssue, GitHubRepository, GitHubUser

T = TypeVar("T")

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

_COMMITS: dict[str, tuple[str, type[Any], str]] = {
    "check_run": ("check_run", rest.CheckRun, "head_sha"),
    "check_suite": ("check_suite", rest.CheckSuite, "head_sha"),
    "workflow_run": ("workflow_run", rest.WorkflowRun, "head_sha"),
    "deployment_status": ("deployment", rest.Deployment, "sha"),
}
"""By event: the object that names the commit, its type, and the field."""


@dataclass(frozen=True)
class CommentEvent:
    """A comment was written, or edited by `sender`."""

    repository: GitHubRepository
    issue: GitHubIssue
    comment: GitHubComment
    sender: GitHubUser
    edited: bool = False


@dataclass(frozen=True)
class OpenedEvent:
    """An issue or pull request was opened, or its text edited by `sender`."""

    repository: GitHubRepository
    issue: GitHubIssue
    sender: GitHubUser
    edited: bool = False


@dataclass(frozen=True)
class LabelEvent:
    """`sender` put a label on an issue."""

    repository: GitHubRepository
    issue: GitHubIssue
    label: str
    sender: GitHubUser


@dataclass(frozen=True)
class ReviewEvent:
    """A review was submitted, or one of its comments arrived."""

    repository: GitHubRepository
    number: int
    review: int


@dataclass(frozen=True)
class PullRequestEvent:
    """A pull request was closed, merged or reopened."""

    repository: GitHubRepository
    number: int


@dataclass(frozen=True)
class RepositoryEvent:
    """Repositories (by id) were renamed, archived, made private, deleted or taken away from the App."""

    repositories: tuple[int, ...]


@dataclass(frozen=True)
class CheckEvent:
    """A check or a deployment of a commit changed."""

    commit: str


GitHubEvent = CommentEvent | OpenedEvent | LabelEvent | ReviewEvent | PullRequestEvent | RepositoryEvent | CheckEvent


def parse(event: str, body: bytes) -> GitHubEvent | None:
    """The event of a delivery; None for events and actions that Honk does not handle. Raises Unreadable."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The payload is not JSON.") from error
    if not isinstance(data, dict):
        raise Unreadable("The payload is not an object.")
    payload = _Payload(event, data)
    match event:
        case "issue_comment" | "issues" | "pull_request" | "pull_request_review" | "pull_request_review_comment":
            return _conversation(payload, payload.get("action", str))
        case "repository":
            return RepositoryEvent((models.positive(payload.get("repository", rest.FullRepository).id),))
        case "installation" | "installation_repositories":
            keys = ("repositories", "repositories_removed", "repositories_added")
            found = [each for key in keys if data.get(key) for each in payload.get(key, list[rest.FullRepository])]
            return RepositoryEvent(tuple(models.positive(each.id) for each in found))
        case "status":
            return _check(payload.get("sha", str))
        case _ if event in _COMMITS:
            key, model, field = _COMMITS[event]
            return _check(getattr(payload.get(key, model), field))
    return None


@dataclass(frozen=True)
class _Payload:
    event: str
    data: dict[str, Any]

    def get(self, key: str, model: type[T]) -> T:
        """The value of `key`, as githubkit's type."""
        return typed_json.read(model, self.data.get(key), f"{self.event}: {key}")

    @property
    def repository(self) -> GitHubRepository:
        return models.from_repository(self.get("repository", rest.FullRepository))

    @property
    def sender(self) -> GitHubUser:
        return models.from_user(self.get("sender", rest.SimpleUser) if self.data.get("sender") is not None else None)

    @property
    def issue(self) -> GitHubIssue:
        return models.from_issue(self.get("issue", rest.Issue))

    @property
    def pull_number(self) -> int:
        return models.positive(self.get("pull_request", rest.PullRequest).number)


def _conversation(payload: _Payload, action: str) -> GitHubEvent | None:
    match payload.event, action:
        case "issue_comment", "created" | "edited":
            comment = models.from_comment(payload.get("comment", rest.IssueComment))
            return CommentEvent(payload.repository, payload.issue, comment, payload.sender, action == "edited")
        case "issues", "opened" | "edited":
            return OpenedEvent(payload.repository, payload.issue, payload.sender, action == "edited")
        case "issues", "labeled":
            return LabelEvent(payload.repository, payload.issue, payload.get("label", rest.Label).name, payload.sender)
        case "pull_request", "opened" | "edited":
            issue = models.from_issue(payload.get("pull_request", rest.Issue), pull=True)
            return OpenedEvent(payload.repository, issue, payload.sender, action == "edited")
        case "pull_request", "closed" | "reopened":
            return PullRequestEvent(payload.repository, payload.pull_number)
        case "pull_request_review", "submitted":
            review = models.positive(payload.get("review", rest.PullRequestReview).id)
            return ReviewEvent(payload.repository, payload.pull_number, review)
        case "pull_request_review_comment", "created":
            found = payload.get("comment", rest.PullRequestReviewComment).pull_request_review_id
            return ReviewEvent(payload.repository, payload.pull_number, models.positive(found)) if found else None
    return None


def _check(commit: str) -> CheckEvent | None:
    return CheckEvent(commit) if _COMMIT.fullmatch(commit) else None
