"""Writes Honk's comments and reactions on GitHub: each comment once, and edited only when it says something new.

A comment that was posted just before a crash is found by its mark, a line that browsers do not show.
"""

import asyncio
import hashlib
import logging
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from honk.conversation import published_posts
from honk.core.errors import Overloaded, UsageError, WorkFailed
from honk.core.repo import Repo
from honk.integrations.github.conversation.conversation_client import ConversationClient, Reaction, ReactionTarget
from honk.integrations.github.conversation.known_repositories import Repositories
from honk.integrations.github.conversation.session_comments import Comment
from honk.integrations.github.conversation.thread_ref import parse
from honk.storage.store import Store
from honk.storage.threads import Post

log = logging.getLogger("honk.github")

LEASE_SECONDS = 6.0
"""After a process has died, another one writes its comment so many seconds later."""

SKEW_SECONDS = 300.0
"""How far GitHub's clock and ours may be apart."""

LONGEST = 60_000
"""Characters of a comment: GitHub takes 65,536."""

MARK = "<!-- honk:"
"""How every mark begins: a comment with one is ours."""


@dataclass(frozen=True)
class CommentCalls:
    """The calls for one comment under issue or pull request `number`. `mark` is its last line."""

    github: ConversationClient
    repo: Repo
    number: int
    body: str
    mark: str

    async def find(self, post: Post) -> str:
        """The comment with the mark, empty for none. A mark that is older than the note in the store is somebody
        else's: nobody can have known it before."""
        for each in await self.github.comments(self.repo, self.number):
            if each.body.rstrip().endswith(self.mark) and each.created >= post.at - SKEW_SECONDS:
                return str(each.id)
        return ""

    async def post(self) -> str:
        """Write the comment. Returns its id."""
        return str(await self.github.comment(self.repo, self.number, self.body))

    async def edit(self, ref: str) -> str:
        """Edit it. A comment that people have deleted stays deleted."""
        try:
            await self.github.edit(self.repo, int(ref), self.body)
        except UsageError:
            await self.github.issue(self.repo, self.number)  # raises when the whole issue is gone
        return ref


@dataclass(frozen=True)
class CommentWriter:
    """Several processes may write. A lease for each comment keeps them from posting the same one at once."""

    store: Store
    github: ConversationClient
    repositories: Repositories

    async def show(self, comment: Comment, session: str = "") -> None:
        """Let `comment` stand in its thread. Raises UsageError when the thread is gone, WorkFailed when GitHub refuses
        the comment, and Unavailable when it can be tried again."""
        last_line = mark(session, comment.key)
        body = f"{comment.text[:LONGEST]}\n\n{last_line}"
        digest = hashlib.sha256(body.encode()).hexdigest()[:20]
        if await self.shows(comment.thread, comment.key, digest):
            return
        found = await self.repositories.at(comment.thread)
        if found is None:
            raise UsageError(f"I do not work on the repository of {parse(comment.thread) or comment.thread} any more.")
        calls = CommentCalls(self.github, found[0], found[1].number, body, last_line)
        # processes of an older version know the lease by this name
        async with self._leased(f"github:say:{comment.thread}:{comment.key}"):
            await published_posts.show(self.store.threads, comment.thread, comment.key, digest, calls)

    async def shows(self, thread: str, key: str, digest: str = "") -> bool:
        """Whether the comment is there; with a `digest`, whether it says just that."""
        post = await self.store.threads.post(thread, key)
        return post is not None and bool(post.ref) and digest in ("", post.digest)

    async def react(self, repo: Repo, target: ReactionTarget, at: int, content: Reaction) -> bool:
        """Whether GitHub takes the reaction. It does not in a locked conversation, among others."""
        try:
            await self.github.react(repo, target, at, content)
        except (UsageError, WorkFailed) as error:
            log.info("%s: no reaction to %s %d: %s", repo.name, target, at, error)
            return False
        return True

    @asynccontextmanager
    async def _leased(self, name: str) -> AsyncIterator[None]:
        """Hold the lease `name` and renew it. Raises Overloaded while another holder has it: each call is a holder of
        its own, because two tasks of one process must not write at once either."""
        holder = f"{os.getpid()}-{uuid.uuid4()}"
        lease = await self.store.lease(name, holder, LEASE_SECONDS)
        if lease is None:
            raise Overloaded("Another process is writing this comment.", LEASE_SECONDS)

        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE_SECONDS / 3)
                await self.store.lease(name, holder, LEASE_SECONDS)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            await self.store.release(lease)


def mark(session: str, key: str) -> str:
    """The line by which a comment is found again."""
    return f"{MARK}{session or 'answer'}:{key} -->"
