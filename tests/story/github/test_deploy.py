"""What the repository's own workflows build and deploy, and the way back by a pull request of its own."""

import asyncio
from collections.abc import Callable

import pytest
from honk_simulators.github.state.repositories import Protection
from honk_simulators.github.state.workflows import Workflow, failing, held, passing

from honk.client import Call
from honk.core import events
from honk.core.phase import Phase
from tests.story.conftest import APP, Installation
from tests.story.github.github_story import BETTER, GitHubStory, edit, open_github_story


@pytest.fixture
async def installation(make_installation: Callable[..., Installation]) -> Installation:
    built: Installation = await make_installation()
    built.scripts["strip the name"] = edit(BETTER)
    return built


def with_rules(text: str) -> dict[str, str]:
    """The app with more in its honk.toml."""
    return {**APP, "honk.toml": APP["honk.toml"] + text}


async def deploy_by_hand(at: GitHubStory, sha: str, state: str) -> None:
    """A deployment of `sha` that somebody else does."""
    path = f"/repos/{at.repository.full_name}/deployments"
    made = await at.simulator.act(at.ada, "POST", path, {"ref": sha, "required_contexts": []})
    where = f"{path}/{made['id']}/statuses"
    await at.simulator.act(at.ada, "POST", where, {"state": "in_progress"})
    await at.simulator.act(at.ada, "POST", where, {"state": state, "description": "three pods did not start"})


@pytest.mark.long
async def test_what_a_workflow_builds_is_the_preview_and_what_others_deploy_is_followed(
    installation: Installation,
) -> None:
    files = {"apk": {"out/app.apk": b"new version", "out/app.txt": b"log"}}
    build = Workflow("build", {"android": passing("built\n", files)})
    rules = with_rules('[preview]\nworkflow = "build.yml"\nartifacts = ["*.apk"]\n')
    async with open_github_story(installation, build, files=rules) as at:
        await deploy_by_hand(at, "main", "success")  # it has deployed before, so it will again
        session = await at.until(await at.ask(), lambda now: bool(now.preview.artifacts))
        (artifact,) = session.preview.artifacts
        assert (artifact.name, artifact.size) == ("out/app.apk", 11)
        assert at.service.services.blobs.path(artifact.sha256).read_bytes() == b"new version"
        assert artifact.url.startswith("http://honk.test/f/")
        session = await at.settled(session)
        assert len(await installation.recorded(session, events.PreviewReady)) == 1
        asked = await at.service.command("merge", Call(session.id, at.person, head=session.change.head))
        event = await installation.until(asked, lambda data: isinstance(data, events.Merged))
        assert isinstance(event.data, events.Merged)
        await deploy_by_hand(at, event.data.sha, "success")
        session = await installation.quiet(session.id)
        assert session.phase == Phase.LIVE and session.ship.deployed, session.error
        assert "The forge deploys it to production" in await installation.thread(session)


@pytest.mark.long
async def test_a_workflow_that_fails_to_deploy_brings_it_back(installation: Installation) -> None:
    deploy = Workflow("deploy", {"up": failing("no space left\n")}, branches=("main",))
    async with open_github_story(installation, deploy, files=with_rules('[deploy]\nworkflow = "deploy.yml"\n')) as at:
        session = await at.merge(await at.ask())
        (merged,) = await installation.recorded(session, events.Merged)
        failed = (await installation.recorded(session, events.Deployed))[0]
        assert not failed.ok and "deploy.yml ended as failure" in failed.output
        assert session.ship.reverted_sha and session.ship.merged_sha == merged.sha
        assert "Reverted by pull request #2" in await installation.thread(session)


@pytest.mark.long
async def test_the_way_back_goes_through_the_same_checks(installation: Installation) -> None:
    checks = Workflow("ci", {"test": passing()}, on=("push",))
    async with open_github_story(installation, checks, protection=Protection(checks=("test",))) as at:
        session = await at.merge(await at.settled(await at.ask()))
        assert session.phase == Phase.LIVE, session.error
        go = asyncio.Event()
        at.repository.workflows[0].jobs = {"test": held(go, passing())}
        going = await at.service.command("rollback", Call(session.id, at.person))
        waits = await at.noted(going, "waits for its checks")
        assert f"{at.simulator.web}/acme/shop/pull/2" in waits
        go.set()
        session = await installation.quiet(session.id)
        assert session.phase == Phase.ROLLED_BACK, session.error
        thread = await installation.thread(session)
        assert (
            "Rolled back by" in thread and f"Reverted by pull request #2: {at.simulator.web}/acme/shop/pull/2" in thread
        )


@pytest.mark.long
async def test_a_revert_that_is_refused_says_where_it_waits(installation: Installation) -> None:
    async with open_github_story(installation) as at:
        session = await at.merge(await at.ask())
        at.repository.protections["main"] = Protection(reviews=1)
        session = await at.rollback(session)
        assert session.phase == Phase.LIVE
        assert "Not rolled back: GitHub does not merge #2 yet" in session.error
        assert f"{at.simulator.web}/acme/shop/pull/2" in session.error and "Merge the revert there" in session.error
