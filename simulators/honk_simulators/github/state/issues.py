"""Issues, pull requests (each is an issue as well), and what people say about them."""

from dataclasses import dataclass, field
from typing import Any, Literal

from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp

ReviewState = Literal["PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"]


@dataclass(eq=False)
class Reaction:
    """Somebody's +1, heart, eyes, ..."""

    id: int
    user: GitHubAccount
    content: str
    created_at: str


@dataclass(eq=False)
class BodyEdit:
    """A version of a text: whose, and since when. The first is its author's."""

    editor: GitHubAccount
    edited_at: str


@dataclass(eq=False)
class IssueComment:
    """What somebody said under an issue or a pull request; `app` is set when an App said it. `edits` is empty for what
    was never changed."""

    id: int
    user: GitHubAccount
    body: str
    created_at: str
    updated_at: str
    app: GitHubApp | None = None
    reactions: list[Reaction] = field(default_factory=list)
    edits: list[BodyEdit] = field(default_factory=list)


@dataclass(eq=False)
class PullReview:
    """A review of a pull request at a commit. `was` is its state before it was dismissed."""

    id: int
    user: GitHubAccount
    body: str
    state: ReviewState
    commit_id: str
    submitted_at: str | None


@dataclass(eq=False)
class ReviewComment:
    """A remark at a line of a file. `reply_to` is the first of its thread; `review` the review that it came with."""

    id: int
    user: GitHubAccount
    body: str
    path: str
    line: int | None
    side: str
    commit_id: str
    hunk: str
    created_at: str
    updated_at: str
    review: PullReview | None
    reply_to: "ReviewComment | None" = None
    start_line: int | None = None
    start_side: str | None = None
    resolved_by: GitHubAccount | None = None
    outdated: bool = False
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False)
class AutoMerge:
    """A merge that happens by itself once nothing stands in its way."""

    by: GitHubAccount
    method: str
    title: str | None = None
    message: str | None = None


@dataclass(eq=False)
class PullRecord:
    """What makes an issue a pull request. `head_repo` (a Repository) is another one for a fork.

    `pushed_by` moved its head last. `judged` remembers whether head and base merge: (head, base, yes or no). `queued`
    is its state in the merge queue, `group` the branch there, its commit, and the base that this is on top of.
    """

    id: int
    head: str
    base: str
    head_repo: Any
    head_sha: str
    base_sha: str
    draft: bool = False
    pushed_by: GitHubAccount | None = None
    merged_at: str | None = None
    merged_by: GitHubAccount | None = None
    merge_commit_sha: str | None = None
    requested_reviewers: list[GitHubAccount] = field(default_factory=list)
    reviews: list[PullReview] = field(default_factory=list)
    remarks: list[ReviewComment] = field(default_factory=list)
    auto_merge: AutoMerge | None = None
    queued: str | None = None
    queued_at: str | None = None
    queued_by: GitHubAccount | None = None
    group: tuple[str, str, str] | None = None
    judged: tuple[str, str, bool] | None = None


@dataclass(eq=False)
class IssueEvent:
    """Something that happened to an issue; `more` goes into its JSON."""

    id: int
    kind: str
    actor: GitHubAccount
    created_at: str
    commit_id: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class IssueRecord:
    """An issue, or with `pull` a pull request. `edits` as of a comment, of its body."""

    id: int
    number: int
    user: GitHubAccount
    title: str
    body: str | None
    created_at: str
    updated_at: str
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    closed_at: str | None = None
    closed_by: GitHubAccount | None = None
    app: GitHubApp | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[GitHubAccount] = field(default_factory=list)
    comments: list[IssueComment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    events: list[IssueEvent] = field(default_factory=list)
    pull: PullRecord | None = None
    locked: bool = False
    edits: list[BodyEdit] = field(default_factory=list)


def edited(text: IssueComment | IssueRecord, by: GitHubAccount, at: str) -> None:
    """Somebody has changed a text."""
    text.edits = [*(text.edits or [BodyEdit(text.user, text.created_at)]), BodyEdit(by, at)]
