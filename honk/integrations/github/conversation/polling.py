"""Looking for news on GitHub: all there is without webhooks, and what they lost beside them.

How far each list was read is kept in the store, and moves on only after everything before it was heard. A list is asked
for by the time of its last news, with the tag of the last answer: where nothing is new, GitHub says so for nothing.
"""

import functools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.repo import Repo
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import mention, pull_request_events, repo_status, reviews, timestamps
from honk.integrations.github.conversation.conversation_client import Changes
from honk.integrations.github.conversation.intake import Intake
from honk.integrations.github.conversation.models import GitHubComment, GitHubIssue, GitHubRepository
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef, claim, label_claim
from honk.integrations.github.conversation.webhook_events import CommentEvent, LabelEvent, OpenedEvent

log = logging.getLogger("honk.github")

T = TypeVar("T", GitHubIssue, GitHubComment)

EARLIER = 300.0
"""Seconds before its first look at a repository that Honk still hears: clocks differ, and people do not wait."""


@dataclass(frozen=True)
class Poll:
    """`answers` holds for each list since when it was asked for, and the last answer: GitHub's tag of it is valid for
    one token, so the App's next token gets the same list once more."""

    intake: Intake
    answers: dict[str, tuple[str, Changes[Any]]] = field(default_factory=dict)

    async def tick(self, now: float) -> bool:
        """Look at every repository once; whether all of them could be looked at. `now` in seconds since the epoch."""
        good = True
        for repo, number in await self.intake.deps.repositories.all():
            try:
                await self._repository(repo, number, now)
            except HonkError as error:
                log.warning("%s cannot be looked at now: %s", repo.name, error)
                good = False
        return good

    async def _repository(self, repo: Repo, number: int, now: float) -> None:
        at = await repo_status.refresh(self.intake.deps, repo, number)
        if at is None:
            return
        began = await self._began(number, now)

        github = self.intake.deps.github
        comments = functools.partial(self._comment, repo, at, began)
        issues = functools.partial(self._issue, repo, at, began)
        await self._read(repo, f"github:{number}:comments", number, github.changed_comments, comments)
        await self._read(repo, f"github:{number}:issues", number, github.changed_issues, issues)

    async def _read(
        self,
        repo: Repo,
        name: str,
        number: int,
        ask: Callable[[Repo, datetime, str], Awaitable[Changes[T] | None]],
        handle: Callable[[T], Awaitable[None]],
    ) -> None:
        """Handle what is new in a list, and store how far it was read."""
        cursors = self.intake.deps.store.cursors
        since = await cursors.get(name) or await cursors.get(f"github:{number}:began")
        asked, known = self.answers.get(name, ("", None))
        found = await ask(repo, timestamps.moment(since), known.etag if known and asked == since else "")
        if found is None:
            return
        newest = since
        if not (known and asked == since and found.items == known.items):
            for each in found.items:
                await _if_possible(handle(each), each.url)
            newest = max((timestamps.text(each.updated) for each in found.items), default="")
        self.answers[name] = (since, found)
        if newest > since:
            await cursors.put(name, newest)

    async def _comment(self, repo: Repo, at: GitHubRepository, began: float, comment: GitHubComment) -> None:
        if mention.addressed_text(comment.body, self.intake.deps.name) is None or comment.created < began:
            return
        if not await self.intake.deps.store.admitted(claim("comment", comment.id)):
            issue = await self.intake.deps.github.issue(repo, comment.number)
            await self.intake.on_comment(CommentEvent(at, issue, comment, comment.author), late=True)

    async def _issue(self, repo: Repo, at: GitHubRepository, began: float, issue: GitHubIssue) -> None:
        """An issue or a pull request that something happened to."""
        thread = GitHubThreadRef(at.id, issue.number)
        if issue.created >= began:
            await self.intake.on_opened(OpenedEvent(at, issue, issue.author), late=True)
        if issue.pull:
            await pull_request_events.update_session(self.intake.deps, repo, thread)
            await reviews.take_new_reviews(self.intake, repo, thread, began)
        elif self._labelled(issue) and not await self.intake.deps.store.admitted(label_claim(thread)):
            label = self.intake.deps.label
            found = await self.intake.deps.github.last_labeller(repo, issue.number, label)
            if found is not None and found[1] >= began:
                await self.intake.on_label(LabelEvent(at, issue, label, found[0]))

    def _labelled(self, issue: GitHubIssue) -> bool:
        return self.intake.deps.label.lower() in (each.lower() for each in issue.labels)

    async def _began(self, number: int, now: float) -> float:
        """From when on Honk hears what is said in a repository."""
        cursors, name = self.intake.deps.store.cursors, f"github:{number}:began"
        if not await cursors.get(name):
            await cursors.put(name, timestamps.text(now - EARLIER))
        return timestamps.seconds(await cursors.get(name))


async def _if_possible(hearing: Awaitable[None], where: str) -> None:
    """What GitHub refuses for one thing is no reason to stop; raises Unavailable, after which all is asked again."""
    try:
        await hearing
    except (UsageError, WorkFailed, Unreadable) as error:
        log.warning("%s cannot be heard: %s", where, error)
