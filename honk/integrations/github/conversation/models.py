"""What there is on GitHub, as values: only what we use of it. Webhooks and the REST API say it in the same shapes.

People and repositories are told apart by their numbers; a login is a word to show. Every parser raises
`fields.Malformed` for anything that is not as described.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from honk.integrations.github.conversation import fields

T = TypeVar("T")


@dataclass(frozen=True)
class GitHubUser:
    """Somebody. `machine`: a bot or an organisation, not a person."""

    id: int
    login: str
    machine: bool = False


GHOST = GitHubUser(10137, "ghost", machine=True)
"""What GitHub shows in place of an account that was deleted."""


@dataclass(frozen=True)
class GitHubRepository:
    """A repository. `url` is where people look at it."""

    id: int
    full_name: str
    url: str
    private: bool = False
    archived: bool = False


@dataclass(frozen=True)
class GitHubIssue:
    """An issue, or with `pull` a pull request as the issue that it is. `node` is what GraphQL calls it."""

    number: int
    title: str
    body: str
    author: GitHubUser
    url: str
    state: str
    labels: tuple[str, ...] = ()
    pull: bool = False
    by_app: bool = False
    created: str = ""
    updated: str = ""
    node: str = ""


@dataclass(frozen=True)
class GitHubComment:
    """What somebody said under an issue or a pull request. `number` is that of the issue, where it is told (else 0);
    `by_app`: a program spoke for them."""

    id: int
    author: GitHubUser
    body: str
    url: str
    number: int = 0
    by_app: bool = False
    created: str = ""
    updated: str = ""
    node: str = ""


@dataclass(frozen=True)
class GitHubReview:
    """A review. `state` is in lower case: approved, changes_requested, commented, dismissed, pending."""

    id: int
    author: GitHubUser
    body: str
    state: str
    url: str
    commit: str = ""
    submitted: str = ""


@dataclass(frozen=True)
class GitHubReviewComment:
    """A comment at a line of a file. `reply_to` is the first of its thread, 0 when it is that itself; `line` 0 when
    the diff has moved on."""

    id: int
    author: GitHubUser
    body: str
    path: str
    line: int
    hunk: str
    url: str
    review: int
    reply_to: int = 0


@dataclass(frozen=True)
class GitHubPullRequest:
    """A pull request. `origin` is the numeric id of the repository that its branch is in, 0 where that is gone."""

    number: int
    author: GitHubUser
    url: str
    state: str
    branch: str
    head: str
    origin: int
    merged: bool = False
    merged_by: GitHubUser | None = None
    updated: str = ""


def repository(data: Any) -> GitHubRepository:
    """A repository."""
    found = fields.record(data)
    return GitHubRepository(
        fields.number(found, "id"),
        fields.text(found, "full_name"),
        fields.text(found, "html_url"),
        found.get("private") is True,
        found.get("archived") is True,
    )


def issue(data: Any, *, pull: bool = False) -> GitHubIssue:
    """An issue; `pull`: a pull request in its own shape."""
    found = fields.record(data)
    labels = tuple(
        each if isinstance(each, str) else fields.text(fields.record(each), "name")
        for each in fields.items(found, "labels")
    )
    return GitHubIssue(
        fields.number(found, "number"),
        fields.text(found, "title"),
        fields.text(found, "body", optional=True),
        account(found, "user"),
        fields.text(found, "html_url"),
        fields.text(found, "state"),
        labels,
        pull or found.get("pull_request") is not None,
        found.get("performed_via_github_app") is not None,
        fields.text(found, "created_at", optional=True),
        fields.text(found, "updated_at", optional=True),
        fields.text(found, "node_id", optional=True),
    )


def comment(data: Any) -> GitHubComment:
    """A comment under an issue; its number stands at the end of `issue_url`."""
    found = fields.record(data)
    number = fields.text(found, "issue_url", optional=True).rpartition("/")[2]
    return GitHubComment(
        fields.number(found, "id"),
        account(found, "user"),
        fields.text(found, "body", optional=True),
        fields.text(found, "html_url"),
        int(number) if number.isascii() and number.isdecimal() and len(number) < 12 else 0,
        found.get("performed_via_github_app") is not None,
        fields.text(found, "created_at", optional=True),
        fields.text(found, "updated_at", optional=True),
        fields.text(found, "node_id", optional=True),
    )


def review(data: Any) -> GitHubReview:
    """A review."""
    found = fields.record(data)
    return GitHubReview(
        fields.number(found, "id"),
        account(found, "user"),
        fields.text(found, "body", optional=True),
        fields.text(found, "state").lower(),
        fields.text(found, "html_url"),
        fields.text(found, "commit_id", optional=True),
        fields.text(found, "submitted_at", optional=True),
    )


def review_comment(data: Any) -> GitHubReviewComment:
    """A comment at a line."""
    found = fields.record(data)
    return GitHubReviewComment(
        fields.number(found, "id"),
        account(found, "user"),
        fields.text(found, "body", optional=True),
        fields.text(found, "path"),
        fields.number(found, "line", optional=True) or fields.number(found, "original_line", optional=True),
        fields.text(found, "diff_hunk", optional=True),
        fields.text(found, "html_url"),
        fields.number(found, "pull_request_review_id", optional=True),
        fields.number(found, "in_reply_to_id", optional=True),
    )


def pull(data: Any) -> GitHubPullRequest:
    """A pull request."""
    found = fields.record(data)
    head = fields.nested(found, "head")
    origin = head.get("repo")
    by = found.get("merged_by")
    return GitHubPullRequest(
        fields.number(found, "number"),
        account(found, "user"),
        fields.text(found, "html_url"),
        fields.text(found, "state"),
        fields.text(head, "ref"),
        fields.text(head, "sha"),
        fields.number(origin, "id") if isinstance(origin, dict) else 0,
        found.get("merged") is True or isinstance(found.get("merged_at"), str),
        account(found, "merged_by") if by is not None else None,
        fields.text(found, "updated_at", optional=True),
    )


def labellers(data: Any, label: str) -> tuple[tuple[GitHubUser, str], ...]:
    """Who put `label` on an issue, and when, by its history: the last one last."""
    found = []
    for each in map(fields.record, fields.checked(data, list)):
        if (
            each.get("event") == "labeled"
            and fields.text(fields.nested(each, "label"), "name").lower() == label.lower()
        ):
            found.append((account(each, "actor"), fields.text(each, "created_at")))
    return tuple(found)


def many(read: Callable[[Any], T], data: Any) -> tuple[T, ...]:
    """A list of them."""
    return tuple(read(each) for each in fields.checked(data, list))


def account(data: dict[str, Any], key: str) -> GitHubUser:
    """The account under `key`; a deleted one is nobody's."""
    found = data.get(key)
    if found is None:
        return GHOST
    found = fields.record(found)
    return GitHubUser(fields.number(found, "id"), fields.text(found, "login"), found.get("type") != "User")
