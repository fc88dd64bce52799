"""GraphQL's mutations: each takes an `input` and returns the fields of its payload."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from honk_simulators.github.api import pulls, review_comments
from honk_simulators.github.auth import access
from honk_simulators.github.branches import merge_queue, merging, pushes
from honk_simulators.github.git_repository import git
from honk_simulators.github.git_repository.git import NOTHING
from honk_simulators.github.graphql.nodes import GraphNode, find_pull, find_thread
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.requests.api_request import ApiRequest
from honk_simulators.github.state.issues import AutoMerge, IssueRecord
from honk_simulators.github.state.repositories import Repository, covers
from honk_simulators.github.webhooks import pull_and_check_events

Changed = dict[str, GraphNode]
_WRITE = "pull_requests:write"


def _within(call: ApiRequest, repo: Repository, given: Mapping[str, Any] | None = None) -> ApiRequest:
    """The call as REST's handlers want it."""
    return ApiRequest(call.state, call.token, {}, call.url, given=dict(given or {}), within=repo)


def _author_or_writer(call: ApiRequest, repo: Repository, issue: IssueRecord) -> None:
    if call.token.kind != "installation" and issue.user is not call.who and not covers(repo.role(call.who), "write"):
        raise GitHubRefusal(403, f"{call.who.login} does not have the correct permissions to do this")


async def _ready(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    return await _draft(call, given, draft=False)


async def _not_ready(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    return await _draft(call, given, draft=True)


async def _draft(call: ApiRequest, given: Mapping[str, Any], *, draft: bool) -> Changed:
    repo, issue = find_pull(call, given["pullRequestId"], _WRITE)
    # GitHub says nowhere that an App needs this one as well; it does
    access.check(call.token, repo, "contents:write", "read")
    _author_or_writer(call, repo, issue)
    pull = merging.of(issue)
    if draft and not repo.allow_drafts:
        who, number = call.who.login, given["pullRequestId"]
        raise GitHubRefusal(403, f"{who} does not have permission to convert the pull request {number} to draft.")
    if issue.state != "open":
        raise GitHubRefusal(422, "Pull request is closed")
    if pull.draft is draft:
        raise GitHubRefusal(422, "Pull request is already a draft" if draft else "Pull request is not a draft")
    pull.draft = draft
    kind = "converted_to_draft" if draft else "ready_for_review"
    pushes.note(call.state, issue, "convert_to_draft" if draft else kind, call.who)
    pull_and_check_events.emit_pull(call.state, repo, issue, call.who, kind)
    return {"pullRequest": GraphNode("PullRequest", repo, issue)}


async def _resolve(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    repo, issue, remark = find_thread(call, given["threadId"], _WRITE)
    _author_or_writer(call, repo, issue)
    remark.resolved_by = call.who
    return {"thread": GraphNode("PullRequestReviewThread", repo, remark)}


async def _unresolve(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    repo, issue, remark = find_thread(call, given["threadId"], _WRITE)
    _author_or_writer(call, repo, issue)
    remark.resolved_by = None
    return {"thread": GraphNode("PullRequestReviewThread", repo, remark)}


async def _reply(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    repo, issue, remark = find_thread(call, given["pullRequestReviewThreadId"], _WRITE)
    said = review_comments.answered(_within(call, repo), issue, remark, given["body"])
    return {"comment": GraphNode("PullRequestReviewComment", repo, said)}


async def _auto_merge(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    repo, issue = find_pull(call, given["pullRequestId"], "contents:write", "write")
    pull, method = merging.of(issue), given.get("mergeMethod") or "MERGE"
    _expect(given, pull.head_sha)
    if not repo.allow_auto_merge:
        raise GitHubRefusal(422, "Auto merge is not allowed for this repository")
    if issue.state != "open" or pull.draft:
        raise GitHubRefusal(422, "Pull request is in draft status" if pull.draft else "Pull request is closed")
    if await merging.standing(call.state, repo, issue) == "clean":
        raise GitHubRefusal(422, "Pull request Pull request is in clean status")
    if not getattr(repo, "allow_merge_commit" if method == "MERGE" else f"allow_{method.lower()}_merge"):
        raise GitHubRefusal(422, f"Merge method {method.lower()} is not allowed on this repository")
    pull.auto_merge = AutoMerge(call.who, method.lower(), given.get("commitHeadline"), given.get("commitBody"))
    pull_and_check_events.emit_pull(call.state, repo, issue, call.who, "auto_merge_enabled", reason="")
    return {"pullRequest": GraphNode("PullRequest", repo, issue), "actor": GraphNode("Actor", repo, call.who)}


async def _no_auto_merge(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    repo, issue = find_pull(call, given["pullRequestId"], "contents:write", "write")
    pull = merging.of(issue)
    if pull.auto_merge is None:
        raise GitHubRefusal(422, "Can't disable auto-merge for this pull request: it is not enabled")
    pull.auto_merge = None
    pull_and_check_events.emit_pull(call.state, repo, issue, call.who, "auto_merge_disabled", reason="")
    return {"pullRequest": GraphNode("PullRequest", repo, issue), "actor": GraphNode("Actor", repo, call.who)}


async def _enqueue(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    repo, issue = find_pull(call, given["pullRequestId"], "contents:write", "write")
    _expect(given, merging.of(issue).head_sha)
    await merge_queue.enqueue(call.state, repo, issue, call.who)
    return {"mergeQueueEntry": GraphNode("MergeQueueEntry", repo, issue)}


async def _dequeue(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    repo, issue = find_pull(call, given["id"], "contents:write", "write")
    if issue not in repo.queue:
        raise GitHubRefusal(422, "Pull request is not in the merge queue")
    merge_queue.dequeue(call.state, repo, issue, "MANUAL")
    return {"mergeQueueEntry": GraphNode("MergeQueueEntry", repo, issue)}


async def _revert(call: ApiRequest, given: Mapping[str, Any]) -> Changed:
    repo, issue = find_pull(call, given["pullRequestId"], "contents:write", "write")
    pull = merging.of(issue)
    tip = await git.find(repo.git_dir, pull.base)
    if pull.merge_commit_sha is None or tip is None:
        raise GitHubRefusal(422, "Pull request is not merged")
    tree = await merging.picked(repo, tip, pull.base_sha, pull.merge_commit_sha)
    if tree is None:
        raise GitHubRefusal(422, "Could not revert pull request: merge conflict")
    name = f'Revert "{issue.title}"'
    env = merging.signed(call.state, call.who).environment()
    sha = await git.commit_tree(repo.git_dir, tree, (tip,), f"{name}\n\nThis reverts #{issue.number}.\n", env)
    branch = f"revert-{issue.number}-{pull.head}"
    if branch in await git.branches(repo.git_dir):
        raise GitHubRefusal(422, f"Could not revert pull request: the branch {branch} exists already")
    await git.update(repo.git_dir, f"refs/heads/{branch}", sha)
    await pushes.moved(call.state, repo, call.who, [(f"refs/heads/{branch}", NOTHING, sha)])
    body = given.get("body") or f"Reverts {repo.full_name}#{issue.number}"
    wanted = {"title": given.get("title") or name, "body": body, "head": branch, "base": pull.base}
    made = await pulls.create(_within(call, repo, wanted | {"draft": bool(given.get("draft"))}))
    reverted = repo.issues[made.data["number"]]
    return {
        "pullRequest": GraphNode("PullRequest", repo, issue),
        "revertPullRequest": GraphNode("PullRequest", repo, reverted),
    }


def _expect(given: Mapping[str, Any], head: str) -> None:
    if given.get("expectedHeadOid") not in (None, head):
        raise GitHubRefusal(422, "Head branch was modified. Review and try the merge again.")


MUTATIONS: dict[str, Callable[[ApiRequest, Mapping[str, Any]], Awaitable[Changed]]] = {
    "markPullRequestReadyForReview": _ready,
    "convertPullRequestToDraft": _not_ready,
    "resolveReviewThread": _resolve,
    "unresolveReviewThread": _unresolve,
    "addPullRequestReviewThreadReply": _reply,
    "enablePullRequestAutoMerge": _auto_merge,
    "disablePullRequestAutoMerge": _no_auto_merge,
    "enqueuePullRequest": _enqueue,
    "dequeuePullRequest": _dequeue,
    "revertPullRequest": _revert,
}
