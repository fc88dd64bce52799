"""The token for a request.

    a GitHub App         its JWT buys a token for one repository and the permissions of one step, valid for an hour
    a personal token     the same token for everything

Tokens stay in this process and in the environment of the git command that needs one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from githubkit import GitHub, GitHubCore
from githubkit.auth import AppAuthStrategy, BaseAuthStrategy
from githubkit_schemas.v2026_03_10.models import Installation

from honk.core.errors import UsageError
from honk.integrations.github.client import responses
from honk.integrations.github.client.errors import NotFound, Refused
from honk.integrations.github.client.github_client import GitHubClient
from honk.settings import GitHubAccess

Permissions = Mapping[str, str]

READ_METADATA: Permissions = {"metadata": "read"}
READ_CONTENTS: Permissions = {"contents": "read"}
WRITE_CONTENTS: Permissions = {"contents": "write"}
READ_PULLS: Permissions = {"contents": "read", "pull_requests": "read"}
PROPOSE: Permissions = {"contents": "read", "pull_requests": "write"}
MERGE: Permissions = {"contents": "write", "pull_requests": "write"}

OPTIONAL_PERMISSIONS: Permissions = {"workflows": "write"}
"""Needed to push or merge changes of `.github/workflows`; requested where the App's owner has granted it."""

RENEW_BEFORE_SECONDS = 300.0
"""A token is renewed this long before it expires."""


@dataclass(frozen=True)
class RepoRef:
    """A repository by its name and, once it is known, by its id (`number`; 0 before)."""

    owner: str
    name: str
    number: int = 0


@dataclass(frozen=True)
class AppInstallation:
    """An installation of the App: its id, and the permissions that it was granted."""

    number: int
    granted: Permissions


class RepoNotGranted(UsageError):
    """The App is installed on the account, but not for this repository."""


@dataclass(frozen=True)
class _CachedToken:
    token: str = field(repr=False)
    until: float


class TokenProvider:
    """Honk's own tokens. Concurrent callers that need the same token share one request."""

    def __init__(self, client: GitHubClient, credential: GitHubAccess) -> None:
        self._client = client
        self._credential = credential
        self._installations: dict[str, AppInstallation] = {}
        self._tokens: dict[tuple[int, int | str, frozenset[tuple[str, str]]], _CachedToken] = {}
        self._lock = asyncio.Lock()

    @property
    def personal(self) -> bool:
        """A personal token is set: it takes precedence over an App."""
        return bool(self._credential.token)

    def check(self) -> None:
        """Raises UsageError when no credential is set."""
        if not self._credential:
            raise UsageError(
                "There is no credential for GitHub: set GITHUB_TOKEN, or create an App with `honk github setup`."
            )

    def strategy(self, ref: RepoRef, wanted: Permissions) -> tuple[BaseAuthStrategy, str]:
        """githubkit's strategy for the repository, and the credential's name in `GitHubRateLimits`."""
        who = "token" if self.personal else f"app on {ref.owner.lower()}"
        return RefreshingAuth(lambda anew: self.token(ref, wanted, anew=anew)), who

    def app(self) -> AppAuthStrategy:
        """Authentication as the App itself, which may ask about its installations and little else."""
        return AppAuthStrategy(self._credential.app_id, self._credential.private_key)

    async def token(self, ref: RepoRef, wanted: Permissions, *, anew: bool = False) -> str:
        """A token with the permissions `wanted` in that repository. `anew`: GitHub refused the last one.

        Raises UsageError where the App is not installed, and the errors of `errors`.
        """
        self.check()
        if self.personal:
            return self._credential.token
        async with self._lock, self._client.connect(self.app(), "app") as github:
            return await self._installed(github, ref, wanted, anew)

    async def _installed(self, github: GitHub[AppAuthStrategy], ref: RepoRef, wanted: Permissions, anew: bool) -> str:
        where = str(ref.number or f"{ref.owner}/{ref.name}")
        known = None if anew else self._installations.get(where)
        try:
            return await self._cached(github, known or await self._installation(github, ref), ref, wanted, anew)
        except (NotFound, RepoNotGranted) as error:
            # the App was reinstalled, or the repository moved to another owner: that is another installation
            try:
                found = await self._installation(github, ref)
            except UsageError as none:
                raise (error if isinstance(error, RepoNotGranted) else none) from none
            return await self._cached(github, found, ref, wanted, anew=True)

    async def _cached(
        self, github: GitHub[AppAuthStrategy], found: AppInstallation, ref: RepoRef, wanted: Permissions, anew: bool
    ) -> str:
        more = {name: level for name, level in OPTIONAL_PERMISSIONS.items() if "write" in wanted.values()}
        asked = {**wanted, **{name: level for name, level in more.items() if found.granted.get(name) == level}}
        key = (found.number, ref.number or ref.name.lower(), frozenset(asked.items()))
        cached = self._tokens.get(key)
        if cached is None or anew or cached.until <= self._client.clock():
            cached = self._tokens[key] = await self._create(github, found, ref, asked)
        return cached.token

    async def _installation(self, github: GitHub[AppAuthStrategy], ref: RepoRef) -> AppInstallation:
        what = f"installation of the App on {ref.owner}/{ref.name}"
        try:
            found = await responses.parsed(github.rest.apps.async_get_repo_installation(ref.owner, ref.name), what)
        except NotFound as error:
            raise UsageError(
                f"The GitHub App is not installed on {ref.owner}/{ref.name}, or there is no such repository;"
                " `honk github setup` says where to install it."
            ) from error
        made = AppInstallation(found.id, granted_permissions(found))
        self._installations[str(ref.number or f"{ref.owner}/{ref.name}")] = made
        return made

    async def _create(
        self, github: GitHub[AppAuthStrategy], found: AppInstallation, ref: RepoRef, asked: Permissions
    ) -> _CachedToken:
        only = {"repository_ids": [ref.number]} if ref.number else {"repositories": [ref.name]}
        data: dict[str, object] = {"permissions": dict(asked), **only}
        call = github.rest.apps.async_create_installation_access_token(found.number, data=data)  # type: ignore[call-overload]
        try:
            made = await responses.parsed(call, "token for the App")
        except Refused as error:
            if error.status != 422:
                raise
            if "repositor" in error.reason:
                raise RepoNotGranted(
                    f"The GitHub App has no access to {ref.owner}/{ref.name}: the repository was deleted, or"
                    " the App's installation on GitHub does not include it."
                ) from error
            lacking = ", ".join(f"{name}: {level}" for name, level in asked.items() if name != "metadata")
            raise Refused(
                f"The GitHub App may not do this in {ref.owner}/{ref.name} ({error.reason}); it needs {lacking}."
                " Grant that in the App's settings, and accept it for the installation.",
                error.status,
                error.reason,
            ) from error
        until = datetime.fromisoformat(made.expires_at.replace("Z", "+00:00")).timestamp() - RENEW_BEFORE_SECONDS
        return _CachedToken(made.token, until)


def granted_permissions(installation: Installation) -> dict[str, str]:
    """What an installation of the App was granted: permission and level, as GitHub names them."""
    return {name: str(level) for name, level in installation.permissions.model_dump(exclude_unset=True).items()}


class RefreshingAuth(BaseAuthStrategy):
    """Authenticates with the token that `give(False)` returns; when GitHub refuses it, once more with `give(True)`."""

    def __init__(self, give: Callable[[bool], Awaitable[str]]) -> None:
        self._give = give

    def get_auth_flow(self, github: GitHubCore[Any]) -> httpx.Auth:
        """What githubkit asks a strategy for."""
        return _RefreshingFlow(self._give)


class _RefreshingFlow(httpx.Auth):
    def __init__(self, give: Callable[[bool], Awaitable[str]]) -> None:
        self._give = give

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request again only when the second token differs."""
        token = await self._give(False)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            second = await self._give(True)
            if second != token:
                request.headers["Authorization"] = f"Bearer {second}"
                yield request
