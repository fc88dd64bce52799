"""The App manifest: what a program asks for when a person makes an App for it in the browser."""

import json
import secrets
from typing import Any
from urllib.parse import urlencode

from honk_simulators.github.auth import app_subscriptions, credentials
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp
from honk_simulators.github.state.github_state import GitHubState

KNOWN = {
    *("name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url", "description", "public"),
    *("default_events", "default_permissions", "request_oauth_on_install", "setup_on_update"),
}


def read(text: str) -> dict[str, Any]:
    """A manifest. Raises Refusal (422) for one that GitHub would not take."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise GitHubRefusal(422, "The manifest is not valid JSON") from error
    if not isinstance(given, dict):
        raise GitHubRefusal(422, "The manifest is not an object")
    if unknown := sorted(given.keys() - KNOWN):
        raise GitHubRefusal(422, f"Invalid GitHub App configuration: unknown {', '.join(unknown)}")
    if not given.get("url"):
        raise GitHubRefusal(422, "Invalid GitHub App configuration: url can't be blank")
    hook = given.get("hook_attributes", {})
    if hook and not hook.get("url"):
        raise GitHubRefusal(422, "Invalid GitHub App configuration: hook_attributes needs a url")
    app_subscriptions.check(given.get("default_events", ()), given.get("default_permissions", {}))
    return given


def make(state: GitHubState, owner: GitHubAccount, given: dict[str, Any]) -> tuple[GitHubApp, str]:
    """The App, and the code by which the program learns its key, once."""
    hook = given.get("hook_attributes", {})
    secret = secrets.token_hex(20) if hook else ""
    app = credentials.new_app(
        state,
        given.get("name") or f"App of {owner.login}",
        owner,
        given.get("default_permissions", {}),
        given.get("default_events", []),
        webhook_url=hook.get("url", ""),
        webhook_secret=secret,
    )
    app.hook_active, app.external_url = hook.get("active", True), given["url"]
    app.description, app.setup_url = given.get("description", ""), given.get("setup_url", "")
    code = secrets.token_hex(20)
    state.manifests[code] = app
    return app, code


def back(given: dict[str, Any], code: str, state_text: str) -> str:
    """Where the person goes from here."""
    query = {"code": code} | ({"state": state_text} if state_text else {})
    address = str(given.get("redirect_url") or given["url"])
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
