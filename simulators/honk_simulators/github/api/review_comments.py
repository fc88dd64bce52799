"""Comments at lines of a pull request's files, which GitHub calls review comments; with answers they are threads."""

from collections.abc import Mapping
from typing import Any

from honk_simulators.github.api import issue_comments, pulls
from honk_simulators.github.git_repository import diff_hunks
from honk_simulators.github.refusal import GitHubRefusal, invalid, not_found
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import issues as shapes
from honk_simulators.github.state.issues import IssueRecord, PullReview, ReviewComment
from honk_simulators.github.state.repositories import covers
from honk_simulators.github.webhooks import emitter

RESOURCE = "PullRequestReviewComment"


async def made(
    call: ApiRequest, issue: IssueRecord, given: Mapping[str, Any], review: PullReview | None, commit: str
) -> ReviewComment:
    """A comment at a line that the diff shows. Raises Refusal (422) for any other."""
    patch = next((each.patch for each in await pulls.changes(call.repo, issue) if each.path == given["path"]), None)
    if patch is None:
        raise _unresolved(review, "path", "Path could not be resolved")
    line, side = given.get("line"), given.get("side") or "RIGHT"
    if line is None and given.get("position") is not None:
        line, side = diff_hunks.at(patch, given["position"]) or (None, side)
    hunk = diff_hunks.to_line(patch, line, side) if line is not None else None
    if hunk is None and given.get("subject_type") != "file":
        raise _unresolved(review, "line", "Line could not be resolved")
    now = call.state.stamp()
    body = issue_comments.checked(given["body"], RESOURCE)
    return ReviewComment(
        call.state.id(),
        call.who,
        body,
        given["path"],
        line,
        side,
        commit,
        hunk or "",
        now,
        now,
        review,
        start_line=given.get("start_line"),
        start_side=given.get("start_side"),
    )


def _unresolved(review: PullReview | None, field: str, why: str) -> GitHubRefusal:
    if review is not None:
        return GitHubRefusal(422, "Unprocessable Entity", [why])
    whole = f"pull_request_review_thread.{field}"
    return invalid(RESOURCE, field=whole, message=f"{whole} must be part of the diff")


async def create(call: ApiRequest) -> ApiResponse:
    """Comment on a line at once, as a review of its own."""
    issue, pull = pulls.found(call)
    given = call.body
    if "in_reply_to" in given:
        return await _answer(call, issue, given["in_reply_to"])
    own = [each.sha for each in await pulls.own_commits(call.repo, issue)]
    if given["commit_id"] not in own:
        raise invalid(RESOURCE, field="commit_id", message="commit_id is not part of the pull request")
    review = PullReview(call.state.id(), call.who, "", "COMMENTED", given["commit_id"], call.state.stamp())
    remark = await made(call, issue, given, None, given["commit_id"])
    remark.review = review
    pull.reviews.append(review)
    pull.remarks.append(remark)
    issue.updated_at = call.state.stamp()
    tell(call, issue, remark, "created")
    return ApiResponse(shapes.remark(call.state, call.repo, issue, remark), 201)


async def reply(call: ApiRequest) -> ApiResponse:
    """Answer in a thread; only its first comment can be answered."""
    issue, _ = pulls.found(call)
    return await _answer(call, issue, call.number("comment_id"))


async def _answer(call: ApiRequest, issue: IssueRecord, number: int) -> ApiResponse:
    pull = issue.pull
    first = next((each for each in pull.remarks if each.id == number), None) if pull else None
    if first is None or pull is None or first.reply_to is not None:
        raise not_found()
    return ApiResponse(
        shapes.remark(call.state, call.repo, issue, answered(call, issue, first, call.body["body"])), 201
    )


def answered(call: ApiRequest, issue: IssueRecord, first: ReviewComment, body: str) -> ReviewComment:
    """An answer to the first comment of a thread."""
    now, pull = call.state.stamp(), issue.pull
    if pull is None:
        raise not_found()
    review = PullReview(call.state.id(), call.who, "", "COMMENTED", pull.head_sha, now)
    said = ReviewComment(
        call.state.id(),
        call.who,
        issue_comments.checked(body, RESOURCE),
        first.path,
        first.line,
        first.side,
        first.commit_id,
        first.hunk,
        now,
        now,
        review,
        first,
    )
    pull.reviews.append(review)
    pull.remarks.append(said)
    issue.updated_at = now
    tell(call, issue, said, "created")
    return said


def tell(call: ApiRequest, issue: IssueRecord, remark: ReviewComment, action: str, **more: Any) -> None:
    """The event about it."""
    shown = shapes.remark(call.state, call.repo, issue, remark)
    pull = shapes.pull(call.state, call.repo, issue)
    emitter.emit(
        call.state,
        call.repo,
        "pull_request_review_comment",
        call.who,
        action,
        comment=shown,
        pull_request=pull,
        **more,
    )


def _visible(call: ApiRequest, remark: ReviewComment) -> bool:
    return remark.review is None or remark.review.state != "PENDING" or remark.user is call.token.account


async def listed(call: ApiRequest) -> ApiResponse:
    """All of a pull request."""
    issue, pull = pulls.found(call)
    since = call.query.get("since", "")
    items = [each for each in pull.remarks if each.updated_at >= since and _visible(call, each)]
    return call.page(items, lambda each: shapes.remark(call.state, call.repo, issue, each))


async def everywhere(call: ApiRequest) -> ApiResponse:
    """All of the repository."""
    since = call.query.get("since", "")
    pairs = [
        (issue, each)
        for issue in call.repo.issues.values()
        for each in (issue.pull.remarks if issue.pull else ())
        if each.updated_at >= since and _visible(call, each)
    ]
    return call.page(pairs, lambda pair: shapes.remark(call.state, call.repo, *pair))


def _found(call: ApiRequest) -> tuple[IssueRecord, ReviewComment]:
    number = call.number("comment_id")
    for issue in call.repo.issues.values():
        for each in issue.pull.remarks if issue.pull else ():
            if each.id == number and _visible(call, each):
                return issue, each
    raise not_found()


async def get(call: ApiRequest) -> ApiResponse:
    """One."""
    return ApiResponse(shapes.remark(call.state, call.repo, *_found(call)))


async def update(call: ApiRequest) -> ApiResponse:
    """Say it differently."""
    issue, remark = _found(call)
    _may_change(call, remark)
    was, remark.body = remark.body, issue_comments.checked(call.body["body"], RESOURCE)
    remark.updated_at = call.state.stamp()
    tell(call, issue, remark, "edited", changes={"body": {"from": was}})
    return ApiResponse(shapes.remark(call.state, call.repo, issue, remark))


async def delete(call: ApiRequest) -> ApiResponse:
    """Take it back."""
    issue, remark = _found(call)
    _may_change(call, remark)
    if issue.pull is not None:
        issue.pull.remarks.remove(remark)
    tell(call, issue, remark, "deleted")
    return ApiResponse(status=204)


def _may_change(call: ApiRequest, remark: ReviewComment) -> None:
    if remark.user is not call.who and not covers(call.repo.role(call.who), "write"):
        raise GitHubRefusal(403, "Resource not accessible by integration" if call.app else "Must have push access")


async def react(call: ApiRequest) -> ApiResponse:
    """React to one."""
    issue, remark = _found(call)
    return issue_comments.react(call, issue, remark.reactions)


async def reactions(call: ApiRequest) -> ApiResponse:
    """Who reacted to one."""
    return issue_comments.reacted(call, _found(call)[1].reactions)


_AT = "/repos/{owner}/{repo}/pulls"
_ONE = f"{_AT}/comments/{{comment_id}}"
_OF = f"{_AT}/{{pull_number}}/comments"

ROUTES = (
    Route(f"POST {_OF}", create, "pull_requests:write", creates=True),
    Route(f"GET {_OF}", listed, "pull_requests:read"),
    Route(f"POST {_OF}/{{comment_id}}/replies", reply, "pull_requests:write", creates=True),
    Route(f"GET {_AT}/comments", everywhere, "pull_requests:read"),
    Route(f"GET {_ONE}", get, "pull_requests:read"),
    Route(f"PATCH {_ONE}", update, "pull_requests:write"),
    Route(f"DELETE {_ONE}", delete, "pull_requests:write"),
    Route(f"POST {_ONE}/reactions", react, "pull_requests:write"),
    Route(f"GET {_ONE}/reactions", reactions, "pull_requests:read"),
)
