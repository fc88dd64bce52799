"""Making what others sign in with: Apps with their keys, tokens of every kind."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from honk_simulators.github.state.accounts import (
    GitHubAccount,
    GitHubApp,
    Installation,
    Permissions,
    Token,
)
from honk_simulators.github.state.github_state import GitHubState

KEY_BITS = 2048
HOUR = 3600.0
USER_HOURS = 8


def new_app(
    state: GitHubState,
    name: str,
    owner: GitHubAccount,
    permissions: Mapping[str, str],
    events: Sequence[str],
    *,
    webhook_url: str = "",
    webhook_secret: str = "",
    keyless: bool = False,
) -> GitHubApp:
    """An App with a new key, unless it is to have none; its account is `slug[bot]`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    bot = GitHubAccount(state.id(), f"{slug}[bot]", "", "", "Bot", state.stamp())
    bot.email = f"{bot.id}+{slug}[bot]@users.noreply.github.invalid"
    state.accounts[bot.id] = bot
    private, public = ("", "") if keyless else key_pair()
    app = GitHubApp(
        state.id(),
        slug,
        name,
        owner,
        bot,
        f"Iv23{secrets.token_hex(8)}",
        secrets.token_hex(20),
        dict(permissions),
        list(events),
        state.stamp(),
        private,
        public,
        webhook_url,
        webhook_secret,
    )
    state.apps[app.id] = app
    return app


def key_pair() -> tuple[str, str]:
    """A private key and its public one, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def classic(state: GitHubState, owner: GitHubAccount, scopes: Iterable[str]) -> Token:
    """A classic personal token."""
    return _keep(state, Token(f"ghp_{secrets.token_hex(18)}", "classic", owner, frozenset(scopes)))


def fine_grained(
    state: GitHubState, owner: GitHubAccount, repositories: Iterable[int], permissions: Permissions
) -> Token:
    """A personal token for some repositories."""
    whole = {"metadata": "read", **permissions}
    value = f"github_pat_{secrets.token_hex(20)}"
    return _keep(state, Token(value, "fine-grained", owner, permissions=whole, repositories=frozenset(repositories)))


def of_installation(
    state: GitHubState, found: Installation, permissions: Permissions, repositories: frozenset[int] | None
) -> Token:
    """A token for an installation; it expires after an hour."""
    token = Token(
        f"ghs_{secrets.token_hex(18)}",
        "installation",
        found.app.bot,
        permissions={"metadata": "read", **permissions},
        repositories=repositories,
        expires_at=state.now() + HOUR,
        app=found.app,
        installation=found,
    )
    return _keep(state, token)


def of_user(state: GitHubState, app: GitHubApp, account: GitHubAccount) -> Token:
    """A token for an App that acts as a person; it can do what both may."""
    repositories: set[int] = set()
    for each in state.installations.values():
        if each.app is app and each.repositories is not None:
            repositories |= each.repositories
        elif each.app is app:
            repositories |= {repo.id for repo in state.repositories.values() if repo.owner is each.account}
    token = Token(
        f"ghu_{secrets.token_hex(18)}",
        "user-to-server",
        account,
        permissions={"metadata": "read", **app.permissions},
        repositories=frozenset(repositories),
        expires_at=state.now() + USER_HOURS * HOUR,
        app=app,
    )
    return _keep(state, token)


def _keep(state: GitHubState, token: Token) -> Token:
    state.tokens[token.value] = token
    return token
