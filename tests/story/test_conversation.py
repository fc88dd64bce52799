"""One thread, several messages, several people: one branch, one pull request, one conversation with the agent."""

import asyncio

import pytest

from honk.client import Call
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.phase import Phase
from honk.testing import messages
from honk.testing.model import Seen
from tests.story.conftest import ADA, APP, BEN, CAT, VERIFY_STEP, Installation, read, say, shell, write

STRIPPED = 'def greet(name):\n    return "Hello, " + name.strip()\n'
LOUD = 'def greet(name):\n    return "Hello, " + name.strip() + ""\n'
TESTED = APP["test_greet.py"] + '        self.assertEqual(greet(" Ada "), "Hello, Ada")\n'


def prompts(seen: Seen) -> list[str]:
    """What people said in a request to the model, the first message first."""
    return [text for _, text in reversed(messages.prompts(seen.body))]


async def test_a_reply_waits_its_turn_and_goes_on_in_the_same_conversation(installation: Installation) -> None:
    installation.scripts["strip the name"] = (
        read("greet.py"),
        write("greet.py", STRIPPED),
        shell("sleep 2"),
        say("Names are stripped."),
    )
    installation.scripts["add a test"] = (
        shell("git log --oneline | head -3; cat greet.py"),
        read("test_greet.py"),
        write("test_greet.py", TESTED),
        VERIFY_STEP,
        say("There is a test for it now."),
    )
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await honk.ask("strip the name", ADA)
        await installation.until(session, lambda data: isinstance(data, events.AgentToolUsed))
        session = await honk.command("reply", Call(session.id, BEN, "add a test for that"))
        assert [turn.outcome for turn in session.turns] == [None, None], "it queues behind the running turn"

        session = await installation.quiet(session.id)
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert [turn.outcome for turn in session.turns] == [Phase.REVIEW, Phase.REVIEW]
        started = await installation.recorded(session, events.AgentStarted)
        assert [start.resumed for start in started] == [False, True]
        assert started[0].conversation == started[1].conversation
        marks = (events.AgentStarted, events.TurnEnded)
        ends = [
            type(data) for data in await installation.recorded(session, events.EventData) if isinstance(data, marks)
        ]
        assert ends == [events.AgentStarted, events.TurnEnded] * 2, "one after the other"

        last = prompts(installation.model.asked[-1])
        assert "strip the name" in last[0] and last[0].startswith("Ada asks"), "the model sees what was said before"
        assert "add a test for that" in last[-1] and last[-1].startswith("Ben writes")

        app = installation.root / "app.git"
        first, second = await installation.recorded(session, events.ChangeProposed)
        assert (first.change.branch, first.change.number) == (second.change.branch, second.change.number)
        assert installation.git("rev-list", "--count", f"main..{session.change.branch}", at=app) == "2"
        assert installation.git("rev-parse", f"{second.change.head}^", at=app) == first.change.head
        assert installation.git("rev-parse", session.change.branch, at=app) == second.change.head
        body = installation.git("show", "-s", "--format=%an <%ae>%n%B", second.change.head, at=app)
        assert body.startswith("Ada <ada@example.com>"), "the author is who asked for the change"
        assert "Co-authored-by: Ben <ben@example.com>" in body
        assert "Co-authored-by" not in installation.git(
            "show", "-s", "--format=%B", first.change.head, at=installation.root / "app.git"
        )
        assert len(session.change.diffstat.files) == 2, "the card shows the whole change"


async def test_honk_asks_which_repository_and_takes_the_answer(installation: Installation) -> None:
    installation.repository("radio", APP)
    installation.scripts["strip the name"] = (read("greet.py"), write("greet.py", STRIPPED), say("Done."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        await honk.add_repo(str(installation.root / "radio.git"))
        session = await installation.ask("strip the name")
        assert session.phase == Phase.ASKING
        assert session.question is not None and session.question.choices == ("app", "radio")
        assert installation.model.asked == [], "no guess, and nothing spent on it"

        session = await installation.reply(session, "the television")
        assert session.phase == Phase.ASKING
        assert "television" in await installation.thread(session)

        session = await installation.reply(session, "radio, please")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert session.repo == "radio"
        assert installation.file("greet.py", "radio", session.change.branch) == STRIPPED.strip()
        assert "strip the name" in prompts(installation.model.asked[0])[0], (
            "the request itself is not lost over the question"
        )


async def test_a_message_delivered_twice_is_one_message(installation: Installation) -> None:
    installation.scripts["strip the name"] = (read("greet.py"), write("greet.py", STRIPPED), say("Done."))
    installation.scripts["again"] = (read("greet.py"), write("greet.py", LOUD), say("Louder."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        asked = await asyncio.gather(*(honk.ask("strip the name", ADA, claim="slack:C1/17.1") for _ in range(4)))
        assert len({session.id for session in asked}) == 1
        session = await installation.quiet(asked[0].id)
        assert len(session.turns) == 1 and len(await honk.sessions()) == 1
        assert (await honk.ask("strip the name", ADA, claim="slack:C1/17.1")).id == session.id, "nor after a while"

        await asyncio.gather(
            *(honk.command("reply", Call(session.id, ADA, "again", claim="slack:C1/17.2")) for _ in range(4))
        )
        session = await installation.quiet(session.id)
        assert len(session.turns) == 2, await installation.thread(session)
        await honk.command("reply", Call(session.id, ADA, "again", claim="slack:C1/17.2"))
        assert len((await honk.session(session.id)).turns) == 2
        assert len(await installation.recorded(session, events.ChangeProposed)) == 2


async def test_who_may_not_write_is_told_so_and_has_no_part_in_it(installation: Installation) -> None:
    installation.scripts["strip the name"] = (read("greet.py"), write("greet.py", STRIPPED), say("Done."))
    installation.scripts["again"] = (read("greet.py"), write("greet.py", LOUD), say("Louder."))
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        refused = await installation.quiet((await honk.ask("strip the name", CAT)).id)
        assert refused.phase == Phase.FAILED
        assert "You may not change app yet" in refused.error
        assert installation.model.asked == [], "before any work"
        with pytest.raises(WorkFailed, match="nothing to merge"):
            await honk.command("merge", Call(refused.id, ADA))

        session = await installation.ask("strip the name")
        session = await installation.reply(session, "delete all tests", CAT)
        assert session.phase == Phase.REVIEW, "what waits for review still does"
        assert "You may not change app yet" in session.error

        session = await installation.reply(session, "again")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert "delete all tests" not in str([seen.body for seen in installation.model.asked]), (
            "nor does it slip in later"
        )
        pull = await honk.services.forges["local"].pull((await honk.repos())[0], session.change.number)
        assert "again" in pull.body and "delete all tests" not in pull.body
        assert "Cat" not in installation.git(
            "log", "--format=%B", "-1", session.change.head, at=installation.root / "app.git"
        )
        session = await installation.merge(session)
        with pytest.raises(WorkFailed, match="Cat did not ask for it"):
            await honk.command("rollback", Call(session.id, CAT))
