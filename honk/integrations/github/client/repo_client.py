"""One operation on one repository: found by its number, so that a new name or owner loses nothing."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from githubkit import GitHub
from githubkit.auth import BaseAuthStrategy
from githubkit_schemas.v2026_03_10.models import FullRepository

from honk.core.errors import UsageError, WorkFailed
from honk.core.repo import Repo
from honk.git.command import Login
from honk.git.remote import CredentialRefused
from honk.integrations.github.client import errors, urls
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.client.tokens import Access, Permissions, RepoRef
from honk.storage.repo_addresses import RepoAddresses

FORGE = "github"
"""How tables and settings name this forge."""

USER = "x-access-token"
"""The user's name that GitHub's git takes together with any token."""


@dataclass(frozen=True)
class Found:
    """A repository as GitHub has it now. `size_kb` is that of its objects; `methods` are the ways to merge that it
    allows."""

    number: int
    owner: str
    name: str
    clone_url: str
    url: str
    default_branch: str
    archived: bool
    description: str
    size_kb: int
    methods: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class RepoClient:
    """Speaking about one repository. `owner` and `name` go in front of the arguments of most requests."""

    github: GitHub[Any]
    at: Found

    @property
    def where(self) -> tuple[str, str]:
        """Owner and name."""
        return self.at.owner, self.at.name

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON of a request that githubkit has no function for; `path` is below the repository's own."""
        what = f"{path} of {self.at.full_name}"
        call = self.github.arequest("GET", f"/repos/{self.at.full_name}/{path}", params=params)
        response = await errors.response(call, what)
        with errors.readable(what):
            return response.json()

    def writable(self) -> None:
        """Raises WorkFailed for an archived repository."""
        if self.at.archived:
            raise WorkFailed(f"{self.at.full_name} is archived on GitHub and takes no changes; unarchive it first.")


class RepoClients:
    """Begins operations."""

    def __init__(self, client: GitHubClient, access: Access, addresses: RepoAddresses) -> None:
        self.client = client
        self.access = access
        self._addresses = addresses

    def spot(self, url: str) -> RepoRef:
        """The repository that `url` names. Raises UsageError for an address of somewhere else."""
        named = urls.parse(url, self.client.url)
        if named is None:
            raise UsageError(
                f"{url.rpartition('@')[2]} is no repository of {urls.web(self.client.url)}; write owner/name."
            )
        return RepoRef(*named)

    async def first(self, url: str) -> Found:
        """Find a repository that somebody names, and remember its number."""
        spot = self.spot(url)
        async with self._speaking(spot, {"metadata": "read"}) as github:
            found = await _by_name(github, spot)
        self._addresses.keep(FORGE, found.url, found.number)
        return found

    @asynccontextmanager
    async def to(self, repo: Repo, wanted: Permissions, *, writing: bool = False) -> AsyncIterator[RepoClient]:
        """Speak about `repo` with what is `wanted`, as the machine. `writing`: an archived one is refused.

        Raises UsageError when it is gone, or the App not installed there.
        """
        named, number = self.spot(repo.url), self._addresses.number(FORGE, repo.url)
        spot = RepoRef(named.owner, named.name, number)
        async with self._speaking(spot, wanted) as github:
            found = await (_by_number(github, spot) if number else _by_name(github, spot))
            if found.url != repo.url:
                self._addresses.moved(FORGE, repo.url, found.url, found.number)
            visit = RepoClient(github, found)
            if writing:
                visit.writable()
            yield visit

    async def login(self, visit: RepoClient, wanted: Permissions) -> Login:
        """The credential for git."""
        spot = RepoRef(visit.at.owner, visit.at.name, visit.at.number)
        return Login(urls.origin(visit.at.clone_url), USER, await self.access.token(spot, wanted))

    @contextmanager
    def git(self, visit: RepoClient, level: str) -> Iterator[None]:
        """Inside, git uses the credential for something that takes the permission `contents: level`. Raises WorkFailed
        with what a personal token lacks; an App's token without it is never made."""
        try:
            yield
        except CredentialRefused as error:
            if not self.access.personal:
                raise
            raise WorkFailed(
                f"GITHUB_TOKEN does not let Honk {'push to' if level == 'write' else 'fetch'} {visit.at.full_name}: a"
                f" fine-grained token needs contents: {level} there, a classic one the scope `repo`; and its owner the"
                " right to do it."
            ) from error

    @asynccontextmanager
    async def _speaking(self, spot: RepoRef, wanted: Permissions) -> AsyncIterator[GitHub[BaseAuthStrategy]]:
        self.access.check()
        strategy, who = self.access.strategy(spot, wanted)
        async with self.client.speaking(strategy, who) as github:
            yield github


async def _by_name(github: GitHub[BaseAuthStrategy], spot: RepoRef) -> Found:
    what = f"repository {spot.owner}/{spot.name}"
    return found(await errors.parsed(github.rest.repos.async_get(spot.owner, spot.name), what))


async def _by_number(github: GitHub[BaseAuthStrategy], spot: RepoRef) -> Found:
    """GitHub's redirects of renamed repositories lead to this address."""
    what = f"repository {spot.owner}/{spot.name}"
    call = github.arequest("GET", f"/repositories/{spot.number}", response_model=FullRepository)
    return found(await errors.parsed(call, what))


def found(told: FullRepository) -> Found:
    """What we want to know of it."""
    ways = (
        ("merge", told.allow_merge_commit),
        ("squash", told.allow_squash_merge),
        ("rebase", told.allow_rebase_merge),
    )
    return Found(
        number=told.id,
        owner=told.owner.login,
        name=told.name,
        clone_url=told.clone_url,
        url=told.clone_url.removesuffix(".git"),
        default_branch=told.default_branch,
        archived=told.archived,
        description=told.description or "",
        size_kb=told.size,
        # those who may not see the settings find out when they merge
        methods=tuple(name for name, allowed in ways if allowed is not False),
    )
