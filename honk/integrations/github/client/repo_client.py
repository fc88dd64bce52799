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
from honk.git.remote import GitCredentialRefused
from honk.integrations.github.client import errors, urls
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.client.tokens import Permissions, RepoRef, TokenProvider
from honk.storage.repo_addresses import RepoAddresses

FORGE = "github"
"""How tables and settings name this forge."""

USER = "x-access-token"
"""The user's name that GitHub's git takes together with any token."""


@dataclass(frozen=True)
class RepoInfo:
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
    at: RepoInfo

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

    def __init__(self, client: GitHubClient, access: TokenProvider, addresses: RepoAddresses) -> None:
        self.client = client
        self.access = access
        self._addresses = addresses

    def ref(self, url: str) -> RepoRef:
        """The repository that `url` names. Raises UsageError for an address of somewhere else."""
        named = urls.parse(url, self.client.url)
        if named is None:
            raise UsageError(
                f"{url.rpartition('@')[2]} is no repository of {urls.web_url(self.client.url)}; write owner/name."
            )
        return RepoRef(*named)

    async def first(self, url: str) -> RepoInfo:
        """Find a repository that somebody names, and remember its number."""
        ref = self.ref(url)
        async with self._speaking(ref, {"metadata": "read"}) as github:
            info = await _by_name(github, ref)
        await self._addresses.keep(FORGE, info.url, info.number)
        return info

    @asynccontextmanager
    async def to(self, repo: Repo, wanted: Permissions, *, writing: bool = False) -> AsyncIterator[RepoClient]:
        """Speak about `repo` with what is `wanted`, as the machine. `writing`: an archived one is refused.

        Raises UsageError when it is gone, or the App not installed there.
        """
        named, number = self.ref(repo.url), await self._addresses.number(FORGE, repo.url)
        ref = RepoRef(named.owner, named.name, number)
        async with self._speaking(ref, wanted) as github:
            info = await (_by_number(github, ref) if number else _by_name(github, ref))
            if info.url != repo.url:
                await self._addresses.moved(FORGE, repo.url, info.url, info.number)
            api = RepoClient(github, info)
            if writing:
                api.writable()
            yield api

    async def login(self, api: RepoClient, wanted: Permissions) -> Login:
        """The credential for git."""
        ref = RepoRef(api.at.owner, api.at.name, api.at.number)
        return Login(urls.origin(api.at.clone_url), USER, await self.access.token(ref, wanted))

    @contextmanager
    def git(self, api: RepoClient, level: str) -> Iterator[None]:
        """Inside, git uses the credential for something that takes the permission `contents: level`. Raises WorkFailed
        with what a personal token lacks; an App's token without it is never made."""
        try:
            yield
        except GitCredentialRefused as error:
            if not self.access.personal:
                raise
            raise WorkFailed(
                f"GITHUB_TOKEN does not let Honk {'push to' if level == 'write' else 'fetch'} {api.at.full_name}: a"
                f" fine-grained token needs contents: {level} there, a classic one the scope `repo`; and its owner the"
                " right to do it."
            ) from error

    @asynccontextmanager
    async def _speaking(self, ref: RepoRef, wanted: Permissions) -> AsyncIterator[GitHub[BaseAuthStrategy]]:
        self.access.check()
        strategy, who = self.access.strategy(ref, wanted)
        async with self.client.connect(strategy, who) as github:
            yield github


async def _by_name(github: GitHub[BaseAuthStrategy], ref: RepoRef) -> RepoInfo:
    what = f"repository {ref.owner}/{ref.name}"
    return to_repo_info(await errors.parsed(github.rest.repos.async_get(ref.owner, ref.name), what))


async def _by_number(github: GitHub[BaseAuthStrategy], ref: RepoRef) -> RepoInfo:
    """GitHub's redirects of renamed repositories lead to this address."""
    what = f"repository {ref.owner}/{ref.name}"
    call = github.arequest("GET", f"/repositories/{ref.number}", response_model=FullRepository)
    return to_repo_info(await errors.parsed(call, what))


def to_repo_info(told: FullRepository) -> RepoInfo:
    """What we want to know of it."""
    ways = (
        ("merge", told.allow_merge_commit),
        ("squash", told.allow_squash_merge),
        ("rebase", told.allow_rebase_merge),
    )
    return RepoInfo(
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
