"""Honk with its GitHub integration, and a simulated GitHub. No worker runs: tests record by
hand what an agent would have done."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from honk_simulators.github.simulator import GitHubSimulator, serve
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp, Installation
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import Repository
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from honk import settings as settings_module
from honk.app import open_app
from honk.core import events
from honk.core.change import Change, Diffstat, FileChange
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.verdict import Verdict
from honk.integrations.github import integration
from honk.integrations.github.client.github_client import GitHubClient
from honk.integrations.github.conversation.conversation_client import ConversationClient
from honk.integrations.github.conversation.signature import InvalidGitHubSignature
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef
from honk.integrations.github.integration import GitHubIntegration, GitHubParts
from honk.integrations.github.setup import from_settings
from honk.service import HonkService
from honk.settings import GitHubAccess, ModelCredential, Settings
from honk.web import asgi_server

SECRET = "between GitHub and us"
FILES = {"cart.py": "TOTAL = 0\n", "shop.py": "OPEN = True\n"}


@dataclass
class GitHubFixture:
    """What a test needs. `ada` and `ben` may write to `shop`, `eve` may read it."""

    simulator: GitHubSimulator
    root: Path
    shop: Repository
    ada: GitHubAccount
    ben: GitHubAccount
    eve: GitHubAccount
    app: GitHubApp
    installation: Installation
    settings: Settings
    service: HonkService
    integration: GitHubIntegration

    async def settle(self) -> None:
        """Wait until everything that GitHub sent has been handled."""
        await self.simulator.settled()
        await self.integration.handled()

    async def poll(self) -> bool:
        """Poll once; whether all repositories could be read."""
        return await self.integration.poll.tick(self.simulator.state.now())

    async def publish(self) -> None:
        """Publish every session once."""
        self.integration.publisher.changed(each.id for each in await self.service.services.store.sessions())
        await self.integration.publisher.tick()

    def use_personal_token(self, owner: GitHubAccount) -> None:
        """Use a personal token from now on."""
        access = GitHubAccess(url=self.simulator.url, token=self.simulator.token(owner))
        settings = replace(self.settings, github=access)
        github_client = ConversationClient(from_settings.make(settings, self.service.services.store, self.client()))
        self.integration = integration.make(replace(self.integration.parts, github=github_client, access=access))

    def client(self) -> GitHubClient:
        """A client whose waiting takes no time."""

        async def wait(seconds: float) -> None:
            self.simulator.wait(seconds)

        return GitHubClient(self.simulator.url, clock=self.simulator.state.now, wait=wait)

    async def issue(self, body: str = "It crashes when it is empty.", by: GitHubAccount | None = None) -> IssueRecord:
        """An issue."""
        return await self.simulator.issue(by or self.ada, self.shop, "The cart crashes", body)

    async def comment(self, number: int, text: str, by: GitHubAccount | None = None) -> int:
        """Write a comment, and wait until Honk has handled it."""
        comment_id = await self.simulator.comment(by or self.ada, self.shop, number, text)
        await self.settle()
        return comment_id

    def lose_repository_webhooks(self) -> None:
        """Lose the webhooks about repositories."""
        for event in ("repository", "installation", "installation_repositories"):
            self.simulator.lose(event, 9)

    def thread(self, number: int) -> str:
        """The thread of an issue, as the store names it."""
        return str(GitHubThreadRef(self.shop.id, number))

    async def sessions(self) -> tuple[Session, ...]:
        """All sessions, the oldest first."""
        return tuple(reversed(await self.service.services.store.sessions()))

    async def session(self, number: int) -> Session:
        """The session of an issue or pull request."""
        store = self.service.services.store
        return await store.session(await store.threads.session(self.thread(number)))

    def comments(self, number: int) -> list[str]:
        """Honk's comments under an issue or pull request."""
        return [each.body for each in self.shop.issues[number].comments if each.app is self.app]

    def reactions(self, number: int, comment: int) -> list[str]:
        """The reactions to a comment."""
        found = next(each for each in self.shop.issues[number].comments if each.id == comment)
        return [each.content for each in found.reactions]

    async def record(self, session: Session, *found: events.EventData) -> None:
        """Record events of a session."""
        for data in found:
            await self.service.services.store.record(session.id, data)

    async def propose(self, session: Session, files: dict[str, str] | None = None) -> Session:
        """End the current turn with a pull request, or with one more commit in it."""
        now = await self.service.services.store.session(session.id)
        turn = now.current
        assert turn is not None
        branch = f"honk/{session.id}-x"
        head = await self.simulator.push(self.ada, self.shop, branch, files or {"cart.py": f"TOTAL = {turn.number}\n"})
        number = now.change.number
        if not number:
            number = (await self.simulator.pull_request(self.ada, self.shop, branch, "Mend the cart")).number
        change = Change(
            branch, "main", "base", head, f"{self.simulator.web}/acme/shop/pull/{number}", number,
            Diffstat((FileChange("cart.py", "modified", 1, 1),)),
        )  # fmt: skip
        await self.record(
            session,
            events.PhaseEntered(Phase.INTAKE),
            events.AgentEnded("It was empty, thanks to @eve. Closes #1."),
            events.Verified(1, "gate", "tree", (Verdict("test", True, 0.5, "make test", "Makefile"),)),
            events.BranchUpdated(change),
            events.ChangeProposed(change, "done"),
            events.TurnEnded(turn.number, Phase.REVIEW, "done"),
        )
        return await self.service.services.store.session(session.id)


@asynccontextmanager
async def webhook_receiver(simulator: GitHubSimulator) -> AsyncIterator[tuple[str, list[GitHubIntegration]]]:
    """A server that receives webhooks: its address, and a list for the integration that takes them."""
    taking: list[GitHubIntegration] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        if not taking:
            await Response("Not open yet.", 503)(scope, receive, send)
            return
        try:
            status, text = await taking[-1].receive(headers, await request.body())
        except InvalidGitHubSignature as forged:
            status, text = 401, str(forged)
        await Response(text, status)(scope, receive, send)

    socket = asgi_server.bind("127.0.0.1", 0)
    async with asgi_server.running(app, [socket]):
        yield f"http://127.0.0.1:{socket.getsockname()[1]}/", taking


@asynccontextmanager
async def open_github(root: Path, *, hooked: bool = True) -> AsyncIterator[GitHubFixture]:
    """The fixture; without webhooks unless `hooked`."""
    async with AsyncExitStack() as stack:
        (root / "github").mkdir()
        simulator = await stack.enter_async_context(serve(root=root / "github"))
        url, taking = await stack.enter_async_context(webhook_receiver(simulator))
        ada, ben, eve = (simulator.user(login) for login in ("ada", "ben", "eve"))
        shop = await simulator.repository("acme/shop", files=FILES, writers=[ada, ben], readers=[eve])
        app = simulator.app(webhook_url=url if hooked else "", secret=SECRET if hooked else "")
        base = settings_module.load({"HONK_HOME": str(root / "home"), "HONK_GITHUB_URL": simulator.url})
        access = GitHubAccess(
            url=simulator.url, app_id=str(app.id), private_key=app.private_key, webhook_secret=SECRET if hooked else ""
        )
        settings = replace(base, github=access, model=ModelCredential("http://127.0.0.1:9", "none"))
        installation = simulator.install(app, shop)
        service = await stack.enter_async_context(open_app(settings, base_url="http://honk.test", working=False))
        await service.add_repo(f"{simulator.web}/acme/shop", "shop")

        async def wait(seconds: float) -> None:
            simulator.wait(seconds)

        client = GitHubClient(simulator.url, clock=simulator.state.now, wait=wait)
        github_client = ConversationClient(from_settings.make(settings, service.services.store, client))
        parts = GitHubParts(
            service, service.services.store, github_client, access, settings.file.github,
            service.services.commit_notifier.notify, clock=simulator.state.now,
        )  # fmt: skip
        taking.append(integration.make(parts))
        yield GitHubFixture(simulator, root, shop, ada, ben, eve, app, installation, settings, service, taking[-1])
        assert not simulator.leaks


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[GitHubFixture]:
    async with open_github(tmp_path) as made:
        yield made


@pytest.fixture
async def github_without_webhooks(tmp_path: Path) -> AsyncIterator[GitHubFixture]:
    async with open_github(tmp_path, hooked=False) as made:
        yield made
