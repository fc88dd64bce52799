"""Polls GitHub: the only source without webhooks, and the way to find what webhooks missed.

The store keeps how far each list was read; that moves on only after everything before it was taken in. A list is
requested from the time of its latest entry, with the ETag of the last answer: an unchanged list does not count against
the rate limit.
"""

import asyncio
import functools
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.repo import Repo
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import intake, mention, pull_request_events, repo_status, reviews, timestamps
from honk.integrations.github.conversation.conversation_client import Changes
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.models import GitHubComment, GitHubIssue, GitHubRepository
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef, claim, label_claim
from honk.integrations.github.conversation.webhook_events import CommentEvent, LabelEvent, OpenedEvent

log = logging.getLogger("honk.github")

T = TypeVar("T", GitHubIssue, GitHubComment)

EARLIER = 300.0
"""Messages from this many seconds before the first poll of a repository are taken in: clocks differ, and people do not
wait."""

RETRY_SECONDS = 30.0
LEASE = "github:looking"
PERIODS = 2.0
"""A process that has polled keeps the lease for this many periods."""


@dataclass(frozen=True)
class Poll:
    """`answers` holds, for each list, from when it was requested and the last answer. An ETag is valid for one
    token, so the App's next token gets the same list once more."""

    deps: GitHubDependencies
    answers: dict[str, tuple[str, Changes[Any]]] = field(default_factory=dict)

    async def tick(self, now: float) -> bool:
        """Poll every repository once; whether all could be read. `now` is in seconds since the epoch."""
        good = True
        for repo, number in await self.deps.repositories.all():
            try:
                await self._repository(repo, number, now)
            except HonkError as error:
                log.warning("%s cannot be polled now: %s", repo.name, error)
                good = False
        return good

    async def _repository(self, repo: Repo, number: int, now: float) -> None:
        at = await repo_status.refresh(self.deps, repo, number)
        if at is None:
            return
        began = await self._began(number, now)

        github = self.deps.github
        comments = functools.partial(self._comment, repo, at, began)
        issues = functools.partial(self._issue, repo, at, began)
        # issues first: the text of an issue is older than the comments under it
        await self._read(repo, f"github:{number}:issues", number, github.changed_issues, issues)
        await self._read(repo, f"github:{number}:comments", number, github.changed_comments, comments)

    async def _read(
        self,
        repo: Repo,
        name: str,
        number: int,
        ask: Callable[[Repo, datetime, str], Awaitable[Changes[T] | None]],
        handle: Callable[[T], Awaitable[None]],
    ) -> None:
        """Handle the new entries of a list, and store how far it was read."""
        cursors = self.deps.store.cursors
        since = await cursors.get(name) or await cursors.get(f"github:{number}:began")
        asked, known = self.answers.get(name, ("", None))
        found = await ask(repo, timestamps.moment(since), known.etag if known and asked == since else "")
        if found is None:
            return
        newest = since
        if not (known and asked == since and found.items == known.items):
            for each in found.items:
                async with self.deps.thread_locks.of(str(GitHubThreadRef(number, each.number))):
                    await _if_possible(handle(each), each.url)
            newest = max((timestamps.text(each.updated) for each in found.items), default="")
        self.answers[name] = (since, found)
        if newest > since:
            await cursors.put(name, newest)

    async def _comment(self, repo: Repo, at: GitHubRepository, began: float, comment: GitHubComment) -> None:
        if mention.addressed_text(comment.body, self.deps.name) is None or comment.created < began:
            return
        if not await self.deps.store.admitted(claim("comment", comment.id)):
            issue = await self.deps.github.issue(repo, comment.number)
            await intake.on_comment(self.deps, CommentEvent(at, issue, comment, comment.author), late=True)

    async def _issue(self, repo: Repo, at: GitHubRepository, began: float, issue: GitHubIssue) -> None:
        """Handle an issue or a pull request that has changed."""
        thread = GitHubThreadRef(at.id, issue.number)
        if issue.created >= began:
            await intake.on_opened(self.deps, OpenedEvent(at, issue, issue.author), late=True)
        if issue.pull:
            await pull_request_events.update_session(self.deps, repo, thread)
            await reviews.take_new_reviews(self.deps, repo, thread, began)
        elif self._labelled(issue) and not await self.deps.store.admitted(label_claim(thread)):
            label = self.deps.label
            found = await self.deps.github.last_labeller(repo, issue.number, label)
            if found is not None and found[1] >= began:
                await intake.on_label(self.deps, LabelEvent(at, issue, label, found[0]))

    def _labelled(self, issue: GitHubIssue) -> bool:
        return self.deps.label.lower() in (each.lower() for each in issue.labels)

    async def _began(self, number: int, now: float) -> float:
        """From when on messages of a repository are taken in, in seconds since the epoch."""
        cursors, name = self.deps.store.cursors, f"github:{number}:began"
        if not await cursors.get(name):
            await cursors.put(name, timestamps.text(now - EARLIER))
        return timestamps.seconds(await cursors.get(name))


async def _if_possible(handling: Awaitable[None], url: str) -> None:
    """Log what GitHub refuses for one entry, so that the others are handled. Raises Unavailable."""
    try:
        await handling
    except (UsageError, WorkFailed, Unreadable) as error:
        log.warning("%s cannot be handled: %s", url, error)


async def poll_forever(poll: Poll, period: float, missed: asyncio.Event, clock: Callable[[], float]) -> None:
    """Poll every `period` seconds, and sooner after a failure or when `missed` is set.

    One process of several polls. Each polls once when it starts: a process that died may have left something.
    """
    store, holder, at_once = poll.deps.store, str(uuid.uuid4()), True
    try:
        while True:
            good = True
            try:
                lease = await store.lease(LEASE, holder, period * PERIODS)
                good = await poll.tick(clock()) if lease is not None or at_once else True
            except HonkError as error:
                log.warning("GitHub: %s", error)
                good = False
            except Exception:
                # the boundary of the integration: a fault in Honk must not end polling
                log.exception("GitHub could not be polled")
                good = False
            wait, at_once = period if good else min(RETRY_SECONDS, period), not good
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await missed.wait()
                missed.clear()
                at_once = True
                await asyncio.sleep(min(RETRY_SECONDS, wait))  # what failed a moment ago still fails
    finally:
        await store.lease(LEASE, holder, 0.0)  # releases it
