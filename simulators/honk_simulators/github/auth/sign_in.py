"""Signing in for an App: the device flow. A program shows a code, a person types it in the browser, the program polls.

Answers are those of `/login/device/code` and `/login/oauth/access_token`: errors come with status 200, as JSON when
the client accepts that and otherwise as a form.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from honk_simulators.github.auth import credentials
from honk_simulators.github.state.accounts import Device, GitHubAccount, GitHubApp
from honk_simulators.github.state.github_state import GitHubState

SECONDS = 900
INTERVAL = 5
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
REFRESH = "refresh_token"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
EXPLAINED = {
    "authorization_pending": "The authorization request is still pending.",
    "slow_down": "Too many requests have been made in the same timeframe.",
    "expired_token": "The `device_code` has expired.",
    "access_denied": "The authorization request was denied.",
    "incorrect_device_code": "The device_code provided is not valid.",
    "incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
    "bad_refresh_token": "The refresh token passed is incorrect or expired.",
    "unsupported_grant_type": "The grant type is not supported.",
    "device_flow_disabled": "Device Flow must be explicitly enabled for this App",
}

Json = dict[str, Any]


def begin(state: GitHubState, given: Mapping[str, str]) -> Json:
    """Codes for a program that wants somebody to sign in."""
    app = _app(state, given)
    if app is None:
        return _error("incorrect_client_credentials")
    if not app.device_flow:
        return _error("device_flow_disabled")
    user_code = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2))
    device = Device(secrets.token_hex(20), user_code, app, state.now() + SECONDS, INTERVAL)
    state.devices[device.device_code] = device
    return {
        "device_code": device.device_code,
        "user_code": user_code,
        "verification_uri": f"{state.web}/login/device",
        "expires_in": SECONDS,
        "interval": device.interval,
    }


def poll(state: GitHubState, given: Mapping[str, str]) -> Json:
    """The token, once somebody has typed the code."""
    app = _app(state, given)
    if app is None:
        return _error("incorrect_client_credentials")
    if given.get("grant_type") == REFRESH:
        return _refreshed(state, app, given.get("refresh_token", ""))
    if given.get("grant_type") != GRANT:
        return _error("unsupported_grant_type")
    device = state.devices.get(given.get("device_code", ""))
    if device is None or device.app is not app or device.used:
        return _error("incorrect_device_code")
    if state.now() >= device.expires_at:
        return _error("expired_token")
    early = state.now() < device.polled_at + device.interval
    device.polled_at = state.now()
    if early:
        device.interval += 5
        return _error("slow_down", interval=device.interval)
    if device.denied:
        return _error("access_denied")
    if device.account is None:
        return _error("authorization_pending")
    device.used = True
    return _token(state, app, device.account)


def _refreshed(state: GitHubState, app: GitHubApp, value: str) -> Json:
    """Another token for one that has expired. A refresh token works once, and for the App that got it."""
    of, account = state.refreshing.pop(value, (None, None))
    return _error("bad_refresh_token") if of is not app or account is None else _token(state, app, account)


def _token(state: GitHubState, app: GitHubApp, account: GitHubAccount) -> Json:
    refresh = f"ghr_{secrets.token_hex(38)}"
    state.refreshing[refresh] = (app, account)
    return {
        "access_token": credentials.of_user(state, app, account).value,
        "expires_in": credentials.USER_HOURS * 3600,
        "refresh_token": refresh,
        "refresh_token_expires_in": 15_811_200,
        "token_type": "bearer",
        "scope": "",
    }


def waiting(state: GitHubState, user_code: str) -> Device | None:
    """The sign-in that this code belongs to, while it waits."""
    wanted = user_code.strip().upper().replace(" ", "-")
    for device in state.devices.values():
        if device.user_code == wanted and not device.used and device.expires_at > state.now():
            return device
    return None


def decide(device: Device, account: GitHubAccount, *, allow: bool) -> None:
    """What the person says."""
    device.denied = not allow
    device.account = account if allow else None


def _app(state: GitHubState, given: Mapping[str, str]) -> GitHubApp | None:
    return next((each for each in state.apps.values() if each.client_id == given.get("client_id")), None)


def _error(code: str, **more: Any) -> Json:
    uri = "https://docs.github.com/apps"
    return {"error": code, "error_description": EXPLAINED[code], "error_uri": uri, **more}
