"""Reviews: a review with all its comments is one turn; each comment is answered when the turn has ended."""

import re
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
"""Characters of the diff above a comment; the end is kept, because it is nearest to the line."""


async def take_review(deps: GitHubDependencies, repo: Repo, thread: GitHubThreadRef, number: int) -> None:
    """Take a review in, as GitHub has it now. Raises Unavailable when it has to be taken in later."""
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
    """Each review that is a request becomes a turn."""
    submitted = [
        each for each in reviews if each.state != "pending" and not each.author.machine and MARK not in each.body
    ]
    if not submitted:
        return
    comments = await deps.github.review_comments(repo, thread.number)
    mine, issue = await is_own_pull_request(deps, thread), None
    for review in submitted:
        own = tuple(each for each in comments if each.review == review.id and MARK not in each.body)
        if not is_request(review, own, deps.name, mine=mine):
            continue
        issue = issue or await deps.github.issue(repo, thread.number)
        text = request(review, own, deps.name)
        message = GitHubMessage(repo, thread, review.author, text, claim("review", review.id), review.url)
        await intake.take(deps, message, issue, quotes=context_quotes.of_threads(comments, own, thread.number))


def is_request(review: GitHubReview, comments: Iterable[GitHubReviewComment], name: str, *, mine: bool) -> bool:
    """Whether a review is a request. A mention always makes it one. On Honk's own pull request (`mine`) so do a request
    for changes and a new comment at a line; an approval and a reply in a thread do not."""
    comments = tuple(comments)
    if any(mention.addressed_text(body, name) is not None for body in (review.body, *(each.body for each in comments))):
        return True
    begun = any(not each.reply_to for each in comments)
    return mine and (review.state == "changes_requested" or (review.state == "commented" and begun))


def request(review: GitHubReview, comments: Iterable[GitHubReviewComment], name: str) -> str:
    """The review as one text: its body, and each comment below the lines that it is about."""
    comments = tuple(comments)
    body = _text(review.body, name)
    if not comments:
        return body or "Look at this review again."
    return "\n\n".join([body or "Please address this review.", *(_with_hunk(each, name) for each in comments)])


async def is_own_pull_request(deps: GitHubDependencies, thread: GitHubThreadRef) -> bool:
    """Whether the thread is the pull request of a session that still takes turns."""
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
    """Answer each comment of review `number` after its turn has ended, and resolve the threads whose files it changed.
    A second call does only what is missing. Raises Unavailable when it is to be tried again."""
    comments = await deps.github.review_comments(repo, thread.number)
    own = [each for each in comments if each.review == number]
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
        await _reply(deps, repo, thread, each, f"{text}\n\n{mark(session.id, _key(each))}", comments)


async def _answer(
    deps: GitHubDependencies,
    thread: GitHubThreadRef,
    comment: GitHubReviewComment,
    turn: Turn,
    head: str,
    *,
    addressed: bool,
) -> str:
    path = markdown.code(comment.path)
    if turn.error:
        return texts.not_done(markdown.line(turn.error))
    return (
        texts.changed(path, head) if addressed else texts.unchanged(path, await _turn_link(deps, thread, comment, turn))
    )


async def _turn_link(
    deps: GitHubDependencies, thread: GitHubThreadRef, comment: GitHubReviewComment, turn: Turn
) -> str:
    """The address of the comment that shows the turn; empty when there is none."""
    post = await deps.store.threads.post(str(thread), f"turn-{turn.number}")
    return f"{comment.url.partition('#')[0]}#issuecomment-{post.ref}" if post and post.ref else ""


async def _reply(
    deps: GitHubDependencies,
    repo: Repo,
    thread: GitHubThreadRef,
    comment: GitHubReviewComment,
    body: str,
    known: Iterable[GitHubReviewComment],
) -> None:
    """Reply once: after a crash, the reply is found among the comments that exist."""
    marked = body.rstrip().rpartition("\n")[2]
    before = next((each.id for each in known if each.body.rstrip().endswith(marked)), 0)
    await deps.store.threads.begin(str(thread), _key(comment))
    made = before or await deps.github.reply(repo, thread.number, comment.reply_to or comment.id, body)
    await deps.store.threads.sent(str(thread), _key(comment), str(made), "")


def _key(comment: GitHubReviewComment) -> str:
    return f"reply-{comment.id}"


def _text(body: str, name: str) -> str:
    """The text without a mention."""
    text = mention.addressed_text(body, name)
    return markdown.visible(body).strip() if text is None else text


def _with_hunk(comment: GitHubReviewComment, name: str) -> str:
    where = f"{comment.path}:{comment.line}" if comment.line else comment.path
    hunk = comment.hunk[-LONGEST_HUNK:]
    fence = "`" * max(3, 1 + _longest_ticks(hunk))
    return f"{where}\n{fence}diff\n{hunk}\n{fence}\n{_text(comment.body, name)}"


def _longest_ticks(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
