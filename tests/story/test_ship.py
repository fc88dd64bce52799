"""From the merge to production, watched, and back: by itself when it is bad, on request at any time."""

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
from tests.story.conftest import ADA, APP, Installation, read, say, write

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
async def production(installation: Installation, name: str = "app", **deploy: str) -> AsyncIterator[Production]:
    """A repository that is deployed to a production of its own."""
    at = Production(installation.root / f"{name}-production")
    at.root.mkdir()
    (at.root / "greet.py").write_text(APP["greet.py"])
    async with http_server.serve_tcp("127.0.0.1", 0, at.health) as port:
        at.url = f"http://127.0.0.1:{port}/health"
        lines = [APP["honk.toml"], "[deploy]", 'run = "sh deploy.sh"', 'health = "${URL}"', "watch = 0.5"]
        lines += [f'{key} = "{value}"' for key, value in deploy.items()]
        installation.repository(name, {**APP, "honk.toml": "\n".join(lines) + "\n", "deploy.sh": DEPLOY})
        secrets.store_for_deploy(
            installation.settings.home, name, {"LIVE": str(at.root), "URL": at.url, "TOKEN": SECRET}
        )
        yield at


def edit(path: str, content: str) -> Script:
    """The agent's turn that brings one file to `content`."""
    return (read(path), write(path, content), say(f"{path} is done."))


async def test_a_bad_deploy_goes_back_by_itself(installation_with_production: tuple[Installation, Production]) -> None:
    installation, live = installation_with_production
    installation.scripts["make it fail"] = edit("greet.py", FAILS)
    installation.scripts["make it sick"] = edit("greet.py", SICK)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.merge(await installation.ask("make it fail"))
        thread = await installation.thread(session)
        assert session.phase == Phase.ROLLED_BACK, thread
        assert "the deploy failed" in thread and "cannot log in with •••" in thread and SECRET not in thread
        assert installation.file("greet.py") == APP["greet.py"].strip()
        assert live.log == [session.ship.reverted_sha], "production is told as well"

        session = await installation.merge(await installation.ask("make it sick"))
        thread = await installation.thread(session)
        assert session.phase == Phase.ROLLED_BACK, thread
        assert "it was not healthy after the deploy" in thread and "answers 500" in thread
        assert live.file("greet.py") == APP["greet.py"]
        assert live.log[-2:] == [session.ship.merged_sha, session.ship.reverted_sha]
        watched = await installation.recorded(session, events.HealthWatched)
        assert [each.healthy for each in watched] == [False, True], "and what it went back to is healthy"
        author = installation.git("show", "-s", "--format=%an%n%B", "main", at=installation.root / "app.git")
        assert author.startswith("Honk\nRevert: make it sick") and f"This reverts {session.ship.merged_sha}" in author


async def test_a_rollback_keeps_what_came_later(installation_with_production: tuple[Installation, Production]) -> None:
    installation, live = installation_with_production
    installation.scripts["strip the name"] = edit("greet.py", BETTER)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("strip the name")
        with pytest.raises(WorkFailed, match="nothing to roll back"):
            await honk.command("rollback", Call(session.id, ADA))
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE and session.ship.healthy, await installation.thread(session)
        assert live.file("greet.py") == BETTER

        installation.push("app", "greet.py", BETTER.replace("Hello", "Hi"))
        session = await installation.rollback(session)
        assert session.phase == Phase.LIVE
        assert "later commits touch the same lines in greet.py" in session.error
        assert live.file("greet.py") == BETTER, "nothing was moved"

        installation.push("app", "greet.py", BETTER)
        later = installation.push("app", "notes.py", "# by a colleague\n")
        answers = await asyncio.gather(
            *(honk.command("rollback", Call(session.id, ADA)) for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(answer, WorkFailed) for answer in answers) == 2, answers
        session = await installation.quiet(session.id)
        assert session.phase == Phase.ROLLED_BACK, await installation.thread(session)
        assert installation.git("rev-parse", "main^", at=installation.root / "app.git") == later, (
            "one revert, on top of it"
        )
        assert installation.file("greet.py") == APP["greet.py"].strip()
        assert live.file("greet.py") == APP["greet.py"] and live.file("notes.py") == "# by a colleague\n"
        with pytest.raises(WorkFailed, match="Already rolled back"):
            await honk.command("rollback", Call(session.id, ADA))


async def test_two_sessions_that_ship_at_once_take_turns(
    installation_with_production: tuple[Installation, Production],
) -> None:
    installation, live = installation_with_production
    installation.scripts["strip the name"] = edit("greet.py", BETTER)
    more = APP["test_greet.py"] + "\n# more to come\n"
    installation.scripts["note in the tests"] = edit("test_greet.py", more)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        asked = [await honk.ask(text, ADA) for text in ("strip the name", "note in the tests")]
        ready = await asyncio.gather(*(installation.quiet(session.id) for session in asked))
        assert [session.phase for session in ready] == [Phase.REVIEW] * 2
        store = honk.services.store
        held = await store.lease("deploy:app", "somebody else's deploy", 600)
        for session in ready:
            await honk.command("merge", Call(session.id, ADA))
        for session in ready:
            event = await installation.until(
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
        merged = await asyncio.gather(*(installation.quiet(session.id) for session in ready))
        assert [session.phase for session in merged] == [Phase.LIVE] * 2, [session.error for session in merged]
        assert live.file("greet.py") == BETTER and live.file("test_greet.py") == more
        assert live.log[-1] == installation.main(), "the older one does not come last"


NEW_SCRIPT = f"{DEPLOY}echo new >> $LIVE/scripts\n"


def edits_the_deploy() -> Script:
    return (*edit("greet.py", BETTER)[:-1], *edit("deploy.sh", NEW_SCRIPT))


async def test_a_confirmed_deploy_script_is_used(
    installation_with_production: tuple[Installation, Production],
) -> None:
    installation, live = installation_with_production
    installation.scripts["deploy otherwise"] = edits_the_deploy()
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("deploy otherwise")
        (found,) = session.guard
        assert "deploy.sh" in found.reason and "with the deploy secrets" in found.reason
        session = await installation.merge(session)
        assert session.phase == Phase.REVIEW and "Somebody has to look at this first" in session.error
        session = await installation.merge(session, confirmed=True)
        thread = await installation.thread(session)
        assert session.phase == Phase.LIVE and live.file("scripts") == "new\n", thread
        assert "The deploy runs `deploy.sh` as this change has it; Ada confirmed that." in thread


async def test_a_deploy_script_that_nobody_confirmed_is_not_used(
    installation_with_production: tuple[Installation, Production],
) -> None:
    installation, live = installation_with_production
    rules = installation.file("honk.toml").replace("watch = 0.5", "watch = 0.5\nrollback = 'touch $LIVE/evil'")
    installation.scripts["deploy otherwise"] = (
        *edits_the_deploy()[:-1],
        *edit("honk.toml", rules.replace('health = "${URL}"', "health = 'http://127.0.0.1:9/${TOKEN}'") + "\n"),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("deploy otherwise")
        repo, change = await honk.services.store.repo("app"), session.change
        mirror = honk.services.home / "mirrors" / "app.git"
        await honk.services.forges[repo.forge].merge(repo, change.number, mirror, change.base, change.head, change.head)
        session = await installation.merge(session)
        thread = await installation.thread(session)
        assert session.phase == Phase.LIVE and live.file("greet.py") == BETTER, thread
        assert not (live.root / "scripts").exists(), "the new script did not run"
        assert "The deploy runs `honk.toml`, `deploy.sh` as before this change, because nobody has confirmed" in thread
        session = await installation.rollback(session)
        assert session.phase == Phase.ROLLED_BACK and not (live.root / "evil").exists()
        assert live.file("greet.py") == APP["greet.py"] and not (live.root / "scripts").exists()


@pytest.fixture
async def installation_with_production(
    make_installation: Callable[..., Installation],
) -> AsyncIterator[tuple[Installation, Production]]:
    """An installation whose repository `app` is deployed."""
    installation = await make_installation()
    async with production(installation) as live:
        yield installation, live
