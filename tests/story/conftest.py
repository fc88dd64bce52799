"""An installation of Honk with a repository and a scripted model; people write, and read the thread."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from honk import app, settings
from honk.client import Call
from honk.conversation import event_lines
from honk.core.events import Event, EventData
from honk.core.person import Person
from honk.core.session import Session
from honk.service import HonkService
from honk.settings import ModelCredential, PeopleSettings, Settings
from honk.testing import model
from honk.testing.model import Fault, Model
from honk.testing.script import Script, Step, ToolCall

F = TypeVar("F", bound=EventData)

ADA = Person(f"local:{os.getuid()}", "Ada", "ada@example.com")
BEN = Person("slack:T1/U2", "Ben", "ben@example.com")
"""Somebody else who may write to the repositories."""

CAT = Person("slack:T1/U3", "Cat", "cat@example.com")
"""Somebody who may not."""

KEY = "scripted"
VERIFY = ToolCall("mcp__honk__verify", {})

APP = {
    "greet.py": 'def greet(name):\n    return "Hello, " + name\n',
    "test_greet.py": (
        "import unittest\n\nfrom greet import greet\n\n\nclass Greet(unittest.TestCase):\n"
        '    def test_greets(self):\n        self.assertEqual(greet("Ada"), "Hello, Ada")\n'
    ),
    "honk.toml": '[verify]\ntest = "python3 -m unittest -q"\ncoverage = false\nmutations = 0\n',
}
"""The smallest project that can go wrong. What its tests execute is measured in test_measured_tests.py alone."""


def read(*paths: str) -> Step:
    """The agent reads files."""
    return Step("I look.", tuple(ToolCall("Read", {"file_path": f"/workspace/{path}"}) for path in paths))


def write(path: str, content: str, said: str = "I write.") -> Step:
    """The agent writes a file that it has read, or a new one."""
    return Step(said, (ToolCall("Write", {"file_path": f"/workspace/{path}", "content": content}),))


def shell(command: str) -> Step:
    """The agent runs a command."""
    return Step("I run it.", (ToolCall("Bash", {"command": command, "description": "run"}),))


def say(text: str) -> Step:
    """The agent ends its turn."""
    return Step(text)


VERIFY_STEP = Step("I verify.", (VERIFY,))


@dataclass
class Installation:
    """What a story needs. `scripts` maps a text in the person's message to what the model does about it."""

    root: Path
    settings: Settings
    model: Model
    scripts: dict[str, Script]
    service: HonkService = field(init=False)
    later: float = 0.0

    def clock(self) -> float:
        """Seconds since the epoch, `later` seconds in the future."""
        return time.time() + self.later

    def git(self, *args: str, at: Path | None = None) -> str:
        """Run git as a developer would."""
        who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(("git", *who, *args), cwd=at or self.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def repository(self, name: str, files: dict[str, str | bytes]) -> Path:
        """A bare repository with one commit."""
        checkout = self.root / f"{name}-checkout"
        for path, content in files.items():
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            (checkout / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("init", "--quiet", "--initial-branch=main", str(checkout))
        self.git("add", "--all", at=checkout)
        self.git("commit", "--quiet", "--allow-empty", "--message", "start", at=checkout)
        self.git("clone", "--quiet", "--bare", str(checkout), str(self.root / f"{name}.git"))
        return self.root / f"{name}.git"

    def push(self, name: str, path: str, content: str) -> str:
        """A colleague pushes to main meanwhile."""
        checkout = self.root / f"{name}-checkout"
        self.git("pull", "--quiet", str(self.root / f"{name}.git"), "main", at=checkout)
        (checkout / path).write_text(content)
        self.git("add", "--all", at=checkout)
        self.git("commit", "--quiet", "--message", f"change {path}", at=checkout)
        self.git("push", "--quiet", str(self.root / f"{name}.git"), "HEAD:main", at=checkout)
        return self.git("rev-parse", "HEAD", at=checkout)

    def tune(self, section: str, **values: object) -> None:
        """Change a section of the settings, before Honk opens."""
        file = self.settings.file
        changed = replace(getattr(file, section), **values)
        self.settings = replace(self.settings, file=replace(file, **{section: changed}))

    @asynccontextmanager
    async def open(self, **file: object) -> AsyncIterator[HonkService]:
        """Honk opens, works, and closes."""
        async with app.open_app(self.settings, base_url="http://honk.test", clock=self.clock) as self.service:
            yield self.service

    async def quiet(self, session: str) -> Session:
        """Wait until nothing more happens by itself."""
        async with asyncio.timeout(90):
            async for _ in self.service.events(session, follow=True):
                pass
        return await self.service.session(session)

    async def recorded(self, session: Session, kind: type[F]) -> list[F]:
        """All events of a kind in the session's log."""
        return [
            event.data for event in await self.service.services.store.events(session.id) if isinstance(event.data, kind)
        ]

    async def until(self, session: Session, seen: Callable[[EventData], bool], after: int = 0) -> Event:
        """Wait for an event that `seen` is true of."""
        store = self.service.services.store
        async with asyncio.timeout(90):
            while True:
                for event in await store.events(session.id, after):
                    after = event.seq
                    if seen(event.data):
                        return event
                await store.wait(session.id, after, timeout=5)

    async def ask(self, text: str, **more: str) -> Session:
        """Ada asks, and waits."""
        return await self.quiet((await self.service.ask(text, ADA, **more)).id)

    async def reply(self, session: Session, text: str, person: Person = ADA) -> Session:
        """A reply, and wait."""
        return await self.quiet((await self.service.command("reply", Call(session.id, person, text))).id)

    async def merge(self, session: Session, person: Person = ADA, **more: bool) -> Session:
        """Ask to merge the present head, and wait."""
        return await self.quiet(
            (await self.service.command("merge", Call(session.id, person, head=session.change.head, **more))).id
        )

    async def rollback(self, session: Session) -> Session:
        """Roll back, and wait."""
        return await self.quiet((await self.service.command("rollback", Call(session.id, ADA))).id)

    async def thread(self, session: Session) -> str:
        """What a person reads."""
        rows = []
        async for now, event in self.service.events(session.id):
            line = event_lines.line(now, event)
            if line is not None:
                rows += [f"{line.speaker}: {line.text}", *(f"    {detail}" for detail in line.details)]
        return "\n".join(rows)

    def main(self, name: str = "app") -> str:
        """The base branch's commit, as the team sees it."""
        return self.git("rev-parse", "main", at=self.root / f"{name}.git")

    def file(self, path: str, name: str = "app", rev: str = "main") -> str:
        """A file as the team sees it."""
        return self.git("show", f"{rev}:{path}", at=self.root / f"{name}.git")


@pytest.fixture(autouse=True)
def no_statement_on_an_event_loop() -> Iterator[None]:
    """Fails a story in which any database statement, ours or DBOS's, runs in a thread with a running event loop."""
    blocking: list[str] = []

    def seen(connection: object, cursor: object, statement: str, *more: object) -> None:
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            blocking.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", seen)
    yield
    sa.event.remove(Engine, "before_cursor_execute", seen)
    assert not blocking


@pytest.fixture
async def make_installation(tmp_path: Path) -> AsyncIterator[Callable[..., Installation]]:
    """Builds installations; a `faults` list makes the model go wrong on demand."""
    async with AsyncExitStack() as stack:
        made = 0

        async def build(scripts: dict[str, Script] | None = None, faults: Sequence[Fault] = ()) -> Installation:
            nonlocal made
            made += 1
            known = {} if scripts is None else scripts
            stand_in = await stack.enter_async_context(
                model.serve(lambda said: model.by_marker(known)(said), key=KEY, faults=faults)
            )
            root = tmp_path / f"installation{made}"
            root.mkdir()
            base = settings.load({"HONK_HOME": str(root / "home"), "HOME": str(root)})
            file = replace(base.file, people=PeopleSettings(writers=(BEN.id,)))
            return Installation(
                root, replace(base, model=ModelCredential(stand_in.url, KEY), file=file), stand_in, known
            )

        yield build


@pytest.fixture
async def installation(make_installation: Callable[..., Installation]) -> Installation:
    """An installation with the smallest project, known as `app`."""
    built = await make_installation()
    built.repository("app", APP)
    return built
