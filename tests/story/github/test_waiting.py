"""Waiting for GitHub occupies no worker slot."""

import asyncio
from collections.abc import Callable

import pytest
from honk_simulators.github.state.repositories import Protection
from honk_simulators.github.state.workflows import JobAttempt, JobOutcome, Workflow

from honk.client import Call
from honk.core import events
from honk.core.phase import Phase
from tests.story.conftest import APP, Installation, say
from tests.story.github.github_story import BETTER, GitHubStory, edit, open_github_story

WHERE = "/repos/acme/shop/deployments"


@pytest.fixture
async def installation(make_installation: Callable[..., Installation]) -> Installation:
    built: Installation = await make_installation()
    built.tune("worker", turns=1)
    built.scripts["strip the name"] = edit(BETTER)
    built.scripts["what is it"] = (say("An app that greets."),)
    return built


async def deployment(at: GitHubStory, sha: str) -> str:
    """Somebody begins to deploy `sha`; where to say how that goes."""
    made = await at.simulator.act(at.ada, "POST", WHERE, {"ref": sha, "required_contexts": []})
    where = f"{WHERE}/{made['id']}/statuses"
    await at.simulator.act(at.ada, "POST", where, {"state": "in_progress"})
    return where


async def test_a_deployment_that_does_not_end_holds_up_nobody_else(installation: Installation) -> None:
    async with open_github_story(installation, files=APP) as at:
        await deployment(at, "main")
        session = await at.ask()
        asked = await at.service.command("merge", Call(session.id, at.person, head=session.change.head))
        event = await installation.until(asked, lambda data: isinstance(data, events.Merged))
        assert isinstance(event.data, events.Merged)
        where = await deployment(at, event.data.sha)
        await at.noted(session, "The forge deploys it")
        other = await installation.quiet((await at.service.ask("what is it", at.person)).id)
        assert other.turns[0].outcome is not None and "greets" in other.turns[0].error, other
        assert (await at.service.services.store.session(session.id)).phase == Phase.DEPLOY
        await at.simulator.act(at.ada, "POST", where, {"state": "success"})
        session = await installation.quiet(session.id)
        assert session.phase == Phase.LIVE and session.ship.deployed, session.error
        engine = at.service.engine
        assert engine is not None
        await engine.catch_up()
        assert not engine.queued, "what has ended is forgotten"


@pytest.mark.parametrize(
    "good", [pytest.param(True, marks=pytest.mark.long), False], ids=["it merges", "it puts it out again"]
)
async def test_a_merge_queue_holds_up_nobody_else(installation: Installation, good: bool) -> None:
    go = asyncio.Event()

    async def job(attempt: JobAttempt) -> JobOutcome:
        if attempt.event != "merge_group":
            return JobOutcome()
        await go.wait()
        return JobOutcome() if good else JobOutcome("failure")

    checks = Workflow("ci", {"test": job})
    async with open_github_story(installation, checks, protection=Protection(checks=("test",))) as at:
        at.repository.merge_queue = True
        session = await at.settled(await at.ask())
        asked = await at.service.command("merge", Call(session.id, at.person, head=session.change.head))
        await at.simulator.until(lambda: bool(at.repository.queue))
        other = await installation.quiet((await at.service.ask("what is it", at.person)).id)
        assert other.turns[0].outcome is not None and at.repository.queue
        go.set()
        await at.simulator.until(lambda: not at.repository.queue)
        at.service.services.commit_notifier.notify(session.change.head)
        session = await installation.quiet(asked.id)
        if good:
            assert session.phase == Phase.LIVE and not session.ship.untested, session.error
        else:
            assert session.phase == Phase.REVIEW and "The merge queue has put #1 out again" in session.error
