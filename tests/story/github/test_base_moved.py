"""The base branch moves in the very moment in which GitHub merges: what is there goes live when it has been tested."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from honk_simulators.github import RequestFault
from honk_simulators.github.git_repository import git

from honk.client import Call
from honk.conversation import evidence
from honk.core.errors import WorkFailed
from honk.core.phase import Phase
from honk.core.session import Session
from honk.web import presenters
from tests.story.conftest import APP, Installation
from tests.story.github.github_story import BETTER, GitHubStory, edit, open_github_story

PLAIN = APP["test_greet.py"]
PICKY = PLAIN.replace('greet("Ada"), "Hello, Ada"', 'greet(" Ada"), "Hello,  Ada"')
"""Green with the app as it was, and red with a name that is stripped."""


@dataclass
class Moment(RequestFault):
    """The merge request is on its way for a while."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def strikes(self, method: str, path: str) -> bool:
        struck = super().strikes(method, path)
        if struck:
            self.begun.set()
        return struck


@dataclass
class Landing:
    """A session whose merge is going to be crossed by a push."""

    at: GitHubStory
    session: Session

    async def cross(self, **files: str) -> Session:
        """Ben pushes while GitHub merges."""
        moment = Moment("slow", "PUT .*/pulls/.*/merge$", seconds=2.0)
        self.at.simulator.strike(moment)
        asked = await self.at.service.command(
            "merge", Call(self.session.id, self.at.person, head=self.session.change.head)
        )
        async with asyncio.timeout(60):
            await moment.begun.wait()
        await self.push(**files)
        return await self.at.installation.quiet(asked.id)

    async def push(self, **files: str) -> str:
        """Somebody changes files of main."""
        named = {f"{name}.py": text for name, text in files.items()}
        return await self.at.simulator.push(self.at.ada, self.at.repository, "main", named)

    async def files(self) -> dict[str, bytes]:
        """What is on main."""
        return await git.files(self.at.repository.git_dir, "main")

    @property
    def live(self) -> list[str]:
        """Commits that were deployed."""
        log = self.at.installation.root / "live"
        return log.read_text().split() if log.is_file() else []


@asynccontextmanager
async def landing(installation: Installation) -> AsyncIterator[Landing]:
    deploy = f'[deploy]\nrun = "echo $HONK_SHA >> {installation.root}/live"\n'
    async with open_github_story(installation, files={**APP, "honk.toml": APP["honk.toml"] + deploy}) as at:
        yield Landing(at, await at.ask())


@pytest.fixture
async def installation(make_installation: Callable[..., Installation]) -> Installation:
    built: Installation = await make_installation()
    built.scripts["strip the name"] = edit(BETTER)
    return built


@pytest.mark.long
async def test_what_is_green_together_goes_live_by_itself(installation: Installation) -> None:
    async with landing(installation) as on:
        session = await on.cross(other="x = 1\n")
        assert session.phase == Phase.LIVE and not session.error
        assert on.live == [session.ship.merged_sha] and not session.ship.untested
        thread = await installation.thread(session)
        assert (
            f"Merged on the forge as {on.live[0][:10]}, but not with the files that were tested: main was at" in thread
        )
        assert thread.index("but not with the files") < thread.index("Merged: main is now") < thread.index("Deployed")
        back = await on.at.rollback(session)
        assert back.phase == Phase.ROLLED_BACK, back.error
        files = await on.files()
        assert files["other.py"] == b"x = 1\n" and files["greet.py"] == APP["greet.py"].encode(), "only ours is out"


async def test_what_is_red_together_is_said_and_tested_again(installation: Installation) -> None:
    async with landing(installation) as on:
        session = await on.cross(test_greet=PICKY)
        merged = session.ship.merged_sha
        assert merged and on.at.pull(1).state == "closed" and session.ship.untested
        assert f"It is merged on the forge as {merged[:10]}, and not deployed by me: together with" in session.error
        assert "onto main, test is red. “merge” tests what main is then and deploys that; “roll" in session.error
        assert on.live == []
        assert evidence.next_step(session) == f"honk merge {session.id}   or   honk rollback {session.id}"
        assert presenters.actions(session).deploy and presenters.actions(session).rollback
        again = await on.at.merge(session)
        assert again.error == session.error and on.live == [], "it is still red"
        tip = await on.push(test_greet=PLAIN)
        session = await on.at.merge(again)
        assert session.phase == Phase.LIVE and not session.error
        assert on.live == [tip] and session.ship.merged_sha == merged
        with pytest.raises(WorkFailed, match="Already merged"):
            await on.at.merge(session)


@pytest.mark.long
async def test_what_is_red_together_can_be_taken_back(installation: Installation) -> None:
    async with landing(installation) as on:
        session = await on.at.rollback(await on.cross(test_greet=PICKY))
        assert session.phase == Phase.ROLLED_BACK, session.error
        files = await on.files()
        assert files["test_greet.py"] == PICKY.encode() and files["greet.py"] == APP["greet.py"].encode()
        assert len(on.live) == 1 and on.live == [session.ship.reverted_sha]
