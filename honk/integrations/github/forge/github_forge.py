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
from honk.integrations.github.client.tokens import Access
from honk.integrations.github.forge import approvals, merging, pull_requests, revert, rulesets
from honk.integrations.github.forge.artifacts import ArtifactsOnGitHub
from honk.integrations.github.forge.checks import ChecksOnGitHub
from honk.integrations.github.forge.deployments import DeploymentsOnGitHub
from honk.integrations.github.forge.merging import Merge, Ways
from honk.integrations.github.forge.pull_requests import Proposal
from honk.integrations.github.setup.accounts import People
from honk.settings import GitHubSettings


class GitHubForge(ChecksOnGitHub, ArtifactsOnGitHub, DeploymentsOnGitHub):
    """See `honk.forges.base.Forge`, and for what else it can do `honk.forges.checks`."""

    name = FORGE

    def __init__(self, visits: RepoClients, people: People, settings: GitHubSettings) -> None:
        self.visits = visits
        self.people = people
        self._settings = settings

    @property
    def client(self) -> GitHubClient:
        """The way to GitHub."""
        return self.visits.client

    @property
    def access(self) -> Access:
        """The machine's own tokens."""
        return self.visits.access

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
        found = await self.visits.first(url)
        repo = Repo(name, found.url, self.name, found.default_branch, found.description)
        async with self.visits.to(repo, tokens.FETCH) as visit:
            if not await merging.head_of(visit, found.default_branch):
                raise UsageError(f"{found.full_name} has no commits yet; make a first one.")
        return repo

    async def may_write(self, repo: Repo, person: Person) -> bool:
        """Whether GitHub lets the person's account push. Raises NotLinked for somebody whose account is not known."""
        number = await self.people.number(person)
        async with self.visits.to(repo, tokens.LOOK, writing=True) as visit:
            return await self.people.may_write(visit, number)

    async def fetch(self, repo: Repo, mirror: Path) -> str:
        """All branches into `mirror`; the default branch's commit."""
        async with self.visits.to(repo, tokens.FETCH) as visit:
            await self._fetch(repo, visit, mirror)
            return await mirrors.head(mirror, repo.default_branch)

    async def push(self, repo: Repo, mirror: Path, branch: str, head: str, expected: str) -> None:
        """Make `branch` point to `head`, if it is at `expected`."""
        async with self.visits.to(repo, tokens.PUSH, writing=True) as visit:
            login = await self.visits.login(visit, tokens.PUSH)
            with self.visits.git(visit, "write"), rulesets.explained(visit, branch):
                await remote.push(mirror, visit.at.clone_url, head, branch, expected, login)

    async def propose(self, repo: Repo, mirror: Path, session: str, change: Change, draft: Draft) -> Pull:
        """Open the pull request as the person who asked, where they have linked their account; bring it up to date."""
        proposal = Proposal(repo.name, change, draft, self._settings.label)
        async with self.visits.to(repo, tokens.PROPOSE, writing=True) as visit:
            if not await merging.head_of(visit, change.branch):
                raise UsageError(f"There is no branch `{change.branch}` in {repo.name} to propose; push it first.")
            async with self._opener(visit, draft.author) as opener:
                return await pull_requests.propose(visit, mirror, proposal, opener)

    async def pull(self, repo: Repo, number: int) -> Pull:
        """The pull request now."""
        async with self.visits.to(repo, tokens.READ) as visit:
            return await pull_requests.get(visit, repo.name, number)

    async def approve(self, repo: Repo, number: int, head: str, person: Person) -> None:
        """A review on GitHub in the person's own name."""
        async with self.visits.to(repo, tokens.READ, writing=True) as visit:
            await approvals.approve(visit, self.people, number, head, person)

    async def approvers(self, repo: Repo, number: int, askers: Sequence[Person] = ()) -> tuple[Person, ...]:
        """Whose last review approves the present head, of those who may write."""
        async with self.visits.to(repo, tokens.READ) as visit:
            return await approvals.approvers(visit, self.people, number, await self.people.numbers(askers))

    async def merge(self, repo: Repo, number: int, mirror: Path, base: str, tested: str, head: str) -> str:
        """Have GitHub merge it."""
        async with self.visits.to(repo, tokens.MERGE, writing=True) as visit:
            wanted = Merge(number, mirror, base, tested, head)
            sha = await merging.merge(visit, wanted, self._ways(repo, visit, mirror))
            return await self._filled(visit, mirror, sha)

    async def advance(self, repo: Repo, mirror: Path, base: str, tested: str) -> str:
        """Have GitHub merge a pull request of its own for it."""
        async with self.visits.to(repo, tokens.MERGE, writing=True) as visit:
            if visit.at.default_branch != repo.default_branch:
                raise WorkFailed(f"The default branch is `{visit.at.default_branch}` now; add the repository anew.")
            login = await self.visits.login(visit, tokens.PUSH)
            wanted = Merge(0, mirror, base, tested, tested)
            sha = await revert.advance(visit, login, wanted, self._ways(repo, visit, mirror), self._settings.label)
            return await self._filled(visit, mirror, sha)

    async def close(self, repo: Repo, number: int) -> None:
        """Close the pull request unmerged; its branch stays."""
        async with self.visits.to(repo, tokens.PROPOSE) as visit:
            await pull_requests.close(visit, number)

    def _ways(self, repo: Repo, visit: RepoClient, mirror: Path) -> Ways:
        return Ways(
            method=self._settings.merge_method,
            queue_seconds=self._settings.ci_minutes * 60,
            fetch=lambda: self._fetch(repo, visit, mirror),
            wait=self.client.wait,
        )

    async def _fetch(self, repo: Repo, visit: RepoClient, mirror: Path) -> None:
        """A large repository comes without the contents of old files; what is there already stays as it is."""
        login = await self.visits.login(visit, tokens.FETCH)
        if visit.at.size_kb > self._settings.partial_mb * 1000:
            await partial_mirror.begin(mirror)
        with self.visits.git(visit, "read"):
            if mirrors.is_partial(mirror):
                await partial_mirror.fetch(mirror, visit.at.clone_url, repo.default_branch, login)
            else:
                await remote.fetch(mirror, visit.at.clone_url, login)

    async def _filled(self, visit: RepoClient, mirror: Path, sha: str) -> str:
        """`sha`, with all of its files in the mirror: the branch may have moved on since it was made."""
        if mirrors.is_partial(mirror):
            await partial_mirror.fill(mirror, visit.at.clone_url, sha, await self.visits.login(visit, tokens.FETCH))
        return sha

    @asynccontextmanager
    async def _opener(self, visit: RepoClient, author: Person) -> AsyncIterator[RepoClient | None]:
        """A visit in the author's own name; None where they have not linked their account, or may not write."""
        token = await self.people.token(author)
        if not token:
            yield None
            return
        async with self.client.speaking(TokenAuthStrategy(token), f"person {author.id}") as github:
            yield replace(visit, github=github)
