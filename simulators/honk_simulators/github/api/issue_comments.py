"""Comments under issues and pull requests, and reactions."""

from collections.abc import Sequence

from honk_simulators.github.api import issues
from honk_simulators.github.refusal import GitHubRefusal, invalid, not_found
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import issues as shapes
from honk_simulators.github.state.issues import IssueComment, IssueRecord, Reaction, edited
from honk_simulators.github.state.repositories import covers
from honk_simulators.github.webhooks import emitter

LONGEST = 65536


def checked(body: str, resource: str = "IssueComment") -> str:
    """A body that GitHub takes. Raises Refusal (422) for an empty one and for one that is too long."""
    if not body.strip():
        raise invalid(resource, field="body", code="missing_field")
    if len(body) > LONGEST:
        raise invalid(resource, field="body", message=f"body is too long (maximum is {LONGEST} characters)")
    return body


async def create(call: ApiRequest) -> ApiResponse:
    """Say something."""
    issue = issues.found(call)
    issues.may_write(call, issue)
    if issue.locked and (call.token.kind == "installation" or not covers(call.repo.role(call.who), "write")):
        raise GitHubRefusal(403, "Unable to create comment because issue is locked.")
    body = checked(call.body["body"])
    now = call.state.stamp()
    said = IssueComment(call.state.id(), call.who, body, now, now, call.app)
    issue.comments.append(said)
    issue.updated_at = now
    _tell(call, issue, said, "created")
    return ApiResponse(shapes.comment(call.state, call.repo, issue, said), 201)


async def listed(call: ApiRequest) -> ApiResponse:
    """What was said under one, oldest first."""
    issue, since = issues.found(call), call.query.get("since", "")
    items = [each for each in issue.comments if each.updated_at >= since]
    return call.page(items, lambda each: shapes.comment(call.state, call.repo, issue, each))


async def everywhere(call: ApiRequest) -> ApiResponse:
    """What was said in the repository."""
    since = call.query.get("since", "")
    pairs = [
        (issue, each) for issue in call.repo.issues.values() for each in issue.comments if each.updated_at >= since
    ]
    key = "updated_at" if call.query.get("sort") == "updated" else "created_at"
    pairs.sort(key=lambda pair: (getattr(pair[1], key), pair[1].id), reverse=call.query.get("direction") == "desc")
    return call.page(pairs, lambda pair: shapes.comment(call.state, call.repo, *pair))


def _found(call: ApiRequest) -> tuple[IssueRecord, IssueComment]:
    number = call.number("comment_id")
    for issue in call.repo.issues.values():
        for each in issue.comments:
            if each.id == number:
                return issue, each
    raise not_found()


async def get(call: ApiRequest) -> ApiResponse:
    """One."""
    return ApiResponse(shapes.comment(call.state, call.repo, *_found(call)))


def _may_change(call: ApiRequest, said: IssueComment) -> None:
    """Its author may, and who may push. An App may change what it said itself."""
    if said.user is call.who or (call.token.kind != "installation" and covers(call.repo.role(call.who), "write")):
        return
    raise GitHubRefusal(
        403, "Resource not accessible by integration" if call.app else "Must have push access to Repository."
    )


async def update(call: ApiRequest) -> ApiResponse:
    """Say it differently."""
    issue, said = _found(call)
    issues.may_write(call, issue)
    _may_change(call, said)
    was, said.body, said.updated_at = said.body, checked(call.body["body"]), call.state.stamp()
    edited(said, call.who, said.updated_at)
    _tell(call, issue, said, "edited", was)
    return ApiResponse(shapes.comment(call.state, call.repo, issue, said))


async def delete(call: ApiRequest) -> ApiResponse:
    """Take it back."""
    issue, said = _found(call)
    issues.may_write(call, issue)
    _may_change(call, said)
    issue.comments.remove(said)
    _tell(call, issue, said, "deleted")
    return ApiResponse(status=204)


def _tell(call: ApiRequest, issue: IssueRecord, said: IssueComment, action: str, was: str | None = None) -> None:
    state, repo = call.state, call.repo
    more = {"changes": {"body": {"from": was}}} if was is not None else {}
    shown = shapes.comment(state, repo, issue, said)
    as_issue = shapes.issue(state, repo, issue)
    emitter.emit(state, repo, "issue_comment", call.who, action, issue=as_issue, comment=shown, **more)


def react(call: ApiRequest, issue: IssueRecord, reactions: list[Reaction]) -> ApiResponse:
    """Add a reaction; the same again changes nothing (200). Raises Refusal where the conversation is locked."""
    if issue.locked:
        # for writers as well; how GitHub words it is not documented
        raise GitHubRefusal(403, "Unable to create reaction because issue is locked.")
    for each in reactions:
        if each.user is call.who and each.content == call.body["content"]:
            return ApiResponse(shapes.reaction(call.state, each))
    made = Reaction(call.state.id(), call.who, call.body["content"], call.state.stamp())
    reactions.append(made)
    return ApiResponse(shapes.reaction(call.state, made), 201)


def reacted(call: ApiRequest, reactions: Sequence[Reaction]) -> ApiResponse:
    """All reactions, or those of one kind."""
    wanted = call.query.get("content", "")
    items = [each for each in reactions if wanted in ("", each.content)]
    return call.page(items, lambda each: shapes.reaction(call.state, each))


def unreact(call: ApiRequest, reactions: list[Reaction]) -> ApiResponse:
    """Take a reaction of one's own back."""
    number = call.number("reaction_id")
    for each in reactions:
        if each.id == number and each.user is call.who:
            reactions.remove(each)
            return ApiResponse(status=204)
    raise not_found()


async def react_to_comment(call: ApiRequest) -> ApiResponse:
    """To a comment."""
    issue, said = _found(call)
    return react(call, issue, said.reactions)


async def comment_reactions(call: ApiRequest) -> ApiResponse:
    """To a comment."""
    return reacted(call, _found(call)[1].reactions)


async def unreact_to_comment(call: ApiRequest) -> ApiResponse:
    """To a comment."""
    return unreact(call, _found(call)[1].reactions)


async def react_to_issue(call: ApiRequest) -> ApiResponse:
    """To an issue or pull request."""
    issue = issues.found(call)
    return react(call, issue, issue.reactions)


async def issue_reactions(call: ApiRequest) -> ApiResponse:
    """To an issue or pull request."""
    return reacted(call, issues.found(call).reactions)


_AT = "/repos/{owner}/{repo}/issues"
_ONE = f"{_AT}/comments/{{comment_id}}"
_ISSUE = f"{_AT}/{{issue_number}}"
_READ, _WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"

ROUTES = (
    Route(f"POST {_ISSUE}/comments", create, _WRITE, creates=True),
    Route(f"GET {_ISSUE}/comments", listed, _READ),
    Route(f"GET {_AT}/comments", everywhere, _READ),
    Route(f"GET {_ONE}", get, _READ),
    Route(f"PATCH {_ONE}", update, _WRITE),
    Route(f"DELETE {_ONE}", delete, _WRITE),
    Route(f"POST {_ONE}/reactions", react_to_comment, _WRITE),
    Route(f"GET {_ONE}/reactions", comment_reactions, _READ),
    Route(f"DELETE {_ONE}/reactions/{{reaction_id}}", unreact_to_comment, _WRITE),
    Route(f"POST {_ISSUE}/reactions", react_to_issue, _WRITE),
    Route(f"GET {_ISSUE}/reactions", issue_reactions, _READ),
)
