"""Requests that say nothing, too much, or not what they are about."""

import io

import pytest
from rich.console import Console as Terminal

from honk.conversation.console import Console
from honk.core import events
from honk.core.errors import UsageError
from honk.core.phase import Phase
from tests.story.conftest import ADA, APP, Installation, say, write

NOTE = (write("note.txt", "done\n"), say("I wrote a note."))


async def test_nothing_and_too_much_are_refused_and_leave_no_session(installation: Installation) -> None:
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        for text, said in (
            ("", "The request is empty"),
            (" \n\t ", "The request is empty"),
            ("a" * 200_001, "200,001 characters, the most is 200,000"),
            ("caf\udce9", "not readable text"),
        ):
            with pytest.raises(UsageError, match=said) as refused:
                await honk.ask(text, ADA)
            assert refused.value.exit_status == 2
        assert await honk.sessions() == ()
        with pytest.raises(UsageError, match="no agent “clod”"):
            await honk.ask("write a note", ADA, agent="clod")


async def test_a_hundred_kilobytes_are_heard_to_their_end(installation: Installation) -> None:
    end = "and at the very end: write a note"
    text = "x-ray é🙂\0\x1b[31m\r\n" * 6_000 + end
    assert len(text.encode()) > 100_000
    installation.scripts[end] = NOTE
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask(text)
        assert session.phase == Phase.REVIEW, (await installation.thread(session))[-2000:]
        assert session.request == text
        shown = io.StringIO()
        console = Console(Terminal(file=shown, width=100))
        async for _, event in honk.events(session.id):
            console.show(event)
        assert "x-ray é🙂" in shown.getvalue() and "\x1b" not in shown.getvalue() and "\0" not in shown.getvalue()
        heard = str(installation.model.asked[0].body["messages"])
        assert heard.count("x-ray") == 6_000
        session = await installation.merge(session)
        assert session.phase == Phase.LIVE, session.error
        subject = installation.git("log", "-1", "--format=%s", at=installation.root / "app.git")
        assert len(subject) < 100


async def test_an_unclear_request_is_a_question_answered_by_name_or_number(installation: Installation) -> None:
    installation.repository("lib", APP)
    installation.repository("site", APP)
    installation.scripts["write a note"] = NOTE
    async with installation.open() as honk:
        for name in ("app", "lib", "site"):
            await honk.add_repo(str(installation.root / f"{name}.git"))
        session = await installation.ask("write a note")
        assert session.phase == Phase.ASKING
        assert session.question == events.QuestionAsked("Which repository is this about?", ("app", "lib", "site"))
        session = await installation.reply(session, "the one with the library")
        assert session.phase == Phase.ASKING
        assert (
            "Honk knows no repository “the one with the library”. Which of these is it?"
            in await installation.thread(session)
        )
        assert not installation.model.asked
        session = await installation.reply(session, "2.")
        assert (session.phase, session.repo) == (Phase.REVIEW, "lib"), await installation.thread(session)
        assert installation.file("note.txt", "lib", session.change.branch) == "done"

        session = await installation.ask("write a note in app or in site")
        assert session.phase == Phase.ASKING, "two are named, and none is guessed"
        session = await installation.reply(session, "Site")
        assert (session.phase, session.repo) == (Phase.REVIEW, "site"), await installation.thread(session)
        session = await installation.ask("write a note in app, not in the application")
        assert (session.phase, session.repo) == (Phase.REVIEW, "app"), await installation.thread(session)
