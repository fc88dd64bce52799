"""Merging pull requests, at once or as a request that is worked off in the background; bringing them up to date."""

import asyncio
import uuid
from typing import Any

from honk_simulators.github.api import pulls
from honk_simulators.github.branches import merge_queue, merging, pushes
from honk_simulators.github.branches.merging import MergeRequest
from honk_simulators.github.git_repository import git
from honk_simulators.github.refusal import GitHubRefusal, not_found
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.rules import workflow_permission
from honk_simulators.github.state.issues import IssueRecord, PullRecord


async def is_merged(call: ApiRequest) -> ApiResponse:
    """204 or 404."""
    if pulls.found(call)[1].merged_at is None:
        raise not_found()
    return ApiResponse(status=204)


async def merge(call: ApiRequest) -> ApiResponse:
    """Merge one, if `sha` is still its head."""
    issue, pull = pulls.found(call)
    given = call.body
    method = given.get("merge_method", "merge")
    if "sha" in given and given["sha"] != pull.head_sha:
        raise GitHubRefusal(409, "Head branch was modified. Review and try the merge again.")
    await _check(call, issue, pull, method)
    wish = MergeRequest(call.who, method, given.get("commit_title"), given.get("commit_message"))
    sha = await merging.merge(call.state, call.repo, issue, wish)
    return ApiResponse({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


async def update_branch(call: ApiRequest) -> ApiResponse:
    """Merge the base into the head; GitHub does it a little later."""
    issue, pull = pulls.found(call)
    expected = call.body.get("expected_head_sha", pull.head_sha)
    if expected != pull.head_sha:
        raise GitHubRefusal(422, f"expected head sha didn’t match current head ref. {pull.head_sha}")
    base = await git.find(call.repo.git_dir, pull.base) or pull.base_sha
    if await git.ancestor(call.repo.git_dir, base, pull.head_sha):
        raise GitHubRefusal(422, "There are no new commits on the base branch.")
    tree = await git.merged_tree(call.repo.git_dir, pull.head_sha, base)
    if tree is None:
        raise GitHubRefusal(422, f"merge conflict between base and head (merging {pull.base} into {pull.head})")
    message = f"Merge branch '{pull.base}' into {pull.head}\n"
    env = merging.signed(call.state, call.who).environment()
    old, ref = pull.head_sha, f"refs/heads/{pull.head}"
    new = await git.commit_tree(call.repo.git_dir, tree, (old, base), message, env)
    await git.update(pull.head_repo.git_dir, ref, new, old)
    await pushes.moved(call.state, pull.head_repo, call.who, [(ref, old, new)])
    return ApiResponse(
        {"message": "Updating pull request branch.", "url": call.url.removesuffix("/update-branch")}, 202
    )


async def request_merge(call: ApiRequest) -> ApiResponse:
    """Merge a little later, or put into the merge queue where there is one. Rules are looked at only then."""
    issue, pull = pulls.found(call)
    if pull.merged_at is not None:
        details = {"message": "Pull request was already merged", "sha": pull.merge_commit_sha}
        return ApiResponse({"status": "merged", "details": details})
    if pull.queued is not None:
        return ApiResponse({"status": "enqueued", "details": {"message": "Pull request is in the merge queue"}})
    given, head = call.body, call.body.get("sha", pull.head_sha)
    asked = next(
        (each for each in call.state.merges.values() if each["of"] is issue and each["status"] == "pending"), None
    )
    if asked is not None:
        return ApiResponse(_result(asked), 409)
    wrong = "Pull request is closed" if issue.state != "open" else "Pull request is a draft" if pull.draft else ""
    if head != pull.head_sha:
        wrong = "Head branch was modified. Review and try the merge again."
    if wrong:
        return ApiResponse({"status": "failed", "details": {"message": wrong}}, 400)
    number = str(uuid.uuid4())
    details = {
        "message": "Merge requested",
        "uuid": number,
        "merge_method": given.get("merge_method", "default"),
        "merge_action": given.get("merge_action", "default"),
        "expected_head_sha": head,
    }
    asked = {"of": issue, "status": "pending", "details": details}
    call.state.merges[number] = asked
    call.state.start(_work_off(call, issue, pull, asked), f"merge of #{issue.number}")
    return ApiResponse(_result(asked), 202)


async def _work_off(call: ApiRequest, issue: IssueRecord, pull: PullRecord, asked: dict[str, Any]) -> None:
    given, wanted = call.body, asked["details"]
    await asyncio.sleep(0)
    try:
        if pull.head_sha != wanted["expected_head_sha"]:
            raise GitHubRefusal(409, "Head branch was modified. Review and try the merge again.")
        if merge_queue.queued(call.repo, pull) and wanted["merge_action"] != "direct_merge":
            await merge_queue.enqueue(call.state, call.repo, issue, call.who)
            asked |= {"status": "enqueued", "details": {"message": "Pull request was added to the merge queue"}}
        else:
            method = given.get("merge_method", "merge")
            await _check(call, issue, pull, method)
            wish = MergeRequest(call.who, method, given.get("commit_title"), given.get("commit_message"))
            sha = await merging.merge(call.state, call.repo, issue, wish)
            asked |= {"status": "merged", "details": {"message": "Pull request was merged", "sha": sha}}
    except GitHubRefusal as refused:
        asked |= {"status": "failed", "details": {"message": refused.message}}


async def merge_result(call: ApiRequest) -> ApiResponse:
    """What has become of such a request."""
    issue, _ = pulls.found(call)
    asked = call.state.merges.get(call.path["uuid"])
    if asked is None or asked["of"] is not issue:
        raise not_found()
    return ApiResponse(_result(asked))


def _result(asked: dict[str, Any]) -> dict[str, Any]:
    return {"status": asked["status"], "details": asked["details"]}


async def _check(call: ApiRequest, issue: IssueRecord, pull: PullRecord, method: Any) -> None:
    if merge_queue.queued(call.repo, pull):
        raise GitHubRefusal(405, "Changes must be made through the merge queue")
    await merging.check(call.state, call.repo, issue, method, call.who)
    await workflow_permission.check(call.token, call.repo, await git.find(call.repo.git_dir, pull.base), pull.head_sha)


_ONE = "/repos/{owner}/{repo}/pulls/{pull_number}"

ROUTES = (
    Route(f"GET {_ONE}/merge", is_merged, "contents:read"),
    Route(f"PUT {_ONE}/merge", merge, "contents:write", "write"),
    Route(f"PUT {_ONE}/merge-async", request_merge, "contents:write", "write"),
    Route(f"GET {_ONE}/merge-async/{{uuid}}", merge_result, "contents:read"),
    Route(f"PUT {_ONE}/update-branch", update_branch, "pull_requests:write", "write"),
)
