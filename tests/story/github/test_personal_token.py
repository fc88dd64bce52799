"""One person with a token of their own: no App, no webhook, and all of it works, from a comment to the way back."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from honk_simulators import github
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.simulator import GitHubSimulator
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.state.workflows import Workflow, passing

from honk import server
from honk.core.errors import UsageError
from honk.core.phase import Phase
from honk.core.policy import FILENAME
from honk.core.session import Session
from honk.integrations.github.conversation.comment_writer import MARK
from honk.settings import GitHubAccess
from tests.story.conftest import ADA, APP, Installation
from tests.story.github.github_story import BETTER, edit
from tests.waiting import until

LATER = 60.0
FINE = {"actions": "write", "contents": "write", "issues": "write", "pull_requests": "write", "statuses": "read"}
APPROVED = {**APP, FILENAME: APP[FILENAME] + "[policy]\napprovals = 1\n"}


@dataclass
class PersonalTokenSetup:
    """What a story needs. `ada` is whose token and `shop` it is; `ben` may write to it as well."""

    installation: Installation
    simulator: GitHubSimulator
    shop: Repository
    ada: GitHubAccount
    ben: GitHubAccount

    def said(self, number: int) -> list[str]:
        """What Honk says there, in her name."""
        return [each.body for each in self.shop.issues[number].comments if MARK in each.body]

    async def until(self, number: int, text: str) -> None:
        """Wait until Honk says `text` there."""
        try:
            await self.simulator.until(lambda: any(text in each for each in self.said(number)), LATER)
        except TimeoutError:
            raise AssertionError("\n".join(self.said(number))) from None

    async def at(self, phase: Phase) -> Session:
        """Wait until the session is there, with nothing more to do."""
        store = self.installation.service.services.store

        async def reached() -> bool:
            return any(each.phase == phase and not each.busy for each in await store.sessions(1))

        try:
            await until(reached, LATER)
        except TimeoutError:
            raise AssertionError(await self.installation.thread((await store.sessions())[0])) from None
        return (await store.sessions())[0]


@asynccontextmanager
async def comment_writer(
    installation: Installation,
    token: Callable[[GitHubSimulator, GitHubAccount, Repository], str],
    files: Mapping[str, str] = APP,
) -> AsyncIterator[PersonalTokenSetup]:
    """The server is up, and looks for news by itself."""
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(github.serve())
        ada, ben = (simulator.user(login, email=f"{login}@example.com") for login in ("ada", "ben"))
        workflow = Workflow("ci", {"test": passing()}, on=("pull_request",))
        shop = await simulator.repository("ada/shop", files=files, private=True, writers=[ben], workflows=[workflow])
        installation.settings = replace(
            installation.settings, github=GitHubAccess(url=simulator.url, token=token(simulator, ada, shop))
        )
        installation.tune("github", poll_seconds=0.3)
        served = await stack.enter_async_context(
            server.open_server(installation.settings, person=ADA, host="127.0.0.1", port=0, preview_port=0)
        )
        installation.service = served.service
        await served.service.add_repo("ada/shop", "shop")
        yield PersonalTokenSetup(installation, simulator, shop, ada, ben)
        assert not simulator.leaks


def classic(simulator: GitHubSimulator, ada: GitHubAccount, shop: Repository) -> str:
    return simulator.token(ada)


def fine(simulator: GitHubSimulator, ada: GitHubAccount, shop: Repository) -> str:
    return simulator.fine_grained(ada, [shop], FINE)


@pytest.fixture
async def installation(make_installation: Callable[..., Installation]) -> Installation:
    built: Installation = await make_installation()
    built.scripts["strip the name"] = edit(BETTER)
    return built


@pytest.mark.parametrize("token", [classic, pytest.param(fine, marks=pytest.mark.long)])
async def test_from_a_comment_to_the_way_back(
    installation: Installation, token: Callable[[GitHubSimulator, GitHubAccount, Repository], str]
) -> None:
    async with comment_writer(installation, token) as at:
        issue = await at.simulator.issue(at.ada, at.shop, "Names have blanks")
        await at.simulator.comment(at.ada, at.shop, issue.number, "@honk strip the name, please")
        await at.until(issue.number, "**Proposed**")
        session = await at.at(Phase.REVIEW)
        assert session.requester is not None and session.requester.id == f"github:{at.ada.id}"
        pull = at.shop.issues[session.change.number]
        assert pull.user is at.ada
        await at.simulator.until(lambda: any("✓ test" in each for each in at.said(issue.number)), LATER)
        await at.simulator.comment(at.ada, at.shop, pull.number, "@honk merge")
        session = await at.at(Phase.LIVE)
        assert "strip" in installation.git("show", "main:greet.py", at=at.shop.git_dir)
        await at.until(pull.number, "`@honk rollback` rolls it back")
        await at.simulator.comment(at.ada, at.shop, pull.number, "@honk rollback")
        await at.at(Phase.ROLLED_BACK)
        assert installation.git("show", "main:greet.py", at=at.shop.git_dir) == APP["greet.py"].strip()
        assert len(await installation.service.services.store.sessions()) == 1 and len(session.turns) == 1
        assert {each.kind for each in at.simulator.requests} <= {
            token.__name__.replace("fine", "fine-grained"),
            "anonymous",
        }


@pytest.mark.long
async def test_nobody_approves_their_own(installation: Installation) -> None:
    async with comment_writer(installation, classic, files=APPROVED) as at:
        issue = await at.simulator.issue(at.ada, at.shop, "Names have blanks", "@honk strip the name")
        await at.until(issue.number, "**Proposed**")
        session = await at.at(Phase.REVIEW)
        number = session.change.number
        with pytest.raises(GitHubRefusal, match="Can not approve your own pull request"):
            await at.simulator.approve(at.ada, at.shop, number)
        await at.simulator.comment(at.ada, at.shop, number, "@honk merge")
        await at.until(number, "Approvals of this commit by others: 0 of 1")
        await at.simulator.approve(at.ben, at.shop, number)
        await at.simulator.comment(at.ada, at.shop, number, "@honk merge")
        await at.at(Phase.LIVE)


@pytest.mark.parametrize(("area", "says"), [("contents", "contents: write"), ("pull_requests", "pull_requests: write")])
@pytest.mark.long
async def test_what_a_fine_grained_token_lacks_is_named(installation: Installation, area: str, says: str) -> None:
    def weak(simulator: GitHubSimulator, ada: GitHubAccount, shop: Repository) -> str:
        return simulator.fine_grained(ada, [shop], FINE | {area: "read"})

    async with comment_writer(installation, weak) as at:
        issue = await at.simulator.issue(at.ada, at.shop, "Names have blanks", "@honk strip the name")
        await at.until(issue.number, says)
        assert says in (await installation.service.services.store.sessions())[0].error


@pytest.mark.parametrize("scopes", [("public_repo",), ("gist",), ()])
async def test_what_a_classic_token_lacks_is_named(
    make_installation: Callable[..., Installation], scopes: tuple[str, ...]
) -> None:
    installation = await make_installation()
    with pytest.raises(
        UsageError, match="no repository ada/shop: .*The token lacks the scope `repo`; create one on Gi"
    ):
        async with comment_writer(installation, lambda simulator, ada, shop: simulator.token(ada, scopes)):
            pass
