"""Reviews: one is one turn, with all its remarks; it is answered in each of their threads when the turn has ended."""

from collections.abc import Iterable, Sequence

from honk.conversation import markdown
from honk.core.phase import Phase
from honk.core.repo import Repo
from honk.core.session import Session, Turn
from honk.integrations.github.conversation import context_quotes, intake, mention, texts
from honk.integrations.github.conversation.comment_writer import MARK, mark
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.message import GitHubMessage
from honk.integrations.github.conversation.models import GitHubReview, GitHubReviewComment
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef, claim

LONGEST_HUNK = 3_000
"""Characters of a diff that stand above a remark: its end is nearest to the line."""


async def take_review(deps: GitHubDependencies, repo: Repo, thread: GitHubThreadRef, number: int) -> None:
    """A review, read anew from GitHub. Raises Unavailable when it is to be heard again."""
    if not await deps.store.admitted(claim("review", number)):
        review = await deps.github.review(repo, thread.number, number)
        await _take_requests(deps, repo, thread, [review])


async def take_new_reviews(deps: GitHubDependencies, repo: Repo, thread: GitHubThreadRef, since: float) -> None:
    """All reviews of a pull request that were submitted at or after `since` (seconds since the epoch). Errors as in
    `take_review`."""
    reviews = await deps.github.reviews(repo, thread.number)
    new = [each for each in reviews if each.submitted >= since]
    await _take_requests(
        deps, repo, thread, [each for each in new if not await deps.store.admitted(claim("review", each.id))]
    )


async def _take_requests(
    deps: GitHubDependencies, repo: Repo, thread: GitHubThreadRef, reviews: Sequence[GitHubReview]
) -> None:
    """Those of them that are a request become a turn."""
    said = [each for each in reviews if each.state != "pending" and not each.author.machine and MARK not in each.body]
    if not said:
        return
    remarks = await deps.github.review_comments(repo, thread.number)
    mine, issue = await is_own_pull_request(deps, thread), None
    for review in said:
        own = tuple(each for each in remarks if each.review == review.id and MARK not in each.body)
        if not is_request(review, own, deps.name, mine=mine):
            continue
        issue = issue or await deps.github.issue(repo, thread.number)
        text = request(review, own, deps.name)
        message = GitHubMessage(repo, thread, review.author, text, claim("review", review.id), review.url)
        await intake.take(deps, message, issue, quotes=context_quotes.of_threads(remarks, own, thread.number))


def is_request(review: GitHubReview, remarks: Iterable[GitHubReviewComment], name: str, *, mine: bool) -> bool:
    """Whether a review is a request. On Honk's own pull request it is one if it asks for changes or remarks on lines;
    an approval, and an answer in a thread, only with a mention, as everything on other pull requests."""
    remarks = tuple(remarks)
    if any(mention.addressed_text(body, name) is not None for body in (review.body, *(each.body for each in remarks))):
        return True
    begun = any(not each.reply_to for each in remarks)
    return mine and (review.state == "changes_requested" or (review.state == "commented" and begun))


def request(review: GitHubReview, remarks: Iterable[GitHubReviewComment], name: str) -> str:
    """The review as one text: its body, and each remark below the lines that it is about."""
    remarks = tuple(remarks)
    body = _said(review.body, name)
    if not remarks:
        return body or "Look at this review again."
    return "\n\n".join([body or "Please address this review.", *(_remark(each, name) for each in remarks)])


async def is_own_pull_request(deps: GitHubDependencies, thread: GitHubThreadRef) -> bool:
    """Whether the place is the pull request of one of Honk's sessions that still takes turns."""
    name = await deps.store.threads.session(str(thread))
    session = await deps.store.session(name) if name else None
    return (
        session is not None
        and session.change.number == thread.number
        and not context_quotes.takes_no_more_turns(session)
    )


async def answer_review(
    deps: GitHubDependencies, repo: Repo, thread: GitHubThreadRef, session: Session, turn: Turn, number: int
) -> None:
    """Answer each remark of review `number` now that its turn has ended, and resolve the threads whose files it has
    changed. What was done before is not done again. Raises Unavailable when it is to be tried again."""
    remarks = await deps.github.review_comments(repo, thread.number)
    own = [each for each in remarks if each.review == number]
    open_ = [each for each in own if not await deps.comment_writer.shows(str(thread), _key(each))]
    if not open_:
        return
    review = await deps.github.review(repo, thread.number, number)
    well = turn.outcome == Phase.REVIEW and not turn.error
    head = session.change.head
    moved = well and review.commit and review.commit != head
    changed = await deps.github.changed_paths(repo, review.commit, head) if moved else frozenset()
    for each in open_:
        if each.path in changed:
            await deps.github.resolve(repo, thread.number, each.reply_to or each.id)
        text = await _answer(deps, thread, each, turn, head, addressed=each.path in changed)
        await _reply(deps, repo, thread, each, f"{text}\n\n{mark(session.id, _key(each))}", remarks)


async def _answer(
    deps: GitHubDependencies,
    thread: GitHubThreadRef,
    remark: GitHubReviewComment,
    turn: Turn,
    head: str,
    *,
    addressed: bool,
) -> str:
    path = markdown.code(remark.path)
    if turn.error:
        return texts.not_done(markdown.line(turn.error))
    return texts.changed(path, head) if addressed else texts.unchanged(path, await _told_at(deps, thread, remark, turn))


async def _told_at(deps: GitHubDependencies, thread: GitHubThreadRef, remark: GitHubReviewComment, turn: Turn) -> str:
    """Where the turn is told, beside the remark."""
    post = await deps.store.threads.post(str(thread), f"turn-{turn.number}")
    return f"{remark.url.partition('#')[0]}#issuecomment-{post.ref}" if post and post.ref else ""


async def _reply(
    deps: GitHubDependencies,
    repo: Repo,
    thread: GitHubThreadRef,
    remark: GitHubReviewComment,
    body: str,
    known: Iterable[GitHubReviewComment],
) -> None:
    """Once: after a crash it is found among the remarks that are there."""
    marked = body.rstrip().rpartition("\n")[2]
    before = next((each.id for each in known if each.body.rstrip().endswith(marked)), 0)
    await deps.store.threads.begin(str(thread), _key(remark))
    made = before or await deps.github.reply(repo, thread.number, remark.reply_to or remark.id, body)
    await deps.store.threads.sent(str(thread), _key(remark), str(made), "")


def _key(remark: GitHubReviewComment) -> str:
    return f"reply-{remark.id}"


def _said(body: str, name: str) -> str:
    """What a text says, with or without a mention."""
    said = mention.addressed_text(body, name)
    return markdown.visible(body).strip() if said is None else said


def _remark(remark: GitHubReviewComment, name: str) -> str:
    where = f"{remark.path}:{remark.line}" if remark.line else remark.path
    hunk = remark.hunk[-LONGEST_HUNK:]
    fence = "`" * max(3, 1 + _longest_ticks(hunk))
    return f"{where}\n{fence}diff\n{hunk}\n{fence}\n{_said(remark.body, name)}"


def _longest_ticks(text: str) -> int:
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest
