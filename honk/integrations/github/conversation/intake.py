"""What people say to Honk on GitHub becomes a turn or an order: once, however often it is heard, and only theirs who
may write to the repository.

A message is claimed by what it is (the comment, the review, the label on an issue), so that hearing it twice, late or
in another order changes nothing. Where GitHub does not answer, nothing has happened yet, and it is heard again.
"""

import logging
from dataclasses import dataclass, replace

from honk.conversation import commands as command_table
from honk.conversation import markdown
from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.message_context import MessageContext, Quote
from honk.core.repo import Repo
from honk.integrations.github.conversation import commands, context_quotes, mention, texts, timestamps
from honk.integrations.github.conversation.comment_writer import MARK
from honk.integrations.github.conversation.conversation_client import ReactionTarget
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.message import GitHubMessage, person_of
from honk.integrations.github.conversation.models import GitHubIssue, GitHubUser
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef, claim, label_claim, opening_claim
from honk.integrations.github.conversation.webhook_events import CommentEvent, LabelEvent, OpenedEvent

log = logging.getLogger("honk.github")


@dataclass(frozen=True)
class Intake:
    """Hears."""

    deps: GitHubDependencies

    async def on_comment(self, event: CommentEvent, *, late: bool = False) -> None:
        """A comment under an issue or a pull request. `late`: it was found by looking, which does not say who changed
        it.

        Raises Unavailable when it is to be heard again.
        """
        comment, where = event.comment, GitHubThreadRef(event.repository.id, event.issue.number)
        text = mention.addressed_text(comment.body, self.deps.name)
        if text is None or comment.by_app or MARK in comment.body or _by_others(event, comment.author):
            return
        repo = await self._known(event, where, comment.author)
        if repo is None:
            return
        changed = late and timestamps.touched(comment.created, comment.updated)
        at: tuple[ReactionTarget, int] = ("comment", comment.id)
        key = claim("comment", comment.id)
        message = GitHubMessage(
            repo, where, comment.author, text, key, comment.url, at, comment.created, changed, node=comment.node
        )
        await self.take(message, event.issue, comment.id)

    async def on_opened(self, event: OpenedEvent, *, late: bool = False) -> None:
        """The text of an issue or a pull request. `late` and errors as in `commented`."""
        issue, where = event.issue, GitHubThreadRef(event.repository.id, event.issue.number)
        text = mention.addressed_text(issue.body, self.deps.name)
        if text is None or issue.by_app or MARK in issue.body or _by_others(event, issue.author):
            return
        repo = await self._known(event, where, issue.author)
        if repo is None:
            return
        changed = late and timestamps.touched(issue.created, issue.updated)
        at: tuple[ReactionTarget, int] = ("issue", issue.number)
        message = GitHubMessage(
            repo,
            where,
            issue.author,
            text,
            opening_claim(where),
            issue.url,
            at,
            issue.created,
            changed,
            node=issue.node,
        )
        if command_table.named(text) is None:
            message = replace(message, text=_whole(issue, text), whole=True)
        await self.take(message, issue)

    async def on_label(self, event: LabelEvent) -> None:
        """A label on an issue. What the issue says is an order where its author may give one, and material otherwise.

        Raises Unavailable when it is to be heard again.
        """
        issue, where = event.issue, GitHubThreadRef(event.repository.id, event.issue.number)
        if not self.deps.label or event.label.lower() != self.deps.label.lower() or issue.pull or event.sender.machine:
            return
        repo = await self._known(event, where, event.sender)
        if repo is None or await self.deps.store.threads.session(str(where)):
            return
        trusted = not issue.author.machine and not issue.by_app and await self._may(repo, issue.author)
        body = mention.addressed_text(issue.body, self.deps.name) or markdown.visible(issue.body)
        text = _whole(issue, body) if trusted else texts.resolve(issue.number)
        at: tuple[ReactionTarget, int] = ("issue", issue.number)
        message = GitHubMessage(repo, where, event.sender, text, label_claim(where), issue.url, at, whole=trusted)
        await self.take(message, issue)

    async def take(
        self, message: GitHubMessage, issue: GitHubIssue, but: int = 0, context: tuple[Quote, ...] = ()
    ) -> None:
        """One message, whatever it was written in. `but` is its own comment, which needs no quotation."""
        try:
            await self._take(message, issue, but, context)
        except (UsageError, WorkFailed) as error:
            # GitHub lets us say nothing there: it is locked, archived or gone
            log.warning("%s cannot be answered: %s", message.thread, error)

    async def _take(self, message: GitHubMessage, issue: GitHubIssue, but: int, context: tuple[Quote, ...]) -> None:
        if message.author.machine or await self.deps.store.admitted(message.claim) or await self.deps.answered(message):
            return
        if not await self._may(message.repo, message.author):
            log.info("%s: %s may not write", message.thread, message.author.id)
            await self.deps.say(message, texts.stranger(message.repo.name), "refusal")
            return
        if message.changed and not await self.deps.github.edited_only_by_author(message.repo, message.node):
            await self.deps.say(message, texts.edited(f"@\u200b{self.deps.name}"))
            return
        seen = message.at is not None and await self.deps.comment_writer.react(message.repo, *message.at, "eyes")
        command = command_table.named(message.text)
        if command is None:
            await self._ask(message, issue, but, context)
            return
        answer = await commands.run_command(command, message, self.deps) or (
            "" if seen else texts.command_received(command.words[0])
        )
        if answer:
            await self.deps.say(message, answer)

    async def _ask(self, message: GitHubMessage, issue: GitHubIssue, but: int, context: tuple[Quote, ...]) -> None:
        """The next turn of the place's session, or a new one."""
        person, (thread, session) = person_of(message.author), await self.deps.last(message.thread)
        text = message.text or texts.resolve(issue.number)
        about = None if message.whole else issue
        quoted = context or await context_quotes.gather(self.deps.github, message.repo, issue, about, but)
        before = await self.deps.honk_client.session(session) if session else None
        if before is not None and context_quotes.takes_no_more_turns(before):
            thread, session, quoted = (
                replace(thread, serial=thread.serial + 1),
                "",
                (context_quotes.of_session(before), *quoted),
            )
        told = MessageContext(str(thread), message.link, quotes=quoted)
        try:
            if session:
                await self.deps.honk_client.reply(session, text, person, claim=message.claim, context=told)
                return
            await self.deps.honk_client.ask(text, person, repo=message.repo.name, claim=message.claim, context=told)
        except HonkError as error:
            await self.deps.say(message, markdown.line(str(error), message.repo.url))
            return
        if issue.pull:
            await self.deps.say(message, texts.own_branch(message.repo.default_branch), "own-branch")

    async def _known(
        self, event: CommentEvent | OpenedEvent | LabelEvent, where: GitHubThreadRef, author: GitHubUser
    ) -> Repo | None:
        """The repository, if Honk works on it; otherwise who may write there is told so, once."""
        repo = await self.deps.repositories.find(where.repository)
        if repo is None and not author.machine:
            other = Repo(event.repository.full_name, event.repository.url, "github", "")
            if await self._may(other, author) and await self.deps.store.threads.begin(str(where), "unknown"):
                await self.deps.github.comment(other, where.number, texts.unknown_repository(other.name))
        return repo

    async def _may(self, repo: Repo, author: GitHubUser) -> bool:
        return await self.deps.github.may_write(repo, person_of(author))


def _by_others(event: CommentEvent | OpenedEvent, author: GitHubUser) -> bool:
    """Somebody changed another one's text: that does not make it theirs."""
    return event.edited and event.sender.id != author.id


def _whole(issue: GitHubIssue, body: str) -> str:
    """An issue as a request."""
    return f"{markdown.visible(issue.title)}\n\n{body}".strip()
