"""Looking for news on GitHub: all there is without webhooks, and what they lost beside them.

How far each list was read is kept in the store, and moves on only after everything before it was heard. A list is asked
for by the time of its last news, with the tag of the last answer: where nothing is new, GitHub says so for nothing.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from honk.core.errors import HonkError, UsageError, WorkFailed
from honk.core.repo import Repo
from honk.integrations.github.conversation import mention, models, pull_request_events, repo_status, reviews, timestamps
from honk.integrations.github.conversation.base import Listed
from honk.integrations.github.conversation.fields import Malformed
from honk.integrations.github.conversation.intake import Intake
from honk.integrations.github.conversation.models import GitHubComment, GitHubIssue, GitHubRepository
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef, claim, labelling
from honk.integrations.github.conversation.webhook_events import Commented, Labelled, Opened

log = logging.getLogger("honk.github")

T = TypeVar("T")

EARLIER = 300.0
"""Seconds before its first look at a repository that Honk still hears: clocks differ, and people do not wait."""


@dataclass(frozen=True)
class Poll:
    """Looks. `tags` holds, for each list, from when it was asked for, the tag of the answer, and what it was: the next
    token of the App is told it anew."""

    intake: Intake
    tags: dict[str, tuple[str, str, list[Any]]] = field(default_factory=dict)

    async def tick(self, now: float) -> bool:
        """Look at every repository once; whether all of them could be looked at. `now` in seconds since the epoch."""
        good = True
        for repo, number in await self.intake.room.repositories.all():
            try:
                await self._repository(repo, number, now)
            except (HonkError, Malformed) as error:
                log.warning("%s cannot be looked at now: %s", repo.name, error)
                good = False
        return good

    async def _repository(self, repo: Repo, number: int, now: float) -> None:
        at = await repo_status.look(self.intake.room, repo, number)
        if at is None:
            return
        began = await self._began(number, now)

        async def comments(told: list[Any]) -> str:
            found = _readable(models.comment, told)
            for each in found:
                await _if_possible(self._comment(repo, at, each, began), each.url)
            return max((each.updated for each in found), default="")

        async def issues(told: list[Any]) -> str:
            found = _readable(models.issue, told)
            for each in found:
                await _if_possible(self._issue(repo, at, each, began), each.url)
            return max((each.updated for each in found), default="")

        await self._read(repo, number, "comments", comments)
        await self._read(repo, number, "issues", issues)

    async def _read(self, repo: Repo, number: int, what: Listed, hear: Callable[[list[Any]], Awaitable[str]]) -> None:
        """Hear what is new in a list, and remember how far it was read."""
        name = f"github:{number}:{what}"
        cursors = self.intake.room.store.cursors
        since = await cursors.get(name) or await cursors.get(f"github:{number}:began")
        asked, tag, known = self.tags.get(name, ("", "", []))
        told = await self.intake.room.talk.news(repo, what, since, tag if asked == since else "")
        if told is None:
            return
        newest = since if (asked, known) == (since, told[1]) else await hear(told[1])
        self.tags[name] = (since, *told)
        if newest > since:
            await cursors.put(name, newest)

    async def _comment(self, repo: Repo, at: GitHubRepository, comment: GitHubComment, began: float) -> None:
        if mention.said(comment.body, self.intake.room.name) is None or timestamps.seconds(comment.created) < began:
            return
        if not await self.intake.room.store.admitted(claim("comment", comment.id)):
            issue = models.issue(await self.intake.room.talk.issue(repo, comment.number))
            await self.intake.commented(Commented(at, issue, comment, comment.author), late=True)

    async def _issue(self, repo: Repo, at: GitHubRepository, issue: GitHubIssue, began: float) -> None:
        """An issue or a pull request that something happened to."""
        place = GitHubThreadRef(at.id, issue.number)
        if timestamps.seconds(issue.created) >= began:
            await self.intake.opened(Opened(at, issue, issue.author), late=True)
        if issue.pull:
            await pull_request_events.settle(self.intake.room, repo, place)
            await reviews.look(self.intake, repo, place, began)
        elif self._labelled(issue) and not await self.intake.room.store.admitted(labelling(place)):
            told = await self.intake.room.talk.history(repo, issue.number)
            for by, when in models.labellers(told, self.intake.room.label)[-1:]:
                if timestamps.seconds(when) >= began:
                    await self.intake.labelled(Labelled(at, issue, self.intake.room.label, by))

    def _labelled(self, issue: GitHubIssue) -> bool:
        return self.intake.room.label.lower() in (each.lower() for each in issue.labels)

    async def _began(self, number: int, now: float) -> float:
        """From when on Honk hears what is said in a repository."""
        cursors, name = self.intake.room.store.cursors, f"github:{number}:began"
        if not await cursors.get(name):
            await cursors.put(name, timestamps.text(now - EARLIER))
        return timestamps.seconds(await cursors.get(name))


def _readable(read: Callable[[Any], T], told: Iterable[Any]) -> list[T]:
    """Those that are as GitHub describes them: one that is not must not stand before all others."""
    found = []
    for each in told:
        try:
            found.append(read(each))
        except Malformed as error:
            log.warning("GitHub told of something that cannot be read: %s", error)
    return found


async def _if_possible(hearing: Awaitable[None], where: str) -> None:
    """What GitHub refuses for one thing is no reason to stop; raises Unavailable, after which all is asked again."""
    try:
        await hearing
    except (UsageError, WorkFailed, Malformed) as error:
        log.warning("%s cannot be heard: %s", where, error)
