"""The forge for plain git: any remote that git can push to. Its pull requests are in Honk's own database.

A remote is a bare repository, a checkout of the user (the session's branch appears there, and a merge moves the base
branch and its files; uncommitted changes are never touched), or an address. Git knows no people, so rights are those of
the operating system: the user who runs Honk may write where the system lets them, and so may the people whom the
settings name; nobody else.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from honk.core.change import Change
from honk.core.errors import UsageError, WorkFailed
from honk.core.person import Person
from honk.core.repo import Pull, Repo
from honk.forges.base import Draft
from honk.git import command, commits, mirror, remote
from honk.git.command import GitDirs
from honk.storage.pull_requests import PullRequestProposal, Pulls

OPEN = ("draft", "open")


class LocalForge:
    """Implements `honk.forges.base.Forge`. `link` returns a pull request's address for repository name and number;
    `writers` are the ids of people who have the rights of the user who runs Honk."""

    name = "local"

    def __init__(self, pulls: Pulls, link: Callable[[str, int], str], writers: frozenset[str] = frozenset()) -> None:
        self._pulls = pulls
        self._link = link
        self._writers = writers
        self._pushed: dict[tuple[str, str], str] = {}

    def hosts(self, url: str) -> bool:
        """Always: git may understand any address."""
        return True

    async def look(self, url: str, name: str) -> Repo:
        """Find a repository; a path is made absolute and its symbolic links are resolved."""
        where = _absolute(url)
        return Repo(name, where, self.name, await remote.default_branch(where))

    async def may_write(self, repo: Repo, person: Person) -> bool:
        """This machine's own account and `writers`; for a path, if the operating system lets us write there.

        For an address the push itself decides: git has no way to ask before.
        """
        known = person.id == f"local:{os.getuid()}" or person.id in self._writers
        return known and _writable(repo.url)

    async def fetch(self, repo: Repo, mirror: Path) -> str:
        """All branches into `mirror`; the default branch's commit."""
        await remote.fetch(mirror, repo.url)
        return await _head(mirror, repo.default_branch)

    async def push(self, repo: Repo, mirror: Path, branch: str, head: str, expected: str) -> None:
        """Make `branch` point to `head`, and update its open pull request."""
        await remote.push(mirror, repo.url, head, branch, expected)
        self._pushed[repo.name, branch] = head
        pull = await self._pulls.open_on(repo.name, branch)
        if pull is not None:
            await self._pulls.move(repo.name, pull.number, head)

    async def propose(self, repo: Repo, mirror: Path, session: str, change: Change, draft: Draft) -> Pull:
        """Open or update the session's pull request. Raises UsageError when the branch does not exist."""
        head = self._pushed.pop((repo.name, change.branch), "")  # a branch that was just pushed is known
        head = head or (await remote.remote_refs(repo.url)).branches.get(change.branch, "")
        if not head:
            raise UsageError(f"There is no branch `{change.branch}` in {repo.name} to propose; push it first.")
        proposal = PullRequestProposal(
            repo=repo.name,
            session=session,
            branch=change.branch,
            base_branch=change.base_branch,
            head=head,
            title=draft.title,
            body=draft.body,
            author=draft.author,
        )
        return self._linked(await self._pulls.propose(proposal))

    async def pull(self, repo: Repo, number: int) -> Pull:
        """The pull request, with its branch's current head."""
        pull = await self._pulls.get(repo.name, number)
        if pull.state in OPEN:
            head = (await remote.remote_refs(repo.url)).branches.get(pull.branch, pull.head)
            pull = pull if head == pull.head else await self._pulls.move(repo.name, number, head)
        return self._linked(pull)

    async def approve(self, repo: Repo, number: int, head: str, person: Person) -> None:
        """Record an approval of exactly `head`, which must be the current head."""
        await self.pull(repo, number)
        await self._pulls.approve(repo.name, number, head, person)

    async def approvers(self, repo: Repo, number: int, askers: Sequence[Person] = ()) -> tuple[Person, ...]:
        """Who approved the current head."""
        await self.pull(repo, number)
        return await self._pulls.approvers(repo.name, number)

    async def merge(self, repo: Repo, number: int, mirror: Path, base: str, tested: str, head: str) -> str:
        """Move the base branch from `base` to `tested`. A merge from before a crash, or by a person with git, is found
        and returned."""
        pull = await self.pull(repo, number)
        if pull.state == "merged":
            return pull.merged_sha
        if pull.state == "closed":
            raise WorkFailed(f"Pull request #{number} is closed. Write to Honk to open it again.")
        await remote.fetch(mirror, repo.url)
        now = await _head(mirror, pull.base_branch)
        landed = tested if await commits.is_ancestor(mirror, tested, now) else await _landed(mirror, head, now)
        if not landed:
            if pull.head != head:
                raise WorkFailed(f"`{pull.branch}` has moved since it was tested; look at it again, then merge.")
            if not await commits.is_ancestor(mirror, head, tested):
                raise ValueError(f"what was tested, {tested}, does not contain the change, {head}")
            landed = await self._move_base(repo, mirror, pull.base_branch, now, base, tested)
        await self._pulls.merged(repo.name, number, landed)
        return landed

    async def advance(self, repo: Repo, mirror: Path, base: str, tested: str) -> str:
        """Move the default branch from `base` to `tested`."""
        now = await self.fetch(repo, mirror)
        if await commits.is_ancestor(mirror, tested, now):
            return tested
        return await self._move_base(repo, mirror, repo.default_branch, now, base, tested)

    async def close(self, repo: Repo, number: int) -> None:
        """Close the pull request unmerged; its branch stays."""
        await self._pulls.closed(repo.name, number)

    async def _move_base(self, repo: Repo, mirror: Path, branch: str, now: str, base: str, tested: str) -> str:
        """The only place that moves a base branch: forward, and only from the commit it was tested with."""
        if now != base:
            raise WorkFailed(f"`{branch}` has moved on since the change was tested with it.")
        if not await commits.is_ancestor(mirror, base, tested):
            raise ValueError(f"what was tested, {tested}, does not stand on the base, {base}")
        await remote.push(mirror, repo.url, tested, branch, base)
        return tested

    def _linked(self, pull: Pull) -> Pull:
        return replace(pull, url=self._link(pull.repo, pull.number))


def _absolute(url: str) -> str:
    place = Path(url).expanduser()
    return str(place.resolve()) if place.is_dir() else url


def _writable(url: str) -> bool:
    place = Path(url)
    if not place.is_dir():
        return ":" in url
    git_dir = place / ".git" if (place / ".git").is_dir() else place
    return all(os.access(each, os.W_OK | os.X_OK) for each in (place, git_dir))


async def _head(path: Path, branch: str) -> str:
    return await mirror.head(path, branch)


async def _landed(path: Path, head: str, base: str) -> str:
    """The first commit of `base`'s first-parent history that contains `head`; empty when there is none."""
    if not await commits.is_ancestor(path, head, base):
        return ""
    own = (await command.out(GitDirs(path), "rev-list", "--first-parent", base)).split()
    if head in own:
        return head
    after = set((await command.out(GitDirs(path), "rev-list", "--ancestry-path", f"{head}..{base}")).split())
    return next(commit for commit in reversed(own) if commit in after)
