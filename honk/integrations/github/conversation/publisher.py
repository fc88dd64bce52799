"""Shows each session on GitHub: its comments, the reactions to what people wrote, and the answers to reviews.

The beginning and the end of a turn are shown at once, and its progress no more often than EDIT_SECONDS.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace

from honk.client import Call
from honk.conversation.publisher import Publisher
from honk.core.errors import UsageError, WorkFailed
from honk.core.person import AGENT
from honk.core.phase import SHIPPED, Phase
from honk.core.session import Session
from honk.core.timeline import Timeline, TimelineItem
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import pull_request_events, reviews, session_comments, texts
from honk.integrations.github.conversation.conversation_client import Reaction, ReactionTarget
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.session_comments import Comment
from honk.integrations.github.conversation.thread_ref import INTEGRATION, parse, parse_link

log = logging.getLogger("honk.github")

EDIT_SECONDS = 20.0
"""A comment is not edited more often than this while its turn runs."""

REFUSED = "refused"
RETRY_REFUSED = 600.0
"""What GitHub refused (a conversation is locked) is tried again after so many seconds, when there are new events."""


def make(deps: GitHubDependencies, clock: Callable[[], float]) -> Publisher:
    """The publisher of GitHub. `clock` gives seconds since the epoch."""
    # processes of an older version, which may run at the same time, know the lease by this name
    lease = "github:teller"
    return Publisher(GitHubThreads(deps, clock), deps.store, lease, "github:published", "GitHub", clock)


@dataclass
class GitHubThreads:
    """The issues and pull requests in which sessions are shown. `compared` holds (session, number of its newest event)
    of each look at a pull request."""

    deps: GitHubDependencies
    clock: Callable[[], float]
    compared: set[tuple[str, int]] = field(default_factory=set)

    def sending(self, may_post: Callable[[], bool]) -> AbstractAsyncContextManager[None]:
        """`update` queues nothing."""
        return nullcontext()

    def all_sent(self) -> bool:
        """`update` queues nothing."""
        return True

    async def show_failure(self, session: str) -> None:
        """The log and the session's page have it; GitHub's comments stay as they are."""

    async def has(self, session: str) -> bool:
        """Whether the session was asked for on GitHub, or its repository is there."""
        if await self.deps.store.threads.links(session, INTEGRATION):
            return True
        return await self.deps.repositories.of(await self.deps.store.session(session)) is not None

    async def update(self, timeline: Timeline) -> float | None:
        """Bring everything about a session up to date. Raises Unavailable when it is to be tried again."""
        try:
            return await self._update(timeline)
        except Unreadable as error:
            log.warning("session %s cannot be shown on GitHub: %s", timeline.session.id, error)
            return None

    async def _update(self, timeline: Timeline) -> float | None:
        session = timeline.session
        pull = await self.deps.pull_request_thread(session)
        wanted = session_comments.comments(timeline, await self.deps.frame(session))
        put_off = [await self._show(session, comment, pull) for comment in wanted]
        for item in timeline.items:
            if item.kind == "turn" and item.over:
                await self._answer_turn(session, item)
        await self._answer_order(session)
        if pull and not session.busy and session.phase not in SHIPPED:
            await self._compare_pull_request(session, timeline.seq)
        return min((at for at in put_off if at is not None), default=None)

    async def _show(self, session: Session, comment: Comment, pull: str) -> float | None:
        """Bring a comment up to date; when to do it, if it is put off. A comment that GitHub refuses in its thread is
        shown on the pull request, if that is another one."""
        now, post = self.clock(), await self.deps.store.threads.post(comment.thread, comment.key)
        if post is not None and post.ref and not comment.final and now < post.at + EDIT_SECONDS:
            return post.at + EDIT_SECONDS
        if post is None or post.digest != REFUSED or now >= post.at + RETRY_REFUSED:
            try:
                await self.deps.comment_writer.show(comment, session.id)
                return None
            except (UsageError, WorkFailed) as error:
                await self._note_refused(session, comment, str(error))
        return (
            await self._show(session, replace(comment, thread=pull), "") if pull not in ("", comment.thread) else None
        )

    async def _note_refused(self, session: Session, comment: Comment, why: str) -> None:
        """Note it once in the session, where other integrations show it."""
        thread, threads = parse(comment.thread), self.deps.store.threads
        where = await self.deps.thread_name(thread) if thread else comment.thread
        log.warning("session %s cannot be shown in %s: %s", session.id, where, why)
        # an older version noted it under the same claim
        note, claim = texts.cannot_write(where, why), f"github:untold:{comment.thread}"
        await self.deps.honk_client.command("note", Call(session.id, AGENT, note, claim=claim, bad=True))
        post = await threads.post(comment.thread, comment.key)
        if post is None or not post.ref:
            await threads.sent(comment.thread, comment.key, "", REFUSED)

    async def _answer_turn(self, session: Session, item: TimelineItem) -> None:
        """Once a turn has ended: a reaction to its message, and replies to each comment of a review."""
        turn, context, key = item.turn, item.asked.context, f"end-{session.id}-{item.number}"
        thread, source = parse(context.thread), parse_link(context.link)
        found = await self.deps.repositories.at(context.thread)
        if thread is None or source is None or found is None or await self.deps.comment_writer.shows(str(thread), key):
            return
        kind, number = source
        try:
            if kind == "review":
                await reviews.answer_review(self.deps, found[0], thread, session, turn, number)
            else:
                target: tuple[ReactionTarget, int] = ("issue", thread.number) if kind == "issue" else (kind, number)
                failed = turn.error or turn.outcome in (Phase.FAILED, Phase.CANCELLED)
                await self.deps.comment_writer.react(found[0], *target, "confused" if failed else "rocket")
        except (UsageError, WorkFailed) as error:
            log.warning("session %s: the end of turn %d cannot be shown: %s", session.id, turn.number, error)
        await self.deps.store.threads.sent(str(thread), key, "done", "")

    async def _answer_order(self, session: Session) -> None:
        """A reaction to the comment that gave the last order, once that has been carried out."""
        if session.busy:
            return
        threads = self.deps.store.threads
        for thread, _ in await threads.links(session.id, INTEGRATION):
            post = await threads.post(thread, f"word-{session.id}-{session.orders}")
            found = await self.deps.repositories.at(thread)
            if post is None or post.digest or found is None:
                continue
            kind, _, number = post.ref.partition(" ")
            content: Reaction = "confused" if session.error else "rocket"
            await self.deps.comment_writer.react(
                found[0], "issue" if kind == "issue" else "comment", int(number), content
            )
            await threads.sent(thread, post.key, post.ref, "done")

    async def _compare_pull_request(self, session: Session, seq: int) -> None:
        """Take in what people did to the pull request while Honk worked, which had to wait."""
        found, thread = await self.deps.repositories.of(session), await self.deps.repositories.pull(session)
        if found is None or thread is None or (session.id, seq) in self.compared:
            return
        self.compared.add((session.id, seq))
        try:
            await pull_request_events.update_session(self.deps, found[0], thread)
        except (UsageError, WorkFailed) as error:
            log.warning("session %s: its pull request cannot be read: %s", session.id, error)
