"""Creates a GitHub App from a manifest: a page posts the manifest to GitHub, and GitHub returns the App's key.

API: docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from githubkit.auth import UnauthAuthStrategy

from honk import files
from honk.integrations.github.client import responses, urls
from honk.integrations.github.client.github_client import GitHubClient
from honk.settings import GITHUB_APP

LONGEST_NAME = 34
"""Characters. The name has to be unique on GitHub; GitHub's form lets people choose another one."""

PERMISSIONS: Mapping[str, str] = {
    "metadata": "read",
    "contents": "write",
    "pull_requests": "write",
    "issues": "write",
    "checks": "read",
    "statuses": "read",
    "actions": "write",
    "deployments": "read",
}
"""All permissions that Honk uses; the token of a step has fewer. `workflows` is not in it: the owner may grant it, so
that Honk can change workflow files."""

EVENTS = (
    *("issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment"),
    *("check_run", "check_suite", "status", "workflow_run", "deployment_status", "push", "repository"),
)

NO_WEBHOOK = "https://example.com/"
"""GitHub requires an address even for an inactive webhook."""


@dataclass(frozen=True)
class App:
    """The App that GitHub created."""

    id: int
    slug: str
    url: str
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


def manifest(name: str, public_url: str, redirect: str) -> dict[str, Any]:
    """The App's manifest. `public_url` is where GitHub reaches this server; empty: it cannot, and GitHub is polled."""
    hook = f"{public_url.rstrip('/')}/github/webhooks" if public_url else NO_WEBHOOK
    return {
        "name": name[:LONGEST_NAME],
        "url": public_url or NO_WEBHOOK,
        "description": "Turns a request into a verified pull request.",
        "redirect_url": redirect,
        "public": False,
        "hook_attributes": {"url": hook, "active": bool(public_url)},
        "default_permissions": dict(PERMISSIONS),
        "default_events": list(EVENTS),
    }


def page(api: str, organisation: str, state: str, wanted: Mapping[str, Any]) -> str:
    """The HTML page with the button."""
    owner = f"organizations/{quote(organisation, safe='')}/" if organisation else ""
    action = f"{urls.web_url(api)}/{owner}settings/apps/new?state={quote(state, safe='')}"
    value = html.escape(json.dumps(wanted), quote=True)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Honk: a GitHub App</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:16px/1.5 system-ui;max-width:34em;margin:4em auto;padding:0 1em}"
        "button{font:inherit;padding:.6em 1.2em}</style>"
        "<h1>A GitHub App for Honk</h1><p>GitHub shows you its name and what it may do before it is made.</p>"
        f'<form action="{html.escape(action, quote=True)}" method="post">'
        f'<input type="hidden" name="manifest" value="{value}"><button>Make it on GitHub</button></form></html>'
    )


async def convert(client: GitHubClient, code: str) -> App:
    """The App for the code that GitHub sent. Works once, within an hour."""
    async with client.connect(UnauthAuthStrategy(), "setup") as github:
        call = github.rest.apps.async_create_from_manifest(quote(code, safe=""))
        made = await responses.parsed(call, "App for this code; ask for a new one with `honk github setup`")
    return App(
        made.id, made.slug if isinstance(made.slug, str) else "", made.html_url, made.pem, made.webhook_secret or ""
    )


def keep(home: Path, api: str, app: App) -> Path:
    """Write the App to the file in which the settings look for it (mode 0600), and return that file."""
    file = home / GITHUB_APP
    kept = {"url": api, "app_id": str(app.id), "slug": app.slug, "html_url": app.url}
    kept |= {"private_key": app.private_key, "webhook_secret": app.webhook_secret}
    files.write(file, json.dumps(kept, indent=2))
    return file
