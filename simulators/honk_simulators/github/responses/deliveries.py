"""Deliveries of webhooks as JSON."""

from http import HTTPStatus

from honk_simulators.github.responses.accounts import Json
from honk_simulators.github.state.request_log import WebhookDelivery


def item(found: WebhookDelivery) -> Json:
    """A delivery in a list."""
    status = "OK" if 200 <= found.status < 300 else "pending" if not found.status else _phrase(found.status)
    return {
        "id": found.id,
        "guid": found.guid,
        "delivered_at": found.delivered_at,
        "redelivery": found.redelivery,
        "duration": round(found.duration, 2),
        "status": status,
        "status_code": found.status,
        "event": found.event,
        "action": found.action,
        "installation_id": found.installation_id,
        "repository_id": found.repository_id,
        "throttled_at": None,
    }


def whole(found: WebhookDelivery) -> Json:
    """A delivery with request and response."""
    request = {"headers": found.headers, "payload": found.payload}
    response = {"headers": {}, "payload": found.answer}
    return item(found) | {"url": found.url, "request": request, "response": response}


def _phrase(status: int) -> str:
    known = {each.value for each in HTTPStatus}
    return HTTPStatus(status).phrase if status in known else str(status)
