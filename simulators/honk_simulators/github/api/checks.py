"""Check runs, check suites and commit statuses."""

from typing import Any

from honk_simulators.github.actions import workflow_runs
from honk_simulators.github.git_repository import git
from honk_simulators.github.refusal import GitHubRefusal, not_found, unprocessable
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import checks as shapes
from honk_simulators.github.responses import repositories
from honk_simulators.github.state.checks import CheckRun, CheckSuite, CommitStatus
from honk_simulators.github.webhooks import emitter, pull_and_check_events

MOST_STATUSES = 1000


async def _commit(call: ApiRequest, revision: str) -> str:
    sha = await git.find(call.repo.git_dir, revision) if not revision.startswith("-") else None
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {revision}")
    return sha


async def create(call: ApiRequest) -> ApiResponse:
    """A new check run, of an App."""
    if call.app is None:
        raise GitHubRefusal(403, "You must authenticate via a GitHub App.")
    given = call.body
    sha = await _commit(call, given["head_sha"])
    run = CheckRun(call.state.id(), workflow_runs.suite(call.state, call.repo, call.app, sha, None), given["name"], sha)
    _apply(call, run, given)
    call.repo.checks[run.id] = run
    run.suite.runs.append(run)
    pull_and_check_events.emit_run(call.state, call.repo, run, "created", call.who)
    await _ended(call, run)
    return ApiResponse(shapes.run(call.state, call.repo, run), 201)


async def update(call: ApiRequest) -> ApiResponse:
    """How it goes on; only the App that made it may say."""
    run = _run(call)
    if call.app is not run.suite.app:
        raise GitHubRefusal(
            403, "Resource not accessible by integration" if call.app else "You must authenticate via a GitHub App."
        )
    _apply(call, run, call.body)
    await _ended(call, run)
    return ApiResponse(shapes.run(call.state, call.repo, run))


def _apply(call: ApiRequest, run: CheckRun, given: dict[str, Any]) -> None:
    """Status, conclusion and what else is said. A conclusion means completed."""
    status = given.get("status", "completed" if "conclusion" in given else run.status)
    if status == "completed" and not given.get("conclusion", run.conclusion):
        message = "Invalid request.\n\nAt least one of the inputs is missing: conclusion."
        raise unprocessable(message)
    run.name = given.get("name", run.name)
    run.status = status
    run.conclusion = given.get("conclusion", run.conclusion) if status == "completed" else None
    now = call.state.stamp()
    run.started_at = given.get("started_at", run.started_at or now)
    run.completed_at = given.get("completed_at", now) if status == "completed" else None
    run.details_url = given.get("details_url", run.details_url)
    run.external_id = given.get("external_id", run.external_id)
    output = dict(given.get("output", {}))
    place = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
    run.annotations += [{**place, **each} for each in output.pop("annotations", None) or ()]
    output.pop("images", None)
    run.output |= output


async def _ended(call: ApiRequest, run: CheckRun) -> None:
    if run.status == "completed":
        pull_and_check_events.emit_run(call.state, call.repo, run, "completed", call.who)
        if run.suite.status == "completed":
            head = await git.commit(call.repo.git_dir, run.head_sha)
            pull_and_check_events.emit_suite(call.state, call.repo, run.suite, "completed", call.who, head)


def _run(call: ApiRequest) -> CheckRun:
    run = call.repo.checks.get(call.number("check_run_id"))
    if run is None:
        raise not_found()
    return run


async def get(call: ApiRequest) -> ApiResponse:
    """One."""
    return ApiResponse(shapes.run(call.state, call.repo, _run(call)))


async def annotations(call: ApiRequest) -> ApiResponse:
    """What one says about lines."""
    run = _run(call)
    base = f"{repositories.web(call.state, call.repo)}/blob/{run.head_sha}"
    empty = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
    return call.page(run.annotations, lambda each: {**empty, **each, "blob_href": f"{base}/{each['path']}"})


async def of_commit(call: ApiRequest) -> ApiResponse:
    """The check runs of a commit, of each name the newest unless all are asked for."""
    sha = await _commit(call, call.path["ref"])
    items = [each for each in call.repo.checks.values() if each.head_sha == sha]
    return call.page(_chosen(call, items), lambda each: shapes.run(call.state, call.repo, each), "check_runs")


def _chosen(call: ApiRequest, items: list[CheckRun]) -> list[CheckRun]:
    query = call.query
    if "app_id" in query:
        items = [each for each in items if str(each.suite.app.id) == query["app_id"]]
    if query.get("filter", "latest") == "latest":
        items = list({(each.suite.id, each.name): each for each in items}.values())
    if "check_name" in query:
        items = [each for each in items if each.name == query["check_name"]]
    if "status" in query:
        items = [each for each in items if each.status == query["status"]]
    return items[::-1]


async def suites(call: ApiRequest) -> ApiResponse:
    """The check suites of a commit."""
    sha = await _commit(call, call.path["ref"])
    head = await git.commit(call.repo.git_dir, sha)
    items = [each for each in call.repo.suites.values() if each.head_sha == sha]
    return call.page(items, lambda each: shapes.suite(call.state, call.repo, each, head), "check_suites")


def _suite(call: ApiRequest) -> CheckSuite:
    suite = call.repo.suites.get(call.number("check_suite_id"))
    if suite is None:
        raise not_found()
    return suite


async def suite(call: ApiRequest) -> ApiResponse:
    """One suite."""
    found = _suite(call)
    return ApiResponse(shapes.suite(call.state, call.repo, found, await git.commit(call.repo.git_dir, found.head_sha)))


async def set_status(call: ApiRequest) -> ApiResponse:
    """Say something about a commit."""
    given, sha = call.body, call.path["sha"]
    if await git.find(call.repo.git_dir, sha) is None:
        raise unprocessable(f"No commit found for SHA: {sha}")
    context = given.get("context", "default")
    if sum(each.sha == sha and each.context == context for each in call.repo.statuses) >= MOST_STATUSES:
        raise unprocessable("This SHA and context has reached the maximum number of statuses.")
    status = CommitStatus(
        call.state.id(),
        sha,
        context,
        given["state"],
        call.who,
        call.state.stamp(),
        given.get("description"),
        given.get("target_url"),
    )
    call.repo.statuses.append(status)
    await _tell(call, status)
    return ApiResponse(shapes.status(call.state, call.repo, status), 201)


async def _tell(call: ApiRequest, status: CommitStatus) -> None:
    repo, state = call.repo, call.state
    commit = repositories.commit(state, repo, await git.commit(repo.git_dir, status.sha))
    there = [(name, sha) for name, sha in (await git.branches(repo.git_dir)).items() if sha == status.sha]
    branches = [
        {"name": name, "commit": {"sha": sha, "url": commit["url"]}, "protected": name in repo.protections}
        for name, sha in there
    ]
    emitter.emit(
        state,
        repo,
        "status",
        call.who,
        id=status.id,
        sha=status.sha,
        name=repo.full_name,
        context=status.context,
        state=status.state,
        description=status.description,
        target_url=status.target_url,
        avatar_url=f"{state.web}/-/avatars/{status.creator.id}",
        created_at=status.created_at,
        updated_at=status.created_at,
        commit=commit,
        branches=branches,
    )


async def statuses(call: ApiRequest) -> ApiResponse:
    """All statuses of a commit, newest first."""
    sha = await _commit(call, call.path["ref"])
    items = [each for each in call.repo.statuses if each.sha == sha][::-1]
    return call.page(items, lambda each: shapes.status(call.state, call.repo, each))


async def combined(call: ApiRequest) -> ApiResponse:
    """The newest of each context, and all as one."""
    sha = await _commit(call, call.path["ref"])
    return ApiResponse(shapes.combined(call.state, call.repo, sha))


_AT = "/repos/{owner}/{repo}"
_RUN = f"{_AT}/check-runs/{{check_run_id}}"
_SUITE = f"{_AT}/check-suites/{{check_suite_id}}"
_COMMIT = f"{_AT}/commits/{{ref}}"

ROUTES = (
    Route(f"POST {_AT}/check-runs", create, "checks:write", "write"),
    Route(f"GET {_RUN}", get, "checks:read"),
    Route(f"PATCH {_RUN}", update, "checks:write", "write"),
    Route(f"GET {_RUN}/annotations", annotations, "checks:read"),
    Route(f"GET {_SUITE}", suite, "checks:read"),
    Route(f"GET {_COMMIT}/check-runs", of_commit, "checks:read"),
    Route(f"GET {_COMMIT}/check-suites", suites, "checks:read"),
    Route(f"POST {_AT}/statuses/{{sha}}", set_status, "statuses:write", "write"),
    Route(f"GET {_COMMIT}/statuses", statuses, "statuses:read"),
    Route(f"GET {_COMMIT}/status", combined, "statuses:read"),
)
