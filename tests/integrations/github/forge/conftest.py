"""A forge on a GitHub that runs beside the test: one machine, the people of a team, a repository with one commit."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from honk_simulators import github
from honk_simulators.github.simulator import GitHubSimulator
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp, Installation
from honk_simulators.github.state.repositories import Repository

from honk import secrets
from honk import settings as settings_module
from honk.core.change import Change, Diffstat, FileChange
from honk.core.person import AGENT, Person
from honk.core.repo import Pull, Repo
from honk.forges.base import Draft
from honk.git import command, commits
from honk.git.command import GitDirs
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.forge.github_forge import GitHubForge
from honk.integrations.github.setup import from_settings
from honk.integrations.github.setup.token_encryption import TokenCipher, UserToken
from honk.settings import GitHubAccess, PeopleSettings, Settings
from honk.storage import store
from honk.storage.accounts import Account as Linked
from honk.storage.store import Store
from tests.integrations.forge_conformance import BRANCH, Ground

KEY = b"k" * 32
FILES = {"text": "grey"}
OWNER = f"local:{os.getuid()}"


@dataclass
class Team:
    """What a test needs. `ada` and `ben` may write, `eve` may not; Honk speaks as an App, or as ada."""

    simulator: GitHubSimulator
    root: Path
    store: Store
    repository: Repository
    ada: GitHubAccount
    ben: GitHubAccount
    eve: GitHubAccount
    app: GitHubApp
    installation: Installation
    settings: Settings
    waits: list[float] = field(default_factory=list)

    @property
    def mirror(self) -> Path:
        """Honk's own bare repository."""
        return self.root / "home" / "mirrors" / "shop.git"

    @property
    def url(self) -> str:
        """As people write it."""
        return f"{self.simulator.web}/{self.repository.full_name}"

    def forge(self, **changed: object) -> GitHubForge:
        """A worker's forge; `changed` are fields of `[github]`. Waiting takes no time."""
        file = replace(self.settings.file, github=replace(self.settings.file.github, **changed))
        return from_settings.make(replace(self.settings, file=file), self.store, self.client())

    def client(self) -> GitHubClient:
        """The way to GitHub, on which waiting takes no time."""

        async def wait(seconds: float) -> None:
            self.waits.append(seconds)
            self.simulator.wait(seconds)

        return GitHubClient(self.simulator.url, clock=self.simulator.state.now, wait=wait)

    def personal(self, owner: GitHubAccount) -> None:
        """The machine has a personal token instead of an App."""
        access = GitHubAccess(url=self.simulator.url, token=self.simulator.token(owner))
        self.settings = replace(self.settings, github=access)

    def git(self, account: GitHubAccount) -> str:
        """Where this person pushes to with a git of their own."""
        url = f"{self.simulator.web}/{self.repository.full_name}.git"
        return url.replace("://", f"://{account.login}:{self.simulator.token(account)}@")

    def person(self, account: GitHubAccount, surface: str = "github") -> Person:
        """Somebody as one of our surfaces knows them."""
        name = f"github:{account.id}" if surface == "github" else f"{surface}:{account.login}"
        return Person(name, account.name, account.email)

    async def link(self, person: Person, account: GitHubAccount) -> str:
        """Somebody has linked their account; the token."""
        token = self.simulator.user_token(self.app, account)
        sealed = TokenCipher(lambda: secrets.signing_key(self.settings.home)).encrypt(UserToken(token))
        await self.store.accounts.link(Linked(person.id, "github", account.id, account.login, sealed))
        return token

    async def commit(self, files: dict[str, str], *parents: str, by: Person | None = None) -> str:
        """A commit in the mirror with these files alone."""
        place = GitDirs(self.mirror)
        rows = []
        for path, text in files.items():
            blob = await command.out(place, "hash-object", "-w", "--stdin", stdin=text.encode())
            rows.append(f"100644 blob {blob}\t{path}\n")
        tree = await command.out(place, "mktree", stdin="".join(sorted(rows)).encode())
        author = by or self.person(self.ada)
        return await commits.commit(
            self.mirror, tree, parents, author=author, committer=AGENT, message="Make it blue\n"
        )

    async def revert(self, base: str, merged: str, more: str = "", onto: str = "") -> str:
        """A commit on `onto` (default: `merged`) with the files of `base`, as the flow makes it."""
        tree = await commits.tree_of(self.mirror, base)
        message = f"Revert: Make it blue\n\nThis reverts {merged}.\n{more}"
        author = self.person(self.ada)
        parents = (onto or merged,)
        return await commits.commit(self.mirror, tree, parents, author=author, committer=AGENT, message=message)

    async def proposed(
        self, forge: GitHubForge, by: Person | None = None, draft: bool = False
    ) -> tuple[Repo, str, str, Pull]:
        """A pull request of one commit; the repository, its base, the head, and the pull request."""
        repo = await forge.look(self.url, "shop")
        await self.store.add_repo(repo)
        base = await forge.fetch(repo, self.mirror)
        head = await self.commit({"text": "blue"}, base)
        await forge.push(repo, self.mirror, BRANCH, head, "")
        return repo, base, head, await self.propose(forge, repo, base, head, by, draft=draft)

    async def propose(
        self,
        forge: GitHubForge,
        repo: Repo,
        base: str,
        head: str,
        by: Person | None = None,
        *,
        title: str = "Make it blue",
        body: str = "It was grey.",
        draft: bool = False,
    ) -> Pull:
        """Propose `head`."""
        stat = Diffstat((FileChange("text", "modified", 1, 1),))
        change = Change(branch=BRANCH, base_branch=repo.default_branch, base=base, head=head, diffstat=stat)
        said = Draft(title, body, by or self.person(self.ada), draft)
        return await forge.propose(repo, self.mirror, "abc2345", change, said)

    async def merge(self, forge: GitHubForge, repo: Repo, base: str, head: str, number: int) -> str:
        """Merge what was proposed."""
        tested = await self.commit({"text": "blue"}, base, head)
        return await forge.merge(repo, number, self.mirror, base, tested, head)


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    (tmp_path / "github").mkdir()
    async with (
        github.serve(root=tmp_path / "github") as simulator,
        store.open(f"sqlite:///{tmp_path}/home/honk.db") as kept,
    ):
        ada, ben, eve = (simulator.user(login) for login in ("ada", "ben", "eve"))
        repository = await simulator.repository(
            "acme/shop", files=FILES, private=True, writers=[ada, ben], readers=[eve]
        )
        app = simulator.app()
        base = settings_module.load({"HONK_HOME": str(tmp_path / "home"), "HONK_GITHUB_URL": simulator.url})
        access = GitHubAccess(url=simulator.url, app_id=str(app.id), private_key=app.private_key)
        configured = replace(base, github=access, file=replace(base.file, people=PeopleSettings()))
        yield Team(
            simulator, tmp_path, kept, repository, ada, ben, eve, app, simulator.install(app, repository), configured
        )
        assert not simulator.leaks


@pytest.fixture
async def ground(team: Team) -> Ground:
    """Where every forge is tried out."""
    await team.link(team.person(team.ben), team.ben)
    return Ground(
        forge=team.forge(),
        url=team.url,
        git=team.git(team.ben),
        mirror=team.mirror,
        author=team.person(team.ada),
        reviewer=team.person(team.ben),
        stranger=team.person(team.eve),
    )
