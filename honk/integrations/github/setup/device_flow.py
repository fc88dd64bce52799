"""The device flow: a person enters a code on GitHub, and Honk gets a token that acts as them within the App's rights.

API: docs.github.com, “Generating a user access token for a GitHub App”.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from githubkit import GitHub
from githubkit.auth import AppAuthStrategy, UnauthAuthStrategy

from honk.core.errors import Unavailable, UsageError, WorkFailed
from honk.integrations.github.client import responses, urls
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.setup.token_encryption import UserToken
from honk.settings import GitHubAccess

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER = 5.0
"""Seconds that `slow_down` adds to the interval."""


@dataclass(frozen=True)
class DeviceCode:
    """The code that the person enters, and where. `interval` and `seconds` (until it expires) are in seconds."""

    device: str = field(repr=False)
    user: str
    url: str
    interval: float
    seconds: float


async def client_id(client: GitHubClient, access: GitHubAccess) -> str:
    """The App's client id. Raises UsageError when there is no App."""
    if not (access.app_id and access.private_key):
        raise UsageError("Linking an account needs a GitHub App, and there is none; `honk github setup` creates one.")
    strategy = AppAuthStrategy(access.app_id, access.private_key)
    async with client.connect(strategy, "app") as github:
        app = await responses.parsed(github.rest.apps.async_get_authenticated(), "the App")
    if app is None or not app.client_id:
        raise Unavailable("GitHub does not return the App's client id: this server is too old for linking accounts.")
    return app.client_id


async def begin(client: GitHubClient, name: str) -> DeviceCode:
    """Request a code. `name` is the App's client id. Raises WorkFailed when the App's device flow is off."""
    answer = await _post(client, "login/device/code", {"client_id": name})
    return DeviceCode(
        device=str(answer["device_code"]),
        user=str(answer["user_code"]),
        url=str(answer["verification_uri"]),
        interval=float(answer.get("interval", SLOWER)),
        seconds=float(answer.get("expires_in", 900)),
    )


async def finish(client: GitHubClient, name: str, code: DeviceCode) -> UserToken:
    """Wait until the person has entered it. Raises WorkFailed when they refuse or the code expires."""
    until, interval = client.clock() + code.seconds, code.interval
    body = {"client_id": name, "device_code": code.device, "grant_type": GRANT}
    while client.clock() < until:
        await client.wait(interval)
        answer = await _post(client, "login/oauth/access_token", body, pending=True)
        if "access_token" in answer:
            return _token(answer, client.clock())
        if answer.get("error") == "slow_down":
            interval = float(answer.get("interval", interval + SLOWER))
    raise WorkFailed("The code has expired; ask for another one.")


async def refresh(client: GitHubClient, access: GitHubAccess, token: str) -> UserToken:
    """A new token for an expired one. Raises WorkFailed when the refresh token is not valid any more."""
    name = await client_id(client, access)
    body = {"client_id": name, "grant_type": "refresh_token", "refresh_token": token}
    return _token(await _post(client, "login/oauth/access_token", body), client.clock())


async def _post(
    client: GitHubClient, path: str, body: Mapping[str, str], *, pending: bool = False
) -> Mapping[str, Any]:
    """Send a request; GitHub reports errors with status 200. `pending`: a sign-in that is not done is no error."""
    async with client.connect(UnauthAuthStrategy(), "sign-in") as github:
        answer = await _sent(github, f"{urls.web_url(client.url)}/{path}", body)
    error = str(answer.get("error", ""))
    if not error or (pending and error in ("authorization_pending", "slow_down")):
        return answer
    raise WorkFailed(_refusal(error, str(answer.get("error_description", ""))))


async def _sent(github: GitHub[UnauthAuthStrategy], url: str, body: Mapping[str, str]) -> Mapping[str, Any]:
    call = github.arequest("POST", url, json=dict(body), headers={"Accept": "application/json"})
    answer = (await responses.response(call, "the sign-in")).json()
    return answer if isinstance(answer, dict) else {}


def _token(answer: Mapping[str, Any], now: float) -> UserToken:
    expires = float(answer.get("expires_in") or 0)
    return UserToken(
        token=str(answer["access_token"]),
        refresh=str(answer.get("refresh_token", "")),
        expires=now + expires if expires else 0.0,
    )


def _refusal(error: str, description: str) -> str:
    match error:
        case "device_flow_disabled":
            return "The App's device flow is off: tick “Enable Device Flow” in its settings on GitHub, then try again."
        case "access_denied":
            return "The sign-in was cancelled on GitHub; nothing was linked."
        case "expired_token":
            return "The code has expired; ask for another one."
    return f"GitHub refuses the sign-in: {description or error}."
