"""Agents that die, talk nonsense, do nothing or take more than their share: stopped, said, and their work kept."""

from honk.core import events
from honk.core.phase import Phase
from tests.story.conftest import APP, VERIFY_STEP, Installation, say, shell, write

BEGIN = write("note.txt", "begun\n")
FINISH = (shell("echo done >> note.txt"), say("I wrote a note."))

SHARE = "python3 -c 'import time; hog = [bytearray(b\"x\" * (1 << 20)) for _ in range(2000)]; time.sleep(60)'"
FORKS = "for i in $(seq 400); do sleep 60 & done; wait"
FILL = "head -c 90000000 /dev/zero > ~/fill; sleep 60"
FLOOD = "import os\nwhile True:\n    os.write(1, b'honk ' * 10000 + bytes(range(256)))\n"
CRY = "yes honk | head -c 30000000"


async def fails_and_goes_on(installation: Installation, command: str, said: str) -> None:
    """The command ends the agent's turn with what is `said`; the work before it is there in the next turn."""
    installation.scripts["write a note"] = (BEGIN, shell(command), say("I am still here."))
    installation.scripts["finish it"] = FINISH
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("write a note")
        assert (session.phase, session.status) == (Phase.FAILED, 1), await installation.thread(session)
        assert said in session.error
        assert session.error.endswith("The work so far is kept; reply to continue from there.")
        session = await installation.reply(session, "finish it")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert installation.file("note.txt", rev=session.change.branch) == "begun\ndone"
        first, second = await installation.recorded(session, events.AgentStarted)
        assert (second.conversation, second.resumed) == (first.conversation, True)


async def test_an_agent_that_dies(installation: Installation) -> None:
    await fails_and_goes_on(installation, "kill -9 $PPID", "was killed (signal 9) in the middle of its turn.")


async def test_an_agent_that_talks_garbage(installation: Installation) -> None:
    await fails_and_goes_on(
        installation, "printf '{oops, this is no message\\n' > /proc/$PPID/fd/1; sleep 30", "printed unreadable output"
    )


async def test_an_agent_that_takes_too_long(installation: Installation) -> None:
    installation.push("app", "honk.toml", f"{APP['honk.toml']}[agent]\nmax_minutes = 0.05\n")
    installation.scripts["write a note"] = (BEGIN, shell("sleep 100"), say("I wrote a note."))
    installation.scripts["take your time"] = (shell("sleep 100"), say("I wrote a note."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("write a note")
        assert (session.phase, session.status) == (Phase.FAILED, 1), await installation.thread(session)
        assert "was stopped after 3 seconds, the time limit of a turn. The work so far is kept" in session.error
        session = await installation.reply(session, "take your time")
        assert "was stopped after 3 seconds" in session.error, await installation.thread(session)
        session = await installation.reply(session, "go on")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert installation.file("note.txt", rev=session.change.branch) == "begun"


async def test_an_agent_that_takes_all_memory(installation: Installation) -> None:
    installation.tune("sandbox", memory_mb=900)
    await fails_and_goes_on(installation, SHARE, "by its sandbox's limit on memory.")


async def test_an_agent_that_starts_too_many_processes(installation: Installation) -> None:
    installation.tune("sandbox", processes=150)
    await fails_and_goes_on(installation, FORKS, "by its sandbox's limit on processes.")


async def test_an_agent_that_fills_the_disk(installation: Installation) -> None:
    installation.tune("sandbox", disk_mb=64)
    await fails_and_goes_on(installation, FILL, "by its sandbox's limit on disk.")


async def test_an_agent_that_changes_nothing(installation: Installation) -> None:
    installation.scripts["do nothing"] = (VERIFY_STEP, say("It is done already:\nsee greet.py."))
    installation.scripts["write a note"] = (BEGIN, say("I wrote a note."))
    installation.scripts["undo it"] = (shell("rm note.txt"), say("Undone."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("do nothing")
        assert (session.phase, session.status) == (Phase.FAILED, 1)
        assert "The agent changed nothing, so there is nothing to propose." in session.error
        assert "It wrote: “It is done already: see greet.py.”" in session.error
        assert not installation.git("branch", "--list", "honk/*", at=installation.root / "app.git")
        session = await installation.reply(session, "write a note then")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        session = await installation.reply(session, "undo it")
        assert "changed nothing" in session.error, await installation.thread(session)


async def test_an_agent_that_floods_its_tools_and_its_checks(installation: Installation) -> None:
    """What commands print is cut; a check that floods is stopped, and what it printed is not passed on."""
    installation.tune("sandbox", output_mb=1)
    installation.scripts["flood"] = (
        shell(CRY),
        shell("printf '\\033[31m\\377\\000odd' > odd.bin; cat odd.bin"),
        write("test_greet.py", FLOOD),
        VERIFY_STEP,
        shell("git checkout test_greet.py"),
        say("Quiet again."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("flood")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert "Stopped because it printed many times the 1 MB that are kept" in thread
        assert len(thread) < 20_000
        log = sum(len(str(event.data)) for event in await installation.service.services.store.events(session.id))
        assert log < 100_000
