"""A model that refuses, is overloaded, breaks off or talks nonsense: said in a sentence, and a reply goes on."""

import pytest

from honk.core import events
from honk.core.phase import Phase
from honk.testing.model import Fault
from tests.story.conftest import KEY, Installation, say, shell, write

BEGUN = (write("note.txt", "begun\n"), shell("echo done >> note.txt"), say("I wrote a note."))
"""Where a fault strikes, it is after the first of these, so that there is work to keep."""

FINISH = (shell("echo done >> note.txt"), say("I wrote a note."))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("401", "refuses the key. Check ANTHROPIC_API_KEY"),
        pytest.param("403", "refuses the key. Check ANTHROPIC_API_KEY", marks=pytest.mark.long),
        pytest.param("400", "(HTTP 400: This request is refused on demand)", marks=pytest.mark.long),
        pytest.param(
            "429", "(HTTP 429: This request would exceed your organization's rate limit)", marks=pytest.mark.long
        ),
        pytest.param("500", "(HTTP 500: Internal server error)", marks=pytest.mark.long),
        ("529", "(HTTP 529: Overloaded)"),
        ("drop", "cannot be reached"),
        pytest.param("cut", "broke off in the middle of its response", marks=pytest.mark.long),
        pytest.param(
            "garbage", "does not answer as the Messages API does; check ANTHROPIC_BASE_URL", marks=pytest.mark.long
        ),
    ],
)
async def test_a_model_that_fails_loses_nothing(installation: Installation, kind: str, said: str) -> None:
    installation.tune("model", patience_seconds=1.5)
    installation.scripts["write a note"] = BEGUN
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        installation.model.strike(Fault(kind, skip=1, count=None))
        session = await installation.ask("write a note")
        thread = await installation.thread(session)
        assert (session.phase, session.status) == (Phase.FAILED, 3), thread
        assert said in session.error
        assert "reply" in session.error
        assert KEY not in thread
        spent = session.cost.input_tokens

        installation.model.strike()
        installation.scripts["finish it"] = FINISH
        session = await installation.reply(session, "finish it")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert installation.file("note.txt", rev=session.change.branch) == "begun\ndone", "the work was kept"
        assert session.cost.input_tokens > spent
        first, second = await installation.recorded(session, events.AgentStarted)
        assert (second.conversation, second.resumed) == (first.conversation, True)
        said_before = str(installation.model.asked[-1].body["messages"])
        assert "write a note" in said_before and "finish it" in said_before


async def test_a_short_overload_is_waited_out_and_said_once(installation: Installation) -> None:
    installation.scripts["write a note"] = BEGUN
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        installation.model.strike(
            Fault("429", count=2, retry_after=0.3), Fault("529", skip=3, count=2, retry_after=0.3)
        )
        session = await installation.ask("write a note")
        thread = await installation.thread(session)
        assert session.phase == Phase.REVIEW, thread
        assert thread.count("The model's service is overloaded; trying again in") == 1


async def test_half_a_stream_is_asked_for_again(installation: Installation) -> None:
    installation.scripts["write a note"] = BEGUN
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        installation.model.strike(Fault("cut", skip=1), Fault("500", skip=3))
        session = await installation.ask("write a note")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert installation.file("note.txt", rev=session.change.branch) == "begun\ndone"


async def test_a_model_that_never_answers_is_waited_for_so_long_and_no_longer(installation: Installation) -> None:
    installation.tune("agent", silence_seconds=3.0)
    installation.scripts["write a note"] = BEGUN
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        installation.model.strike(Fault("hang", skip=1, count=None))
        session = await installation.ask("write a note")
        assert (session.phase, session.status) == (Phase.FAILED, 1), await installation.thread(session)
        assert "The agent printed nothing for 3 seconds and was stopped. The work so far is kept" in session.error
        installation.model.strike()
        installation.scripts["finish it"] = FINISH
        session = await installation.reply(session, "finish it")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert installation.file("note.txt", rev=session.change.branch) == "begun\ndone"


async def test_a_key_that_is_refused_or_missing_is_said_before_the_work(installation: Installation) -> None:
    installation.scripts["write a note"] = BEGUN
    installation.model.key = "another"
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("write a note")
        assert (session.phase, session.status) == (Phase.FAILED, 3), await installation.thread(session)
        assert f"{installation.model.url} refuses the key. Check ANTHROPIC_API_KEY" in session.error
        assert not await installation.recorded(session, events.WorkspacePrepared)
        installation.model.key = installation.settings.model.api_key
        session = await installation.reply(session, "try again")
        assert session.phase == Phase.REVIEW, await installation.thread(session)
