"""The forge for GitHub and its enterprise servers: real pull requests, under GitHub's own rules.

Through Honk nobody can do anything that GitHub would not let them do themselves.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from githubkit.auth import TokenAuthStrategy

from honk.core.change import Change
from honk.core.errors import UsageError, WorkFailed
from honk.core.person import Person
from honk.core.repo import Pull, Repo
from honk.forges.base import Draft
from honk.git import mirror as mirrors
from honk.git import partial_mirror, remote
from honk.integrations.github.client import tokens, urls
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.client.repo_client import FORGE, RepoClient, RepoClients
from honk.integrations.github.client.tokens import TokenProvider
from honk.integrations.github.forge import approvals, merging, pull_requests, revert, rulesets
from honk.integrations.github.forge.artifacts import GitHubArtifacts
from honk.integrations.github.forge.checks import GitHubChecks
from honk.integrations.github.forge.deployments import GitHubDeployments
from honk.integrations.github.forge.merging import MergeOptions, MergeTarget
from honk.integrations.github.forge.pull_requests import Proposal
from honk.integrations.github.setup.accounts import GitHubAccounts
from honk.settings import GitHubSettings


class GitHubForge(GitHubChecks, GitHubArtifacts, GitHubDeployments):
    """Implements `honk.forges.base.Forge` and the optional contracts of `honk.forges.checks`."""

    name = FORGE

    def __init__(self, repo_clients: RepoClients, people: GitHubAccounts, settings: GitHubSettings) -> None:
        self.repo_clients = repo_clients
        self.people = people
        self._settings = settings

    @property
    def client(self) -> GitHubClient:
        """The connection to GitHub."""
        return self.repo_clients.client

    @property
    def access(self) -> TokenProvider:
        """Honk's own tokens."""
        return self.repo_clients.access

    def hosts(self, url: str) -> bool:
        """Whether it is an address of this GitHub and a credential is set, or `owner/name` that is no directory
        here."""
        if urls.parse(url, self.client.url) is None or Path(url).expanduser().exists():
            return False
        return bool(self.people.access) or urls.is_short(url)

    async def look(self, url: str, name: str) -> Repo:
        """Find a repository."""
        if not self.people.access:
            raise UsageError(
                f"There is no directory {url} here, and no credential to look for it on GitHub: set GITHUB_TOKEN, or"
                " create an App with `honk github setup`."
            )
        found = await self.repo_clients.first(url)
        repo = Repo(name, found.url, self.name, found.default_branch, found.description)
        async with self.repo_clients.to(repo, tokens.READ_CONTENTS) as api:
            if not await merging.head_of(api, found.default_branch):
                raise UsageError(f"{found.full_name} has no commits yet; push a first one.")
        return repo

    async def may_write(self, repo: Repo, person: Person) -> bool:
        """Whether GitHub lets the person's account push. Raises NotLinked when their account is not known."""
        number = await self.people.number(person)
        async with self.repo_clients.to(repo, tokens.READ_METADATA, writing=True) as api:
            return await self.people.may_write(api, number)

    async def fetch(self, repo: Repo, mirror: Path) -> str:
        """All branches into `mirror`; the default branch's commit."""
        async with self.repo_clients.to(repo, tokens.READ_CONTENTS) as api:
            await self._fetch(repo, api, mirror)
            return await mirrors.head(mirror, repo.default_branch)

    async def push(self, repo: Repo, mirror: Path, branch: str, head: str, expected: str) -> None:
        """Make `branch` point to `head`, if it is at `expected`."""
        async with self.repo_clients.to(repo, tokens.WRITE_CONTENTS, writing=True) as api:
            login = await self.repo_clients.login(api, tokens.WRITE_CONTENTS)
            with self.repo_clients.git(api, "write"), rulesets.explain_refused_push(api, branch):
                await remote.push(mirror, api.at.clone_url, head, branch, expected, login)

    async def propose(self, repo: Repo, mirror: Path, session: str, change: Change, draft: Draft) -> Pull:
        """Open it with the account of the person who asked, where they have linked it; update it with Honk's own."""
        proposal = Proposal(repo.name, change, draft, self._settings.label)
        async with self.repo_clients.to(repo, tokens.PROPOSE, writing=True) as api:
            if not await merging.head_of(api, change.branch):
                raise UsageError(f"There is no branch `{change.branch}` in {repo.name} to propose; push it first.")
            async with self._opener(api, draft.author) as opener:
                return await pull_requests.propose(api, mirror, proposal, opener)

    async def pull(self, repo: Repo, number: int) -> Pull:
        """The pull request now."""
        async with self.repo_clients.to(repo, tokens.READ_PULLS) as api:
            return await pull_requests.get(api, repo.name, number)

    async def approve(self, repo: Repo, number: int, head: str, person: Person) -> None:
        """A review on GitHub in the person's own name."""
        async with self.repo_clients.to(repo, tokens.READ_PULLS, writing=True) as api:
            await approvals.approve(api, self.people, number, head, person)

    async def approvers(self, repo: Repo, number: int, askers: Sequence[Person] = ()) -> tuple[Person, ...]:
        """The people with write access whose last review approves the current head."""
        async with self.repo_clients.to(repo, tokens.READ_PULLS) as api:
            return await approvals.approvers(api, self.people, number, await self.people.numbers(askers))

    async def merge(self, repo: Repo, number: int, mirror: Path, base: str, tested: str, head: str) -> str:
        """Have GitHub merge it."""
        async with self.repo_clients.to(repo, tokens.MERGE, writing=True) as api:
            wanted = MergeTarget(number, mirror, base, tested, head)
            sha = await merging.merge(api, wanted, self._merge_options(repo, api, mirror))
            return await self._filled(api, mirror, sha)

    async def advance(self, repo: Repo, mirror: Path, base: str, tested: str) -> str:
        """Open a pull request for it and have GitHub merge that."""
        async with self.repo_clients.to(repo, tokens.MERGE, writing=True) as api:
            if api.at.default_branch != repo.default_branch:
                raise WorkFailed(
                    f"The default branch is `{api.at.default_branch}` now; remove the repository and add it again."
                )
            login = await self.repo_clients.login(api, tokens.WRITE_CONTENTS)
            wanted = MergeTarget(0, mirror, base, tested, tested)
            sha = await revert.advance(api, login, wanted, self._merge_options(repo, api, mirror), self._settings.label)
            return await self._filled(api, mirror, sha)

    async def close(self, repo: Repo, number: int) -> None:
        """Close the pull request unmerged; its branch stays."""
        async with self.repo_clients.to(repo, tokens.PROPOSE) as api:
            await pull_requests.close(api, number)

    def _merge_options(self, repo: Repo, api: RepoClient, mirror: Path) -> MergeOptions:
        return MergeOptions(
            method=self._settings.merge_method,
            queue_seconds=self._settings.ci_minutes * 60,
            fetch=lambda: self._fetch(repo, api, mirror),
            wait=self.client.wait,
        )

    async def _fetch(self, repo: Repo, api: RepoClient, mirror: Path) -> None:
        """Update the mirror; a large repository comes without the contents of old files (a partial clone)."""
        login = await self.repo_clients.login(api, tokens.READ_CONTENTS)
        if api.at.size_kb > self._settings.partial_mb * 1000:
            await partial_mirror.begin(mirror)
        with self.repo_clients.git(api, "read"):
            if mirrors.is_partial(mirror):
                await partial_mirror.fetch(mirror, api.at.clone_url, repo.default_branch, login)
            else:
                await remote.fetch(mirror, api.at.clone_url, login)

    async def _filled(self, api: RepoClient, mirror: Path, sha: str) -> str:
        """Returns `sha` after all of its files are in the mirror: the branch may have moved on since it was made."""
        if mirrors.is_partial(mirror):
            await partial_mirror.fill(
                mirror, api.at.clone_url, sha, await self.repo_clients.login(api, tokens.READ_CONTENTS)
            )
        return sha

    @asynccontextmanager
    async def _opener(self, api: RepoClient, author: Person) -> AsyncIterator[RepoClient | None]:
        """A client with the author's own token; None where they have not linked their account."""
        token = await self.people.token(author)
        if not token:
            yield None
            return
        async with self.client.connect(TokenAuthStrategy(token), f"person {author.id}") as github:
            yield replace(api, github=github)
