"""Requests about what people and Honk write on GitHub: issues, comments, reviews, reactions.

Repositories are found by their id. `number` counts issues and pull requests of one repository; every other number is an
id of GitHub's. Every method raises the errors of `client.errors`, and waits where GitHub's rate limits ask for it.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from githubkit import Response
from githubkit_schemas.v2026_03_10 import models as rest

from honk.core.person import Person
from honk.core.repo import Repo
from honk.integrations.github.client import graphql, responses
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.client.responses import PER_PAGE
from honk.integrations.github.client.tokens import Permissions
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import models
from honk.integrations.github.conversation.models import (
    GitHubComment,
    GitHubIssue,
    GitHubPullRequest,
    GitHubRepository,
    GitHubReview,
    GitHubReviewComment,
    GitHubUser,
)
from honk.integrations.github.forge.github_forge import GitHubForge

log = logging.getLogger("honk.github")

READ: Permissions = {"contents": "read", "issues": "read", "pull_requests": "read"}
WRITE: Permissions = {"contents": "read", "issues": "write", "pull_requests": "write"}

Reaction = Literal["eyes", "rocket", "confused", "+1"]
ReactionTarget = Literal["issue", "comment", "review comment"]

T = TypeVar("T")
M = TypeVar("M")


@dataclass(frozen=True)
class Changes(Generic[T]):
    """What a list holds that changed since a time, the oldest change first; `etag` is GitHub's tag of this answer."""

    etag: str
    items: tuple[T, ...]


class ConversationClient:
    """See the module's text."""

    def __init__(self, forge: GitHubForge) -> None:
        self._forge = forge

    async def may_write(self, repo: Repo, person: Person) -> bool:
        """Whether the person's account may push to the repository now."""
        return await self._forge.may_write(repo, person)

    async def repository(self, repo: Repo) -> GitHubRepository:
        """The repository as it is now. Same token and address as its news, so that both are one cached request."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            call = api.github.arequest("GET", f"/repositories/{api.at.number}", response_model=rest.FullRepository)
            return models.from_repository(await responses.parsed(call, f"repository {api.at.full_name}"))

    async def changed_issues(self, repo: Repo, since: datetime, etag: str) -> Changes[GitHubIssue] | None:
        """Issues and pull requests, open or closed, that changed at or after `since`. None: as when `etag` came."""
        async with self._forge.repo_clients.to(repo, READ) as api:

            def ask(page: int, **headers: str) -> Awaitable[Response[list[rest.Issue], Any]]:
                return api.github.rest.issues.async_list_for_repo(
                    *api.where, since=since, sort="updated", direction="asc", state="all", per_page=PER_PAGE, page=page,
                    headers=headers,
                )  # fmt: skip

            return await _changes(ask, etag, models.from_issue, f"issues of {api.at.full_name}")

    async def changed_comments(self, repo: Repo, since: datetime, etag: str) -> Changes[GitHubComment] | None:
        """Comments under issues and pull requests that changed at or after `since`. None: as when `etag` came."""
        async with self._forge.repo_clients.to(repo, READ) as api:

            def ask(page: int, **headers: str) -> Awaitable[Response[list[rest.IssueComment], Any]]:
                return api.github.rest.issues.async_list_comments_for_repo(
                    *api.where, since=since, sort="updated", direction="asc", per_page=PER_PAGE, page=page,
                    headers=headers,
                )  # fmt: skip

            return await _changes(ask, etag, models.from_comment, f"comments of {api.at.full_name}")

    async def issue(self, repo: Repo, number: int) -> GitHubIssue:
        """An issue, or a pull request as one."""
        return models.from_issue(await self._issue(repo, number))

    async def closed_by(self, repo: Repo, number: int) -> GitHubUser:
        """Who closed an issue or a pull request; GHOST where GitHub names nobody."""
        return models.from_user((await self._issue(repo, number)).closed_by or None)

    async def comments(self, repo: Repo, number: int) -> tuple[GitHubComment, ...]:
        """The comments under an issue or pull request, oldest first."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            issues = api.github.rest.issues
            found: list[rest.IssueComment] = await responses.pages(
                lambda page: issues.async_list_comments(*api.where, number, per_page=PER_PAGE, page=page),
                f"comments of #{number}",
            )
            return tuple(map(models.from_comment, found))

    async def last_labeller(self, repo: Repo, number: int, label: str) -> tuple[GitHubUser, float] | None:
        """Who put `label` on an issue last, and when."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            issues = api.github.rest.issues
            history: list[Any] = await responses.pages(
                lambda page: issues.async_list_events(*api.where, number, per_page=PER_PAGE, page=page),
                f"events of #{number}",
            )
            return models.last_labeller(history, label)

    async def pull_request(self, repo: Repo, number: int) -> GitHubPullRequest:
        """A pull request."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            return models.from_pull_request(await _pull(api, number))

    async def reviews(self, repo: Repo, number: int) -> tuple[GitHubReview, ...]:
        """The reviews of a pull request, oldest first."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            pulls = api.github.rest.pulls
            found: list[rest.PullRequestReview] = await responses.pages(
                lambda page: pulls.async_list_reviews(*api.where, number, per_page=PER_PAGE, page=page),
                f"reviews of #{number}",
            )
            return tuple(map(models.from_review, found))

    async def review(self, repo: Repo, number: int, review: int) -> GitHubReview:
        """One review of a pull request."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            call = api.github.rest.pulls.async_get_review(*api.where, number, review)
            return models.from_review(await responses.parsed(call, f"a review of #{number}"))

    async def review_comments(self, repo: Repo, number: int) -> tuple[GitHubReviewComment, ...]:
        """All review comments of a pull request, oldest first. (The list of one review has fewer fields.)"""
        async with self._forge.repo_clients.to(repo, READ) as api:
            pulls = api.github.rest.pulls
            found: list[rest.PullRequestReviewComment] = await responses.pages(
                lambda page: pulls.async_list_review_comments(*api.where, number, per_page=PER_PAGE, page=page),
                f"review comments of #{number}",
            )
            return tuple(map(models.from_review_comment, found))

    async def changed_paths(self, repo: Repo, old: str, new: str) -> frozenset[str]:
        """The paths that differ between two commits."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            call = api.github.rest.repos.async_compare_commits(*api.where, f"{old}...{new}")
            files = (await responses.parsed(call, f"changes since {old[:10]}")).files or []
            return frozenset(path for each in files for path in (each.filename, each.previous_filename) if path)

    async def comment(self, repo: Repo, number: int, body: str) -> int:
        """Write a comment under an issue or pull request. Returns its id."""
        async with self._forge.repo_clients.to(repo, WRITE, writing=True) as api:
            call = api.github.rest.issues.async_create_comment(*api.where, number, body=body)
            return (await responses.parsed(call, f"a comment under #{number}")).id

    async def edit(self, repo: Repo, comment: int, body: str) -> None:
        """Change the text of a comment."""
        async with self._forge.repo_clients.to(repo, WRITE, writing=True) as api:
            call = api.github.rest.issues.async_update_comment(*api.where, comment, body=body)
            await responses.response(call, f"a comment in {api.at.full_name}")

    async def react(self, repo: Repo, target: ReactionTarget, at: int, content: Reaction) -> None:
        """React to a comment or a review comment (`at` is its id) or to an issue (its number). Idempotent."""
        async with self._forge.repo_clients.to(repo, WRITE, writing=True) as api:
            reactions = api.github.rest.reactions
            call: Awaitable[Response[rest.Reaction, Any]]
            match target:
                case "issue":
                    call = reactions.async_create_for_issue(*api.where, at, content=content)
                case "comment":
                    call = reactions.async_create_for_issue_comment(*api.where, at, content=content)
                case "review comment":
                    call = reactions.async_create_for_pull_request_review_comment(*api.where, at, content=content)
            await responses.response(call, f"a reaction in {api.at.full_name}")

    async def reply(self, repo: Repo, number: int, comment: int, body: str) -> int:
        """Answer in the thread that begins with the review comment `comment`. Returns the answer's id."""
        async with self._forge.repo_clients.to(repo, WRITE, writing=True) as api:
            call = api.github.rest.pulls.async_create_reply_for_review_comment(*api.where, number, comment, body=body)
            return (await responses.parsed(call, f"a reply to a review of #{number}")).id

    async def edited_only_by_author(self, repo: Repo, node: str) -> bool:
        """Whether nobody but its author has ever changed a text. False where GitHub does not say."""
        async with self._forge.repo_clients.to(repo, READ) as api:
            return await graphql.edited_only_by_author(api, node)

    async def resolve(self, repo: Repo, number: int, comment: int) -> bool:
        """Resolve the thread that begins with the review comment `comment`; whether it was found."""
        async with self._forge.repo_clients.to(repo, WRITE, writing=True) as api:
            return await graphql.resolve_thread(api, (await _pull(api, number)).node_id, comment)

    async def _issue(self, repo: Repo, number: int) -> rest.Issue:
        async with self._forge.repo_clients.to(repo, READ) as api:
            call = api.github.rest.issues.async_get(*api.where, number)
            return await responses.parsed(call, f"#{number} in {api.at.full_name}")


async def _pull(api: RepoClient, number: int) -> rest.PullRequest:
    call = api.github.rest.pulls.async_get(*api.where, number)
    return await responses.parsed(call, f"pull request #{number} in {api.at.full_name}")


async def _changes(
    ask: Callable[..., Awaitable[Response[list[M], Any]]], etag: str, read: Callable[[M], T], what: str
) -> Changes[T] | None:
    """One unreadable item is logged and left out: it must not block all later ones."""
    first = await responses.response(ask(1, **({"If-None-Match": etag} if etag else {})), what)
    if first.status_code == 304:
        return None
    found = responses.body(first, what)
    if len(found) == PER_PAGE:
        found = [*found, *await responses.pages(ask, what, first=2)]
    items = []
    for each in found:
        try:
            items.append(read(each))
        except Unreadable as error:
            log.warning("One of %s is skipped: %s", what, error)
    return Changes(first.headers.get("etag", ""), tuple(items))
