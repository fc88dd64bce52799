"""GitHub Apps: themselves, where they are installed, tokens for that, how their hook fares."""

from typing import Any

from honk_simulators.github.auth import access, credentials
from honk_simulators.github.refusal import GitHubRefusal, not_found, unprocessable
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import accounts, deliveries, repositories
from honk_simulators.github.state.accounts import Installation, enough
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.webhooks import emitter


async def get(call: ApiRequest) -> ApiResponse:
    """The App that asks."""
    return ApiResponse(accounts.own_app(call.state, access.app_of(call.token)))


async def by_slug(call: ApiRequest) -> ApiResponse:
    """An App as everybody sees it."""
    found = next((each for each in call.state.apps.values() if each.slug == call.path["app_slug"]), None)
    if found is None:
        raise not_found()
    return ApiResponse(accounts.app(call.state, found))


async def installations(call: ApiRequest) -> ApiResponse:
    """Where the App is installed."""
    app = access.app_of(call.token)
    found = [each for each in call.state.installations.values() if each.app is app]
    return call.page(found, lambda each: accounts.installation(call.state, each))


def _own(call: ApiRequest) -> Installation:
    found = call.state.installations.get(call.number("installation_id"))
    if found is None or found.app is not access.app_of(call.token):
        raise not_found()
    return found


async def installation(call: ApiRequest) -> ApiResponse:
    """One installation."""
    return ApiResponse(accounts.installation(call.state, _own(call)))


async def of_repository(call: ApiRequest) -> ApiResponse:
    """The installation that has a repository."""
    app = access.app_of(call.token)
    name = f"{call.path['owner']}/{call.path['repo']}"
    # the real one redirects from a former name (301) to the same answer
    repo = call.state.repository(name) or call.state.repositories.get(call.state.moved.get(name.lower(), 0))
    if repo is not None and not repo.deleted:
        for each in emitter.installations(call.state, repo):
            if each.app is app:
                return ApiResponse(accounts.installation(call.state, each))
    raise not_found()


async def token(call: ApiRequest) -> ApiResponse:
    """A token for an installation, narrowed to some repositories or permissions when asked."""
    found = _own(call)
    if found.suspended_at is not None:
        raise GitHubRefusal(403, "This installation has been suspended")
    wanted = {name: level for name, level in call.body.get("permissions", {}).items() if level is not None}
    for name, level in wanted.items():
        if name != "metadata" and not enough(found.permissions.get(name), level):
            raise unprocessable("The permissions requested are not granted to this installation.")
    repos = _chosen(call, found)
    ids = None if repos is None else frozenset(repo.id for repo in repos)
    if ids is None and found.repositories is not None:
        ids = frozenset(found.repositories)
    made = credentials.of_installation(call.state, found, wanted or found.permissions, ids)
    shown = accounts.installation_token(made)
    if repos is not None:
        shown["repositories"] = [repositories.repository(call.state, repo, made) for repo in repos]
    return ApiResponse(shown, 201)


def _chosen(call: ApiRequest, found: Installation) -> list[Repository] | None:
    """The repositories that a token is to be for, None for all of the installation."""
    names, ids = call.body.get("repositories"), call.body.get("repository_ids")
    if not names and not ids:
        return None
    there = {repo.id: repo for repo in call.state.repositories.values() if _covers(found, repo)}
    by_name = {repo.name.lower(): repo for repo in there.values()}
    chosen = [by_name.get(name.lower()) for name in names or ()] + [there.get(each) for each in ids or ()]
    known = [each for each in chosen if each is not None]
    if len(known) < len(chosen):
        raise unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    return known


def _covers(found: Installation, repo: Repository) -> bool:
    within = repo.owner is found.account if found.repositories is None else repo.id in found.repositories
    return within and not repo.deleted


async def own_repositories(call: ApiRequest) -> ApiResponse:
    """The repositories that an installation's token is for."""
    found = call.token.installation
    if found is None:
        raise GitHubRefusal(
            403, "You must authenticate with an installation access token in order to list repositories."
        )
    ids = call.token.repositories
    repos = [
        repo for repo in call.state.repositories.values() if _covers(found, repo) and (ids is None or repo.id in ids)
    ]
    answer = call.page(repos, lambda repo: repositories.repository(call.state, repo, call.token), "repositories")
    selection = {"repository_selection": "all" if ids is None else "selected"}
    return ApiResponse({**answer.data, **selection}, headers=answer.headers)


async def from_manifest(call: ApiRequest) -> ApiResponse:
    """The App that a person has made on our page; its key is told this once."""
    app = call.state.manifests.pop(call.path["code"], None)
    if app is None:
        raise not_found()
    return ApiResponse(accounts.secrets(call.state, app), 201)


async def hook_deliveries(call: ApiRequest) -> ApiResponse:
    """What was sent to the App's hook, newest first."""
    app = access.app_of(call.token)
    found = [each for each in call.state.deliveries if each.app_id == app.id][::-1]
    if status := call.query.get("status", ""):
        found = [each for each in found if (200 <= each.status < 300) == (status == "success")]
    return call.page(found, deliveries.item)


def _delivery(call: ApiRequest) -> Any:
    app, number = access.app_of(call.token), call.number("delivery_id")
    for each in call.state.deliveries:
        if each.app_id == app.id and each.id == number:
            return each
    raise not_found()


async def hook_delivery(call: ApiRequest) -> ApiResponse:
    """One delivery with what was said both ways."""
    return ApiResponse(deliveries.whole(_delivery(call)))


async def redeliver(call: ApiRequest) -> ApiResponse:
    """Send it again, with the same GUID."""
    emitter.redeliver(call.state, _delivery(call))
    return ApiResponse({}, 202)


_DELIVERY = "/app/hook/deliveries/{delivery_id}"

ROUTES = (
    Route("GET /app", get, audience="app"),
    Route("GET /apps/{app_slug}", by_slug, audience="anybody"),
    Route("GET /app/installations", installations, audience="app"),
    Route("GET /app/installations/{installation_id}", installation, audience="app"),
    Route("POST /app/installations/{installation_id}/access_tokens", token, audience="app"),
    Route("GET /repos/{owner}/{repo}/installation", of_repository, audience="app"),
    Route("GET /installation/repositories", own_repositories, audience="account"),
    Route("POST /app-manifests/{code}/conversions", from_manifest, audience="anybody"),
    Route("GET /app/hook/deliveries", hook_deliveries, audience="app"),
    Route(f"GET {_DELIVERY}", hook_delivery, audience="app"),
    Route(f"POST {_DELIVERY}/attempts", redeliver, audience="app"),
)
