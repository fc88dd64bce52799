"""What happens on GitHub, from the bodies of webhook deliveries whose signature was verified. Pure."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from githubkit_schemas.v2026_03_10 import models as rest

from honk.integrations.github.client import typed_json
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import models

T = TypeVar("T")

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True)
class CommentEvent:
    """A comment was written, or edited by `sender`."""

    repository: models.GitHubRepository
    issue: models.GitHubIssue
    comment: models.GitHubComment
    sender: models.GitHubUser
    edited: bool = False


@dataclass(frozen=True)
class OpenedEvent:
    """An issue or pull request was opened, or its text edited by `sender`."""

    repository: models.GitHubRepository
    issue: models.GitHubIssue
    sender: models.GitHubUser
    edited: bool = False


@dataclass(frozen=True)
class LabelEvent:
    """`sender` put a label on an issue."""

    repository: models.GitHubRepository
    issue: models.GitHubIssue
    label: str
    sender: models.GitHubUser


@dataclass(frozen=True)
class ReviewEvent:
    """A review was submitted, or one of its comments arrived."""

    repository: models.GitHubRepository
    number: int
    review: int


@dataclass(frozen=True)
class PullRequestEvent:
    """A pull request was closed, merged or reopened by `sender`."""

    repository: models.GitHubRepository
    number: int
    sender: models.GitHubUser


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
    """What a delivery says; None for events and actions that Honk does not handle. Raises Unreadable."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The payload is not JSON.") from error
    read = _READERS.get(event)
    if not isinstance(data, dict):
        raise Unreadable("The payload is not an object.")
    return read(_Payload(event, data)) if read else None


@dataclass(frozen=True)
class _Payload:
    event: str
    data: dict[str, Any]

    def get(self, key: str, model: type[T]) -> T:
        """What is under `key`, as githubkit's type."""
        return typed_json.read(model, self.data.get(key), f"{self.event}: {key}")

    @property
    def action(self) -> str:
        return self.get("action", str)

    @property
    def repository(self) -> models.GitHubRepository:
        return models.from_repository(self.get("repository", rest.FullRepository))

    @property
    def sender(self) -> models.GitHubUser:
        return models.from_user(self.get("sender", rest.SimpleUser) if self.data.get("sender") is not None else None)

    @property
    def pull_number(self) -> int:
        return models.positive(self.get("pull_request", rest.PullRequest).number)


def _issue_comment(payload: _Payload) -> GitHubEvent | None:
    if payload.action not in ("created", "edited"):
        return None
    issue = models.from_issue(payload.get("issue", rest.Issue))
    comment = models.from_comment(payload.get("comment", rest.IssueComment))
    return CommentEvent(payload.repository, issue, comment, payload.sender, payload.action == "edited")


def _issues(payload: _Payload) -> GitHubEvent | None:
    if payload.action == "labeled":
        issue = models.from_issue(payload.get("issue", rest.Issue))
        return LabelEvent(payload.repository, issue, payload.get("label", rest.Label).name, payload.sender)
    return _opened(payload, "issue")


def _pull_request(payload: _Payload) -> GitHubEvent | None:
    if payload.action in ("closed", "reopened"):
        return PullRequestEvent(payload.repository, payload.pull_number, payload.sender)
    return _opened(payload, "pull_request")


def _opened(payload: _Payload, key: str) -> GitHubEvent | None:
    if payload.action not in ("opened", "edited"):
        return None
    issue = models.from_issue(payload.get(key, rest.Issue), pull=key == "pull_request")
    return OpenedEvent(payload.repository, issue, payload.sender, payload.action == "edited")


def _review(payload: _Payload) -> GitHubEvent | None:
    if payload.action != "submitted":
        return None
    review = models.positive(payload.get("review", rest.PullRequestReview).id)
    return ReviewEvent(payload.repository, payload.pull_number, review)


def _review_comment(payload: _Payload) -> GitHubEvent | None:
    if payload.action != "created":
        return None
    review = payload.get("comment", rest.PullRequestReviewComment).pull_request_review_id
    return ReviewEvent(payload.repository, payload.pull_number, models.positive(review)) if review else None


def _repository(payload: _Payload) -> GitHubEvent | None:
    return RepositoryEvent((models.positive(payload.get("repository", rest.FullRepository).id),))


def _installation(payload: _Payload) -> GitHubEvent | None:
    keys = ("repositories", "repositories_removed", "repositories_added")
    found = [each for key in keys if payload.data.get(key) for each in payload.get(key, list[rest.FullRepository])]
    return RepositoryEvent(tuple(models.positive(each.id) for each in found))


def _commit(model: type[Any], key: str, name: str) -> Callable[[_Payload], GitHubEvent | None]:
    """Reads an event about the commit in the field `name` of the object under `key`."""

    def read(payload: _Payload) -> GitHubEvent | None:
        commit = getattr(payload.get(key, model), name)
        return CheckEvent(commit) if _COMMIT.fullmatch(commit) else None

    return read


def _status(payload: _Payload) -> GitHubEvent | None:
    commit = payload.get("sha", str)
    return CheckEvent(commit) if _COMMIT.fullmatch(commit) else None


_READERS: dict[str, Callable[[_Payload], GitHubEvent | None]] = {
    "issue_comment": _issue_comment,
    "issues": _issues,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_comment": _review_comment,
    "repository": _repository,
    "check_run": _commit(rest.CheckRun, "check_run", "head_sha"),
    "check_suite": _commit(rest.CheckSuite, "check_suite", "head_sha"),
    "workflow_run": _commit(rest.WorkflowRun, "workflow_run", "head_sha"),
    "status": _status,
    "deployment_status": _commit(rest.Deployment, "deployment", "sha"),
    "installation": _installation,
    "installation_repositories": _installation,
}
