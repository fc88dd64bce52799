"""Webhooks: events become deliveries, deliveries become signed requests, one after another and in the background.

GitHub does not repeat a delivery that failed, so neither do we; `redeliver` does, with the same id.
"""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2

from honk_simulators.github.auth import app_subscriptions
from honk_simulators.github.requests import openapi
from honk_simulators.github.responses import accounts, repositories
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp, Installation
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.state.request_log import WebhookDelivery

TIMEOUT = 10.0


def emit(
    state: GitHubState,
    repo: Repository,
    event: str,
    sender: GitHubAccount,
    action: str | None = None,
    /,
    **payload: Any,
) -> list[WebhookDelivery]:
    """Tell every hook that listens: the repository's own, and those of Apps installed on it. The deliveries."""
    said: dict[str, Any] = {"action": action} if action else {}
    said |= {**payload, "repository": repositories.repository(state, repo), "sender": accounts.simple(state, sender)}
    if repo.owner.kind == "Organization":
        said["organization"] = _organisation(state, repo.owner)
    found = []
    for hook in repo.hooks.values():
        if hook.active and ("*" in hook.events or event in hook.events):
            found.append(_delivery(state, event, said, hook.url, hook_id=hook.id, repository_id=repo.id))
    for installation in installations(state, repo):
        if event in installation.events and app_subscriptions.delivered(event, installation.permissions):
            found += to_app(state, installation.app, event, said, installation, repo)
    for delivery in found:
        send(state, delivery)
    state.ring()
    return found


def installed(
    state: GitHubState, installation: Installation, event: str, action: str, sender: GitHubAccount, **more: Any
) -> None:
    """Tell an App what happens to its installation."""
    said = {"action": action, "installation": accounts.installation(state, installation), **more}
    said["sender"] = accounts.simple(state, sender)
    for delivery in to_app(state, installation.app, event, said, installation):
        send(state, delivery)
    state.ring()


def installations(state: GitHubState, repo: Repository) -> Iterator[Installation]:
    """The installations that have this repository."""
    for each in state.installations.values():
        within = each.account is repo.owner if each.repositories is None else repo.id in each.repositories
        if within and each.suspended_at is None:
            yield each


def to_app(
    state: GitHubState,
    app: GitHubApp,
    event: str,
    payload: Mapping[str, Any],
    installation: Installation,
    repo: Repository | None = None,
) -> list[WebhookDelivery]:
    """A delivery to an App, unless it has no hook."""
    if not (app.webhook_url and app.hook_active):
        return []
    whole = dict(payload)
    whole.setdefault("installation", {"id": installation.id, "node_id": f"IN_{installation.id}"})
    more = {"app_id": app.id, "installation_id": installation.id, "repository_id": repo.id if repo else None}
    return [_delivery(state, event, whole, app.webhook_url, **more)]


def send(state: GitHubState, delivery: WebhookDelivery) -> None:
    """Put a delivery on its way, or let happen to it what is to go wrong."""
    state.deliveries.append(delivery)
    box = state.outbox
    if box.lose.get(delivery.event, 0) > 0:
        box.lose[delivery.event] -= 1
        delivery.lost = True
        return
    times = 1
    if box.double.get(delivery.event, 0) > 0:
        box.double[delivery.event] -= 1
        times = 2
    for _ in range(times):
        box.kept.append(delivery) if box.held else box.queue.put_nowait(delivery)


def redeliver(state: GitHubState, delivery: WebhookDelivery) -> WebhookDelivery:
    """The same event again, with the same GUID."""
    again = WebhookDelivery(
        state.id(),
        delivery.guid,
        delivery.event,
        delivery.action,
        delivery.url,
        delivery.payload,
        state.stamp(),
        redelivery=True,
        app_id=delivery.app_id,
        hook_id=delivery.hook_id,
        installation_id=delivery.installation_id,
        repository_id=delivery.repository_id,
    )
    send(state, again)
    return again


async def deliver(state: GitHubState) -> None:
    """Send what is in the outbox, for ever."""
    async with httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
        while True:
            delivery = await state.outbox.queue.get()
            await post(state, client, delivery)
            state.outbox.queue.task_done()
            state.ring()


async def post(
    state: GitHubState, client: httpx2.AsyncClient, delivery: WebhookDelivery, secret: str | None = None
) -> None:
    """Send one and note what came back. `secret` replaces the hook's own: that is a forgery."""
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    delivery.headers = _headers(delivery, body, _secret(state, delivery) if secret is None else secret)
    started = time.monotonic()
    try:
        answer = await client.post(delivery.url, content=body, headers=delivery.headers)
        delivery.status, delivery.answer = answer.status_code, answer.text
    except httpx2.HTTPError as error:
        delivery.status, delivery.answer = 502, str(error) or type(error).__name__
    delivery.duration = time.monotonic() - started


def signature(secret: str, body: bytes) -> str:
    """What `X-Hub-Signature-256` says."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _delivery(state: GitHubState, event: str, payload: dict[str, Any], url: str, **more: Any) -> WebhookDelivery:
    if state.strict:
        wrong = openapi.check_event(event, payload)
        state.wrong += [wrong] if wrong else []
    action = payload.get("action")
    return WebhookDelivery(state.id(), str(uuid.uuid4()), event, action, url, payload, state.stamp(), **more)


def _headers(delivery: WebhookDelivery, body: bytes, secret: str) -> dict[str, str]:
    found = {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/honk",
        "accept": "*/*",
        "x-github-delivery": delivery.guid,
        "x-github-event": delivery.event,
        "x-github-hook-id": str(delivery.hook_id or delivery.app_id),
        "x-github-hook-installation-target-type": "integration" if delivery.app_id else "repository",
        "x-github-hook-installation-target-id": str(delivery.app_id or delivery.repository_id),
    }
    return found | ({"x-hub-signature-256": signature(secret, body)} if secret else {})


def _secret(state: GitHubState, delivery: WebhookDelivery) -> str:
    if delivery.app_id is not None:
        return state.apps[delivery.app_id].webhook_secret
    repo = state.repositories[delivery.repository_id or 0]
    return repo.hooks[delivery.hook_id or 0].secret


def _organisation(state: GitHubState, account: GitHubAccount) -> dict[str, Any]:
    url = f"{state.api}/orgs/{account.login}"
    links = ("repos", "events", "hooks", "issues", "members", "public_members")
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"O_{account.id}",
        "url": url,
        "avatar_url": f"{state.web}/-/avatars/{account.id}",
        "description": "",
        **{f"{name}_url": f"{url}/{name}" for name in links},
    }
