"""A story whose repository is on a simulated GitHub, with workflows that end as the story wants."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from honk_simulators import github
from honk_simulators.github.simulator import GitHubSimulator
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import Protection, Repository
from honk_simulators.github.state.workflows import Workflow

from honk.client import Call
from honk.core import ci, events
from honk.core.ci import Check
from honk.core.person import Person
from honk.core.session import Session
from honk.service import HonkService
from honk.settings import GitHubAccess
from honk.testing.script import Script
from tests.story.conftest import APP, Installation, read, say, write

BETTER = 'def greet(name):\n    return "Hello, " + name.strip()\n'
BEST = 'def greet(name):\n    """Greet."""\n    return "Hello, " + name.strip()\n'

LOG = "FAIL: test_greets\nTraceback (most recent call last):\nAssertionError: Hello is not enough\n"


def edit(content: str) -> Script:
    """The agent's turn that brings the app to `content`."""
    return (read("greet.py"), write("greet.py", content), say("Done."))


@dataclass
class GitHubStory:
    """A running Honk, a simulated GitHub and one repository there."""

    installation: Installation
    simulator: GitHubSimulator
    repository: Repository
    ada: GitHubAccount
    service: HonkService

    @property
    def person(self) -> Person:
        """Ada, as GitHub knows her."""
        return Person(f"github:{self.ada.id}", "Ada", "ada@example.com")

    async def ask(self, text: str = "strip the name") -> Session:
        """Ada asks, and waits for the proposal."""
        return await self.installation.quiet((await self.service.ask(text, self.person)).id)

    async def until(self, session: Session, seen: Callable[[Session], bool]) -> Session:
        """Wait until `seen` is true of the session."""
        store, after = self.service.services.store, 0
        async with asyncio.timeout(90):
            while True:
                for event in await store.events(session.id, after):
                    after = event.seq
                if seen(await store.session(session.id)):
                    break
                await store.wait(session.id, after, timeout=5)
        return await self.installation.quiet(session.id)

    async def settled(self, session: Session, turns: int = 1) -> Session:
        """Wait until all checks have ended after this many turns, and none is run again."""

        def done(now: Session) -> bool:
            final = ci.settled(now.ci) and all(check.again for check in ci.blamed(now.ci))
            return len(now.turns) == turns and now.current is None and bool(now.ci) and final

        return await self.until(session, done)

    async def noted(self, session: Session, words: str) -> str:
        """Wait for a note that contains `words`."""

        def says(data: object) -> bool:
            return isinstance(data, events.NoteAdded) and words in data.text

        event = await self.installation.until(session, says)
        assert isinstance(event.data, events.NoteAdded)
        return event.data.text

    async def merge(self, session: Session) -> Session:
        """Ada merges."""
        asked = await self.service.command("merge", Call(session.id, self.person, head=session.change.head))
        return await self.installation.quiet(asked.id)

    async def rollback(self, session: Session) -> Session:
        """Ada rolls back."""
        return await self.installation.quiet((await self.service.command("rollback", Call(session.id, self.person))).id)

    def draft(self, number: int) -> bool:
        """Whether a pull request is a draft."""
        pull = self.repository.issues[number].pull
        assert pull is not None
        return pull.draft

    def pull(self, number: int) -> IssueRecord:
        """A pull request as GitHub has it."""
        return self.repository.issues[number]


def by_name(checks: Sequence[Check]) -> dict[str, Check]:
    """The checks by name."""
    return {check.name: check for check in checks}


@asynccontextmanager
async def open_github_story(
    installation: Installation,
    *workflows: Workflow,
    files: Mapping[str, str] = APP,
    protection: Protection | None = None,
    **settings: object,
) -> AsyncIterator[GitHubStory]:
    """Honk with the repository `shop`. Polling is fast."""
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(github.serve())
        ada = simulator.user("ada", email="ada@example.com")
        repository = await simulator.repository(
            "acme/shop", files=files, private=True, writers=[ada], workflows=workflows, protection=protection
        )
        await simulator.settled()
        app = simulator.app()
        simulator.install(app, repository)
        access = GitHubAccess(url=simulator.url, app_id=str(app.id), private_key=app.private_key)
        installation.settings = replace(installation.settings, github=access)
        installation.tune("github", poll_seconds=0.2, deploy_seconds=2.0, **settings)
        service = await stack.enter_async_context(installation.open())
        await service.add_repo(f"{simulator.web}/acme/shop", "shop")
        yield GitHubStory(installation, simulator, repository, ada, service)
        assert not simulator.leaks
