"""Issues, pull requests (each is an issue as well), and what people say about them."""

from dataclasses import dataclass, field
from typing import Any, Literal

from honk_simulators.github.accounts import Account, App

ReviewState = Literal["PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"]


@dataclass(eq=False)
class Reaction:
    """Somebody's +1, heart, eyes, ..."""

    id: int
    user: Account
    content: str
    created_at: str


@dataclass(eq=False)
class Edit:
    """A version of a text: whose, and since when. The first is its author's."""

    editor: Account
    edited_at: str


@dataclass(eq=False)
class Comment:
    """What somebody said under an issue or a pull request; `app` is set when an App said it. `edits` is empty for what
    was never changed."""

    id: int
    user: Account
    body: str
    created_at: str
    updated_at: str
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)


@dataclass(eq=False)
class Review:
    """A review of a pull request at a commit. `was` is its state before it was dismissed."""

    id: int
    user: Account
    body: str
    state: ReviewState
    commit_id: str
    submitted_at: str | None


@dataclass(eq=False)
class ReviewComment:
    """A remark at a line of a file. `reply_to` is the first of its thread; `review` the review that it came with."""

    id: int
    user: Account
    body: str
    path: str
    line: int | None
    side: str
    commit_id: str
    hunk: str
    created_at: str
    updated_at: str
    review: Review | None
    reply_to: "ReviewComment | None" = None
    start_line: int | None = None
    start_side: str | None = None
    resolved_by: Account | None = None
    outdated: bool = False
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False)
class AutoMerge:
    """A merge that happens by itself once nothing stands in its way."""

    by: Account
    method: str
    title: str | None = None
    message: str | None = None


@dataclass(eq=False)
class Pull:
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
    pushed_by: Account | None = None
    merged_at: str | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    requested_reviewers: list[Account] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    remarks: list[ReviewComment] = field(default_factory=list)
    auto_merge: AutoMerge | None = None
    queued: str | None = None
    queued_at: str | None = None
    queued_by: Account | None = None
    group: tuple[str, str, str] | None = None
    judged: tuple[str, str, bool] | None = None


@dataclass(eq=False)
class Event:
    """Something that happened to an issue; `more` goes into its JSON."""

    id: int
    kind: str
    actor: Account
    created_at: str
    commit_id: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Issue:
    """An issue, or with `pull` a pull request. `edits` as of a comment, of its body."""

    id: int
    number: int
    user: Account
    title: str
    body: str | None
    created_at: str
    updated_at: str
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    closed_at: str | None = None
    closed_by: Account | None = None
    app: App | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    pull: Pull | None = None
    locked: bool = False
    edits: list[Edit] = field(default_factory=list)


def edited(text: Comment | Issue, by: Account, at: str) -> None:
    """Somebody has changed a text."""
    text.edits = [*(text.edits or [Edit(text.user, text.created_at)]), Edit(by, at)]
