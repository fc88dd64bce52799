"""Builds the forge from the settings."""

import os

from honk import secrets
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.client.repo_client import RepoClients
from honk.integrations.github.client.tokens import TokenProvider
from honk.integrations.github.forge.github_forge import GitHubForge
from honk.integrations.github.setup.accounts import GitHubAccounts
from honk.integrations.github.setup.token_encryption import TokenCipher
from honk.settings import Settings
from honk.storage.store import Store


def make(settings: Settings, store: Store, client: GitHubClient | None = None) -> GitHubForge:
    """Sends no request. Without a credential the forge hosts nothing and says so when it is asked."""
    client = client or connection(settings)
    return GitHubForge(
        RepoClients(client, TokenProvider(client, settings.github), store.addresses),
        people(settings, store, client),
        settings.file.github,
    )


def connection(settings: Settings) -> GitHubClient:
    """The connection to GitHub, through this machine's proxy where it has one."""
    return GitHubClient(settings.github.url, settings.proxies.to(settings.github.url))


def people(settings: Settings, store: Store, client: GitHubClient) -> GitHubAccounts:
    """People's accounts."""
    return GitHubAccounts(
        client=client,
        access=settings.github,
        accounts=store.accounts,
        cipher=TokenCipher(lambda: secrets.signing_key(settings.home)),
        known=settings.file.people.accounts,
        owner=f"local:{os.getuid()}",
    )
