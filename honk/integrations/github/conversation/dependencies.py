"""What the GitHub conversation uses, and how it answers a message."""

from contextlib import suppress
from dataclasses import dataclass, field, replace

from honk.client import Call, HonkClient
from honk.conversation import event_lines
from honk.conversation.intake import ThreadLocks
from honk.core.errors import UsageError, WorkFailed
from honk.core.person import AGENT
from honk.core.session import Session
from honk.integrations.github.conversation import texts
from honk.integrations.github.conversation.comment_writer import CommentWriter
from honk.integrations.github.conversation.conversation_client import ConversationClient
from honk.integrations.github.conversation.known_repositories import Repositories
from honk.integrations.github.conversation.message import GitHubMessage
from honk.integrations.github.conversation.session_comments import Comment, Frame
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef
from honk.storage.store import Store

LATEST = 20
"""Sessions in review that are looked at for a pull request that has just been opened."""


@dataclass(frozen=True)
class GitHubDependencies:
    """`name` is Honk's login in mentions, `label` the label that makes an issue a request; empty for none."""

    honk_client: HonkClient
    store: Store
    comment_writer: CommentWriter
    name: str
    label: str
    thread_locks: ThreadLocks = field(default_factory=ThreadLocks)

    @property
    def github(self) -> ConversationClient:
        return self.comment_writer.github

    @property
    def repositories(self) -> Repositories:
        return self.comment_writer.repositories

    async def frame(self, session: Session) -> Frame:
        """Where a session is shown. The address of its pull request has the repository's present name."""
        found = await self.repositories.of(session)
        home = session.change.url.rpartition("/pull/")[0] or (found[0].url if found else "")
        return Frame(str(await self.repositories.pull(session) or ""), self.name, home)

    async def latest_session(self, thread: GitHubThreadRef) -> tuple[GitHubThreadRef, str]:
        """The thread of the latest session of an issue or a pull request, and the session's id, empty for none."""
        at, session = thread, await self.store.threads.session(str(thread)) or await self._just_opened(thread)
        while session and (then := await self.store.threads.session(str(after := replace(at, serial=at.serial + 1)))):
            at, session = after, then
        return at, session

    async def pull_request_thread(self, session: Session) -> str:
        """The session's pull request, which becomes one of its threads; empty when it has none."""
        thread, threads = str(await self.repositories.pull(session) or ""), self.store.threads
        if not thread:
            return ""
        return thread if (await threads.session(thread) or await threads.add(thread, session.id)) == session.id else ""

    async def _just_opened(self, thread: GitHubThreadRef) -> str:
        """The session whose pull request this is, when nothing has been published there yet."""
        repo = await self.repositories.find(thread.repository)
        if repo is None:
            return ""
        latest = [name for name, _, _ in (await self.store.in_review([repo.name]))[:LATEST]]
        found = (*await self.store.busy(), *(await self.store.some(latest)).values())
        for each in found:
            if each.change.number and await self.pull_request_thread(each) == str(thread):
                return each.id
        return ""

    async def answer(self, message: GitHubMessage, text: str, key: str = "") -> None:
        """Answer a message; with a `key`, once in its thread. If GitHub refuses the comment, the answer becomes a note
        of the thread's session and a comment on its pull request; without a session, raises as `CommentWriter.show`."""
        try:
            await self.comment_writer.show(Comment(str(message.thread), key or message.answer, text, final=True))
        except (UsageError, WorkFailed) as error:
            _, name = await self.latest_session(message.thread)
            if not name:
                raise
            await self._answer_elsewhere(name, message, text, str(error))

    async def _answer_elsewhere(self, session: str, message: GitHubMessage, text: str, why: str) -> None:
        note = texts.cannot_answer(await self.thread_name(message.thread), why, event_lines.clip(text))
        call = Call(session, AGENT, note, claim=f"{message.claim}:unsaid", bad=True)
        await self.honk_client.command("note", call)
        pull = await self.repositories.pull(await self.store.session(session))
        if pull is None or pull.number == message.thread.number:
            return
        there = Comment(str(pull), message.answer, texts.answer_elsewhere(message.link, text), final=True)
        with suppress(UsageError, WorkFailed):
            await self.comment_writer.show(there)

    async def thread_name(self, thread: GitHubThreadRef) -> str:
        """A thread as people write it: `owner/name#7`."""
        found = await self.repositories.find(thread.repository)
        return f"{found.name}#{thread.number}" if found else str(thread)

    async def answered(self, message: GitHubMessage) -> bool:
        """Whether a message has an answer."""
        return await self.comment_writer.shows(str(message.thread), message.answer)
