"""Webhooks of a repository."""

from honk_simulators.github.refusal import invalid, not_found
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import deliveries
from honk_simulators.github.responses.repositories import url
from honk_simulators.github.state.repositories import RepositoryWebhook
from honk_simulators.github.state.request_log import WebhookDelivery
from honk_simulators.github.webhooks import emitter


def _shown(call: ApiRequest, hook: RepositoryWebhook) -> dict[str, object]:
    api = f"{url(call.state, call.repo)}/hooks/{hook.id}"
    config = {"url": hook.url, "content_type": "json", "insecure_ssl": "0"}
    config |= {"secret": "********"} if hook.secret else {}
    return {
        "type": "Repository",
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": hook.events,
        "config": config,
        "created_at": hook.created_at,
        "updated_at": hook.created_at,
        "url": api,
        "test_url": f"{api}/test",
        "ping_url": f"{api}/pings",
        "deliveries_url": f"{api}/deliveries",
        "last_response": {"code": None, "status": "unused", "message": None},
    }


async def create(call: ApiRequest) -> ApiResponse:
    """One more."""
    given = call.body
    config = given.get("config") or {}
    if not config.get("url"):
        raise invalid("Hook", field="url", code="missing_field")
    if any(each.url == config["url"] for each in call.repo.hooks.values()):
        raise invalid("Hook", message="Hook already exists on this repository")
    events = given.get("events", ["push"])
    hook = RepositoryWebhook(call.state.id(), config["url"], config.get("secret", ""), events, call.state.stamp())
    hook.active = given.get("active", True)
    call.repo.hooks[hook.id] = hook
    return ApiResponse(_shown(call, hook), 201)


async def listed(call: ApiRequest) -> ApiResponse:
    """All."""
    return call.page(list(call.repo.hooks.values()), lambda each: _shown(call, each))


def _found(call: ApiRequest) -> RepositoryWebhook:
    hook = call.repo.hooks.get(call.number("hook_id"))
    if hook is None:
        raise not_found()
    return hook


async def get(call: ApiRequest) -> ApiResponse:
    """One."""
    return ApiResponse(_shown(call, _found(call)))


async def delete(call: ApiRequest) -> ApiResponse:
    """One fewer."""
    del call.repo.hooks[_found(call).id]
    return ApiResponse(status=204)


async def sent(call: ApiRequest) -> ApiResponse:
    """What was sent to one, newest first."""
    hook = _found(call)
    items = [each for each in call.state.deliveries if each.hook_id == hook.id][::-1]
    return call.page(items, deliveries.item)


def _delivery(call: ApiRequest) -> WebhookDelivery:
    hook, number = _found(call), call.number("delivery_id")
    for each in call.state.deliveries:
        if each.hook_id == hook.id and each.id == number:
            return each
    raise not_found()


async def delivery(call: ApiRequest) -> ApiResponse:
    """One delivery with what was said both ways."""
    return ApiResponse(deliveries.whole(_delivery(call)))


async def redeliver(call: ApiRequest) -> ApiResponse:
    """Send one again."""
    emitter.redeliver(call.state, _delivery(call))
    return ApiResponse({}, 202)


_AT = "/repos/{owner}/{repo}/hooks"
_ONE = f"{_AT}/{{hook_id}}"
_SENT = f"{_ONE}/deliveries"
_READ, _WRITE = "repository_hooks:read", "repository_hooks:write"

ROUTES = (
    Route(f"POST {_AT}", create, _WRITE, "admin"),
    Route(f"GET {_AT}", listed, _READ, "admin"),
    Route(f"GET {_ONE}", get, _READ, "admin"),
    Route(f"DELETE {_ONE}", delete, _WRITE, "admin"),
    Route(f"GET {_SENT}", sent, _READ, "admin"),
    Route(f"GET {_SENT}/{{delivery_id}}", delivery, _READ, "admin"),
    Route(f"POST {_SENT}/{{delivery_id}}/attempts", redeliver, _WRITE, "admin"),
)
