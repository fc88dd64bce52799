"""From the merge to production, watched, and back: by itself when it is bad, by a word at any time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from honk import secrets
from honk.client import Call
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.phase import Phase
from honk.gateway import http_server
from honk.testing.script import Script
from tests.story.conftest import ADA, APP, Town, read, say, write

SECRET = "c4n4ry-of-the-deploy"
BETTER = 'def greet(name):\n    return "Hello, " + name.strip()\n'
FAILS = 'def greet(name):\n    return "Hello, " + name  # does not start\n'
SICK = 'def greet(name):\n    return "Hello, " + name  # starts, and falls ill\n'

DEPLOY = """
set -e
mkdir "$LIVE/busy"
sleep 0.3
if grep -q 'does not start' greet.py; then echo "cannot log in with $TOKEN"; rmdir "$LIVE/busy"; exit 1; fi
cp *.py "$LIVE/"
echo "$HONK_SHA" >> "$LIVE/log"
rmdir "$LIVE/busy"
"""


@dataclass
class Production:
    """Where the team's app runs: a directory of files, and its health over HTTP."""

    root: Path
    url: str = ""
    asked: dict[int, int] = field(default_factory=dict)

    def file(self, path: str) -> str:
        return (self.root / path).read_text()

    @property
    def log(self) -> list[str]:
        """The commits that were deployed, in order."""
        return self.file("log").split() if (self.root / "log").is_file() else []

    async def health(self, exchange: http_server.Exchange) -> None:
        deploys = len(self.log)
        self.asked[deploys] = self.asked.get(deploys, 0) + 1
        sick = "falls ill" in self.file("greet.py") and self.asked[deploys] > 1
        await exchange.answer(500 if sick else 200, b"", ())


@asynccontextmanager
async def production(town: Town, name: str = "app", **deploy: str) -> AsyncIterator[Production]:
    """A repository that is deployed to a production of its own."""
    at = Production(town.root / f"{name}-production")
    at.root.mkdir()
    (at.root / "greet.py").write_text(APP["greet.py"])
    async with http_server.serve_tcp("127.0.0.1", 0, at.health) as port:
        at.url = f"http://127.0.0.1:{port}/health"
        lines = [APP["honk.toml"], "[deploy]", 'run = "sh deploy.sh"', 'health = "${URL}"', "watch = 0.5"]
        lines += [f'{key} = "{value}"' for key, value in deploy.items()]
        town.repository(name, {**APP, "honk.toml": "\n".join(lines) + "\n", "deploy.sh": DEPLOY})
        secrets.store_for_deploy(town.settings.home, name, {"LIVE": str(at.root), "URL": at.url, "TOKEN": SECRET})
        yield at


def edit(path: str, content: str) -> Script:
    """The agent's turn that brings one file to `content`."""
    return (read(path), write(path, content), say(f"{path} is done."))


async def test_a_bad_deploy_goes_back_by_itself(town_of_production: tuple[Town, Production]) -> None:
    town, live = town_of_production
    town.scripts["make it fail"] = edit("greet.py", FAILS)
    town.scripts["make it sick"] = edit("greet.py", SICK)
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "app.git"))
        session = await town.merge(await town.ask("make it fail"))
        thread = await town.thread(session)
        assert session.phase == Phase.ROLLED_BACK, thread
        assert "the deploy failed" in thread and "cannot log in with •••" in thread and SECRET not in thread
        assert town.file("greet.py") == APP["greet.py"].strip()
        assert live.log == [session.ship.reverted_sha], "production is told as well"

        session = await town.merge(await town.ask("make it sick"))
        thread = await town.thread(session)
        assert session.phase == Phase.ROLLED_BACK, thread
        assert "it was not healthy after the deploy" in thread and "answers 500" in thread
        assert live.file("greet.py") == APP["greet.py"]
        assert live.log[-2:] == [session.ship.merged_sha, session.ship.reverted_sha]
        watched = await town.told(session, events.HealthWatched)
        assert [each.healthy for each in watched] == [False, True], "and what it went back to is healthy"
        author = town.git("show", "-s", "--format=%an%n%B", "main", at=town.root / "app.git")
        assert author.startswith("Honk\nRevert: make it sick") and f"This reverts {session.ship.merged_sha}" in author


async def test_a_rollback_keeps_what_came_later(town_of_production: tuple[Town, Production]) -> None:
    town, live = town_of_production
    town.scripts["strip the name"] = edit("greet.py", BETTER)
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "app.git"))
        session = await town.ask("strip the name")
        with pytest.raises(WorkFailed, match="nothing to roll back"):
            await honk.command("rollback", Call(session.id, ADA))
        session = await town.merge(session)
        assert session.phase == Phase.LIVE and session.ship.healthy, await town.thread(session)
        assert live.file("greet.py") == BETTER

        town.push("app", "greet.py", BETTER.replace("Hello", "Hi"))
        session = await town.rollback(session)
        assert session.phase == Phase.LIVE
        assert "later commits touch the same lines in greet.py" in session.error
        assert live.file("greet.py") == BETTER, "nothing was moved"

        town.push("app", "greet.py", BETTER)
        later = town.push("app", "notes.py", "# by a colleague\n")
        answers = await asyncio.gather(
            *(honk.command("rollback", Call(session.id, ADA)) for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(answer, WorkFailed) for answer in answers) == 2, answers
        session = await town.quiet(session.id)
        assert session.phase == Phase.ROLLED_BACK, await town.thread(session)
        assert town.git("rev-parse", "main^", at=town.root / "app.git") == later, "one revert, on top of it"
        assert town.file("greet.py") == APP["greet.py"].strip()
        assert live.file("greet.py") == APP["greet.py"] and live.file("notes.py") == "# by a colleague\n"
        with pytest.raises(WorkFailed, match="Already rolled back"):
            await honk.command("rollback", Call(session.id, ADA))


async def test_two_sessions_that_ship_at_once_take_turns(town_of_production: tuple[Town, Production]) -> None:
    town, live = town_of_production
    town.scripts["strip the name"] = edit("greet.py", BETTER)
    more = APP["test_greet.py"] + "\n# more to come\n"
    town.scripts["note in the tests"] = edit("test_greet.py", more)
    async with town.open() as honk:
        await honk.add_repo(str(town.root / "app.git"))
        asked = [await honk.ask(text, ADA) for text in ("strip the name", "note in the tests")]
        ready = await asyncio.gather(*(town.quiet(session.id) for session in asked))
        assert [session.phase for session in ready] == [Phase.REVIEW] * 2
        store = honk.services.store
        held = await store.lease("deploy:app", "somebody else's deploy", 600)
        for session in ready:
            await honk.command("merge", Call(session.id, ADA))
        for session in ready:
            event = await town.until(
                session,
                lambda data: (
                    isinstance(data, events.OrderFailed)
                    or (isinstance(data, events.PhaseEntered) and data.phase == Phase.DEPLOY)
                ),
            )
            assert isinstance(event.data, events.PhaseEntered), event.data
            with pytest.raises(WorkFailed, match="still working on this session"):
                await honk.command("reply", Call(session.id, ADA, "one more thing"))
        assert held is not None and live.log == [], "both wait"
        await store.release(held)
        merged = await asyncio.gather(*(town.quiet(session.id) for session in ready))
        assert [session.phase for session in merged] == [Phase.LIVE] * 2, [session.error for session in merged]
        assert live.file("greet.py") == BETTER and live.file("test_greet.py") == more
        assert live.log[-1] == town.main(), "the older one does not come last"


@pytest.fixture
async def town_of_production(make_town: Callable[..., Town]) -> AsyncIterator[tuple[Town, Production]]:
    """A town whose app is deployed."""
    town = await make_town()
    async with production(town) as live:
        yield town, live
