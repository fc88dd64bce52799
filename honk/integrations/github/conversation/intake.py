"""Takes in comments, issues and labels that are addressed to Honk.

A message is claimed by what it is (the comment, the review, the label on an issue), so that a second or late delivery
changes nothing. Every function raises Unavailable when GitHub does not answer: the message is then taken in later.
"""

import logging

from honk.conversation import intake, markdown
from honk.conversation.commands import named
from honk.core.errors import UsageError, WorkFailed
from honk.core.message_context import Quote
from honk.core.repo import Repo
from honk.integrations.github.conversation import mention, texts, timestamps
from honk.integrations.github.conversation.comment_writer import MARK
from honk.integrations.github.conversation.conversation_client import ReactionTarget
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.incoming_message import GitHubIncomingMessage
from honk.integrations.github.conversation.message import GitHubMessage, person_of
from honk.integrations.github.conversation.models import GitHubIssue, GitHubText, GitHubUser
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef, claim, label_claim, opening_claim
from honk.integrations.github.conversation.webhook_events import CommentEvent, LabelEvent, OpenedEvent

log = logging.getLogger("honk.github")


async def on_comment(deps: GitHubDependencies, event: CommentEvent, *, late: bool = False) -> None:
    """A comment under an issue or a pull request. `late`: polling found it, which does not tell who edited it."""
    number = event.comment.id
    await _take_text(deps, event, event.comment, ("comment", number), claim("comment", number), late=late)


async def on_opened(deps: GitHubDependencies, event: OpenedEvent, *, late: bool = False) -> None:
    """The text of an issue or a pull request. `late` as in `on_comment`."""
    key = opening_claim(GitHubThreadRef(event.repository.id, event.issue.number))
    await _take_text(deps, event, event.issue, ("issue", event.issue.number), key, late=late)


async def on_label(deps: GitHubDependencies, event: LabelEvent) -> None:
    """A label on an issue. The issue's text is the request if its author may write; otherwise it is quoted."""
    issue, where = event.issue, GitHubThreadRef(event.repository.id, event.issue.number)
    if not deps.label or event.label.lower() != deps.label.lower() or issue.pull or event.sender.machine:
        return
    repo = await _known(deps, event, where, event.sender)
    if repo is None or await deps.store.threads.session(str(where)):
        return
    trusted = not issue.author.machine and not issue.by_app and await _may(deps, repo, issue.author)
    body = mention.addressed_text(issue.body, deps.name) or markdown.visible(issue.body)
    text = _whole(issue, body) if trusted else texts.do_issue(issue.number)
    at: tuple[ReactionTarget, int] = ("issue", issue.number)
    message = GitHubMessage(repo, where, event.sender, text, label_claim(where), issue.url, at, whole=trusted)
    await take(deps, message, issue)


async def _take_text(
    deps: GitHubDependencies,
    event: CommentEvent | OpenedEvent,
    written: GitHubText,
    target: tuple[ReactionTarget, int],
    key: str,
    *,
    late: bool,
) -> None:
    text = mention.addressed_text(written.body, deps.name)
    by_others = event.edited and event.sender.id != written.author.id  # an edit does not make the text theirs
    if text is None or written.by_app or MARK in written.body or by_others:
        return
    thread = GitHubThreadRef(event.repository.id, event.issue.number)
    repo = await _known(deps, event, thread, written.author)
    if repo is None:
        return
    kind, number = target
    whole = kind == "issue" and named(text) is None
    changed = late and timestamps.touched(written.created, written.updated)
    message = GitHubMessage(
        repo=repo,
        thread=thread,
        author=written.author,
        text=_whole(event.issue, text) if whole else text,
        claim=key,
        link=written.url,
        at=target,
        created=written.created,
        changed=changed,
        whole=whole,
        node=written.node,
    )
    await take(deps, message, event.issue, 0 if kind == "issue" else number)


async def take(
    deps: GitHubDependencies, message: GitHubMessage, issue: GitHubIssue, but: int = 0, quotes: tuple[Quote, ...] = ()
) -> None:
    """Take one message in. `but` is its own comment, which is not quoted; `quotes` replace those of the thread."""
    incoming = GitHubIncomingMessage(deps, message, issue, but, quotes, message.thread)
    try:
        await intake.take(deps.honk_client, incoming)
    except (UsageError, WorkFailed) as error:
        # GitHub lets Honk write nothing there: it is locked, archived or gone
        log.warning("%s cannot be answered: %s", message.thread, error)


async def _known(
    deps: GitHubDependencies, event: CommentEvent | OpenedEvent | LabelEvent, where: GitHubThreadRef, author: GitHubUser
) -> Repo | None:
    """The repository; None when Honk does not work on it, which an author with write access is told once."""
    repo = await deps.repositories.find(where.repository)
    if repo is None and not author.machine:
        other = Repo(event.repository.full_name, event.repository.url, "github", "")
        if await _may(deps, other, author) and await deps.store.threads.begin(str(where), "unknown"):
            await deps.github.comment(other, where.number, texts.unknown_repository(other.name))
    return repo


async def _may(deps: GitHubDependencies, repo: Repo, author: GitHubUser) -> bool:
    return await deps.github.may_write(repo, person_of(author))


def _whole(issue: GitHubIssue, body: str) -> str:
    """An issue's title and text as a request."""
    return f"{markdown.visible(issue.title)}\n\n{body}".strip()
