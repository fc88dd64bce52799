"""Slack's signed requests to the app. Source: docs.slack.dev, "Verifying requests from Slack", "Events API"."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import httpx2

from honk_simulators.slack.delivery.socket_mode import NotAcknowledged
from honk_simulators.slack.state.workspace import Json, SlackWorkspace

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MOST_REDIRECTS = 2


class NoRetry(NotAcknowledged):
    """Not taken, and the app asked not to be sent it again (`X-Slack-No-Retry`)."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`X-Slack-Signature`."""
    base = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """A payload's body and its content type: events are JSON, interactions a form with JSON in it, commands a form."""
    if kind == "events_api":
        return json.dumps(payload).encode(), JSON
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode(), FORM
    return urlencode(payload).encode(), FORM


async def send(
    client: httpx2.AsyncClient,
    workspace: SlackWorkspace,
    url: str,
    kind: str,
    payload: Json,
    timeout: float,
    *,
    retry: int = 0,
    reason: str = "",
) -> Json | None:
    """One request; returns what the answer's body says. Raises NotTaken with Slack's word for why, or NoRetry."""
    body, content_type = encoded(kind, payload)
    timestamp = str(int(workspace.clock()))
    headers = {
        "content-type": content_type,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature(workspace.app.signing_secret, timestamp, body),
    }
    if retry:
        headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason}
    try:
        answer = await client.post(url, content=body, headers=headers, timeout=timeout)
    except httpx2.TimeoutException:
        raise NotAcknowledged("http_timeout") from None
    except httpx2.TooManyRedirects:
        raise NotAcknowledged("too_many_redirects") from None
    except httpx2.HTTPError:
        raise NotAcknowledged("connection_failed") from None
    if not answer.is_success:
        raise (NoRetry if answer.headers.get("x-slack-no-retry") == "1" else NotAcknowledged)("http_error")
    return _said(answer)


def _said(answer: httpx2.Response) -> Json | None:
    """What an answer says: JSON, or plain text as a message."""
    if not answer.content.strip():
        return None
    if answer.headers.get("content-type", "").startswith(JSON):
        try:
            data = answer.json()
        except ValueError:
            return None
        return data if isinstance(data, dict) else None
    return {"text": answer.text}
