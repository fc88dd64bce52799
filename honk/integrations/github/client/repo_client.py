"""Requests about one repository. It is found by its numeric id, so that a rename or a new owner breaks nothing."""

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
from honk.integrations.github.client import responses, urls
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.client.tokens import Permissions, RepoRef, TokenProvider
from honk.storage.repo_addresses import RepoAddresses

FORGE = "github"
"""Name of this forge in tables and settings."""

USER = "x-access-token"
"""User name that GitHub's git accepts with any token."""


@dataclass(frozen=True)
class RepoInfo:
    """A repository as GitHub has it now. `number` is its id, `size_kb` the size of its objects, `methods` the merge
    methods that it allows."""

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
    """Sends requests about one repository."""

    github: GitHub[Any]
    at: RepoInfo

    @property
    def where(self) -> tuple[str, str]:
        """Owner and name: the first arguments of most REST methods."""
        return self.at.owner, self.at.name

    def require_writable(self) -> None:
        """Raises WorkFailed for an archived repository."""
        if self.at.archived:
            raise WorkFailed(f"{self.at.full_name} is archived on GitHub and takes no changes; unarchive it first.")


class RepoClients:
    """Opens a client for a repository, with a token for what the caller wants to do."""

    def __init__(self, client: GitHubClient, access: TokenProvider, addresses: RepoAddresses) -> None:
        self.client = client
        self.access = access
        self._addresses = addresses

    def ref(self, url: str) -> RepoRef:
        """The repository that `url` names. Raises UsageError for an address on another host."""
        named = urls.parse(url, self.client.url)
        if named is None:
            raise UsageError(
                f"{url.rpartition('@')[2]} is not a repository of {urls.web_url(self.client.url)}; write owner/name."
            )
        return RepoRef(*named)

    async def first(self, url: str) -> RepoInfo:
        """Find a repository by the address that a person wrote, and store its id."""
        ref = self.ref(url)
        async with self._connect(ref, {"metadata": "read"}) as github:
            info = await _by_name(github, ref)
        await self._addresses.keep(FORGE, info.url, info.number)
        return info

    @asynccontextmanager
    async def to(self, repo: Repo, wanted: Permissions, *, writing: bool = False) -> AsyncIterator[RepoClient]:
        """A client for `repo` with Honk's own token, limited to `wanted`. `writing` refuses an archived repository.

        Raises UsageError when the repository is gone or the App is not installed there.
        """
        named, number = self.ref(repo.url), await self._addresses.number(FORGE, repo.url)
        ref = RepoRef(named.owner, named.name, number)
        async with self._connect(ref, wanted) as github:
            info = await (_by_number(github, ref) if number else _by_name(github, ref))
            if info.url != repo.url:
                await self._addresses.moved(FORGE, repo.url, info.url, info.number)
            api = RepoClient(github, info)
            if writing:
                api.require_writable()
            yield api

    async def login(self, api: RepoClient, wanted: Permissions) -> Login:
        """The credential for git, limited to `wanted`."""
        ref = RepoRef(api.at.owner, api.at.name, api.at.number)
        return Login(urls.origin(api.at.clone_url), USER, await self.access.token(ref, wanted))

    @contextmanager
    def git(self, api: RepoClient, level: str) -> Iterator[None]:
        """Around a git command that needs the permission `contents: level`. Raises WorkFailed that says what a
        personal token lacks; for an App, a token without the permission is never created."""
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
    async def _connect(self, ref: RepoRef, wanted: Permissions) -> AsyncIterator[GitHub[BaseAuthStrategy]]:
        self.access.check()
        strategy, who = self.access.strategy(ref, wanted)
        async with self.client.connect(strategy, who) as github:
            yield github


async def _by_name(github: GitHub[BaseAuthStrategy], ref: RepoRef) -> RepoInfo:
    what = f"repository {ref.owner}/{ref.name}"
    return to_repo_info(await responses.parsed(github.rest.repos.async_get(ref.owner, ref.name), what))


async def _by_number(github: GitHub[BaseAuthStrategy], ref: RepoRef) -> RepoInfo:
    """GitHub redirects requests about renamed repositories to this address."""
    what = f"repository {ref.owner}/{ref.name}"
    call = github.arequest("GET", f"/repositories/{ref.number}", response_model=FullRepository)
    return to_repo_info(await responses.parsed(call, what))


def to_repo_info(repository: FullRepository) -> RepoInfo:
    """What Honk uses of a repository."""
    methods = (
        ("merge", repository.allow_merge_commit),
        ("squash", repository.allow_squash_merge),
        ("rebase", repository.allow_rebase_merge),
    )
    return RepoInfo(
        number=repository.id,
        owner=repository.owner.login,
        name=repository.name,
        clone_url=repository.clone_url,
        url=repository.clone_url.removesuffix(".git"),
        default_branch=repository.default_branch,
        archived=repository.archived,
        description=repository.description or "",
        size_kb=repository.size,
        # GitHub shows these settings only to some tokens; others learn the answer when they merge
        methods=tuple(name for name, allowed in methods if allowed is not False),
    )
