"""What hearing and answering need: the house, its memory, and a desk to write at."""

from contextlib import suppress
from dataclasses import dataclass, replace

from honk.client import HonkClient
from honk.conversation import event_lines
from honk.core.errors import UsageError, WorkFailed
from honk.core.session import Session
from honk.integrations.github.conversation import texts
from honk.integrations.github.conversation.comment_writer import CommentWriter
from honk.integrations.github.conversation.conversation_client import ConversationClient
from honk.integrations.github.conversation.known_repositories import Repositories
from honk.integrations.github.conversation.message import GitHubMessage
from honk.integrations.github.conversation.session_comments import Comment, Frame
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef
from honk.storage.store import Store

LATELY = 20
"""Of so many sessions that came to wait for a person last, the pull request may not be known as a place yet."""


@dataclass(frozen=True)
class GitHubDependencies:
    """`name` is what Honk is called, `label` the label that asks it; empty for none."""

    honk_client: HonkClient
    store: Store
    comment_writer: CommentWriter
    name: str
    label: str

    @property
    def github(self) -> ConversationClient:
        """Requests to GitHub."""
        return self.comment_writer.github

    @property
    def repositories(self) -> Repositories:
        """Which of Honk's are there."""
        return self.comment_writer.repositories

    async def frame(self, session: Session) -> Frame:
        """Where a session is shown. GitHub's own address of its pull request has the repository's present name."""
        found = await self.repositories.of(session)
        home = session.change.url.rpartition("/pull/")[0] or (found[0].url if found else "")
        return Frame(str(await self.repositories.pull(session) or ""), self.name, home)

    async def last(self, thread: GitHubThreadRef) -> tuple[GitHubThreadRef, str]:
        """Where the last session of an issue or a pull request is told, and the session; empty where there is none."""
        at, session = thread, await self.store.threads.session(str(thread)) or await self._newborn(thread)
        while session and (then := await self.store.threads.session(str(after := replace(at, serial=at.serial + 1)))):
            at, session = after, then
        return at, session

    async def thread(self, session: Session) -> str:
        """The place of the session's pull request, which becomes one of its threads; empty where it has none."""
        thread, threads = str(await self.repositories.pull(session) or ""), self.store.threads
        if not thread:
            return ""
        return thread if (await threads.session(thread) or await threads.add(thread, session.id)) == session.id else ""

    async def _newborn(self, thread: GitHubThreadRef) -> str:
        """The session whose pull request this is, where it was opened a moment ago and nothing is told there yet."""
        repo = await self.repositories.find(thread.repository)
        if repo is None:
            return ""
        lately = [name for name, _, _ in (await self.store.in_review([repo.name]))[:LATELY]]
        found = (*await self.store.busy(), *(await self.store.some(lately)).values())
        for each in found:
            if each.change.number and await self.thread(each) == str(thread):
                return each.id
        return ""

    async def say(self, message: GitHubMessage, text: str, key: str = "") -> None:
        """Answer a message; with a `key`, once at its place. Where GitHub lets us say nothing there, it is said in the
        log of the session that is spoken to, and on its pull request; raises what `Desk.show` does where there is
        none."""
        try:
            await self.comment_writer.show(Comment(str(message.thread), key or message.answer, text, final=True))
        except (UsageError, WorkFailed) as error:
            _, name = await self.last(message.thread)
            if not name:
                raise
            await self._say_elsewhere(name, message, text, str(error))

    async def _say_elsewhere(self, session: str, message: GitHubMessage, text: str, why: str) -> None:
        note = texts.cannot_answer(await self.where(message.thread), why, event_lines.clip(text))
        await self.honk_client.note(session, note, claim=f"{message.claim}:unsaid", bad=True)
        pull = await self.repositories.pull(await self.store.session(session))
        if pull is None or pull.number == message.thread.number:
            return
        there = Comment(str(pull), message.answer, texts.said_elsewhere(message.link, text), final=True)
        with suppress(UsageError, WorkFailed):
            await self.comment_writer.show(there)

    async def where(self, thread: GitHubThreadRef) -> str:
        """A place as people write it."""
        found = await self.repositories.find(thread.repository)
        return f"{found.name}#{thread.number}" if found else str(thread)

    async def answered(self, message: GitHubMessage) -> bool:
        """It has an answer already."""
        return await self.comment_writer.shows(str(message.thread), message.answer)
