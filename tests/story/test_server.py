"""`honk serve` and the command line, as processes of their own."""

import asyncio
import json
import os
import pwd
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from honk import app, process
from honk.core import events
from honk.core.phase import Phase
from tests.story.conftest import APP, VERIFY_STEP, Installation, read, say, shell, write
from tests.story.processes import alive
from tests.waiting import until

BETTER = 'def greet(name):\n    return "Hello, " + name.strip()\n'
LOUDER = 'def greet(name):\n    return "Hello, " + name.strip() + ""\n'
CONTRACT = {
    "": "id repo phase request turns change verdicts guard preview cost ship error",
    "change": "branch head url diffstat",
    "verdicts": "name ok seconds command source excerpt",
    "guard": "rule path line severity reason",
    "preview": "url artifacts screenshots",
    "cost": "usd input_tokens output_tokens",
    "ship": "merged_sha deployed healthy",
}
"""What `honk show --json` has at least."""


@dataclass
class Terminal:
    """A terminal of somebody on this machine."""

    installation: Installation

    @property
    def env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.installation.root),
            "HONK_HOME": str(self.installation.settings.home),
            "ANTHROPIC_API_KEY": self.installation.settings.model.api_key,
            "ANTHROPIC_BASE_URL": self.installation.settings.model.base_url,
            "COLUMNS": "200",
        }

    async def honk(self, *words: str, status: int = 0) -> str:
        """Run a verb; what it printed."""
        done = await process.run((sys.executable, "-m", "honk.cli.main", *words), env=self.env, timeout=150)
        assert done.exit == status, (words, done.exit, done.text, done.stderr.decode())
        return done.text or done.stderr.decode()

    async def json(self, *words: str, status: int = 0) -> Any:
        """Run a verb; the object it printed."""
        return json.loads(await self.honk(*words, "--json", status=status))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """`honk serve`, until it is interrupted or the block is left."""
        argv = (sys.executable, "-m", "honk.cli.main", "serve", "--port", "0")
        async with process.spawn(argv, env=self.env, stderr=sys.stderr.fileno()) as server:
            assert server.stdout is not None
            async with asyncio.timeout(60):
                line = (await server.stdout.readline()).decode()
            assert line.startswith("Honk serves http://127.0.0.1:"), line
            yield server


async def interrupted(server: asyncio.subprocess.Process) -> int:
    """Ctrl-C, and its exit status."""
    server.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        return await server.wait()


@pytest.fixture
def terminal(installation: Installation) -> Terminal:
    installation.settings.home.mkdir()
    (installation.settings.home / "settings.toml").write_text("[server]\npreview_port = 0\n")
    return Terminal(installation)


@pytest.mark.long
async def test_the_whole_story_from_a_terminal(installation: Installation, terminal: Terminal) -> None:
    serve = '\n[preview]\nserve = "python3 -m http.server $PORT"\nbuild = "true"\nartifacts = ["*.py"]\n'
    ship = '[deploy]\nrun = "true"\n'
    installation.repository("shop", {**APP, "honk.toml": APP["honk.toml"] + serve + ship})
    pipeline = shell("mkdir -p .github/workflows && echo 'on: pull_request_target' > .github/workflows/ci.yml")
    installation.scripts["strip the name"] = (
        read("greet.py"),
        write("greet.py", BETTER),
        pipeline,
        VERIFY_STEP,
        say("Stripped."),
    )
    installation.scripts["again"] = (read("greet.py"), write("greet.py", LOUDER), say("Again."))
    async with terminal.serving() as server:
        assert "Added shop" in await terminal.honk("repo", "add", "--no-check", str(installation.root / "shop.git"))
        session = await terminal.json("ask", "strip the name", "--wait")
        name = session["id"]
        assert session["phase"] == "review", session
        for part, keys in CONTRACT.items():
            rows = session[part] if part else session
            for row in rows if isinstance(rows, list) else [rows]:
                assert set(keys.split()) <= row.keys(), part
        assert session["guard"][0]["path"] == ".github/workflows/ci.yml"
        assert session["request"] == "strip the name" and session["verdicts"][0]["ok"] is True
        assert session["change"]["diffstat"]["added"] == 2 and session["cost"]["usd"] > 0
        assert session["preview"]["url"] and session["preview"]["artifacts"]
        assert await terminal.json("show", name) == session
        assert [row["id"] for row in await terminal.json("sessions")] == [name]

        body = installation.git(
            "show", "-s", "--format=%an%n%B", session["change"]["head"], at=installation.root / "shop.git"
        )
        assert body.splitlines()[0] == pwd.getpwuid(os.getuid()).pw_name, "the author is who asked"
        for trailer in ("Assisted-by: Claude Code", "Honk-Model: ", f"Honk-Session: {name}", "Honk-Verified: test"):
            assert trailer in body

        followed = asyncio.create_task(terminal.honk("log", name, "--follow"))
        said = await terminal.honk("reply", name, "again", "--wait")
        assert "Proposed as pull request #1" in said and "strip the name" not in said.splitlines()[0]
        assert "Stripped." in await followed
        assert "has moved from" in await terminal.honk("merge", name, "--head", session["change"]["head"], status=1)
        assert "Somebody has to look" in (await terminal.json("merge", name, status=1))["error"]
        merged = await terminal.json("merge", name, "--looked")
        assert merged["phase"] == "live" and merged["ship"]["merged_sha"] == installation.main("shop")
        assert "There is nothing to stop" in await terminal.honk("cancel", name, status=1)
        back = await terminal.json("rollback", name)
        assert back["phase"] == "rolled_back" and back["ship"]["reverted_sha"] == installation.main("shop")
        assert "There is no session" in await terminal.honk("show", "nobody", status=2)
        assert await interrupted(server) == 0
    assert alive(name) == []
    assert (await terminal.json("show", name))["phase"] == "rolled_back", "without a server too"


@pytest.mark.long
async def test_an_interrupted_server_goes_on_at_the_next_start(installation: Installation, terminal: Terminal) -> None:
    installation.scripts["strip the name"] = (
        read("greet.py"),
        write("greet.py", BETTER),
        shell("sleep 5"),
        say("Stripped."),
    )
    async with terminal.serving() as server:
        await terminal.honk("repo", "add", "--no-check", str(installation.root / "app.git"))
        name = (await terminal.json("ask", "strip the name"))["id"]
        async with app.open_app(installation.settings, base_url="", working=False) as installation.service:
            session = await installation.service.session(name)
            await installation.until(
                session, lambda data: isinstance(data, events.AgentToolUsed) and data.tool == "Bash"
            )
        assert await interrupted(server) == 0
    assert alive(name) == [], "nothing outlives it"
    assert (await terminal.json("show", name))["phase"] == "work"
    async with terminal.serving() as server:
        await terminal.honk("log", name, "--follow")
        assert (await terminal.json("show", name))["phase"] == Phase.REVIEW
        assert await interrupted(server) == 0
    assert installation.file("greet.py", rev=(await terminal.json("show", name))["change"]["branch"]) == BETTER.strip()


async def test_a_cancel_from_another_terminal_stops_what_the_server_runs(
    installation: Installation, terminal: Terminal
) -> None:
    installation.scripts["strip the name"] = (read("greet.py"), shell("sleep 600"), say("Stripped."))
    async with terminal.serving() as server:
        await terminal.honk("repo", "add", "--no-check", str(installation.root / "app.git"))
        name = (await terminal.json("ask", "strip the name"))["id"]
        async with app.open_app(installation.settings, base_url="", working=False) as installation.service:
            session = await installation.service.session(name)
            await installation.until(
                session, lambda data: isinstance(data, events.AgentToolUsed) and data.tool == "Bash"
            )
        assert (await terminal.json("cancel", name))["phase"] == "cancelled"
        assert alive(name) == []
        assert await interrupted(server) == 0


async def test_without_a_server_a_verb_works_by_itself(installation: Installation, terminal: Terminal) -> None:
    installation.scripts["strip the name"] = (
        read("greet.py"),
        write("greet.py", BETTER),
        shell("sleep 600"),
        say("Stripped."),
    )
    await terminal.honk("repo", "add", "--no-check", str(installation.root / "app.git"))
    argv = (sys.executable, "-X", "faulthandler", "-m", "honk.cli.main", "ask", "strip the name")
    argv = ("env", "--default-signal=INT", *argv)  # tests that run in the background inherit that it is ignored
    async with process.spawn(argv, env=terminal.env) as asking:
        async with app.open_app(installation.settings, base_url="", working=False) as installation.service:
            sessions = await until(installation.service.sessions, 60)
            name = sessions[0].id
            await installation.until(
                sessions[0], lambda data: isinstance(data, events.AgentToolUsed) and data.tool == "Bash"
            )
        asking.send_signal(signal.SIGINT)
        ending = asyncio.ensure_future(asking.communicate())
        if not (await asyncio.wait({ending}, timeout=30))[0]:
            asking.send_signal(signal.SIGABRT)  # it says where it stands
        _, said = await ending
        assert asking.returncode == 130 and b"Traceback" not in said, said.decode()
    assert alive(name) == []
    assert (await terminal.json("cancel", name))["phase"] == "cancelled", "what it left pending can be stopped"
