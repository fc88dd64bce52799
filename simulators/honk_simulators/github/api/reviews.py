"""Reviews: write, submit, dismiss."""

from typing import Any

from honk_simulators.github.api import pulls, review_comments
from honk_simulators.github.refusal import GitHubRefusal, not_found
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import issues as shapes
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.issues import IssueRecord, PullRecord, PullReview, ReviewState
from honk_simulators.github.webhooks import emitter

STATES: dict[str, ReviewState] = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}
_OWN = {
    "APPROVE": "Can not approve your own pull request",
    "REQUEST_CHANGES": "Can not request changes on your own pull request",
}


async def create(call: ApiRequest) -> ApiResponse:
    """Write one; without `event` it is pending, and only its author sees it."""
    issue, pull = pulls.found(call)
    given, who = call.body, call.who
    event = given.get("event", "")
    comments = given.get("comments", [])
    _check(issue, who, event, given.get("body", ""), bool(comments))
    if any(each.state == "PENDING" and each.user is who for each in pull.reviews):
        raise _no("User can only have one pending review per pull request")
    commit = given.get("commit_id", pull.head_sha)
    review = PullReview(call.state.id(), who, given.get("body", ""), "PENDING", commit, None)
    made = [await review_comments.made(call, issue, each, review, commit) for each in comments]
    pull.reviews.append(review)
    pull.remarks += made
    if event:
        _submit(call, issue, pull, review, event)
    return ApiResponse(shapes.review(call.state, call.repo, issue, review))


def _check(issue: IssueRecord, who: GitHubAccount, event: str, body: str, commented: bool) -> None:
    if event in _OWN and issue.user is who:
        raise _no(_OWN[event])
    if event in ("REQUEST_CHANGES", "COMMENT") and not body.strip() and not commented:
        raise _no("Body can't be blank")


def _no(why: str) -> GitHubRefusal:
    return GitHubRefusal(422, "Unprocessable Entity", [why])


def _submit(call: ApiRequest, issue: IssueRecord, pull: PullRecord, review: PullReview, event: str) -> None:
    review.state, review.submitted_at = STATES[event], call.state.stamp()
    issue.updated_at = review.submitted_at
    pull.requested_reviewers = [each for each in pull.requested_reviewers if each is not review.user]
    tell(call, issue, review, "submitted")
    for remark in pull.remarks:
        if remark.review is review:
            review_comments.tell(call, issue, remark, "created")


def tell(call: ApiRequest, issue: IssueRecord, review: PullReview, action: str, **more: Any) -> None:
    """The event about it; in events its state is in lower case."""
    shown = shapes.review(call.state, call.repo, issue, review)
    shown |= {"state": review.state.lower(), "submitted_at": review.submitted_at, "updated_at": review.submitted_at}
    pull = shapes.pull(call.state, call.repo, issue)
    emitter.emit(
        call.state, call.repo, "pull_request_review", call.who, action, review=shown, pull_request=pull, **more
    )


async def listed(call: ApiRequest) -> ApiResponse:
    """All, oldest first, without what is still pending for others."""
    issue, pull = pulls.found(call)
    items = [each for each in pull.reviews if each.state != "PENDING" or each.user is call.token.account]
    return call.page(items, lambda each: shapes.review(call.state, call.repo, issue, each))


def _found(call: ApiRequest) -> tuple[IssueRecord, PullRecord, PullReview]:
    issue, pull = pulls.found(call)
    number = call.number("review_id")
    review = next((each for each in pull.reviews if each.id == number), None)
    if review is None or (review.state == "PENDING" and review.user is not call.token.account):
        raise not_found()
    return issue, pull, review


async def get(call: ApiRequest) -> ApiResponse:
    """One."""
    issue, _, review = _found(call)
    return ApiResponse(shapes.review(call.state, call.repo, issue, review))


async def update(call: ApiRequest) -> ApiResponse:
    """Another text."""
    issue, _, review = _found(call)
    if review.user is not call.who:
        raise GitHubRefusal(403, "Resource not accessible by integration" if call.app else "Forbidden")
    was, review.body = review.body, call.body["body"]
    tell(call, issue, review, "edited", changes={"body": {"from": was}})
    return ApiResponse(shapes.review(call.state, call.repo, issue, review))


async def delete(call: ApiRequest) -> ApiResponse:
    """Throw a pending one away."""
    issue, pull, review = _found(call)
    if review.state != "PENDING":
        raise _no("Can not delete a non-pending pull request review")
    pull.reviews.remove(review)
    pull.remarks = [each for each in pull.remarks if each.review is not review]
    return ApiResponse(shapes.review(call.state, call.repo, issue, review))


async def submit(call: ApiRequest) -> ApiResponse:
    """Send a pending one off."""
    issue, pull, review = _found(call)
    event, body = call.body["event"], call.body.get("body", review.body)
    if review.state != "PENDING":
        raise _no("Could not submit a review that is not pending")
    _check(issue, call.who, event, body, any(each.review is review for each in pull.remarks))
    review.body = body
    _submit(call, issue, pull, review, event)
    return ApiResponse(shapes.review(call.state, call.repo, issue, review))


async def dismiss(call: ApiRequest) -> ApiResponse:
    """It counts no more."""
    issue, _, review = _found(call)
    if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise _no(f"Can not dismiss a {review.state.lower()} pull request review")
    review.state = "DISMISSED"
    tell(call, issue, review, "dismissed")
    return ApiResponse(shapes.review(call.state, call.repo, issue, review))


async def comments(call: ApiRequest) -> ApiResponse:
    """The comments that came with one."""
    issue, pull, review = _found(call)
    items = [each for each in pull.remarks if each.review is review]
    return call.page(items, lambda each: shapes.remark(call.state, call.repo, issue, each))


_AT = "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"
_ONE = f"{_AT}/{{review_id}}"

ROUTES = (
    Route(f"POST {_AT}", create, "pull_requests:write", creates=True),
    Route(f"GET {_AT}", listed, "pull_requests:read"),
    Route(f"GET {_ONE}", get, "pull_requests:read"),
    Route(f"PUT {_ONE}", update, "pull_requests:write"),
    Route(f"DELETE {_ONE}", delete, "pull_requests:write"),
    Route(f"POST {_ONE}/events", submit, "pull_requests:write"),
    Route(f"PUT {_ONE}/dismissals", dismiss, "pull_requests:write", "write"),
    Route(f"GET {_ONE}/comments", comments, "pull_requests:read"),
)
