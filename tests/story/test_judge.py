"""The judge reads a change before it is proposed: it may send the agent back once, and people decide."""

import json
from collections.abc import AsyncIterator

import pytest

from honk import app
from honk.conversation import evidence, judge_report
from honk.core import events
from honk.core.phase import Phase
from honk.testing.model import Fault
from honk.testing.script import Script, Step, ToolCall
from tests.story.conftest import ADA, APP, Installation, say, write

FILES = {**APP, "honk.toml": APP["honk.toml"] + '[judge]\nmodel = "judge-model"\n'}
GREET = 'def greet(name):\n    return "Hello, " + name.strip()\n'
WORK: Script = (write("strip.py", GREET), say("Done."), say("Still done."))


def judged(scope: object, *reasons: str) -> Script:
    """The judge's answer."""
    return (Step("", (ToolCall("judge_change", {"scope": scope, "reasons": list(reasons)}),)),)


@pytest.fixture
async def judging(installation: Installation) -> AsyncIterator[Installation]:
    installation.repository("judged", FILES)
    installation.scripts["strip the name"] = WORK
    async with installation.open() as honk:
        await honk.add_repo(str(installation.root / "judged.git"))
        yield installation


async def test_an_objection_goes_back_to_the_agent_once_and_people_read_it(judging: Installation) -> None:
    judging.scripts["Judge this change."] = judged("out of scope", "strip.py was not asked for.")
    session = await judging.ask("strip the name", repo="judged")
    assert session.phase == Phase.REVIEW
    bodies = [seen.body for seen in judging.model.asked]
    calls = [body for body in bodies if body["model"] == "judge-model"]
    assert len(calls) == 1, "the same files are judged once"
    assert "strip the name" in json.dumps(calls[0]) and "+def greet" in calls[0]["messages"][0]["content"]
    returned = json.dumps(bodies[-1])
    assert "says that it does something that was not asked for" in returned and "strip.py was not asked" in returned
    assert "judge      out of scope. strip.py was not asked for." in evidence.text(session)
    assert judge_report.report([session])["out of scope"]["open"] == 1
    merged = await judging.merge(session)
    counts = judge_report.report([merged])
    assert counts["out of scope"]["merged"] == 1 and judge_report.precision(counts)["objections"] == (0, 1)


@pytest.mark.parametrize("answer", [(Step("It looks fine."),), judged("perfect"), judged("in scope")])
async def test_only_an_objection_in_the_form_sends_the_agent_back(judging: Installation, answer: Script) -> None:
    judging.scripts["Judge this change."] = answer
    session = await judging.ask("strip the name", repo="judged")
    assert session.phase == Phase.REVIEW
    (said,) = await judging.recorded(session, events.Judged)
    expected = "in scope" if answer == judged("in scope") else "unknown"
    assert said.judgement.scope == expected
    assert "Not finished" not in json.dumps([seen.body for seen in judging.model.asked])


async def test_a_judge_without_an_answer_is_unknown_and_stops_nothing(judging: Installation) -> None:
    judging.model.strike(Fault("500", count=None, marker="Judge this change."))
    session = await judging.ask("strip the name", repo="judged")
    assert session.phase == Phase.REVIEW
    assert "judge      unknown. The model's service" in evidence.text(session)
    assert judge_report.report([await judging.reply(session, "strip the name more")])["unknown"]["sent back"] == 1


async def test_nobody_is_asked_unless_a_model_is_named(installation: Installation) -> None:
    installation.scripts["strip the name"] = WORK
    async with app.open_app(installation.settings, base_url="http://honk.test") as installation.service:
        await installation.service.add_repo(str(installation.root / "app.git"))
        session = await installation.quiet((await installation.service.ask("strip the name", ADA)).id)
    assert not session.judged and "Judge this change." not in json.dumps(
        [each.body for each in installation.model.asked]
    )
