"""The forge for GitHub and its enterprise servers: real pull requests, under GitHub's own rules.

    urls  visit            which repository is meant, and where it is now (numbers, not names)
    access  people         with which token; who a person is there, and what they may do
    client  limits answers the way to GitHub, how fast, and what its no means
    pulls  template owners opening a pull request    reviews   approvals
    merging  rules  revert merging one               device  seal   people's own tokens
    checks  artifacts deployments   what happens on GitHub to a commit    download  what it keeps elsewhere

Nobody gets through Honk what GitHub would not give them.
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
    """See `honk.forges.base.Forge`, and for what else it can do `honk.forges.checks`."""

    name = FORGE

    def __init__(self, repo_clients: RepoClients, people: GitHubAccounts, settings: GitHubSettings) -> None:
        self.repo_clients = repo_clients
        self.people = people
        self._settings = settings

    @property
    def client(self) -> GitHubClient:
        """The way to GitHub."""
        return self.repo_clients.client

    @property
    def access(self) -> TokenProvider:
        """The machine's own tokens."""
        return self.repo_clients.access

    def hosts(self, url: str) -> bool:
        """An address of this GitHub, where there is a credential for it; `owner/name`, unless that is a directory."""
        if urls.parse(url, self.client.url) is None or Path(url).expanduser().exists():
            return False
        return bool(self.people.access) or urls.is_short(url)

    async def look(self, url: str, name: str) -> Repo:
        """Find a repository. Its description is what it is about."""
        if not self.people.access:
            raise UsageError(
                f"There is no directory {url} here, and no credential to look for it on GitHub: set GITHUB_TOKEN, or"
                " make an App with `honk github setup`."
            )
        found = await self.repo_clients.first(url)
        repo = Repo(name, found.url, self.name, found.default_branch, found.description)
        async with self.repo_clients.to(repo, tokens.READ_CONTENTS) as api:
            if not await merging.head_of(api, found.default_branch):
                raise UsageError(f"{found.full_name} has no commits yet; make a first one.")
        return repo

    async def may_write(self, repo: Repo, person: Person) -> bool:
        """Whether GitHub lets the person's account push. Raises NotLinked for somebody whose account is not known."""
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
        """Open the pull request as the person who asked, where they have linked their account; bring it up to date."""
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
        """Whose last review approves the present head, of those who may write."""
        async with self.repo_clients.to(repo, tokens.READ_PULLS) as api:
            return await approvals.approvers(api, self.people, number, await self.people.numbers(askers))

    async def merge(self, repo: Repo, number: int, mirror: Path, base: str, tested: str, head: str) -> str:
        """Have GitHub merge it."""
        async with self.repo_clients.to(repo, tokens.MERGE, writing=True) as api:
            wanted = MergeTarget(number, mirror, base, tested, head)
            sha = await merging.merge(api, wanted, self._ways(repo, api, mirror))
            return await self._filled(api, mirror, sha)

    async def advance(self, repo: Repo, mirror: Path, base: str, tested: str) -> str:
        """Have GitHub merge a pull request of its own for it."""
        async with self.repo_clients.to(repo, tokens.MERGE, writing=True) as api:
            if api.at.default_branch != repo.default_branch:
                raise WorkFailed(f"The default branch is `{api.at.default_branch}` now; add the repository anew.")
            login = await self.repo_clients.login(api, tokens.WRITE_CONTENTS)
            wanted = MergeTarget(0, mirror, base, tested, tested)
            sha = await revert.advance(api, login, wanted, self._ways(repo, api, mirror), self._settings.label)
            return await self._filled(api, mirror, sha)

    async def close(self, repo: Repo, number: int) -> None:
        """Close the pull request unmerged; its branch stays."""
        async with self.repo_clients.to(repo, tokens.PROPOSE) as api:
            await pull_requests.close(api, number)

    def _ways(self, repo: Repo, api: RepoClient, mirror: Path) -> MergeOptions:
        return MergeOptions(
            method=self._settings.merge_method,
            queue_seconds=self._settings.ci_minutes * 60,
            fetch=lambda: self._fetch(repo, api, mirror),
            wait=self.client.wait,
        )

    async def _fetch(self, repo: Repo, api: RepoClient, mirror: Path) -> None:
        """A large repository comes without the contents of old files; what is there already stays as it is."""
        login = await self.repo_clients.login(api, tokens.READ_CONTENTS)
        if api.at.size_kb > self._settings.partial_mb * 1000:
            await partial_mirror.begin(mirror)
        with self.repo_clients.git(api, "read"):
            if mirrors.is_partial(mirror):
                await partial_mirror.fetch(mirror, api.at.clone_url, repo.default_branch, login)
            else:
                await remote.fetch(mirror, api.at.clone_url, login)

    async def _filled(self, api: RepoClient, mirror: Path, sha: str) -> str:
        """`sha`, with all of its files in the mirror: the branch may have moved on since it was made."""
        if mirrors.is_partial(mirror):
            await partial_mirror.fill(
                mirror, api.at.clone_url, sha, await self.repo_clients.login(api, tokens.READ_CONTENTS)
            )
        return sha

    @asynccontextmanager
    async def _opener(self, api: RepoClient, author: Person) -> AsyncIterator[RepoClient | None]:
        """A visit in the author's own name; None where they have not linked their account, or may not write."""
        token = await self.people.token(author)
        if not token:
            yield None
            return
        async with self.client.connect(TokenAuthStrategy(token), f"person {author.id}") as github:
            yield replace(api, github=github)
