"""A worker is killed in the middle, and the session does not notice: nothing lost, nothing done twice."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from honk import app
from honk.core import events
from honk.core.phase import Phase
from honk.core.session import Session
from tests import waiting
from tests.story.conftest import ADA, VERIFY_STEP, Installation, read, say, shell, write

WORKING = 'def greet(name):\n    return "Hello, " + name.strip()\n'
SCRIPT = (
    read("greet.py"),
    write("greet.py", WORKING),
    shell("sleep 3"),
    VERIFY_STEP,
    say("Names are stripped now."),
)


def worker(installation: Installation) -> subprocess.Popen[bytes]:
    """`honk worker`, as its own process."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(installation.root),
        "HONK_HOME": str(installation.settings.home),
        "ANTHROPIC_API_KEY": installation.settings.model.api_key,
        "ANTHROPIC_BASE_URL": installation.settings.model.base_url,
    }
    return subprocess.Popen([sys.executable, "-m", "honk.cli.main", "worker"], env=env, stdout=subprocess.DEVNULL)


async def up(installation: Installation, process: subprocess.Popen[bytes]) -> None:
    """Wait until a worker is there and listens to signals."""

    async def listed() -> bool:
        return process.pid in [each.pid for each in await installation.service.services.store.workers()]

    await waiting.until(listed, 60)


async def count(installation: Installation, session: Session, kind: type) -> int:
    return sum(isinstance(event.data, kind) for event in await installation.service.services.store.events(session.id))


async def until(installation: Installation, session: Session, seen: Callable[[events.EventData], bool]) -> None:
    """Wait for a fact."""
    after = 0
    store = installation.service.services.store
    async with asyncio.timeout(60):
        while True:
            for event in await store.events(session.id, after):
                after = event.seq
                if seen(event.data):
                    return
            await store.wait(session.id, after, timeout=5)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(lambda data: isinstance(data, events.AgentToolUsed) and data.tool == "Bash", id="agent at work"),
        pytest.param(
            lambda data: isinstance(data, events.PhaseEntered) and data.phase == Phase.PREPARE,
            id="preparing",
            marks=pytest.mark.long,
        ),
        pytest.param(
            lambda data: isinstance(data, events.BranchUpdated), id="before the pull request", marks=pytest.mark.long
        ),
    ],
)
async def test_killed_worker_is_replaced(
    installation: Installation, moment: Callable[[events.EventData], bool]
) -> None:
    installation.scripts["strip the name"] = SCRIPT
    async with app.open_app(installation.settings, base_url="http://honk.test", working=False) as installation.service:
        await installation.service.add_repo(str(installation.root / "app.git"))
        session = await installation.service.ask("strip the name", ADA)
        first = worker(installation)
        try:
            await until(installation, session, moment)
        finally:
            first.send_signal(signal.SIGKILL)
            first.wait()
        second = worker(installation)
        try:
            await up(installation, second)  # the first may have been done before we saw the moment
            session = await installation.quiet(session.id)
        finally:
            second.terminate()
            assert second.wait(20) == 0
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert await count(installation, session, events.ChangeProposed) == 1
        assert await count(installation, session, events.TurnEnded) == 1
        assert installation.file("greet.py", rev=session.change.branch) == WORKING.strip()
        assert (
            installation.git("rev-list", "--count", f"main..{session.change.branch}", at=installation.root / "app.git")
            == "1"
        )
