"""Issues, their labels, assignees and history. A pull request is an issue as well."""

from typing import Any

from honk_simulators.github.auth import access
from honk_simulators.github.branches import pushes
from honk_simulators.github.refusal import GitHubRefusal, invalid, not_found
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import accounts
from honk_simulators.github.responses import issues as shapes
from honk_simulators.github.state.issues import IssueRecord, edited
from honk_simulators.github.state.repositories import Label, covers
from honk_simulators.github.webhooks import emitter

GREY = "ededed"
MOST_ASSIGNEES = 10


def found(call: ApiRequest) -> IssueRecord:
    """The issue in the path."""
    issue = call.repo.issues.get(call.number("issue_number"))
    if issue is None:
        raise not_found()
    return issue


def may_write(call: ApiRequest, issue: IssueRecord) -> None:
    """Raises Refusal (403) for a token that may write issues but not pull requests, or the other way round."""
    area = "issues:write|pull_requests:write" if issue.pull else "issues:write"
    access.check(call.token, call.repo, area, "read")


async def create(call: ApiRequest) -> ApiResponse:
    """Open an issue. Labels and assignees are dropped silently for those who may not push."""
    given, who = call.body, call.who
    title = str(given["title"])
    if not title.strip():
        raise invalid("Issue", field="title", code="missing_field")
    issue = IssueRecord(
        call.state.id(), call.repo.number(), who, title, given.get("body"), call.state.stamp(), call.state.stamp()
    )
    issue.app = call.app
    call.repo.issues[issue.number] = issue
    tell(call, issue, "opened")
    if call.token.kind == "installation" or covers(call.repo.role(who), "triage"):
        for each in given.get("labels", ()):
            _add_label(call, issue, each if isinstance(each, str) else each["name"])
        _assign(call, issue, given.get("assignees", ()))
    return ApiResponse(shapes.issue(call.state, call.repo, issue), 201)


async def listed(call: ApiRequest) -> ApiResponse:
    """Issues and pull requests, newest first unless asked otherwise."""
    state, since = call.query.get("state", "open"), call.query.get("since", "")
    items = [each for each in call.repo.issues.values() if state in ("all", each.state) and each.updated_at >= since]
    for name in filter(None, call.query.get("labels", "").lower().split(",")):
        items = [each for each in items if name in (label.lower() for label in each.labels)]
    if creator := call.query.get("creator", ""):
        items = [each for each in items if each.user.login.lower() == creator.lower()]
    if assignee := call.query.get("assignee", ""):
        items = [each for each in items if _assigned(each, assignee)]
    key = "updated_at" if call.query.get("sort") == "updated" else "number"
    items.sort(key=lambda each: (getattr(each, key), each.number), reverse=call.query.get("direction") != "asc")
    return call.page(items, lambda each: shapes.issue(call.state, call.repo, each))


def _assigned(issue: IssueRecord, wanted: str) -> bool:
    logins = {each.login.lower() for each in issue.assignees}
    return bool(logins) if wanted == "*" else not logins if wanted == "none" else wanted.lower() in logins


async def get(call: ApiRequest) -> ApiResponse:
    """One."""
    return ApiResponse(shapes.issue(call.state, call.repo, found(call)))


async def update(call: ApiRequest) -> ApiResponse:
    """Title, body, state, labels, assignees."""
    issue, given, who = found(call), call.body, call.who
    may_write(call, issue)
    if not (issue.user is who or call.token.kind == "installation" or covers(call.repo.role(who), "triage")):
        raise GitHubRefusal(403, "Must have triage access to Repository.")
    changes: dict[str, Any] = {}
    for key in ("title", "body"):
        if key in call.given and str(call.given[key] or "") != (getattr(issue, key) or ""):
            changes[key] = {"from": getattr(issue, key) or ""}
            setattr(issue, key, None if call.given[key] is None else str(call.given[key]))
    if changes:
        issue.updated_at = call.state.stamp()
        if "body" in changes:
            edited(issue, who, issue.updated_at)
        tell(call, issue, "edited", changes=changes)
    if "labels" in given:
        _set_labels(call, issue, [each if isinstance(each, str) else each["name"] for each in given["labels"]])
    if "assignees" in given:
        issue.assignees = []
        _assign(call, issue, given["assignees"])
    if given.get("state", issue.state) != issue.state:
        _turn(call, issue)
    return ApiResponse(shapes.issue(call.state, call.repo, issue))


def _turn(call: ApiRequest, issue: IssueRecord) -> None:
    """Close or reopen."""
    if call.body["state"] == "closed":
        issue.state_reason = call.body.get("state_reason", "completed") if issue.pull is None else None
        pushes.close(call.state, call.repo, issue, call.who)
        return
    if issue.pull is not None and issue.pull.merged_at is not None:
        raise invalid("Issue", field="state", message="state cannot be changed. It was merged.")
    issue.state, issue.closed_at, issue.closed_by = "open", None, None
    issue.state_reason = "reopened" if issue.pull is None else None
    pushes.note(call.state, issue, "reopened", call.who)
    tell(call, issue, "reopened")


async def lock(call: ApiRequest) -> ApiResponse:
    """From now on only who may push comments, and nobody reacts."""
    issue = found(call)
    issue.locked = True
    pushes.note(call.state, issue, "locked", call.who)
    return ApiResponse(status=204)


async def unlock(call: ApiRequest) -> ApiResponse:
    """Everybody again."""
    issue = found(call)
    issue.locked = False
    pushes.note(call.state, issue, "unlocked", call.who)
    return ApiResponse(status=204)


async def labels(call: ApiRequest) -> ApiResponse:
    """The labels of one."""
    issue = found(call)
    return call.page(issue.labels, lambda name: shapes.label(call.state, call.repo, name))


async def add_labels(call: ApiRequest) -> ApiResponse:
    """More labels; those that the repository does not have are made."""
    issue = found(call)
    may_write(call, issue)
    for name in _names(call.given):
        _add_label(call, issue, name)
    return ApiResponse([shapes.label(call.state, call.repo, name) for name in issue.labels])


async def set_labels(call: ApiRequest) -> ApiResponse:
    """These and no others."""
    issue = found(call)
    may_write(call, issue)
    _set_labels(call, issue, _names(call.given))
    return ApiResponse([shapes.label(call.state, call.repo, name) for name in issue.labels])


async def remove_label(call: ApiRequest) -> ApiResponse:
    """One fewer."""
    issue = found(call)
    may_write(call, issue)
    if not _drop_label(call, issue, call.path["name"]):
        raise GitHubRefusal(404, "Label does not exist")
    return ApiResponse([shapes.label(call.state, call.repo, name) for name in issue.labels])


async def assign(call: ApiRequest) -> ApiResponse:
    """Make it somebody's, too."""
    issue = found(call)
    may_write(call, issue)
    _assign(call, issue, call.body.get("assignees", ()))
    return ApiResponse(shapes.issue(call.state, call.repo, issue), 201)


async def unassign(call: ApiRequest) -> ApiResponse:
    """No longer somebody's."""
    issue = found(call)
    may_write(call, issue)
    gone = {login.lower() for login in call.body.get("assignees", ())}
    for person in [each for each in issue.assignees if each.login.lower() in gone]:
        issue.assignees.remove(person)
        tell(call, issue, "unassigned", assignee=accounts.simple(call.state, person))
    return ApiResponse(shapes.issue(call.state, call.repo, issue))


async def events(call: ApiRequest) -> ApiResponse:
    """What has happened to one."""
    return call.page(found(call).events, lambda each: shapes.event(call.state, call.repo, each))


async def repository_labels(call: ApiRequest) -> ApiResponse:
    """All labels there are."""
    return call.page(list(call.repo.labels), lambda name: shapes.label(call.state, call.repo, name))


async def create_label(call: ApiRequest) -> ApiResponse:
    """One more kind of label."""
    name = call.body["name"]
    if name.lower() in call.repo.labels:
        raise invalid("Label", field="name", code="already_exists")
    call.repo.labels[name.lower()] = Label(
        call.state.id(), name, call.body.get("color", GREY).removeprefix("#"), call.body.get("description")
    )
    return ApiResponse(shapes.label(call.state, call.repo, name), 201)


async def get_label(call: ApiRequest) -> ApiResponse:
    """One kind of label."""
    if call.path["name"].lower() not in call.repo.labels:
        raise not_found()
    return ApiResponse(shapes.label(call.state, call.repo, call.path["name"]))


def tell(call: ApiRequest, issue: IssueRecord, action: str, **more: Any) -> None:
    """The event about it: of an issue, or of a pull request."""
    state, repo = call.state, call.repo
    if issue.pull is None:
        emitter.emit(state, repo, "issues", call.who, action, issue=shapes.issue(state, repo, issue), **more)
        return
    shown = shapes.full_pull(state, repo, issue, size=(0, 0, 0, 0), mergeable=(None, "unknown"))
    emitter.emit(state, repo, "pull_request", call.who, action, number=issue.number, pull_request=shown, **more)


def _names(given: Any) -> list[str]:
    listed_ = given.get("labels", []) if isinstance(given, dict) else given
    return [each if isinstance(each, str) else each["name"] for each in listed_]


def _add_label(call: ApiRequest, issue: IssueRecord, name: str) -> None:
    if not name.strip():
        raise invalid("Label", field="name", code="missing_field")
    known = call.repo.labels.setdefault(name.lower(), Label(call.state.id(), name, GREY))
    if known.name not in issue.labels:
        issue.labels.append(known.name)
        shown = shapes.label(call.state, call.repo, name)
        pushes.note(call.state, issue, "labeled", call.who, label={"name": known.name, "color": known.color})
        tell(call, issue, "labeled", label=shown)


def _drop_label(call: ApiRequest, issue: IssueRecord, name: str) -> bool:
    there = next((each for each in issue.labels if each.lower() == name.lower()), None)
    if there is None:
        return False
    issue.labels.remove(there)
    pushes.note(call.state, issue, "unlabeled", call.who, label={"name": there, "color": GREY})
    tell(call, issue, "unlabeled", label=shapes.label(call.state, call.repo, there))
    return True


def _set_labels(call: ApiRequest, issue: IssueRecord, names: list[str]) -> None:
    wanted = {name.lower() for name in names}
    for name in [each for each in issue.labels if each.lower() not in wanted]:
        _drop_label(call, issue, name)
    for name in names:
        _add_label(call, issue, name)


def _assign(call: ApiRequest, issue: IssueRecord, logins: Any) -> None:
    """Only people who have to do with the repository; others are passed over in silence, as GitHub does."""
    for login in logins:
        person = call.state.account(login)
        fits = person is not None and (person.id in call.repo.roles or person is call.repo.owner)
        if person is None or not fits or person in issue.assignees or len(issue.assignees) >= MOST_ASSIGNEES:
            continue
        issue.assignees.append(person)
        tell(call, issue, "assigned", assignee=accounts.simple(call.state, person))


_AT = "/repos/{owner}/{repo}"
_ONE = f"{_AT}/issues/{{issue_number}}"
_READ, _WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"

ROUTES = (
    Route(f"POST {_AT}/issues", create, "issues:write", creates=True),
    Route(f"GET {_AT}/issues", listed, _READ),
    Route(f"GET {_ONE}", get, _READ),
    Route(f"PATCH {_ONE}", update, _WRITE),
    Route(f"PUT {_ONE}/lock", lock, _WRITE, "write"),
    Route(f"DELETE {_ONE}/lock", unlock, _WRITE, "write"),
    Route(f"GET {_ONE}/labels", labels, _READ),
    Route(f"POST {_ONE}/labels", add_labels, _WRITE, "triage"),
    Route(f"PUT {_ONE}/labels", set_labels, _WRITE, "triage"),
    Route(f"DELETE {_ONE}/labels/{{name}}", remove_label, _WRITE, "triage"),
    Route(f"POST {_ONE}/assignees", assign, _WRITE, "triage"),
    Route(f"DELETE {_ONE}/assignees", unassign, _WRITE, "triage"),
    Route(f"GET {_ONE}/events", events, _READ),
    Route(f"GET {_AT}/labels", repository_labels, _READ),
    Route(f"POST {_AT}/labels", create_label, _WRITE, "write"),
    Route(f"GET {_AT}/labels/{{name}}", get_label, _READ),
)
