"""`honk serve` is killed at the worst moments and started again: one session, one turn, one pull request, one merge,
and one comment for each thing that is said."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from honk_simulators import github
from honk_simulators.github import RequestFault
from honk_simulators.github.simulator import GitHubSimulator
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp
from honk_simulators.github.state.repositories import Repository

from honk import process
from honk.app import open_app
from honk.core import events
from honk.core.phase import Phase
from honk.integrations.github.conversation.comment_writer import MARK
from honk.settings import GitHubAccess
from honk.storage import store as stores
from honk.storage.store import Store
from tests.story.conftest import APP, Installation, shell
from tests.story.github.github_story import BETTER, edit
from tests.waiting import until

LATER = 60.0


@dataclass
class RestartableGitHub:
    """What a story needs; no server runs yet."""

    installation: Installation
    simulator: GitHubSimulator
    shop: Repository
    app: GitHubApp
    ada: GitHubAccount
    store: Store

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """`honk serve` in a process of its own, which is killed when the block is left."""
        settings = self.installation.settings
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.installation.root),
            "HONK_HOME": str(settings.home),
            "ANTHROPIC_API_KEY": settings.model.api_key,
            "ANTHROPIC_BASE_URL": settings.model.base_url,
            "HONK_GITHUB_URL": self.simulator.url,
            "GITHUB_APP_ID": str(self.app.id),
            "GITHUB_APP_PRIVATE_KEY": self.app.private_key,
        }
        argv = (sys.executable, "-m", "honk.cli.main", "serve", "--port", "0")
        async with process.spawn(argv, env=env, stderr=sys.stderr.fileno()) as server:
            assert server.stdout is not None
            said = ""
            async with asyncio.timeout(LATER):
                while "Stop it with" not in said:
                    said += (await server.stdout.readline()).decode()
            assert "GitHub: as @honk, by a look every 0.3 s." in said
            yield server
            server.kill()
            await server.wait()

    def marks(self) -> Counter[str]:
        """What Honk has said anywhere, by its own mark of it."""
        bodies = (each.body for issue in self.shop.issues.values() for each in issue.comments if each.app is self.app)
        return Counter(line for body in bodies for line in body.splitlines() if line.startswith(MARK))

    async def phase(self, phase: Phase) -> None:
        """Wait until the one session is there, with nothing more to do."""

        async def reached() -> bool:
            return any(each.phase == phase and not each.busy for each in await self.store.sessions(1))

        await until(reached, LATER)

    async def until_commented(self, text: str) -> None:
        """Wait until Honk says so somewhere."""

        def there() -> bool:
            comments = (each for issue in self.shop.issues.values() for each in issue.comments)
            return any(text in each.body for each in comments if each.app is self.app)

        await self.simulator.until(there, LATER)


@asynccontextmanager
async def restartable_github(installation: Installation) -> AsyncIterator[RestartableGitHub]:
    """A repository that Honk knows, and an App that is installed on it."""
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(github.serve())
        ada = simulator.user("ada", email="ada@example.com")
        shop = await simulator.repository("acme/shop", files=APP, private=True, writers=[ada])
        app = simulator.app()
        simulator.install(app, shop)
        access = GitHubAccess(url=simulator.url, app_id=str(app.id), private_key=app.private_key)
        installation.settings = replace(installation.settings, github=access)
        async with open_app(installation.settings, base_url="http://honk.test", working=False) as service:
            await service.add_repo(f"{simulator.web}/acme/shop", "shop")
        text = "[server]\npreview_port = 0\n\n[github]\npoll_seconds = 0.3\n"
        (installation.settings.home / "settings.toml").write_text(text)
        store = await stack.enter_async_context(stores.open(installation.settings.database_url))
        yield RestartableGitHub(installation, simulator, shop, app, ada, store)
        assert not simulator.leaks


@pytest.fixture
async def installation(make_installation: Callable[..., Installation]) -> Installation:
    built: Installation = await make_installation()
    built.scripts["strip the name"] = (shell("sleep 1"), *edit(BETTER))
    return built


async def whole_way(at: RestartableGitHub, fault: RequestFault, kills: Callable[[], bool]) -> None:
    """Ask and merge; where `fault` holds a request back and `kills` is true, the server is killed and started again."""
    issue = await at.simulator.issue(at.ada, at.shop, "Names have blanks")
    at.simulator.strike(fault)
    words = iter(("@honk strip the name", "@honk merge"))
    async with at.serving() as server:
        await at.simulator.comment(at.ada, at.shop, issue.number, next(words))
        if "merge" in fault.where:
            await at.phase(Phase.REVIEW)
            await at.simulator.comment(at.ada, at.shop, issue.number, next(words))
        await until(kills, LATER)
        server.kill()
    at.simulator.strike()
    async with at.serving():
        if "merge" not in fault.where:
            await at.phase(Phase.REVIEW)
            await at.until_commented("**Proposed**")
            await at.simulator.comment(at.ada, at.shop, issue.number, next(words))
        await at.phase(Phase.LIVE)
        await at.until_commented("`@honk rollback` rolls it back")
        await at.simulator.settled()
    [session] = await at.store.sessions()
    assert len(session.turns) == 1
    kinds = Counter(type(event.data) for event in await at.store.events(session.id))
    assert kinds[events.TurnEnded] == kinds[events.ChangeProposed] == kinds[events.Merged] == 1
    assert sorted(at.shop.issues) == [1, 2]
    pull = at.shop.issues[2].pull
    assert pull is not None and pull.merged_at is not None
    assert sum(each.kind == "merged" for each in at.shop.issues[2].events) == 1
    assert at.installation.git("rev-list", "--count", "--merges", "main", at=at.shop.git_dir) == "1"
    assert at.marks() and set(at.marks().values()) == {1}, at.marks()
    reactions = {each.content for each in at.shop.issues[1].comments[0].reactions}
    assert "eyes" in reactions


MOMENTS = [
    pytest.param("POST .*/pulls$", False, id="between push and pull request"),
    pytest.param("POST .*/pulls$", True, id="before the answer about the pull request"),
    pytest.param("POST .*/comments/[0-9]+/reactions$", True, id="after the comment was read"),
    pytest.param("POST .*/issues/[0-9]+/comments$", False, id="before the comment is posted"),
    pytest.param("POST .*/issues/[0-9]+/comments$", True, id="while the comment is posted"),
    pytest.param("PATCH .*/issues/comments/", True, id="while the comment is edited"),
    pytest.param("PUT .*/merge$", False, id="before the merge"),
    pytest.param("PUT .*/merge$", True, id="before the answer about the merge"),
]


@pytest.mark.parametrize(("where", "after"), MOMENTS)
@pytest.mark.long
async def test_killed_while_github_is_asked(installation: Installation, where: str, after: bool) -> None:
    fault = RequestFault("hang", where, after=after)
    async with restartable_github(installation) as at:
        before = len(at.simulator.requests)

        def done() -> bool:
            seen = at.simulator.requests[before:]
            return fault.struck > 0 and any(fault.matches(each.method, each.path) for each in seen)

        await whole_way(at, fault, done)


@pytest.mark.long
async def test_killed_while_the_agent_works(installation: Installation) -> None:
    async with restartable_github(installation) as at:

        async def working() -> bool:
            found = await at.store.sessions()
            history = await at.store.events(found[0].id) if found else ()
            return any(isinstance(event.data, events.AgentToolUsed) for event in history)

        await whole_way(at, RequestFault("hang", "never asked", count=0), working)
