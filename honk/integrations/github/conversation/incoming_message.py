"""What taking in a message does on GitHub: write access, reactions, comments as answers, quotes as context."""

from dataclasses import dataclass, replace

from honk.conversation import markdown
from honk.conversation import texts as shared_texts
from honk.conversation.commands import Command, named, to_look_at
from honk.core import events
from honk.core.errors import HonkError
from honk.core.message_context import MessageContext, Quote
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session
from honk.integrations.github.conversation import context_quotes, evidence_parts, session_comments, texts
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.message import GitHubMessage, person_of
from honk.integrations.github.conversation.models import GitHubIssue
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef

SKEW_SECONDS = 5.0
"""How far clocks may differ before a command counts as written for an older head."""

_MERGE = ("merge", "merge looked")
_ABOUT_ONE_CHANGE = (*_MERGE, "rollback", "approve")
"""A thread may have had several changes; these commands are about the latest."""


@dataclass
class GitHubIncomingMessage:
    """An `IncomingMessage` of GitHub's. `but` is the id of its own comment, which is not quoted; `quotes` replace those
    of the thread. `thread` is that of the session, `seen`: a reaction shows that Honk has read it."""

    deps: GitHubDependencies
    message: GitHubMessage
    issue: GitHubIssue
    but: int
    quotes: tuple[Quote, ...]
    thread: GitHubThreadRef
    seen: bool = False

    @property
    def claim(self) -> str:
        return self.message.claim

    @property
    def repo(self) -> str:
        return self.message.repo.name

    async def author(self) -> Person | None:
        message = self.message
        known = await self.deps.store.admitted(message.claim) or await self.deps.answered(message)
        if message.author.machine or known:
            return None
        person = person_of(message.author)
        if not await self.deps.github.may_write(message.repo, person):
            await self.deps.answer(message, texts.no_write_access(message.repo.name), "refusal")
            return None
        return person

    async def text(self) -> str:
        message = self.message
        if message.changed and not await self.deps.github.edited_only_by_author(message.repo, message.node):
            await self.answer(texts.edited(f"@\u200b{self.deps.name}"))
            return ""
        return message.text or texts.do_issue(self.issue.number)

    async def acknowledge(self) -> None:
        target = self.message.at
        self.seen = target is not None and await self.deps.comment_writer.react(self.message.repo, *target, "eyes")

    async def session(self) -> Session | None:
        self.thread, session = await self.deps.latest_session(self.message.thread)
        return await self.deps.honk_client.session(session) if session else None

    def command(self, text: str) -> Command | None:
        return named(text)

    def continues(self, session: Session) -> bool:
        return not context_quotes.takes_no_more_turns(session)

    async def context(self, session: Session | None) -> MessageContext:
        about = None if self.message.whole else self.issue
        quotes = self.quotes or await context_quotes.gather(
            self.deps.github, self.message.repo, self.issue, about, self.but
        )
        thread = self.thread
        if session is not None and not self.continues(session):
            thread = replace(thread, serial=thread.serial + 1)
            quotes = (context_quotes.of_session(session), *quotes)
        return MessageContext(str(thread), self.message.link, quotes=quotes)

    async def show(self, command: Command, session: Session | None) -> str:
        if command.name == "help":
            return texts.help_text(self.deps.name, self.deps.label)
        if session is None:
            return texts.NO_SESSION
        head = f"**{session.phase.replace('_', ' ').capitalize()}** · session {session.id}"
        frame = await self.deps.frame(session)
        return "\n\n".join([head, *evidence_parts.parts(session, frame.home), *session_comments.state(session, frame)])

    async def check(self, command: Command, session: Session, person: Person) -> str:
        if command.name not in _MERGE or await self.deps.store.has(session.id, self.claim):
            return ""
        if (older := await self._older_head(session)) is not None:
            return markdown.line(shared_texts.stale_merge(older or "nothing", session.change.head))
        if command.name == "merge" and session.phase == Phase.REVIEW and (findings := to_look_at(session)):
            return "\n".join([texts.look_first(self.deps.name), "", *map(markdown.finding, findings)])
        return ""

    async def started(self, command: Command | None, session: Session | None) -> None:
        if command is None or session is None:
            if session is None and self.issue.pull:
                text = texts.own_branch(self.message.repo.default_branch)
                await self.deps.answer(self.message, text, "own-branch")
            return
        if command.name in (*_MERGE, "rollback"):
            await self._note_command(session)
        if command.name == "approve" and not await self._react_to_approval():
            await self.answer(texts.approved(self.message.author.login, session.change.head))
        elif not self.seen:
            await self.answer(texts.command_received(command.words[0]))

    async def answer(self, text: str) -> None:
        await self.deps.answer(self.message, text)

    async def refuse(self, error: HonkError, command: Command | None) -> None:
        text = markdown.line(str(error), self.message.repo.url)
        earlier = self.thread.serial and command is not None and command.name in _ABOUT_ONE_CHANGE
        await self.answer(f"{text} {texts.ONLY_LAST_REQUEST}" if earlier else text)

    async def _older_head(self, session: Session) -> str | None:
        """The head at the time of the message, empty for none; None when it is still the same."""
        written = self.message.created + SKEW_SECONDS
        proposed = await self.deps.store.events(session.id, 0, events.ChangeProposed)
        heads = [(each.at, each.data.change.head) for each in proposed if isinstance(each.data, events.ChangeProposed)]
        since = next((at for at, head in heads if head == session.change.head), 0.0)
        if not self.message.created or since <= written:
            return None
        return next((head for at, head in reversed(heads) if at <= written), "")

    async def _note_command(self, before: Session) -> None:
        """Note which comment gave the command, for a reaction when it has been carried out."""
        number = (await self.deps.store.session(before.id)).orders
        if self.message.at is not None and number == before.orders + 1:
            kind, at = self.message.at
            await self.deps.store.threads.sent(str(self.thread), f"word-{before.id}-{number}", f"{kind} {at}", "")

    async def _react_to_approval(self) -> bool:
        target = self.message.at
        return target is not None and await self.deps.comment_writer.react(self.message.repo, *target, "+1")
