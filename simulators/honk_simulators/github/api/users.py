"""People, and what is true for everybody: `/user`, `/users`, `/meta`, `/rate_limit`."""

from honk_simulators.github.auth import access
from honk_simulators.github.refusal import GitHubRefusal, not_found
from honk_simulators.github.requests import rate_limits
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import accounts


async def own(call: ApiRequest) -> ApiResponse:
    """The person whose token it is. An installation is nobody in particular."""
    if call.token.kind in ("installation", "app"):
        raise GitHubRefusal(403, "Resource not accessible by integration")
    return ApiResponse(accounts.private(call.state, access.acting(call.token)))


async def by_id(call: ApiRequest) -> ApiResponse:
    """An account by its number."""
    found = call.state.accounts.get(call.number("account_id"))
    if found is None:
        raise not_found()
    return ApiResponse(accounts.public(call.state, found))


async def by_login(call: ApiRequest) -> ApiResponse:
    """An account by its name."""
    found = call.state.account(call.path["username"])
    if found is None:
        raise not_found()
    return ApiResponse(accounts.public(call.state, found))


async def meta(call: ApiRequest) -> ApiResponse:
    """What a client finds out first; whether we are the real one is not in it."""
    return ApiResponse({"verifiable_password_authentication": False, "hooks": ["127.0.0.0/8"], "web": ["127.0.0.0/8"]})


async def rate_limit(call: ApiRequest) -> ApiResponse:
    """How much is left. Asking does not count."""
    core = rate_limits.standing(call.state, call.token)
    other = {"limit": 5000, "used": 0, "remaining": 5000, "reset": core["reset"]}
    return ApiResponse({"resources": {"core": core, "search": other, "graphql": other}, "rate": core})


ROUTES = (
    Route("GET /user", own, audience="account"),
    Route("GET /user/{account_id}", by_id, audience="anybody"),
    Route("GET /users/{username}", by_login, audience="anybody"),
    Route("GET /meta", meta, audience="anybody"),
    Route("GET /rate_limit", rate_limit, audience="anybody"),
)
