"""A repository that is ruled by rule sets: what they want is waited for, and what they forbid is said in the thread."""

from collections.abc import Callable

import pytest
from honk_simulators.github.state.repositories import Protection
from honk_simulators.github.state.workflows import Workflow, passing

from honk.client import Call
from honk.core.phase import Phase
from honk.git import commits
from tests.story.conftest import APP, Installation
from tests.story.github.github_story import BETTER, edit, open_github_story


@pytest.fixture
async def installation(make_installation: Callable[..., Installation]) -> Installation:
    built: Installation = await make_installation()
    built.scripts["strip the name"] = edit(BETTER)
    return built


async def test_what_rule_sets_want_is_waited_for_and_they_say_how_it_is_merged(installation: Installation) -> None:
    async with open_github_story(installation, Workflow("ci", {"test": passing()}, on=("pull_request",))) as at:
        at.simulator.ruleset(at.repository, Protection(reviews=1, linear=True))
        at.simulator.ruleset(at.simulator.organization("acme"), Protection(checks=("test",)))
        ben = at.simulator.user("ben")
        at.simulator.role(at.repository, ben, "write")
        session = await at.settled(await at.ask())
        assert [(check.name, check.required) for check in session.ci] == [("test", True)]
        session = await at.merge(session)
        assert "GitHub does not merge #1 yet" in session.error and "approving review is required" in session.error
        await at.simulator.approve(ben, at.repository, session.change.number)
        session = await at.merge(session)
        assert session.phase == Phase.LIVE, await installation.thread(session)
        assert len(await commits.parents(at.repository.git_dir, session.ship.merged_sha)) == 1
        session = await at.rollback(session)
        assert "approving review is required" in session.error, "a rollback is a pull request like any other"
        await at.simulator.approve(ben, at.repository, 2)
        await at.simulator.settled()
        session = await at.rollback(session)
        assert session.phase == Phase.ROLLED_BACK, await installation.thread(session)
        assert installation.git("show", "main:greet.py", at=at.repository.git_dir) == APP["greet.py"].strip()


@pytest.mark.parametrize(
    ("asks", "says"),
    [
        (Protection(signatures=True), "Commits must have verified signatures"),
        (Protection(creations=False), "Cannot create ref due to creations being restricted"),
    ],
)
@pytest.mark.long
async def test_a_rule_set_that_forbids_our_branches_is_said_and_nothing_is_lost(
    installation: Installation, asks: Protection, says: str
) -> None:
    async with open_github_story(installation) as at:
        at.simulator.ruleset(at.repository, asks, "honk/**")
        session = await at.ask()
        assert f"A rule set of acme/shop refuses the push to `honk/{session.id}" in session.error
        assert says in session.error and "let Honk's account bypass it" in session.error
        at.repository.rulesets.clear()
        await at.service.command("reply", Call(session.id, at.person, "strip the name"))
        session = await installation.quiet(session.id)
        assert session.phase == Phase.REVIEW, await installation.thread(session)
        assert "strip" in installation.git("show", f"{session.change.branch}:greet.py", at=at.repository.git_dir)
