"""The texts around a request on GitHub, as quotes for the agent with their authors."""

from honk.conversation import markdown
from honk.core.errors import HonkError
from honk.core.message_context import Quote
from honk.core.phase import SHIPPED
from honk.core.repo import Repo
from honk.core.session import Session
from honk.integrations.github.conversation import texts
from honk.integrations.github.conversation.comment_writer import MARK
from honk.integrations.github.conversation.conversation_client import ConversationClient
from honk.integrations.github.conversation.models import GitHubComment, GitHubIssue, GitHubReviewComment

MOST = 30
"""The newest comments are quoted, at most this many."""

LONGEST = 8_000
"""Characters of one quote."""


def of_issue(issue: GitHubIssue) -> Quote:
    """The issue's own text."""
    text = f"{markdown.visible(issue.title)}\n\n{markdown.visible(issue.body)}".strip()
    return Quote(issue.author.login, text[:LONGEST], texts.quoted_issue(issue.number, pull=issue.pull))


def of_comments(comments: tuple[GitHubComment, ...], issue: GitHubIssue, but: int = 0) -> tuple[Quote, ...]:
    """People's comments since Honk's last comment about a turn, without the comment `but`."""
    last = max((n for n, each in enumerate(comments) if ":turn-" in each.body.rpartition(MARK)[2]), default=-1)
    since = [each for each in comments[last + 1 :] if each.id != but and each.body.strip() and MARK not in each.body]
    source = texts.quoted_comment(issue.number, pull=issue.pull)
    return tuple(Quote(each.author.login, markdown.visible(each.body)[:LONGEST], source) for each in since[-MOST:])


def takes_no_more_turns(session: Session) -> bool:
    """Whether the session's branch takes no more turns, so that a request begins a new session."""
    return session.phase in SHIPPED or (bool(session.ship.merged_sha) and not session.busy)


def of_session(session: Session) -> Quote:
    """The earlier request in the same thread, and what became of it."""
    author = session.requester.name if session.requester else "Honk"
    text = f"{session.subject}\n\n{session.said}".strip() if session.said != session.subject else session.subject
    return Quote(author, text[:LONGEST], texts.earlier_request(session.phase, session.change.url))


def of_threads(
    comments: tuple[GitHubReviewComment, ...], answers: tuple[GitHubReviewComment, ...], number: int
) -> tuple[Quote, ...]:
    """The earlier comments of the review threads that `answers` belong to."""
    mine, threads = {each.id for each in answers}, {each.reply_to for each in answers if each.reply_to}
    before = [each for each in comments if {each.id, each.reply_to} & threads and each.id not in mine]
    source = texts.quoted_comment(number, pull=True)
    return tuple(
        Quote(each.author.login, f"{each.path}: {markdown.visible(each.body)}"[:LONGEST], source)
        for each in before[-MOST:]
        if MARK not in each.body
    )


async def gather(
    github: ConversationClient, repo: Repo, issue: GitHubIssue, about: GitHubIssue | None, but: int = 0
) -> tuple[Quote, ...]:
    """The text of `about`, if there is one, and the comments under `issue`. If they cannot be read, a quote says so."""
    first = (of_issue(about),) if about is not None else ()
    try:
        comments = await github.comments(repo, issue.number)
    except HonkError:
        return (*first, Quote("Honk", texts.no_comments(issue.number)))
    return (*first, *of_comments(comments, issue, but))
