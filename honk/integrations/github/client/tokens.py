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
from honk.integrations.github.client.errors import Missing, Refused
from honk.integrations.github.client.github_client import GitHubClient
from honk.settings import GitHubAccess

Permissions = Mapping[str, str]

LOOK: Permissions = {"metadata": "read"}
FETCH: Permissions = {"contents": "read"}
PUSH: Permissions = {"contents": "write"}
READ: Permissions = {"contents": "read", "pull_requests": "read"}
PROPOSE: Permissions = {"contents": "read", "pull_requests": "write"}
MERGE: Permissions = {"contents": "write", "pull_requests": "write"}

WHERE_GRANTED: Permissions = {"workflows": "write"}
"""What pushes and merges need for changes to `.github/workflows`, taken where the App's owner has granted it."""

EARLY = 300.0
"""Seconds before its end at which a token is no longer used."""


@dataclass(frozen=True)
class RepoRef:
    """A repository by its name and, once it is known, by its number (0 before)."""

    owner: str
    name: str
    number: int = 0


@dataclass(frozen=True)
class Installation:
    """The App on an account: its number there, and what it was granted."""

    number: int
    granted: Permissions


class NotSeen(UsageError):
    """The App is installed there, but not for this repository."""


@dataclass(frozen=True)
class _Kept:
    token: str = field(repr=False)
    until: float


class Access:
    """Tokens of the machine's own. Safe to use from many tasks: who asks at the same time gets the same."""

    def __init__(self, client: GitHubClient, credential: GitHubAccess) -> None:
        self._client = client
        self._credential = credential
        self._installations: dict[str, Installation] = {}
        self._tokens: dict[tuple[int, int | str, frozenset[tuple[str, str]]], _Kept] = {}
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

    def strategy(self, spot: RepoRef, wanted: Permissions) -> tuple[BaseAuthStrategy, str]:
        """How to speak about the repository, and the credential's name among the limits."""
        who = "token" if self.personal else f"app on {spot.owner.lower()}"
        return Renewing(lambda anew: self.token(spot, wanted, anew=anew)), who

    def app(self) -> AppAuthStrategy:
        """The App itself, which may ask about its installations and little else."""
        return AppAuthStrategy(self._credential.app_id, self._credential.private_key)

    async def token(self, spot: RepoRef, wanted: Permissions, *, anew: bool = False) -> str:
        """A token that may do what is `wanted` in that repository. `anew`: the last one was refused.

        Raises UsageError where the App is not installed, and what `answers` says.
        """
        self.check()
        if self.personal:
            return self._credential.token
        async with self._lock, self._client.speaking(self.app(), "app") as github:
            return await self._installed(github, spot, wanted, anew)

    async def _installed(self, github: GitHub[AppAuthStrategy], spot: RepoRef, wanted: Permissions, anew: bool) -> str:
        where = str(spot.number or f"{spot.owner}/{spot.name}")
        known = None if anew else self._installations.get(where)
        try:
            return await self._kept(github, known or await self._installation(github, spot), spot, wanted, anew)
        except (Missing, NotSeen) as error:
            # taken off and perhaps put on again, or on an owner that it has gone to: that is another installation
            try:
                found = await self._installation(github, spot)
            except UsageError as none:
                raise (error if isinstance(error, NotSeen) else none) from none
            return await self._kept(github, found, spot, wanted, anew=True)

    async def _kept(
        self, github: GitHub[AppAuthStrategy], found: Installation, spot: RepoRef, wanted: Permissions, anew: bool
    ) -> str:
        """The token that is there already, or a new one."""
        more = {name: level for name, level in WHERE_GRANTED.items() if "write" in wanted.values()}
        asked = {**wanted, **{name: level for name, level in more.items() if found.granted.get(name) == level}}
        key = (found.number, spot.number or spot.name.lower(), frozenset(asked.items()))
        kept = self._tokens.get(key)
        if kept is None or anew or kept.until <= self._client.clock():
            kept = self._tokens[key] = await self._made(github, found, spot, asked)
        return kept.token

    async def _installation(self, github: GitHub[AppAuthStrategy], spot: RepoRef) -> Installation:
        what = f"installation of the App on {spot.owner}/{spot.name}"
        try:
            found = await errors.parsed(github.rest.apps.async_get_repo_installation(spot.owner, spot.name), what)
        except Missing as error:
            raise UsageError(
                f"The GitHub App is not installed on {spot.owner}/{spot.name}, or there is no such repository;"
                " `honk github setup` says where to install it."
            ) from error
        granted = found.permissions.model_dump(exclude_unset=True)
        made = Installation(found.id, {name: str(level) for name, level in granted.items()})
        self._installations[str(spot.number or f"{spot.owner}/{spot.name}")] = made
        return made

    async def _made(
        self, github: GitHub[AppAuthStrategy], found: Installation, spot: RepoRef, asked: Permissions
    ) -> _Kept:
        only = {"repository_ids": [spot.number]} if spot.number else {"repositories": [spot.name]}
        data: dict[str, object] = {"permissions": dict(asked), **only}
        call = github.rest.apps.async_create_installation_access_token(found.number, data=data)  # type: ignore[call-overload]
        try:
            made = await errors.parsed(call, "token for the App")
        except Refused as error:
            if error.status != 422:
                raise
            if "repositor" in error.said:
                raise NotSeen(
                    f"The GitHub App may not see {spot.owner}/{spot.name} (any more): it was deleted, or the App has to"
                    " be given it on GitHub."
                ) from error
            lacking = ", ".join(f"{name}: {level}" for name, level in asked.items() if name != "metadata")
            raise Refused(
                f"The GitHub App may not do this in {spot.owner}/{spot.name} ({error.said}); it needs {lacking}."
                " Grant that in the App's settings, and accept it for the installation.",
                error.status,
                error.said,
            ) from error
        until = datetime.fromisoformat(made.expires_at.replace("Z", "+00:00")).timestamp() - EARLY
        return _Kept(made.token, until)


class Renewing(BaseAuthStrategy):
    """Speaks with the token that `give` has; once with a new one, where GitHub refuses it."""

    def __init__(self, give: Callable[[bool], Awaitable[str]]) -> None:
        self._give = give

    def get_auth_flow(self, github: GitHubCore[Any]) -> httpx.Auth:
        """For httpx."""
        return _RenewingAuth(self._give)


class _RenewingAuth(httpx.Auth):
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
