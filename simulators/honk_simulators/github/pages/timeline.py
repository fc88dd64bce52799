"""What was said and done in an issue or pull request, in order; and as plain text."""

from collections.abc import Iterator
from dataclasses import dataclass

from honk_simulators.github.api import pulls
from honk_simulators.github.branches import merging
from honk_simulators.github.rules import protections
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import (
    IssueEvent,
    IssueRecord,
    PullReview,
    Reaction,
    ReviewComment,
)
from honk_simulators.github.state.repositories import Repository

SIGNS = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}
VERDICTS = {
    "APPROVED": "approved these changes",
    "CHANGES_REQUESTED": "requested changes",
    "COMMENTED": "reviewed",
    "DISMISSED": "reviewed (dismissed)",
    "PENDING": "is writing a review",
}


@dataclass(frozen=True)
class ReviewThread:
    """A conversation at a line."""

    first: ReviewComment
    answers: tuple[ReviewComment, ...]

    @property
    def all(self) -> tuple[ReviewComment, ...]:
        """From the first on."""
        return (self.first, *self.answers)


@dataclass(frozen=True)
class PageEntry:
    """Something in a conversation. `did` is a sentence without its subject; `verdict` a review's state."""

    at: str
    order: int
    who: GitHubAccount
    did: str
    body: str | None = None
    verdict: str = ""
    threads: tuple[ReviewThread, ...] = ()
    reactions: tuple[Reaction, ...] = ()


def entries(issue: IssueRecord) -> list[PageEntry]:
    """All of a conversation, oldest first."""
    found = [PageEntry(issue.created_at, 0, issue.user, "opened this", issue.body or "", reactions=(*issue.reactions,))]
    for comment in issue.comments:
        reactions = tuple(comment.reactions)
        found.append(PageEntry(comment.created_at, comment.id, comment.user, "said", comment.body, reactions=reactions))
    for event in issue.events:
        found.append(PageEntry(event.created_at, event.id, event.actor, _did(event)))
    if issue.pull is not None:
        found += _reviews(issue)
    return sorted(found, key=lambda each: (each.at, each.order))


def _reviews(issue: IssueRecord) -> Iterator[PageEntry]:
    pull = merging.of(issue)
    for review in pull.reviews:
        threads = tuple(_threads(issue, review))
        if review.state == "PENDING" or (not threads and not review.body and review.state == "COMMENTED"):
            continue
        at = review.submitted_at or issue.created_at
        yield PageEntry(at, review.id, review.user, VERDICTS[review.state], review.body or None, review.state, threads)


def _threads(issue: IssueRecord, review: PullReview) -> Iterator[ReviewThread]:
    remarks = merging.of(issue).remarks
    for first in remarks:
        if first.review is review and first.reply_to is None:
            yield ReviewThread(first, tuple(each for each in remarks if each.reply_to is first))


def _did(event: IssueEvent) -> str:
    label = event.more.get("label", {}).get("name", "")
    sentences = {
        "labeled": f"added the label {label}",
        "unlabeled": f"removed the label {label}",
        "merged": f"merged this as {(event.commit_id or '')[:7]}",
        "head_ref_force_pushed": f"force-pushed to {(event.commit_id or '')[:7]}",
        "ready_for_review": "marked this as ready for review",
        "convert_to_draft": "marked this as a draft",
        "head_ref_deleted": "deleted the branch",
        "base_ref_changed": "changed the base branch",
    }
    return sentences.get(event.kind, f"{event.kind.replace('_', ' ')} this")


def signs(reactions: tuple[Reaction, ...]) -> str:
    """Reactions as people see them: `👀 2`."""
    counts: dict[str, int] = {}
    for each in reactions:
        counts[each.content] = counts.get(each.content, 0) + 1
    return "  ".join(f"{SIGNS[content]} {count}" for content, count in counts.items())


async def transcript(state: GitHubState, repo: Repository, issue: IssueRecord) -> str:
    """An issue or pull request as somebody reads it, top to bottom."""
    pull = issue.pull
    status = "merged" if pull and pull.merged_at else "draft" if pull and pull.draft else issue.state
    lines = [f"{issue.title} #{issue.number}", f"[{status}] {issue.user.login} in {repo.full_name}"]
    if issue.labels:
        lines.append(f"labels: {', '.join(issue.labels)}")
    if pull is not None:
        lines.append(f"{pull.head} -> {pull.base}, head {pull.head_sha[:7]}")
    for entry in entries(issue):
        lines += (
            ["", f"@{entry.who.login} {entry.did}"] if entry.body is not None else [f"* @{entry.who.login} {entry.did}"]
        )
        lines += [f"  {line}" for line in (entry.body or "").splitlines()]
        lines += [f"  {signs(entry.reactions)}"] if entry.reactions else []
        for thread in entry.threads:
            resolved = " (resolved)" if thread.first.resolved_by else ""
            lines.append(f"  {thread.first.path}:{thread.first.line or ''}{resolved}")
            lines += [f"    @{each.user.login}: {each.body}" for each in thread.all]
    if pull is not None:
        lines += ["", *await _foot(state, repo, issue)]
    return "\n".join(lines) + "\n"


async def _foot(state: GitHubState, repo: Repository, issue: IssueRecord) -> list[str]:
    pull = merging.of(issue)
    found = [
        f"{each.status} {each.path} +{each.additions} -{each.deletions}" for each in await pulls.changes(repo, issue)
    ]
    ended = protections.results(repo, pull.head_sha)
    found += [f"check {name}: {conclusion or 'in progress'}" for name, conclusion in ended.items()]
    if issue.state == "open":
        found += [f"merge: {await merging.standing(state, repo, issue)}"]
        found += [f"  {each}" for each in await merging.obstacles(state, repo, issue)]
    return found
