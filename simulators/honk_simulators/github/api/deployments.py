"""Deployments and how they go."""

from honk_simulators.github.git_repository import git
from honk_simulators.github.refusal import GitHubRefusal, not_found, unprocessable
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import checks as shapes
from honk_simulators.github.rules import protections
from honk_simulators.github.state.checks import DeploymentRecord, DeploymentStatus
from honk_simulators.github.webhooks import emitter


async def create(call: ApiRequest) -> ApiResponse:
    """Deploy a ref. Its checks have to be green, all of them or those that are named."""
    given = call.body
    sha = await git.find(call.repo.git_dir, given["ref"])
    if sha is None:
        raise unprocessable(f"No ref found for: {given['ref']}")
    ended = protections.results(call.repo, sha)
    wanted = given.get("required_contexts", list(ended))
    red = [name for name in wanted if ended.get(name) not in protections.GREEN]
    if red:
        raise GitHubRefusal(409, f"Conflict: Commit status checks failed for {given['ref']}.")
    environment = given.get("environment", "production")
    made = DeploymentRecord(
        call.state.id(),
        sha,
        given["ref"],
        environment,
        call.who,
        call.state.stamp(),
        given.get("task", "deploy"),
        given.get("payload", {}),
        given.get("description"),
        given.get("transient_environment", False),
        given.get("production_environment", environment == "production"),
    )
    call.repo.deployments[made.id] = made
    shown = shapes.deployment(call.state, call.repo, made)
    emitter.emit(
        call.state, call.repo, "deployment", call.who, "created", deployment=shown, workflow=None, workflow_run=None
    )
    return ApiResponse(shown, 201)


async def listed(call: ApiRequest) -> ApiResponse:
    """All, newest first."""
    items = list(call.repo.deployments.values())[::-1]
    for name in ("sha", "ref", "task", "environment"):
        if call.query.get(name, "none") != "none":
            items = [each for each in items if getattr(each, name) == call.query[name]]
    return call.page(items, lambda each: shapes.deployment(call.state, call.repo, each))


def _found(call: ApiRequest) -> DeploymentRecord:
    found = call.repo.deployments.get(call.number("deployment_id"))
    if found is None:
        raise not_found()
    return found


async def get(call: ApiRequest) -> ApiResponse:
    """One."""
    return ApiResponse(shapes.deployment(call.state, call.repo, _found(call)))


async def add_status(call: ApiRequest) -> ApiResponse:
    """How it goes."""
    of, given = _found(call), call.body
    made = DeploymentStatus(
        call.state.id(),
        given["state"],
        call.who,
        call.state.stamp(),
        given.get("description", ""),
        given.get("environment", of.environment),
        given.get("log_url", given.get("target_url", "")),
        given.get("environment_url", ""),
    )
    if made.state == "success" and given.get("auto_inactive", True):
        for other in call.repo.deployments.values():
            if other is not of and other.environment == of.environment and other.statuses and not other.transient:
                made_inactive = DeploymentStatus(call.state.id(), "inactive", call.who, call.state.stamp())
                other.statuses.append(made_inactive)
    of.statuses.append(made)
    shown = shapes.deployment_status(call.state, call.repo, of, made)
    emitter.emit(
        call.state,
        call.repo,
        "deployment_status",
        call.who,
        "created",
        deployment=shapes.deployment(call.state, call.repo, of),
        deployment_status=shown,
    )
    return ApiResponse(shown, 201)


async def statuses(call: ApiRequest) -> ApiResponse:
    """How it has gone, newest first."""
    of = _found(call)
    return call.page(of.statuses[::-1], lambda each: shapes.deployment_status(call.state, call.repo, of, each))


_AT = "/repos/{owner}/{repo}/deployments"
_ONE = f"{_AT}/{{deployment_id}}"

ROUTES = (
    Route(f"POST {_AT}", create, "deployments:write", "write"),
    Route(f"GET {_AT}", listed, "deployments:read"),
    Route(f"GET {_ONE}", get, "deployments:read"),
    Route(f"POST {_ONE}/statuses", add_status, "deployments:write", "write"),
    Route(f"GET {_ONE}/statuses", statuses, "deployments:read"),
)
