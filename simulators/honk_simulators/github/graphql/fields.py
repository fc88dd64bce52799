"""How each field of the GraphQL schema is read. A field that is not in the table is an attribute of the same name."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from honk_simulators.github.auth import access
from honk_simulators.github.branches import merging
from honk_simulators.github.git_repository import git
from honk_simulators.github.graphql import nodes
from honk_simulators.github.graphql.nodes import GraphNode
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.requests.api_request import ApiRequest
from honk_simulators.github.responses.repositories import web
from honk_simulators.github.rules import protections
from honk_simulators.github.state.issues import IssueRecord, ReviewComment
from honk_simulators.github.state.repositories import Repository

MERGE_STATES = {"draft": "DRAFT", "dirty": "DIRTY", "blocked": "BLOCKED", "behind": "BEHIND", "unstable": "UNSTABLE"}


@dataclass(frozen=True)
class FieldContext:
    """The request, the repository of the object whose field is read, and the field's arguments."""

    call: ApiRequest
    repo: Any
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class ItemPage:
    """A part of a list, as a connection shows it."""

    items: Sequence[Any]
    start: int
    end: int


def page(items: Sequence[Any], arguments: Mapping[str, Any]) -> ItemPage:
    """The page that `first` and `after`, or `last`, ask for. Raises Refusal (422) without a size."""
    size = arguments.get("first") or arguments.get("last")
    if size is None or not 1 <= size <= 100:
        raise GitHubRefusal(422, "You must provide a `first` or `last` value between 1 and 100 to properly paginate.")
    start = int(arguments.get("after") or 0) if arguments.get("first") else max(len(items) - size, 0)
    return ItemPage(items, start, start + size)


def attribute(name: str, value: Any) -> Any:
    """The attribute of a record (or entry of a mapping) for a field's name in camel case."""
    if isinstance(value, Mapping):
        return value.get(name)
    return getattr(value, re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name), None)


def _repository(at: FieldContext, root: None) -> GraphNode:
    name = f"{at.arguments['owner']}/{at.arguments['name']}"
    repo = at.call.state.repository(name)
    if repo is None or not access.sees(at.call.token, repo):
        raise GitHubRefusal(404, f"Could not resolve to a Repository with the name '{name}'.")
    return GraphNode("Repository", repo, repo)


def _pull(at: FieldContext, repo: Repository) -> IssueRecord:
    issue = repo.issues.get(at.arguments["number"])
    if issue is None or issue.pull is None:
        number = at.arguments["number"]
        raise GitHubRefusal(404, f"Could not resolve to a PullRequest with the number of {number}.")
    return issue


def _merge_queue(at: FieldContext, repo: Repository) -> Repository | None:
    branch = at.arguments.get("branch") or repo.default_branch
    return repo if repo.merge_queue and branch == repo.default_branch else None


async def _mergeable(at: FieldContext, issue: IssueRecord) -> str:
    if issue.state != "open":
        return "UNKNOWN"
    known = merging.known(issue)  # GitHub begins to compute it when somebody asks
    able = await merging.mergeable(at.repo, issue)
    return ("MERGEABLE" if able else "CONFLICTING") if known else "UNKNOWN"


async def _merge_state(at: FieldContext, issue: IssueRecord) -> str:
    if not merging.known(issue):
        return "UNKNOWN"
    return MERGE_STATES.get(await merging.standing(at.call.state, at.repo, issue), "CLEAN")


async def _queue_commit(at: FieldContext, issue: IssueRecord) -> str | None:
    group = merging.of(issue).group
    return await git.find(at.repo.git_dir, group[1]) if group else None


def _decision(at: FieldContext, issue: IssueRecord) -> str | None:
    pull = merging.of(issue)
    rules = at.repo.protections.get(pull.base)
    states = [each.state for each in protections.opinions(pull).values()]
    if "CHANGES_REQUESTED" in states:
        return "CHANGES_REQUESTED"
    if rules is None or rules.reviews is None:
        return None
    return "APPROVED" if states.count("APPROVED") >= rules.reviews else "REVIEW_REQUIRED"


def _thread_comments(at: FieldContext, first: ReviewComment) -> list[ReviewComment]:
    pulls = (issue.pull for issue in at.repo.issues.values() if issue.pull)
    return [each for pull in pulls for each in pull.remarks if first in (each, each.reply_to)]


def _id(prefix: str) -> Callable[[FieldContext, Any], str]:
    return lambda at, value: f"{prefix}_{value.id}"


_EDITED = {
    "body": lambda at, text: text.body or "",
    "author": lambda at, text: text.user,
    "editor": lambda at, text: text.edits[-1].editor if text.edits else None,
    "lastEditedAt": lambda at, text: text.edits[-1].edited_at if text.edits else None,
    "includesCreatedEdit": lambda at, text: bool(text.edits),
    "userContentEdits": lambda at, text: text.edits[::-1],
}

FIELDS: dict[str, Mapping[str, Callable[[FieldContext, Any], Any]]] = {
    "Query": {
        "repository": _repository,
        "node": lambda at, root: nodes.find(at.call, at.arguments["id"]),
        "viewer": lambda at, root: at.call.who,
    },
    "Commit": {"oid": lambda at, sha: sha},
    "Connection": {
        "nodes": lambda at, page: page.items[page.start : page.end],
        "totalCount": lambda at, page: len(page.items),
        "pageInfo": lambda at, page: {
            "hasNextPage": page.end < len(page.items),
            "endCursor": str(min(page.end, len(page.items))),
        },
    },
    "Repository": {
        "id": _id("R"),
        "databaseId": lambda at, repo: repo.id,
        "nameWithOwner": lambda at, repo: repo.full_name,
        "isPrivate": lambda at, repo: repo.private,
        "isArchived": lambda at, repo: repo.archived,
        "autoMergeAllowed": lambda at, repo: repo.allow_auto_merge,
        "pullRequest": _pull,
        "mergeQueue": _merge_queue,
    },
    "Issue": {"id": _id("I"), **_EDITED},
    "IssueComment": {"id": _id("IC"), **_EDITED},
    "PullRequest": {
        **_EDITED,
        "id": lambda at, issue: f"PR_{issue.pull.id}",
        "databaseId": lambda at, issue: issue.pull.id,
        "url": lambda at, issue: f"{web(at.call.state, at.repo)}/pull/{issue.number}",
        "state": lambda at, issue: "MERGED" if issue.pull.merged_at else issue.state.upper(),
        "isDraft": lambda at, issue: issue.pull.draft,
        "merged": lambda at, issue: issue.pull.merged_at is not None,
        "mergedAt": lambda at, issue: issue.pull.merged_at,
        "closed": lambda at, issue: issue.state == "closed",
        "mergeable": _mergeable,
        "mergeStateStatus": _merge_state,
        "reviewDecision": _decision,
        "headRefName": lambda at, issue: issue.pull.head,
        "headRefOid": lambda at, issue: issue.pull.head_sha,
        "baseRefName": lambda at, issue: issue.pull.base,
        "baseRefOid": lambda at, issue: issue.pull.base_sha,
        "mergedBy": lambda at, issue: issue.pull.merged_by,
        "mergeCommit": lambda at, issue: issue.pull.merge_commit_sha,
        "autoMergeRequest": lambda at, issue: issue.pull.auto_merge,
        "isInMergeQueue": lambda at, issue: issue.pull.queued is not None,
        "mergeQueueEntry": lambda at, issue: issue if issue.pull.queued else None,
        "reviewThreads": lambda at, issue: [each for each in issue.pull.remarks if each.reply_to is None],
        "repository": lambda at, issue: at.repo,
    },
    "AutoMergeRequest": {
        "mergeMethod": lambda at, wish: wish.method.upper(),
        "enabledBy": lambda at, wish: wish.by,
    },
    "MergeQueue": {"id": _id("MQ"), "entries": lambda at, repo: repo.queue},
    "MergeQueueEntry": {
        "id": _id("MQE"),
        "state": lambda at, issue: issue.pull.queued,
        "position": lambda at, issue: at.repo.queue.index(issue) + 1 if issue in at.repo.queue else None,
        "enqueuedAt": lambda at, issue: issue.pull.queued_at,
        "headCommit": _queue_commit,
        "pullRequest": lambda at, issue: issue,
    },
    "PullRequestReviewThread": {
        "id": _id("PRRT"),
        "isResolved": lambda at, first: first.resolved_by is not None,
        "isOutdated": lambda at, first: first.outdated,
        "line": lambda at, first: None if first.outdated else first.line,
        "originalLine": lambda at, first: first.line,
        "comments": _thread_comments,
    },
    "PullRequestReviewComment": {
        "id": _id("PRRC"),
        "databaseId": lambda at, comment: comment.id,
        "author": lambda at, comment: comment.user,
    },
}
