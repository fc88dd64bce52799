"""The running server as a test holds it: who there is, what there is, what has happened."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from honk_simulators import asgi
from honk_simulators.github.actions import workflow_runs
from honk_simulators.github.auth import credentials
from honk_simulators.github.branches import merge_queue
from honk_simulators.github.faults import Faults
from honk_simulators.github.git_repository import git
from honk_simulators.github.pages import timeline
from honk_simulators.github.responses import repositories as shapes
from honk_simulators.github.server import API, Server
from honk_simulators.github.state.accounts import AccountKind, GitHubAccount, GitHubApp, Installation
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import (
    Label,
    Protection,
    Repository,
    RepositoryWebhook,
    Role,
    RuleSet,
)
from honk_simulators.github.state.request_log import LoggedRequest, RateLimits, WebhookDelivery
from honk_simulators.github.state.workflows import Workflow
from honk_simulators.github.user_actions import UserActions
from honk_simulators.github.webhooks import emitter

LABELS = {"bug": "d73a4a", "documentation": "0075ca", "enhancement": "a2eeef", "question": "d876e3"}
SETTLING = 10.0
USUAL_PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "deployments": "write",
    "issues": "write",
    "merge_queues": "read",
    "pull_requests": "write",
    "statuses": "write",
}
USUAL_EVENTS = (
    *("check_run", "check_suite", "deployment_status", "issue_comment", "issues", "merge_group", "pull_request"),
    *("pull_request_review", "pull_request_review_comment", "push", "repository", "status", "workflow_run"),
)


class GitHubSimulator(UserActions, Faults):
    """Everything of a running GitHub: what people do (Actor), what befalls it (Fate), and what there is."""

    @property
    def url(self) -> str:
        """The API's root, for HONK_GITHUB_URL."""
        return self.state.api

    @property
    def web(self) -> str:
        """Where people look."""
        return self.state.web

    @property
    def requests(self) -> list[LoggedRequest]:
        """Everything that came in over the API and git."""
        return self.state.requests

    @property
    def deliveries(self) -> list[WebhookDelivery]:
        """Every event that was sent or was to be."""
        return self.state.deliveries

    @property
    def limits(self) -> RateLimits:
        """Set `hourly` or `content_per_minute` to have them."""
        return self.state.limits

    @property
    def leaks(self) -> list[LoggedRequest]:
        """Requests that had a token in their address."""
        return [seen for seen in self.state.requests if seen.leaked]

    async def until(self, true: Callable[[], bool], seconds: float = SETTLING) -> None:
        """Return once `true()` holds; it is asked again whenever something has happened. Raises TimeoutError."""
        await self.state.until(true, seconds)

    async def settled(self, seconds: float = SETTLING) -> None:
        """Return once every event has been delivered and every workflow has ended. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while self.state.work or self.state.outbox.queue.qsize():
                if self.state.work:
                    await asyncio.wait(self.state.work)
                await self.state.outbox.queue.join()
            await self.state.outbox.queue.join()

    def pull(self, repo: Repository, number: int) -> IssueRecord:
        """The pull request (`pull` is set) or issue with this number."""
        return repo.issues[number]

    def comments(self, repo: Repository, number: int) -> list[tuple[str, str]]:
        """What was said under it: login and body."""
        return [(each.user.login, each.body) for each in repo.issues[number].comments]

    async def transcript(self, repo: Repository, number: int) -> str:
        """An issue or pull request as somebody reads its page."""
        return await timeline.transcript(self.state, repo, repo.issues[number])

    def user(self, login: str, name: str = "", email: str = "", kind: AccountKind = "User") -> GitHubAccount:
        """A person, new unless there is one of that login."""
        found = self.state.account(login)
        if found is None:
            mail = email or (f"{login}@example.org" if kind == "User" else "")
            found = GitHubAccount(self.state.id(), login, name or login.title(), mail, kind, self.state.stamp())
            self.state.accounts[found.id] = found
        return found

    def organization(self, login: str, members: Iterable[GitHubAccount] = ()) -> GitHubAccount:
        """An organisation."""
        found = self.user(login, kind="Organization")
        found.members |= {each.id for each in members}
        return found

    async def repository(
        self,
        full_name: str,
        *,
        files: Mapping[str, str | bytes] | None = None,
        private: bool = False,
        admins: Iterable[GitHubAccount] = (),
        maintainers: Iterable[GitHubAccount] = (),
        writers: Iterable[GitHubAccount] = (),
        triagers: Iterable[GitHubAccount] = (),
        readers: Iterable[GitHubAccount] = (),
        protection: Protection | None = None,
        workflows: Sequence[Workflow] = (),
        default_branch: str = "main",
    ) -> Repository:
        """A repository with a first commit of `files`; empty without them. Its owner is made when there is none."""
        login, _, name = full_name.partition("/")
        owner = self.state.account(login) or self.organization(login)
        number = self.state.id()
        repo = Repository(number, owner, name, self.state.root / f"{number}.git", self.state.stamp(), private)
        repo.default_branch = default_branch
        git.create(repo.git_dir, default_branch)
        by_role: dict[Role, Iterable[GitHubAccount]] = {"read": readers, "triage": triagers, "write": writers}
        by_role |= {"maintain": maintainers, "admin": admins}
        for role, people in by_role.items():
            repo.roles |= {person.id: role for person in people}
        for label, colour in LABELS.items():
            repo.labels[label] = Label(self.state.id(), label, colour)
        repo.workflows = [workflow_runs.prepare(self.state, each) for each in workflows]
        self.state.repositories[number] = repo
        if files:
            await self.push(owner, repo, default_branch, files, message="Begin\n")
        if protection is not None:
            repo.protections[default_branch] = protection
        return repo

    def ruleset(
        self,
        where: Repository | GitHubAccount,
        asks: Protection,
        *branches: str,
        bypass: Iterable[GitHubAccount] = (),
    ) -> RuleSet:
        """Rules for branches of a repository, or of all repositories of an organisation; without patterns for the
        default branch."""
        names = branches or ("~DEFAULT_BRANCH",)
        found = RuleSet(
            asks, names, frozenset(each.id for each in bypass), f"rules {len(where.rulesets)}", self.state.id()
        )
        where.rulesets.append(found)
        return found

    async def fork(self, repo: Repository, owner: GitHubAccount) -> Repository:
        """A copy that belongs to somebody else, from which pull requests can be opened."""
        copy = await self.repository(f"{owner.login}/{repo.name}", default_branch=repo.default_branch)
        copy.parent = repo
        for branch, sha in (await git.branches(repo.git_dir)).items():
            await git.bring(copy.git_dir, repo.git_dir, sha, f"refs/heads/{branch}")
        return copy

    def hook(self, repo: Repository, url: str, secret: str, events: Sequence[str] = ("*",)) -> RepositoryWebhook:
        """A webhook of one repository."""
        found = RepositoryWebhook(self.state.id(), url, secret, list(events), self.state.stamp())
        repo.hooks[found.id] = found
        return found

    def app(
        self,
        name: str = "Honk",
        *,
        permissions: Mapping[str, str] | None = None,
        events: Sequence[str] = USUAL_EVENTS,
        webhook_url: str = "",
        secret: str = "",
        owner: GitHubAccount | None = None,
    ) -> GitHubApp:
        """A GitHub App with a key of its own (`private_key`, PEM)."""
        allowed = USUAL_PERMISSIONS if permissions is None else permissions
        by = owner or self.organization("acme")
        return credentials.new_app(
            self.state, name, by, allowed, events, webhook_url=webhook_url, webhook_secret=secret
        )

    def install(self, app: GitHubApp, *repos: Repository, on: GitHubAccount | None = None) -> Installation:
        """Install an App on these repositories, or without any on all of an account."""
        account = on or repos[0].owner
        ids = {repo.id for repo in repos} if repos else None
        found = Installation(
            self.state.id(), app, account, dict(app.permissions), list(app.events), ids, self.state.stamp()
        )
        self.state.installations[found.id] = found
        brief = [shapes.brief(repo) for repo in repos]
        emitter.installed(self.state, found, "installation", "created", account, repositories=brief)
        return found

    def token(self, owner: GitHubAccount, scopes: Iterable[str] = ("repo", "workflow")) -> str:
        """A classic personal token."""
        return credentials.classic(self.state, owner, scopes).value

    def fine_grained(self, owner: GitHubAccount, repos: Sequence[Repository], permissions: Mapping[str, str]) -> str:
        """A personal token for these repositories."""
        return credentials.fine_grained(self.state, owner, (repo.id for repo in repos), permissions).value

    def installation_token(self, found: Installation) -> str:
        """A token for an installation, as the App would get it with its key."""
        ids = None if found.repositories is None else frozenset(found.repositories)
        return credentials.of_installation(self.state, found, found.permissions, ids).value

    def user_token(self, app: GitHubApp, owner: GitHubAccount) -> str:
        """A token for an App that acts as a person."""
        return credentials.of_user(self.state, app, owner).value


@asynccontextmanager
async def serve(
    *,
    address: str = "127.0.0.1",
    port: int = 0,
    root: Path | None = None,
    strict: bool = True,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[GitHubSimulator]:
    """Run a GitHub until the block is left. Port 0: any free one; `root`: where its repositories are kept.

    `strict` checks each answer and event against the published description: an answer that is not as described becomes
    a 500, and whatever was wrong is raised when the block is left without another error.
    """
    with contextlib.ExitStack() as stack:
        place = root or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="github-")))
        listener = asgi.bind(address, port)
        web = asgi.origin(address, listener)
        state = GitHubState(place, clock, f"{web}{API}", web, strict)
        simulator = GitHubSimulator(state)
        workflow_runs.found(state, simulator.organization("github"))
        async with asgi.running(Server(state), listener):
            chores = [
                state.chore(emitter.deliver(state), "deliveries"),
                state.chore(merge_queue.watch(state), "merges"),
            ]
            try:
                yield simulator
                if strict and state.wrong:
                    raise AssertionError("\n".join(state.wrong))
            finally:
                for task in (*chores, *state.work):
                    task.cancel()
                await asyncio.gather(*chores, *state.work, return_exceptions=True)
