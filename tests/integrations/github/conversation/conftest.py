"""A house that hears GitHub, on a GitHub that runs beside the test. No worker takes turns: what an agent would have
done is recorded by hand."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from honk_simulators import github
from honk_simulators.github.simulator import GitHubSimulator
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
from honk.integrations.github.conversation.signature import Forged
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef
from honk.integrations.github.integration import GitHubIntegration, Parts
from honk.integrations.github.setup import from_settings
from honk.service import HonkService
from honk.settings import GitHubAccess, ModelCredential, Settings
from honk.web import asgi_server

SECRET = "between GitHub and us"
FILES = {"cart.py": "TOTAL = 0\n", "shop.py": "OPEN = True\n"}


@dataclass
class Street:
    """What a test needs. `ada` and `ben` may write to `shop`, `eve` may read it."""

    world: GitHubSimulator
    root: Path
    shop: Repository
    ada: GitHubAccount
    ben: GitHubAccount
    eve: GitHubAccount
    app: GitHubApp
    installation: Installation
    settings: Settings
    service: HonkService
    surface: GitHubIntegration

    async def heard(self) -> None:
        """Everything that GitHub sent has been handled."""
        await self.world.settled()
        await self.surface.handled()

    async def look(self) -> bool:
        """Look for what no webhook brought."""
        return await self.surface.poll.tick(self.world.state.now())

    async def tell(self) -> None:
        """Tell what there is to be told."""
        self.surface.teller.heard(each.id for each in await self.service.services.store.sessions())
        await self.surface.teller.tick()

    def personal(self, owner: GitHubAccount) -> None:
        """The house speaks with a personal token from now on."""
        access = GitHubAccess(url=self.world.url, token=self.world.token(owner))
        settings = replace(self.settings, github=access)
        github_client = ConversationClient(from_settings.make(settings, self.service.services.store, self.client()))
        self.surface = integration.make(replace(self.surface.parts, github=github_client, access=access))

    def client(self) -> GitHubClient:
        """The way to GitHub, on which waiting takes no time."""

        async def wait(seconds: float) -> None:
            self.world.wait(seconds)

        return GitHubClient(self.world.url, clock=self.world.state.now, wait=wait)

    async def issue(self, body: str = "It crashes when it is empty.", by: GitHubAccount | None = None) -> IssueRecord:
        """An issue."""
        return await self.world.issue(by or self.ada, self.shop, "The cart crashes", body)

    async def say(self, number: int, text: str, by: GitHubAccount | None = None) -> int:
        """A comment, and what it causes."""
        said = await self.world.comment(by or self.ada, self.shop, number, text)
        await self.heard()
        return said

    def lose_news_of_repositories(self) -> None:
        """GitHub's webhooks about them do not come."""
        for event in ("repository", "installation", "installation_repositories"):
            self.world.lose(event, 9)

    def place(self, number: int) -> str:
        """As the store names it."""
        return str(GitHubThreadRef(self.shop.id, number))

    async def sessions(self) -> tuple[Session, ...]:
        """All of them, the oldest first."""
        return tuple(reversed(await self.service.services.store.sessions()))

    async def session(self, number: int) -> Session:
        """The session of an issue or pull request."""
        store = self.service.services.store
        return await store.session(await store.threads.session(self.place(number)))

    def said(self, number: int) -> list[str]:
        """What Honk says under an issue or pull request."""
        return [each.body for each in self.shop.issues[number].comments if each.app is self.app]

    def reactions(self, number: int, comment: int) -> list[str]:
        """With what was reacted to a comment."""
        found = next(each for each in self.shop.issues[number].comments if each.id == comment)
        return [each.content for each in found.reactions]

    async def record(self, session: Session, *found: events.EventData) -> None:
        """Things happen to a session."""
        for data in found:
            await self.service.services.store.record(session.id, data)

    async def proposed(self, session: Session, files: dict[str, str] | None = None) -> Session:
        """The turn that is under way ends with a pull request, or with one more commit in it."""
        now = await self.service.services.store.session(session.id)
        turn = now.current
        assert turn is not None
        branch = f"honk/{session.id}-x"
        head = await self.world.push(self.ada, self.shop, branch, files or {"cart.py": f"TOTAL = {turn.number}\n"})
        number = now.change.number
        if not number:
            number = (await self.world.pull_request(self.ada, self.shop, branch, "Mend the cart")).number
        change = Change(
            branch, "main", "base", head, f"{self.world.web}/acme/shop/pull/{number}", number,
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
async def listening(world: GitHubSimulator) -> AsyncIterator[tuple[str, list[GitHubIntegration]]]:
    """Where deliveries go: the address, and a place for the surface that takes them."""
    taking: list[GitHubIntegration] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        if not taking:
            await Response("Not open yet.", 503)(scope, receive, send)
            return
        try:
            status, text = await taking[-1].receive(headers, await request.body())
        except Forged as forged:
            status, text = 401, str(forged)
        await Response(text, status)(scope, receive, send)

    socket = asgi_server.bind("127.0.0.1", 0)
    async with asgi_server.running(app, [socket]):
        yield f"http://127.0.0.1:{socket.getsockname()[1]}/", taking


@asynccontextmanager
async def street(root: Path, *, hooked: bool = True) -> AsyncIterator[Street]:
    """Everything up and running; without webhooks where not `hooked`."""
    async with AsyncExitStack() as stack:
        (root / "github").mkdir()
        world = await stack.enter_async_context(github.serve(root=root / "github"))
        url, taking = await stack.enter_async_context(listening(world))
        ada, ben, eve = (world.user(login) for login in ("ada", "ben", "eve"))
        shop = await world.repository("acme/shop", files=FILES, writers=[ada, ben], readers=[eve])
        app = world.app(webhook_url=url if hooked else "", secret=SECRET if hooked else "")
        base = settings_module.load({"HONK_HOME": str(root / "home"), "HONK_GITHUB_URL": world.url})
        access = GitHubAccess(
            url=world.url, app_id=str(app.id), private_key=app.private_key, webhook_secret=SECRET if hooked else ""
        )
        settings = replace(base, github=access, model=ModelCredential("http://127.0.0.1:9", "none"))
        installation = world.install(app, shop)
        service = await stack.enter_async_context(open_app(settings, base_url="http://honk.test", working=False))
        await service.add_repo(f"{world.web}/acme/shop", "shop")

        async def wait(seconds: float) -> None:
            world.wait(seconds)

        client = GitHubClient(world.url, clock=world.state.now, wait=wait)
        github_client = ConversationClient(from_settings.make(settings, service.services.store, client))
        parts = Parts(
            service, service.services.store, github_client, access, settings.file.github, service.services.heard.tell,
            clock=world.state.now,
        )  # fmt: skip
        taking.append(integration.make(parts))
        yield Street(world, root, shop, ada, ben, eve, app, installation, settings, service, taking[-1])
        assert not world.leaks


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Street]:
    async with street(tmp_path) as made:
        yield made


@pytest.fixture
async def quiet_town(tmp_path: Path) -> AsyncIterator[Street]:
    """Without webhooks."""
    async with street(tmp_path, hooked=False) as made:
        yield made
