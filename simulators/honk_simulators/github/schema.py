"""The part of GitHub's GraphQL schema that there is here: types, their fields, and how each is found.

Ids of nodes are those that REST calls `node_id`; a thread's is that of its first comment.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from honk_simulators.github import access, git, merging, protections
from honk_simulators.github.call import Call
from honk_simulators.github.issues import Comment, Issue, Pull, ReviewComment
from honk_simulators.github.refusal import Refusal
from honk_simulators.github.repositories import Repository
from honk_simulators.github.shapes.repositories import web
from honk_simulators.github.state import State


@dataclass(frozen=True)
class Node:
    """An object of a type. `repo` is where it belongs."""

    kind: str
    repo: Repository | None
    value: Any


Resolve = Callable[[Call, Node, Mapping[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Field:
    """A field: the type of what it gives (a scalar's name means nothing), how to find it, what arguments it takes."""

    kind: str
    resolve: Resolve
    arguments: tuple[str, ...] = ()


PAGE = ("first", "last", "after", "before")
STANDINGS = {"draft": "DRAFT", "dirty": "DIRTY", "blocked": "BLOCKED", "behind": "BEHIND", "unstable": "UNSTABLE"}


def find(call: Call, number: str, needs: str = "", role: Any = "read") -> tuple[Repository, Issue]:
    """The pull request with this id, if the asker sees it and may do what `needs` says. Raises Refusal."""
    for repo in call.state.repositories.values():
        for issue in repo.issues.values():
            if issue.pull and f"PR_{issue.pull.id}" == number:
                permit(call, repo, needs, role, number)
                return repo, issue
    raise unresolved(number)


def thread(call: Call, number: str, needs: str = "") -> tuple[Repository, Issue, ReviewComment]:
    """The thread with this id. Raises Refusal."""
    for repo in call.state.repositories.values():
        for issue in repo.issues.values():
            for remark in issue.pull.remarks if issue.pull else ():
                if f"PRRT_{remark.id}" == number and remark.reply_to is None:
                    permit(call, repo, needs, "read", number)
                    return repo, issue, remark
    raise unresolved(number)


def comment(call: Call, number: str) -> tuple[Repository, Comment]:
    """The comment with this id. Raises Refusal."""
    for repo in call.state.repositories.values():
        for said in (each for issue in repo.issues.values() for each in issue.comments):
            if f"IC_{said.id}" == number:
                permit(call, repo, "", "read", number)
                return repo, said
    raise unresolved(number)


def issue_of(call: Call, number: str) -> tuple[Repository, Issue]:
    """The issue with this id. Raises Refusal."""
    for repo in call.state.repositories.values():
        for issue in repo.issues.values():
            if f"I_{issue.id}" == number:
                permit(call, repo, "", "read", number)
                return repo, issue
    raise unresolved(number)


def permit(call: Call, repo: Repository, needs: str, role: Any, number: str) -> None:
    """Raises Refusal unless the repository is there for the asker, who may do what `needs` says."""
    if repo.deleted or not access.sees(call.token, repo):
        raise unresolved(number)
    if needs:
        access.check(call.token, repo, needs, role)
        if repo.archived:
            raise Refusal(403, "Repository was archived so is read-only.")


def unresolved(number: str) -> Refusal:
    """What GraphQL says for what is not there."""
    return Refusal(404, f"Could not resolve to a node with the global id of '{number}'")


def plain(read: Callable[[State, Any, Any], Any]) -> Field:
    """A scalar that is at hand: from the world, the repository and the object."""

    async def resolve(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
        return read(call.state, node.repo, node.value)

    return Field("scalar", resolve)


def inner(kind: str, read: Callable[[Any, Any], Any]) -> Field:
    """An object that is at hand, from the repository and the object that has it; None for none."""

    async def resolve(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
        value = read(node.repo, node.value)
        return None if value is None else Node(kind, node.repo, value)

    return Field(kind, resolve)


def connection(kind: str, read: Callable[[Any, Any], Sequence[Any]]) -> Field:
    """A list with pages; `first` or `last` has to be said."""

    async def resolve(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
        size = given.get("first") or given.get("last")
        if size is None or not 1 <= size <= 100:
            raise Refusal(422, "You must provide a `first` or `last` value between 1 and 100 to properly paginate.")
        items = read(node.repo, node.value)
        start = int(given.get("after") or 0) if given.get("first") else max(len(items) - size, 0)
        return Node(f"{kind}Connection", node.repo, (items, start, start + size))

    return Field(f"{kind}Connection", resolve, PAGE)


def pages(kind: str) -> dict[str, Field]:
    """The type of such a list."""

    async def nodes(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
        items, start, end = node.value
        return [Node(kind, node.repo, each) for each in items[start:end]]

    def info(value: Any) -> dict[str, Any]:
        items, _, end = value
        return {"hasNextPage": end < len(items), "endCursor": str(min(end, len(items)))}

    return {
        "nodes": Field(kind, nodes),
        "totalCount": plain(lambda state, repo, value: len(value[0])),
        "pageInfo": inner("PageInfo", lambda repo, value: info(value)),
    }


async def _repository(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
    name = f"{given.get('owner')}/{given.get('name')}"
    repo = call.state.repository(name)
    if repo is None or not access.sees(call.token, repo):
        raise Refusal(404, f"Could not resolve to a Repository with the name '{name}'.")
    return Node("Repository", repo, repo)


async def _node(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
    number = str(given.get("id"))
    if number.startswith("PRRT_"):
        repo, _, remark = thread(call, number)
        return Node("PullRequestReviewThread", repo, remark)
    if number.startswith("IC_"):
        return Node("IssueComment", *comment(call, number))
    if number.startswith("I_"):
        return Node("Issue", *issue_of(call, number))
    repo, issue = find(call, number)
    return Node("PullRequest", repo, issue)


async def _viewer(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
    return Node("Actor", None, call.who)


async def _pull(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
    issue = node.value.issues.get(given.get("number"))
    if issue is None or issue.pull is None:
        raise Refusal(404, f"Could not resolve to a PullRequest with the number of {given.get('number')}.")
    return Node("PullRequest", node.repo, issue)


async def _merge_queue(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
    repo: Repository = node.value
    wanted = given.get("branch") or repo.default_branch
    return Node("MergeQueue", repo, repo) if repo.merge_queue and wanted == repo.default_branch else None


async def _mergeable(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
    if node.repo is None or node.value.state != "open":
        return "UNKNOWN"
    known = merging.known(node.value)
    able = await merging.mergeable(node.repo, node.value)
    return ("MERGEABLE" if able else "CONFLICTING") if known else "UNKNOWN"


async def _standing(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
    if node.repo is None or not merging.known(node.value):
        return "UNKNOWN"
    found = await merging.standing(call.state, node.repo, node.value)
    return STANDINGS.get(found, "CLEAN")


async def _last_commit(call: Call, node: Node, given: Mapping[str, Any]) -> Any:
    group = node.value.pull.group
    found = await git.find(node.repo.git_dir, group[1]) if group and node.repo else None
    return Node("Commit", node.repo, found) if found else None


def _decision(repo: Repository, issue: Issue) -> str | None:
    pull = _of(issue)
    rules = repo.protections.get(pull.base)
    sides = {each.state for each in protections.opinions(pull).values()}
    if "CHANGES_REQUESTED" in sides:
        return "CHANGES_REQUESTED"
    if rules is None or rules.reviews is None:
        return None
    enough = sum(each.state == "APPROVED" for each in protections.opinions(pull).values()) >= rules.reviews
    return "APPROVED" if enough else "REVIEW_REQUIRED"


def _of(issue: Issue) -> Pull:
    return merging.of(issue)


def _threads(issue: Issue) -> list[ReviewComment]:
    return [each for each in _of(issue).remarks if each.reply_to is None]


def _in_thread(repo: Repository, first: ReviewComment) -> list[ReviewComment]:
    every = [each for issue in repo.issues.values() if issue.pull for each in issue.pull.remarks]
    return [each for each in every if each is first or each.reply_to is first]


_EDITED = {
    "body": plain(lambda state, repo, text: text.body or ""),
    "createdAt": plain(lambda state, repo, text: text.created_at),
    "author": inner("Actor", lambda repo, text: text.user),
    "editor": inner("Actor", lambda repo, text: text.edits[-1].editor if text.edits else None),
    "lastEditedAt": plain(lambda state, repo, text: text.edits[-1].edited_at if text.edits else None),
    "includesCreatedEdit": plain(lambda state, repo, text: bool(text.edits)),
    "userContentEdits": connection("UserContentEdit", lambda repo, text: text.edits[::-1]),
}

_PULL = {
    **_EDITED,
    "id": plain(lambda state, repo, issue: f"PR_{_of(issue).id}"),
    "databaseId": plain(lambda state, repo, issue: _of(issue).id),
    "number": plain(lambda state, repo, issue: issue.number),
    "title": plain(lambda state, repo, issue: issue.title),
    "url": plain(lambda state, repo, issue: f"{web(state, repo)}/pull/{issue.number}"),
    "state": plain(lambda state, repo, issue: "MERGED" if _of(issue).merged_at else issue.state.upper()),
    "isDraft": plain(lambda state, repo, issue: _of(issue).draft),
    "merged": plain(lambda state, repo, issue: _of(issue).merged_at is not None),
    "mergedAt": plain(lambda state, repo, issue: _of(issue).merged_at),
    "closed": plain(lambda state, repo, issue: issue.state == "closed"),
    "mergeable": Field("scalar", _mergeable),
    "mergeStateStatus": Field("scalar", _standing),
    "reviewDecision": plain(lambda state, repo, issue: _decision(repo, issue)),
    "headRefName": plain(lambda state, repo, issue: _of(issue).head),
    "headRefOid": plain(lambda state, repo, issue: _of(issue).head_sha),
    "baseRefName": plain(lambda state, repo, issue: _of(issue).base),
    "baseRefOid": plain(lambda state, repo, issue: _of(issue).base_sha),
    "mergedBy": inner("Actor", lambda repo, issue: _of(issue).merged_by),
    "mergeCommit": inner("Commit", lambda repo, issue: _of(issue).merge_commit_sha),
    "autoMergeRequest": inner("AutoMergeRequest", lambda repo, issue: _of(issue).auto_merge),
    "isInMergeQueue": plain(lambda state, repo, issue: _of(issue).queued is not None),
    "mergeQueueEntry": inner("MergeQueueEntry", lambda repo, issue: issue if _of(issue).queued else None),
    "reviewThreads": connection("PullRequestReviewThread", lambda repo, issue: _threads(issue)),
    "repository": inner("Repository", lambda repo, issue: repo),
}

_ENTRY = {
    "id": plain(lambda state, repo, issue: f"MQE_{issue.id}"),
    "state": plain(lambda state, repo, issue: _of(issue).queued),
    "position": plain(lambda state, repo, issue: repo.queue.index(issue) + 1 if issue in repo.queue else None),
    "enqueuedAt": plain(lambda state, repo, issue: _of(issue).queued_at),
    "headCommit": Field("Commit", _last_commit),
    "pullRequest": inner("PullRequest", lambda repo, issue: issue),
}

_COMMENT = {
    "id": plain(lambda state, repo, remark: f"PRRC_{remark.id}"),
    "databaseId": plain(lambda state, repo, remark: remark.id),
    "body": plain(lambda state, repo, remark: remark.body),
    "path": plain(lambda state, repo, remark: remark.path),
    "createdAt": plain(lambda state, repo, remark: remark.created_at),
    "author": inner("Actor", lambda repo, remark: remark.user),
}

_THREAD = {
    "id": plain(lambda state, repo, remark: f"PRRT_{remark.id}"),
    "isResolved": plain(lambda state, repo, remark: remark.resolved_by is not None),
    "isOutdated": plain(lambda state, repo, remark: remark.outdated),
    "path": plain(lambda state, repo, remark: remark.path),
    "line": plain(lambda state, repo, remark: None if remark.outdated else remark.line),
    "originalLine": plain(lambda state, repo, remark: remark.line),
    "resolvedBy": inner("Actor", lambda repo, remark: remark.resolved_by),
    "comments": connection("PullRequestReviewComment", _in_thread),
}

TYPES: dict[str, dict[str, Field]] = {
    "Query": {
        "repository": Field("Repository", _repository, ("owner", "name", "followRenames")),
        "node": Field("Node", _node, ("id",)),
        "viewer": Field("Actor", _viewer),
    },
    "Node": {"id": plain(lambda state, repo, value: None)},
    "Actor": {"login": plain(lambda state, repo, who: who.login)},
    "Commit": {"oid": plain(lambda state, repo, sha: sha)},
    "PageInfo": {
        "hasNextPage": plain(lambda state, repo, info: info["hasNextPage"]),
        "endCursor": plain(lambda state, repo, info: info["endCursor"]),
    },
    "Repository": {
        "id": plain(lambda state, repo, value: f"R_{repo.id}"),
        "databaseId": plain(lambda state, repo, value: repo.id),
        "nameWithOwner": plain(lambda state, repo, value: repo.full_name),
        "isPrivate": plain(lambda state, repo, value: repo.private),
        "isArchived": plain(lambda state, repo, value: repo.archived),
        "autoMergeAllowed": plain(lambda state, repo, value: repo.allow_auto_merge),
        "pullRequest": Field("PullRequest", _pull, ("number",)),
        "mergeQueue": Field("MergeQueue", _merge_queue, ("branch",)),
    },
    "MergeQueue": {
        "id": plain(lambda state, repo, value: f"MQ_{repo.id}"),
        "entries": connection("MergeQueueEntry", lambda repo, value: repo.queue),
    },
    "AutoMergeRequest": {
        "mergeMethod": plain(lambda state, repo, wish: wish.method.upper()),
        "enabledBy": inner("Actor", lambda repo, wish: wish.by),
    },
    "Issue": {"id": plain(lambda state, repo, issue: f"I_{issue.id}"), **_EDITED},
    "IssueComment": {"id": plain(lambda state, repo, said: f"IC_{said.id}"), **_EDITED},
    "UserContentEdit": {
        "editedAt": plain(lambda state, repo, edit: edit.edited_at),
        "editor": inner("Actor", lambda repo, edit: edit.editor),
    },
    "UserContentEditConnection": pages("UserContentEdit"),
    "PullRequest": _PULL,
    "MergeQueueEntry": _ENTRY,
    "MergeQueueEntryConnection": pages("MergeQueueEntry"),
    "PullRequestReviewThread": _THREAD,
    "PullRequestReviewThreadConnection": pages("PullRequestReviewThread"),
    "PullRequestReviewComment": _COMMENT,
    "PullRequestReviewCommentConnection": pages("PullRequestReviewComment"),
}
