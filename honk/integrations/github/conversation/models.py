"""Issues, comments, reviews and the rest, as values that hold only what Honk uses of them.

Each `from_…` takes githubkit's type as `client.typed_json` reads it and raises Unreadable where a field is missing.
Webhooks and the REST API send the same shapes. People and repositories are identified by their ids; logins change.
Times are seconds since the epoch.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from githubkit_schemas.v2026_03_10 import models as rest

from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import timestamps

MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class GitHubUser:
    """An account. `machine`: a bot or an organisation, not a person."""

    id: int
    login: str
    machine: bool = False


GHOST = GitHubUser(10137, "ghost", machine=True)
"""The account that GitHub shows in place of a deleted one."""


@dataclass(frozen=True)
class GitHubRepository:
    """A repository. `url` is its page."""

    id: int
    full_name: str
    url: str
    private: bool = False
    archived: bool = False


@dataclass(frozen=True, kw_only=True)
class GitHubText:
    """What an issue and a comment have in common. `node` is the id in GraphQL; `by_app`: an App wrote it in the
    author's name."""

    author: GitHubUser
    body: str
    url: str
    by_app: bool = False
    created: float = 0.0
    updated: float = 0.0
    node: str = ""


@dataclass(frozen=True, kw_only=True)
class GitHubIssue(GitHubText):
    """An issue, or with `pull` a pull request seen as one."""

    number: int
    title: str
    labels: tuple[str, ...] = ()
    pull: bool = False


@dataclass(frozen=True, kw_only=True)
class GitHubComment(GitHubText):
    """A comment under an issue or a pull request. `number` is that of the issue (0: not known)."""

    id: int
    number: int = 0


@dataclass(frozen=True)
class GitHubReview:
    """A review. `state` is in lower case: approved, changes_requested, commented, dismissed, pending."""

    id: int
    author: GitHubUser
    body: str
    state: str
    url: str
    commit: str = ""
    submitted: float = 0.0


@dataclass(frozen=True)
class GitHubReviewComment:
    """A review comment: at a line of a file. `reply_to` is the first comment of its thread, 0 when it is that one;
    `line` is 0 when the diff has moved on."""

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
    """A pull request, and the commit at its head."""

    number: int
    state: str
    head: str
    merged: bool = False
    merged_by: GitHubUser | None = None
    updated: float = 0.0


def from_user(found: rest.SimpleUser | None) -> GitHubUser:
    """An account; None stands for a deleted one."""
    if not found:
        return GHOST
    kind = ""
    with suppress(Unreadable):  # an account that is not known to be a person is treated as a machine
        kind = found.type
    return GitHubUser(positive(found.id), found.login, kind != "User")


def from_repository(found: rest.FullRepository) -> GitHubRepository:
    return GitHubRepository(positive(found.id), found.full_name, found.html_url, found.private, found.archived is True)


def from_issue(found: rest.Issue, *, pull: bool = False) -> GitHubIssue:
    """`pull`: it is a pull request in the shape of an issue."""
    labels = tuple(each if isinstance(each, str) else each.name or "" for each in found.labels)
    pull = pull or bool(found.pull_request)
    return GitHubIssue(number=positive(found.number), title=found.title, labels=labels, pull=pull, **_text(found))


def from_comment(found: rest.IssueComment) -> GitHubComment:
    """The issue's number is at the end of `issue_url`."""
    end = found.issue_url.rpartition("/")[2]
    number = int(end) if end.isascii() and end.isdecimal() and len(end) < 12 else 0
    return GitHubComment(id=positive(found.id), number=number, **_text(found))


def _text(found: rest.Issue | rest.IssueComment) -> dict[str, Any]:
    return {
        "author": from_user(found.user or None),
        "body": found.body or "",
        "url": found.html_url,
        "by_app": bool(found.performed_via_github_app),
        "created": found.created_at.timestamp(),
        "updated": found.updated_at.timestamp(),
        "node": found.node_id or "",
    }


def from_review(found: rest.PullRequestReview) -> GitHubReview:
    """A pending review has no time of submission."""
    author, submitted = from_user(found.user), found.submitted_at.timestamp() if found.submitted_at else 0.0
    state, commit = found.state.lower(), found.commit_id or ""
    return GitHubReview(positive(found.id), author, found.body or "", state, found.html_url, commit, submitted)


def from_review_comment(found: rest.PullRequestReviewComment) -> GitHubReviewComment:
    return GitHubReviewComment(
        id=positive(found.id),
        author=from_user(found.user),
        body=found.body or "",
        path=found.path,
        line=found.line or found.original_line or 0,
        hunk=found.diff_hunk,
        url=found.html_url,
        review=found.pull_request_review_id or 0,
        reply_to=found.in_reply_to_id or 0,
    )


def from_pull_request(found: rest.PullRequest) -> GitHubPullRequest:
    merged_by, updated = from_user(found.merged_by) if found.merged_by else None, found.updated_at.timestamp()
    return GitHubPullRequest(positive(found.number), found.state, found.head.sha, found.merged, merged_by, updated)


def last_labeller(history: Iterable[rest.LabeledIssueEvent], label: str) -> tuple[GitHubUser, float] | None:
    """Who put `label` on an issue last, and when. `history` are the issue's events, oldest first, of any kind."""
    found = None
    for each in history:
        if each.event == "labeled" and each.label.name.lower() == label.lower():
            found = (from_user(each.actor), timestamps.seconds(each.created_at))
    return found


def positive(number: int) -> int:
    """An id or a number of GitHub's, which is above 0 and fits into a column. Raises Unreadable for any other."""
    if not 0 < number <= MAX_ID:
        raise Unreadable("GitHub's answer cannot be used: it has an id that is not a positive number.")
    return number
