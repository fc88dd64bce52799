"""A budget pauses and asks; it does not kill."""

import pytest

from honk.client import Call
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.phase import Phase
from tests.story.conftest import APP, CAT, Installation, say, shell, write

BEGUN = (
    write("note.txt", "begun\n"),
    shell("echo more >> note.txt"),
    shell("echo done >> note.txt"),
    say("I wrote a note."),
)


async def test_a_session_that_used_up_its_budget_pauses_asks_and_goes_on(installation: Installation) -> None:
    installation.push("app", "honk.toml", f"{APP['honk.toml']}[agent]\nmax_usd = 0.0001\n")
    installation.scripts["write a note"] = BEGUN
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "app.git"))
        session = await installation.ask("write a note")
        thread = await installation.thread(session)
        assert (session.phase, session.error) == (Phase.PAUSED, ""), thread
        assert "Paused: this session has cost $" in thread
        assert "The work is kept. Reply “go on” to allow another $0.0001." in thread
        asked = len(installation.model.asked)
        assert asked == 1, "nothing goes out above the limit"
        with pytest.raises(WorkFailed, match="did not ask for it"):
            await honk.command("reply", Call(session.id, CAT, "go on"))
        assert len(installation.model.asked) == asked

        words = 0
        while session.phase == Phase.PAUSED:
            spent, words = session.cost.usd, words + 1
            session = await installation.reply(session, "go on")
            assert session.limit > spent and session.cost.usd > spent, "each reply gets something done"
        assert words == 3, "a request of this model costs more than is allowed with one reply"
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert installation.file("note.txt", rev=session.change.branch) == "begun\nmore\ndone"
        assert session.cost.usd > 0.0001
        assert len({started.conversation for started in await installation.recorded(session, events.AgentStarted)}) == 1
        assert "Ada allows up to $" in await installation.thread(session)
