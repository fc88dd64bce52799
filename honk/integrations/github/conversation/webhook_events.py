"""What happens on GitHub, as webhooks tell it: parsed at the rim, from bytes that were found to be GitHub's. Pure."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from honk.integrations.github.conversation import fields, models
from honk.integrations.github.conversation.fields import Malformed

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True)
class Commented:
    """A comment was made, or changed by `sender`."""

    repository: models.GitHubRepository
    issue: models.GitHubIssue
    comment: models.GitHubComment
    sender: models.GitHubUser
    edited: bool = False


@dataclass(frozen=True)
class Opened:
    """An issue or pull request was opened, or its text changed by `sender`."""

    repository: models.GitHubRepository
    issue: models.GitHubIssue
    sender: models.GitHubUser
    edited: bool = False


@dataclass(frozen=True)
class Labelled:
    """`sender` put a label on an issue."""

    repository: models.GitHubRepository
    issue: models.GitHubIssue
    label: str
    sender: models.GitHubUser


@dataclass(frozen=True)
class Reviewed:
    """Something about a review: it was submitted, or one of its remarks has come."""

    repository: models.GitHubRepository
    number: int
    review: int


@dataclass(frozen=True)
class PullMoved:
    """A pull request was closed, merged or opened again by `sender`: look at it."""

    repository: models.GitHubRepository
    number: int
    sender: models.GitHubUser


@dataclass(frozen=True)
class RepositoryMoved:
    """A repository was renamed, archived, made private, deleted or taken from us: look at it."""

    repositories: tuple[int, ...]


@dataclass(frozen=True)
class Checked:
    """A check or a deployment of a commit has moved: look at it."""

    commit: str


Event = Commented | Opened | Labelled | Reviewed | PullMoved | RepositoryMoved | Checked


def parse(event: str, body: bytes) -> Event | None:
    """What a delivery says; None where it is about something that we have no part in. Raises Malformed."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("the payload is not JSON") from error
    if not isinstance(data, dict):
        raise Malformed("the payload is no object")
    read = _READERS.get(event)
    return read(data, fields.text(data, "action", optional=True)) if read else None


def _issue_comment(data: dict[str, Any], action: str) -> Event | None:
    if action not in ("created", "edited"):
        return None
    where, issue_ = models.repository(fields.nested(data, "repository")), models.issue(fields.nested(data, "issue"))
    said = models.comment(fields.nested(data, "comment"))
    return Commented(where, issue_, said, models.account(data, "sender"), action == "edited")


def _issues(data: dict[str, Any], action: str) -> Event | None:
    if action == "labeled":
        label = fields.text(fields.nested(data, "label"), "name")
        return Labelled(
            models.repository(fields.nested(data, "repository")),
            models.issue(fields.nested(data, "issue")),
            label,
            models.account(data, "sender"),
        )
    return _opened(data, "issue", action)


def _pull_request(data: dict[str, Any], action: str) -> Event | None:
    if action in ("closed", "reopened"):
        number = fields.number(fields.nested(data, "pull_request"), "number")
        return PullMoved(models.repository(fields.nested(data, "repository")), number, models.account(data, "sender"))
    return _opened(data, "pull_request", action)


def _opened(data: dict[str, Any], key: str, action: str) -> Event | None:
    if action not in ("opened", "edited"):
        return None
    found = models.issue(fields.nested(data, key), pull=key == "pull_request")
    return Opened(
        models.repository(fields.nested(data, "repository")), found, models.account(data, "sender"), action == "edited"
    )


def _review(data: dict[str, Any], action: str) -> Event | None:
    if action != "submitted":
        return None
    number = fields.number(fields.nested(data, "pull_request"), "number")
    return Reviewed(
        models.repository(fields.nested(data, "repository")), number, fields.number(fields.nested(data, "review"), "id")
    )


def _remark(data: dict[str, Any], action: str) -> Event | None:
    if action != "created":
        return None
    number = fields.number(fields.nested(data, "pull_request"), "number")
    of = fields.number(fields.nested(data, "comment"), "pull_request_review_id", optional=True)
    return Reviewed(models.repository(fields.nested(data, "repository")), number, of) if of else None


def _repository(data: dict[str, Any], action: str) -> Event | None:
    return RepositoryMoved((fields.number(fields.nested(data, "repository"), "id"),))


def _installation(data: dict[str, Any], action: str) -> Event | None:
    keys = ("repositories", "repositories_removed", "repositories_added")
    named = [each for key in keys for each in fields.items(data, key)]
    return RepositoryMoved(tuple(fields.number(fields.record(each), "id") for each in named))


def _check(key: str, name: str) -> Callable[[dict[str, Any], str], Event | None]:
    """An event whose commit is called `name` in the object `key`; empty: in the payload itself."""

    def read(data: dict[str, Any], action: str) -> Event | None:
        commit = fields.text(fields.nested(data, key) if key else data, name)
        return Checked(commit) if _COMMIT.fullmatch(commit) else None

    return read


_READERS: dict[str, Callable[[dict[str, Any], str], Event | None]] = {
    "issue_comment": _issue_comment,
    "issues": _issues,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_comment": _remark,
    "repository": _repository,
    "check_run": _check("check_run", "head_sha"),
    "check_suite": _check("check_suite", "head_sha"),
    "workflow_run": _check("workflow_run", "head_sha"),
    "status": _check("", "sha"),
    "deployment_status": _check("deployment", "sha"),
    "installation": _installation,
    "installation_repositories": _installation,
}

EVENTS = tuple(_READERS)
"""What a webhook or an App must be subscribed to (the last two come by themselves)."""
