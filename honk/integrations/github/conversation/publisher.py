"""Keeps what Honk says on GitHub up to date with its sessions: told at once at the beginning and at the end, and in
between no oftener than GitHub likes. Follows the store's news; one process of several does it, by a lease.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from honk.core.errors import Unavailable, UsageError, WorkFailed
from honk.core.phase import SHIPPED, Phase
from honk.core.session import Session, Turn
from honk.core.timeline import Timeline, TimelineItem
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import pull_request_events, reviews, session_comments, texts
from honk.integrations.github.conversation.comment_writer import LEASE_SECONDS, Busy
from honk.integrations.github.conversation.conversation_client import Reaction, ReactionTarget
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.session_comments import Comment
from honk.integrations.github.conversation.thread_ref import SURFACE, parse, parse_link

log = logging.getLogger("honk.github")

EDIT_SECONDS = 20.0
"""A comment is not edited more often than this while its turn runs. The end is told at once."""

RETRY_SECONDS = 30.0
"""After GitHub did not answer."""

REFUSED = "refused"
RETRY_REFUSED = 600.0
"""What GitHub refused (a conversation that is locked) is tried again after so many seconds, when there is news."""

AT_ONCE = 6
"""Sessions that are told at the same time."""

LATEST = 50
"""Sessions that are looked at when the house opens."""


@dataclass
class GitHubPublisher:
    """Tells. `due` says when a session is to be looked at again, in seconds since the epoch."""

    deps: GitHubDependencies
    clock: Callable[[], float]
    due: dict[str, float] = field(default_factory=dict)
    settled: set[tuple[str, int]] = field(default_factory=set)

    def heard(self, sessions: Iterable[str]) -> None:
        """There is something new about these."""
        self.due |= dict.fromkeys(sessions, 0.0)

    async def catch_up(self) -> None:
        """The house has just opened: whatever was not told to its end is to be told."""
        store = self.deps.store
        latest = {session.id: session for session in (*await store.busy(), *await store.sessions(LATEST))}
        self.heard([name for name, session in latest.items() if session.busy or await self._behind(session)])

    async def tick(self) -> float:
        """Tell all that is due. Seconds until something is due again."""
        now = self.clock()
        names = [name for name, at in self.due.items() if at <= now]
        for name in names:
            del self.due[name]
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._tell(name, gate) for name in names))
        return max(0.0, min(self.due.values(), default=now + EDIT_SECONDS) - self.clock())

    async def _tell(self, name: str, gate: asyncio.Semaphore) -> None:
        async with gate:
            try:
                again = await self.tell(name)
            except Busy:
                again = self.clock() + LEASE_SECONDS
            except Unreadable as error:
                log.warning("session %s cannot be shown on GitHub: %s", name, error)
                again = None
            except Unavailable as error:
                log.warning("session %s cannot be shown on GitHub now: %s", name, error)
                again = self.clock() + RETRY_SECONDS
        if again is not None:
            self.due[name] = min(again, self.due.get(name, again))

    async def tell(self, name: str) -> float | None:
        """Bring everything on GitHub about a session up to date; when to look again, if something was put off. Raises
        Unavailable when it is to be tried again."""
        timeline = Timeline(name, await self.deps.store.events(name))
        session = timeline.session
        pull = await self.deps.thread(session)
        again = []
        for comment in session_comments.comments(timeline, await self.deps.frame(session)):
            again += [at for at in [await self._show(session, comment, pull)] if at is not None]
        for item in timeline.items:
            if item.kind == "turn" and item.over:
                await self._end(session, item)
        await self._end_orders(session)
        if pull and not session.busy and session.phase not in SHIPPED:
            await self._settle(session, timeline.seq)
        return min(again, default=None)

    async def _show(self, session: Session, comment: Comment, pull: str) -> float | None:
        """Bring a comment up to date; when to do it, if it is put off. What GitHub refuses at its place is shown on the
        pull request, if that is another one and there by then."""
        now, post = self.clock(), await self.deps.store.threads.post(comment.place, comment.key)
        if post is not None and post.ref and not comment.final and now < post.at + EDIT_SECONDS:
            return post.at + EDIT_SECONDS
        if post is None or post.digest != REFUSED or now >= post.at + RETRY_REFUSED:
            try:
                await self.deps.comment_writer.show(comment, session.id)
                return None
            except (UsageError, WorkFailed) as error:
                await self._cannot(session, comment, str(error))
        return await self._show(session, replace(comment, place=pull), "") if pull not in ("", comment.place) else None

    async def _cannot(self, session: Session, comment: Comment, why: str) -> None:
        """Said once in the session's log, which other surfaces show."""
        place, threads = parse(comment.place), self.deps.store.threads
        where = await self.deps.where(place) if place else comment.place
        log.warning("session %s cannot be told in %s: %s", session.id, where, why)
        note, claim = texts.cannot_say(where, why), f"github:untold:{comment.place}"
        await self.deps.honk_client.note(session.id, note, claim=claim, bad=True)
        post = await threads.post(comment.place, comment.key)
        if post is None or not post.ref:
            await threads.sent(comment.place, comment.key, "", REFUSED)

    async def _end(self, session: Session, item: TimelineItem) -> None:
        """A turn that has ended: a reaction where it was asked, and answers to each remark of a review."""
        turn, asked, key = item.turn, item.asked, f"end-{session.id}-{item.number}"
        place, at = parse(asked.context.thread), parse_link(asked.context.link)
        found = await self.deps.repositories.at(asked.context.thread)
        if place is None or at is None or found is None:
            return
        if await self.deps.comment_writer.shows(str(place), key):
            return
        kind, number = at
        try:
            if kind == "review":
                await reviews.answer_review(self.deps, found[0], place, session, turn, number)
            else:
                where: tuple[ReactionTarget, int] = ("issue", place.number) if kind == "issue" else (kind, number)
                await self.deps.comment_writer.react(found[0], *where, _content(turn))
        except (UsageError, WorkFailed) as error:
            log.warning("session %s: the end of turn %d cannot be shown: %s", session.id, turn.number, error)
        await self.deps.store.threads.sent(str(place), key, "done", "")

    async def _end_orders(self, session: Session) -> None:
        """A reaction to the comments that gave an order, once it has been carried out."""
        if session.busy:
            return
        for place, _ in await self.deps.store.threads.links(session.id, SURFACE):
            post = await self.deps.store.threads.post(place, f"word-{session.id}-{session.orders}")
            found = await self.deps.repositories.at(place)
            if post is None or post.digest or found is None:
                continue
            kind, _, number = post.ref.partition(" ")
            content: Reaction = "confused" if session.error else "rocket"
            await self.deps.comment_writer.react(
                found[0], "issue" if kind == "issue" else "comment", int(number), content
            )
            await self.deps.store.threads.sent(place, post.key, post.ref, "done")

    async def _settle(self, session: Session, seq: int) -> None:
        """What was done to the pull request while something ran, which had to wait."""
        found, place = await self.deps.repositories.of(session), await self.deps.repositories.pull(session)
        if found is None or place is None or (session.id, seq) in self.settled:
            return
        self.settled.add((session.id, seq))
        try:
            await pull_request_events.update_session(self.deps, found[0], place)
        except (UsageError, WorkFailed) as error:
            log.warning("session %s: its pull request cannot be looked at: %s", session.id, error)

    async def _behind(self, session: Session) -> bool:
        """Whether something has happened since its comments were written."""
        timeline = Timeline(session.id, await self.deps.store.events(session.id))
        wanted = session_comments.comments(timeline, await self.deps.frame(session))
        posts = [await self.deps.store.threads.post(each.place, each.key) for each in wanted]
        return any(post is None or not post.ref or post.at < timeline.at for post in posts[-1:]) or any(
            post is None or not post.ref for post in posts
        )


def _content(turn: Turn) -> Reaction:
    return "confused" if turn.error or turn.outcome in (Phase.FAILED, Phase.CANCELLED) else "rocket"
