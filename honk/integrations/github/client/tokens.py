"""With which token a step is done.

    an App               its JWT → a token for the one repository and the permissions of the step, for an hour at most
    a personal token     that one, for everything

Tokens stay in this process and in the environment of the git that needs one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from githubkit import GitHub, GitHubCore
from githubkit.auth import AppAuthStrategy, BaseAuthStrategy

from honk.core.errors import UsageError
from honk.integrations.github.client import errors
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
"""What pushes and merges need for changes to `.github/workflows`, taken where the App's owner has granted it."""

RENEW_BEFORE_SECONDS = 300.0
"""Seconds before its end at which a token is no longer used."""


@dataclass(frozen=True)
class RepoRef:
    """A repository by its name and, once it is known, by its number (0 before)."""

    owner: str
    name: str
    number: int = 0


@dataclass(frozen=True)
class AppInstallation:
    """The App on an account: its number there, and what it was granted."""

    number: int
    granted: Permissions


class RepoNotGranted(UsageError):
    """The App is installed there, but not for this repository."""


@dataclass(frozen=True)
class _CachedToken:
    token: str = field(repr=False)
    until: float


class TokenProvider:
    """Tokens of the machine's own. Safe to use from many tasks: who asks at the same time gets the same."""

    def __init__(self, client: GitHubClient, credential: GitHubAccess) -> None:
        self._client = client
        self._credential = credential
        self._installations: dict[str, AppInstallation] = {}
        self._tokens: dict[tuple[int, int | str, frozenset[tuple[str, str]]], _CachedToken] = {}
        self._lock = asyncio.Lock()

    @property
    def personal(self) -> bool:
        """There is a personal token: it comes before an App."""
        return bool(self._credential.token)

    def check(self) -> None:
        """Raises UsageError where there is nothing to authenticate with."""
        if not self._credential:
            raise UsageError(
                "There is no credential for GitHub: set GITHUB_TOKEN, or make an App with `honk github setup`."
            )

    def strategy(self, ref: RepoRef, wanted: Permissions) -> tuple[BaseAuthStrategy, str]:
        """How to speak about the repository, and the credential's name among the limits."""
        who = "token" if self.personal else f"app on {ref.owner.lower()}"
        return RefreshingAuth(lambda anew: self.token(ref, wanted, anew=anew)), who

    def app(self) -> AppAuthStrategy:
        """The App itself, which may ask about its installations and little else."""
        return AppAuthStrategy(self._credential.app_id, self._credential.private_key)

    async def token(self, ref: RepoRef, wanted: Permissions, *, anew: bool = False) -> str:
        """A token that may do what is `wanted` in that repository. `anew`: the last one was refused.

        Raises UsageError where the App is not installed, and what `answers` says.
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
            return await self._kept(github, known or await self._installation(github, ref), ref, wanted, anew)
        except (NotFound, RepoNotGranted) as error:
            # taken off and perhaps put on again, or on an owner that it has gone to: that is another installation
            try:
                found = await self._installation(github, ref)
            except UsageError as none:
                raise (error if isinstance(error, RepoNotGranted) else none) from none
            return await self._kept(github, found, ref, wanted, anew=True)

    async def _kept(
        self, github: GitHub[AppAuthStrategy], found: AppInstallation, ref: RepoRef, wanted: Permissions, anew: bool
    ) -> str:
        """The token that is there already, or a new one."""
        more = {name: level for name, level in OPTIONAL_PERMISSIONS.items() if "write" in wanted.values()}
        asked = {**wanted, **{name: level for name, level in more.items() if found.granted.get(name) == level}}
        key = (found.number, ref.number or ref.name.lower(), frozenset(asked.items()))
        kept = self._tokens.get(key)
        if kept is None or anew or kept.until <= self._client.clock():
            kept = self._tokens[key] = await self._made(github, found, ref, asked)
        return kept.token

    async def _installation(self, github: GitHub[AppAuthStrategy], ref: RepoRef) -> AppInstallation:
        what = f"installation of the App on {ref.owner}/{ref.name}"
        try:
            found = await errors.parsed(github.rest.apps.async_get_repo_installation(ref.owner, ref.name), what)
        except NotFound as error:
            raise UsageError(
                f"The GitHub App is not installed on {ref.owner}/{ref.name}, or there is no such repository;"
                " `honk github setup` says where to install it."
            ) from error
        granted = found.permissions.model_dump(exclude_unset=True)
        made = AppInstallation(found.id, {name: str(level) for name, level in granted.items()})
        self._installations[str(ref.number or f"{ref.owner}/{ref.name}")] = made
        return made

    async def _made(
        self, github: GitHub[AppAuthStrategy], found: AppInstallation, ref: RepoRef, asked: Permissions
    ) -> _CachedToken:
        only = {"repository_ids": [ref.number]} if ref.number else {"repositories": [ref.name]}
        data: dict[str, object] = {"permissions": dict(asked), **only}
        call = github.rest.apps.async_create_installation_access_token(found.number, data=data)  # type: ignore[call-overload]
        try:
            made = await errors.parsed(call, "token for the App")
        except Refused as error:
            if error.status != 422:
                raise
            if "repositor" in error.said:
                raise RepoNotGranted(
                    f"The GitHub App may not see {ref.owner}/{ref.name} (any more): it was deleted, or the App has to"
                    " be given it on GitHub."
                ) from error
            lacking = ", ".join(f"{name}: {level}" for name, level in asked.items() if name != "metadata")
            raise Refused(
                f"The GitHub App may not do this in {ref.owner}/{ref.name} ({error.said}); it needs {lacking}."
                " Grant that in the App's settings, and accept it for the installation.",
                error.status,
                error.said,
            ) from error
        until = datetime.fromisoformat(made.expires_at.replace("Z", "+00:00")).timestamp() - RENEW_BEFORE_SECONDS
        return _CachedToken(made.token, until)


class RefreshingAuth(BaseAuthStrategy):
    """Speaks with the token that `give` has; once with a new one, where GitHub refuses it."""

    def __init__(self, give: Callable[[bool], Awaitable[str]]) -> None:
        self._give = give

    def get_auth_flow(self, github: GitHubCore[Any]) -> httpx.Auth:
        """For httpx."""
        return _RefreshingFlow(self._give)


class _RefreshingFlow(httpx.Auth):
    def __init__(self, give: Callable[[bool], Awaitable[str]]) -> None:
        self._give = give

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """For httpx. The second token is asked for only where it can be another."""
        token = await self._give(False)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            second = await self._give(True)
            if second != token:
                request.headers["Authorization"] = f"Bearer {second}"
                yield request
