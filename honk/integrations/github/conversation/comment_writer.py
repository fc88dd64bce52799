"""What Honk writes on GitHub: each comment once, found again after a crash, edited only to say something new.

The store notes that a comment is about to be made before it is made, and what GitHub calls it afterwards. Where the
second note is missing, the comment is looked for by its mark, a line that browsers do not show.
"""

import asyncio
import hashlib
import logging
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from honk.core.errors import Unavailable, UsageError, WorkFailed
from honk.core.repo import Repo
from honk.integrations.github.conversation.conversation_client import ConversationClient, Reaction, ReactionTarget
from honk.integrations.github.conversation.known_repositories import Repositories
from honk.integrations.github.conversation.session_comments import Comment
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef, parse
from honk.storage.store import Store
from honk.storage.threads import Post

log = logging.getLogger("honk.github")

LEASE_SECONDS = 6.0
"""For so long nobody else makes a comment that somebody who died was about to make; who lives prolongs it."""

SKEW_SECONDS = 300.0
"""How far GitHub's clock and ours may be apart."""

LONGEST = 60_000
"""Characters of a comment: GitHub takes 65,536."""

MARK = "<!-- honk:"
"""How every mark begins: a comment with one is ours."""


class Busy(Unavailable):
    """Somebody is at it, or was until they died."""


@dataclass(frozen=True)
class CommentWriter:
    """Writes. Several processes may: a lease keeps them from making the same comment at once."""

    store: Store
    github: ConversationClient
    repositories: Repositories

    async def show(self, comment: Comment, session: str = "") -> None:
        """Let `comment` stand at its place. Raises UsageError where the place is gone, WorkFailed where GitHub refuses
        it, Unavailable where it cannot be asked; then it can be tried again."""
        body = f"{comment.text[:LONGEST]}\n\n{mark(session, comment.key)}"
        digest = hashlib.sha256(body.encode()).hexdigest()[:20]
        if await self.shows(comment.place, comment.key, digest):
            return
        repo, where = await self._find(comment.place)
        async with self._alone(f"github:say:{comment.place}:{comment.key}"):
            await self._bring_up_to_date(repo, where, comment, body, digest, mark(session, comment.key))

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[None]:
        """Nobody else does what is called so, however long it takes. Raises Busy while somebody does."""
        holder = _me()
        if await self.store.lease(name, holder, LEASE_SECONDS) is None:
            raise Busy("Another process is writing this comment just now.")

        async def prolong() -> None:
            while True:
                await asyncio.sleep(LEASE_SECONDS / 3)
                await self.store.lease(name, holder, LEASE_SECONDS)

        prolonging = asyncio.create_task(prolong())
        try:
            yield
        finally:
            prolonging.cancel()
            await self.store.lease(name, holder, 0.0)  # ours ends now

    async def shows(self, place: str, key: str, digest: str = "") -> bool:
        """Whether the comment is there; with a `digest`, whether it says just that."""
        post = await self.store.threads.post(place, key)
        return post is not None and bool(post.ref) and digest in ("", post.digest)

    async def react(self, repo: Repo, target: ReactionTarget, at: int, content: Reaction) -> bool:
        """Whether GitHub takes the reaction. It does not where a conversation is locked, among others: where nothing
        else tells what it says, that has to be said in words."""
        try:
            await self.github.react(repo, target, at, content)
        except (UsageError, WorkFailed) as error:
            log.info("%s: no reaction to %s %d: %s", repo.name, target, at, error)
            return False
        return True

    async def _bring_up_to_date(
        self, repo: Repo, where: GitHubThreadRef, comment: Comment, body: str, digest: str, marked: str
    ) -> None:
        threads = self.store.threads
        if await threads.begin(comment.place, comment.key):
            ref = 0
        else:
            post = await threads.post(comment.place, comment.key)
            ref = int(post.ref) if post and post.ref else await self._lost(repo, where, post, marked)
        if not ref:
            ref = await self.github.comment(repo, where.number, body)
        else:
            try:
                await self.github.edit(repo, ref, body)
            except UsageError:
                # somebody has deleted it, and does not want to see it; or the whole place is gone, which this says
                await self.github.issue(repo, where.number)
        await threads.sent(comment.place, comment.key, str(ref), digest)

    async def _lost(self, repo: Repo, where: GitHubThreadRef, post: Post | None, marked: str) -> int:
        """The comment that was made just before a crash; 0 when it was not. Nobody can have known its mark before."""
        since = (post.at if post else 0.0) - SKEW_SECONDS
        for each in await self.github.comments(repo, where.number):
            if each.body.rstrip().endswith(marked) and each.created >= since:
                return each.id
        return 0

    async def _find(self, place: str) -> tuple[Repo, GitHubThreadRef]:
        found = await self.repositories.at(place)
        if found is None:
            where = parse(place)
            raise UsageError(f"I do not work on the repository of {where or place} any more.")
        return found


def mark(session: str, key: str) -> str:
    """The line by which a comment is found again."""
    return f"{MARK}{session or 'answer'}:{key} -->"


def _me() -> str:
    """Each attempt is a holder of its own: two tasks of one process must not write at once either."""
    return f"{os.getpid()}-{uuid.uuid4()}"
