"""The forge checks what was proposed, and what it says comes back: to the agent, to people, and into the merge."""

import asyncio
from collections.abc import Callable

import pytest
from honk_simulators.github.state.repositories import Protection
from honk_simulators.github.state.workflows import (
    JobAttempt,
    JobOutcome,
    Workflow,
    failing,
    flaky,
    held,
    judging,
    passing,
)

from honk.client import Call
from honk.core import events
from honk.core.phase import Phase
from tests.story.conftest import Installation
from tests.story.github.github_story import BEST, BETTER, LOG, by_name, edit, open_github_story


@pytest.fixture
async def installation(make_installation: Callable[..., Installation]) -> Installation:
    built: Installation = await make_installation()
    built.scripts["strip the name"] = edit(BETTER)
    built.scripts["failed on the forge"] = edit(BEST)
    return built


def documented(files: object) -> bool:
    return b'"""' in dict(files)["greet.py"] or b"strip" not in dict(files)["greet.py"]  # type: ignore[call-overload]


async def test_red_is_mended_in_the_first_round(installation: Installation) -> None:
    checks = Workflow("ci", {"test": judging(documented, LOG), "lint": passing()})
    async with open_github_story(installation, checks) as at:
        session = await at.ask()
        number = session.change.number
        session = await at.settled(session, turns=2)
        assert {check.name: check.state for check in session.ci} == {"lint": "green", "test": "green"}
        assert not any(check.flaky for check in session.ci), "it was another head that was red"
        (sent,) = await installation.recorded(session, events.ChecksSentToAgent)
        assert sent.names == ("test",)
        recorded = [
            message
            for seen in installation.model.asked
            for message in seen.body["messages"]
            if "on the forge" in str(message)
        ]
        assert "[begin " in str(recorded[0]) and "AssertionError: Hello is not enough" in str(recorded[0])
        await at.noted(session, "no draft any more")
        assert at.pull(number).pull is not None and not at.pull(number).pull.draft
        session = await at.merge(session)
        assert session.phase == Phase.LIVE, session.error
        thread = await installation.thread(session)
        assert "✗ test" in thread and "AssertionError: Hello is not enough" in thread and "✓ lint  ✓ test" in thread


async def test_it_is_a_draft_again_until_the_next_head_is_green(installation: Installation) -> None:
    installation.scripts["and say what it does"] = edit(BEST)
    go, when_pushed = asyncio.Event(), list[bool]()
    async with open_github_story(installation, Workflow("ci", {"test": passing()})) as at:
        session = await at.settled(await at.ask())
        await at.noted(session, "no draft any more")
        number = session.change.number
        assert not at.draft(number)

        async def looking(attempt: JobAttempt) -> JobOutcome:
            when_pushed.append(at.draft(number))
            await go.wait()
            return JobOutcome()

        at.repository.workflows[0].jobs = {"test": looking}
        asked = await at.service.command("reply", Call(session.id, at.person, "and say what it does"))
        session = await at.until(asked, lambda now: len(now.turns) == 2 and now.current is None and bool(now.ci))
        assert session.phase == Phase.REVIEW and at.draft(number)
        go.set()
        after = (await installation.service.services.store.events(session.id))[-1].seq
        await installation.until(
            session, lambda data: isinstance(data, events.NoteAdded) and "no draft" in data.text, after
        )
        assert not at.draft(number)
        assert when_pushed == [True], "nobody is asked to look at a push"
        assert (await installation.thread(session)).count(f"pull request #{number} is no draft any more") == 2


@pytest.mark.long
async def test_red_twice_is_for_a_person(installation: Installation) -> None:
    installation.scripts["failed on the forge"] = edit(BETTER + "\n\n# once more\n")
    checks = Workflow("ci", {"test": judging(lambda files: b"strip" not in files["greet.py"], LOG)})
    async with open_github_story(installation, checks, ci_rounds=1) as at:
        session = await at.ask()
        said = await at.noted(session, "It is yours now")
        assert "Still red on the forge after 1 round of the agent: “test”" in said
        session = await at.settled(session, turns=2)
        assert (
            session.phase == Phase.REVIEW and len(await installation.recorded(session, events.ChecksSentToAgent)) == 1
        )
        session = await at.merge(session)
        assert session.phase == Phase.REVIEW
        assert "The forge's checks fail because of this change: test." in session.error
        assert not at.repository.issues[session.change.number].pull.merged_at  # type: ignore[union-attr]


@pytest.mark.long
async def test_a_merge_waits_for_what_is_required(installation: Installation) -> None:
    go = asyncio.Event()
    checks = Workflow("ci", {"slow": held(go, passing())}, on=("pull_request",))
    async with open_github_story(installation, checks, protection=Protection(checks=("slow",))) as at:
        session = await at.until(await at.ask(), lambda now: bool(now.ci))
        assert at.pull(session.change.number).pull.draft  # type: ignore[union-attr]
        session = await at.merge(session)
        assert "The forge's checks are still running: slow. Wait for them." in session.error
        go.set()
        await at.simulator.settled()
        at.service.services.commit_notifier.notify(session.change.head)
        session = await at.settled(session)
        session = await at.merge(session)
        assert session.phase == Phase.LIVE, session.error


@pytest.mark.long
async def test_red_on_the_base_and_flaky_are_named_and_left_alone(installation: Installation) -> None:
    checks = Workflow("ci", {"net": passing(), "old": failing(LOG), "test": passing()})
    async with open_github_story(installation, checks) as at:
        at.repository.workflows[0].jobs = {**checks.jobs, "net": flaky("connection reset\n")}
        session = await at.settled(await at.ask())
        session = await at.until(session, lambda now: by_name(now.ci)["net"].state == "green")
        assert by_name(session.ci)["net"].flaky and by_name(session.ci)["old"].on_base
        assert not await installation.recorded(session, events.ChecksSentToAgent)
        thread = await installation.thread(session)
        assert "Red on the forge: “net”. Running that once more" in thread
        assert "✓ net (flaky: green when run once more)  ~ old (on the base branch as well)  ✓ test" in thread
        session = await at.merge(session)
        assert session.phase == Phase.LIVE, session.error
