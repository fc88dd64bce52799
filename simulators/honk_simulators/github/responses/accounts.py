"""People, Apps, installations and tokens as JSON."""

from typing import Any

from githubkit_schemas.v2026_03_10 import models

from honk_simulators.github.requests.openapi import complete
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp, Installation, Token
from honk_simulators.github.state.github_state import GitHubState, written

Json = dict[str, Any]


def simple(state: GitHubState, account: GitHubAccount) -> Json:
    """As it stands in everything else."""
    kind = "apps" if account.kind == "Bot" else ""
    values = {
        "login": account.login,
        "id": account.id,
        "node_id": f"{account.kind[0]}_{account.id}",
        "avatar_url": f"{state.web}/-/avatars/{account.id}",
        "gravatar_id": "",
        "url": f"{state.api}/users/{account.login}",
        "html_url": "/".join(part for part in (state.web, kind, account.login.removesuffix("[bot]")) if part),
        "type": account.kind,
        "user_view_type": "public",
    }
    return complete(models.SimpleUser, values)


def maybe(state: GitHubState, account: GitHubAccount | None) -> Json | None:
    """The same, for somebody who may not be there."""
    return None if account is None else simple(state, account)


def public(state: GitHubState, account: GitHubAccount) -> Json:
    """As anybody sees it."""
    more = {"name": account.name or None, "created_at": account.created_at, "updated_at": account.created_at}
    return complete(models.PublicUser, simple(state, account) | more)


def private(state: GitHubState, account: GitHubAccount) -> Json:
    """As it sees itself."""
    more = {"two_factor_authentication": True, "email": account.email or None}
    return complete(models.PrivateUser, public(state, account) | more)


def app(state: GitHubState, app: GitHubApp) -> Json:
    """An App."""
    values = {
        "id": app.id,
        "slug": app.slug,
        "client_id": app.client_id,
        "node_id": f"A_{app.id}",
        "owner": simple(state, app.owner),
        "name": app.name,
        "description": app.description,
        "external_url": app.external_url,
        "html_url": f"{state.web}/apps/{app.slug}",
        "created_at": app.created_at,
        "updated_at": app.created_at,
        "permissions": {"metadata": "read", **app.permissions},
        "events": app.events,
    }
    return complete(models.Integration, values)


def own_app(state: GitHubState, app_: GitHubApp) -> Json:
    """An App as it sees itself."""
    count = sum(each.app is app_ for each in state.installations.values())
    return app(state, app_) | {"installations_count": count}


def secrets(state: GitHubState, app_: GitHubApp) -> Json:
    """A new App with what is told only once."""
    told = {"client_secret": app_.client_secret, "webhook_secret": app_.webhook_secret or None, "pem": app_.private_key}
    return own_app(state, app_) | told


def installation(state: GitHubState, found: Installation) -> Json:
    """An App's installation on an account."""
    url = f"{state.api}/app/installations/{found.id}"
    values = {
        "id": found.id,
        "client_id": found.app.client_id,
        "account": simple(state, found.account),
        "repository_selection": "all" if found.repositories is None else "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{state.api}/installation/repositories",
        "html_url": f"{state.web}/settings/installations/{found.id}",
        "app_id": found.app.id,
        "app_slug": found.app.slug,
        "target_id": found.account.id,
        "target_type": found.account.kind,
        "permissions": {"metadata": "read", **found.permissions},
        "events": found.events,
        "created_at": found.created_at,
        "updated_at": found.created_at,
        "single_file_name": None,
        "suspended_at": found.suspended_at,
    }
    return complete(models.Installation, values)


def installation_token(token: Token) -> Json:
    """A token for an installation, without the repositories that it is narrowed to."""
    return {
        "token": token.value,
        "expires_at": written(token.expires_at or 0),
        "permissions": dict(token.permissions or {}),
        "repository_selection": "all" if token.repositories is None else "selected",
    }
