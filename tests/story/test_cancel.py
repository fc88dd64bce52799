"""Stop: within two seconds, whatever runs; nothing is left running, and nothing that was done is lost."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from honk import app
from honk.client import Call
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session
from honk.settings import WorkerSettings
from honk.testing.model import Fault
from tests.story.conftest import ADA, APP, BEN, CAT, VERIFY_STEP, Installation, read, say, shell, write
from tests.story.processes import alive
from tests.waiting import until

STRIPPED = 'def greet(name):\n    return "Hello, " + name.strip()\n'
FOREVER = f"sleep 4711{os.getpid()}"
"""Told apart from those of tests that run beside this one."""


async def cancelled(installation: Installation, session: Session, person: Person = ADA) -> float:
    """Somebody says stop; how long it took until the turn had ended."""
    session = await installation.service.command("cancel", Call(session.id, person))
    asked = await installation.until(session, lambda data: isinstance(data, events.CancelRequested))
    ended = await installation.until(session, lambda data: isinstance(data, events.TurnEnded), asked.seq)
    return ended.at - asked.at


def soon() -> float:
    """Two seconds, on a machine that has nothing else to do."""
    return 2.0 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


async def until_runs(mark: str) -> None:
    """Wait until a process of that command line is there."""
    await until(lambda: any(mark in line for line in alive(mark)), 60)


async def left(mark: str) -> list[str]:
    """What of it is still there: bubblewrap that was killed before it had built its walls takes a moment to go."""
    with suppress(TimeoutError):
        await until(lambda: not alive(mark), soon())
    return alive(mark)


async def test_a_running_agent_is_stopped_and_its_work_is_kept(installation: Installation) -> None:
    installation.scripts["strip the name"] = (
        read("greet.py"),
        write("greet.py", STRIPPED),
        shell(f"setsid nohup {FOREVER} >/dev/null 2>&1 & (trap '' TERM INT HUP; {FOREVER})"),
        say("Done."),
    )
    installation.scripts["now finish"] = (shell("cat greet.py"), VERIFY_STEP, say("Names are stripped."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await honk.ask("strip the name", ADA)
        await until_runs(FOREVER)
        await honk.command("reply", Call(session.id, ADA, "and say it louder"))
        assert alive(session.id), "the test sees the session's processes"
        with pytest.raises(WorkFailed, match="did not ask for it"):
            await honk.command("cancel", Call(session.id, CAT))

        assert await cancelled(installation, session) < soon()
        session = await installation.quiet(session.id)
        assert [turn.outcome for turn in session.turns] == [Phase.CANCELLED] * 2, "what waits behind it stops as well"
        assert alive(session.id) == [] and alive(FOREVER) == []
        assert len(await installation.recorded(session, events.AgentStarted)) == 1
        assert "The work so far is kept" in await installation.thread(session)
        with pytest.raises(WorkFailed, match="There is nothing to stop"):
            await honk.command("cancel", Call(session.id, ADA))

        session = await installation.reply(session, "now finish")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert installation.file("greet.py", rev=session.change.branch) == STRIPPED.strip()
        assert (await installation.recorded(session, events.AgentStarted))[-1].resumed


RUNS_TESTS = {**APP, "honk.toml": f'[verify]\ntest = "{FOREVER}"\n'}
SETS_UP = {**APP, "honk.toml": f'[setup]\nrun = ["{FOREVER}"]\n[verify]\ntest = "true"\n'}
NEVER_READY = {**APP, "honk.toml": f'[verify]\ntest = "true"\n[preview]\nserve = "{FOREVER}"\n'}
BUILDS = {**APP, "honk.toml": f'[verify]\ntest = "true"\n[preview]\nbuild = "{FOREVER}"\nartifacts = ["*.py"]\n'}


@pytest.mark.parametrize("files", [RUNS_TESTS, SETS_UP, NEVER_READY, BUILDS], ids=["verify", "setup", "serve", "build"])
async def test_whatever_else_runs_is_stopped(installation: Installation, files: dict[str, str]) -> None:
    installation.repository("slow", files)
    installation.scripts["strip the name"] = (read("greet.py"), write("greet.py", STRIPPED), say("Done."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "slow.git"))
        session = await honk.ask("strip the name", ADA)
        await until_runs(FOREVER)
        assert await cancelled(installation, session) < soon()
        assert await left(session.id) == [] and await left(FOREVER) == []
        session = await installation.quiet(session.id)
        assert session.phase == Phase.CANCELLED
        if session.change.number:
            session = await installation.merge(session)
            assert session.phase == Phase.LIVE, "what was proposed before can still be merged"
            assert installation.file("greet.py", "slow") == STRIPPED.strip()


async def test_a_model_that_hangs_does_not_hold_it_up(make_installation: Callable[..., Installation]) -> None:
    installation = await make_installation(
        {"strip the name": (read("greet.py"), say("Done."))}, [Fault("hang", skip=1, count=None)]
    )
    installation.repository("app", APP)
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await honk.ask("strip the name", ADA)
        await installation.until(session, lambda data: isinstance(data, events.AgentToolUsed))
        assert await cancelled(installation, session) < soon()
        assert alive(session.id) == []


async def test_a_turn_in_the_queue_is_cancelled_from_elsewhere_without_ever_running(installation: Installation) -> None:
    installation.settings = replace(
        installation.settings, file=replace(installation.settings.file, worker=WorkerSettings(turns=1))
    )
    installation.scripts["strip the name"] = (read("greet.py"), shell(FOREVER), say("Done."))
    async with (
        installation.open() as honk,
        app.open_app(installation.settings, base_url="http://honk.test", working=False) as elsewhere,
    ):
        await honk.add_repo(str(installation.root / "app.git"))
        first = await honk.ask("strip the name", ADA)
        await until_runs(FOREVER)
        second = await honk.ask("something else", BEN)
        third = await honk.ask("a third thing", BEN)
        assert await cancelled(installation, third, BEN) < soon(), "although the only place is taken"
        await elsewhere.command("cancel", Call(second.id, BEN))
        second = await installation.quiet(second.id)
        assert second.phase == Phase.CANCELLED
        await elsewhere.command("cancel", Call(first.id, ADA))
        first = await installation.quiet(first.id)
        assert first.phase == Phase.CANCELLED, "another process of the same installation stops what runs here"
        assert alive(first.id) == []
        assert not await installation.recorded(second, events.PhaseEntered) and not await installation.recorded(
            await honk.session(third.id), events.PhaseEntered
        )
