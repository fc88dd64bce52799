"""What GitHub says of a commit: checks, logs, another run, archives, deployments; what cannot be read is unknown."""

import asyncio
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from honk_simulators.github.actions import workflow_runs
from honk_simulators.github.state.repositories import Protection
from honk_simulators.github.state.request_log import RequestFault
from honk_simulators.github.state.workflows import Workflow, failing, flaky, held, passing

from honk.core.change import Change
from honk.core.ci import Check
from honk.core.errors import Unavailable, UsageError, WorkFailed
from honk.core.repo import Repo
from honk.forges.base import Draft
from honk.forges.checks import Artifacts, Checks, Deployment, Deployments, Reverts
from honk.integrations.github.forge import checks
from honk.integrations.github.forge.checks import CheckReport
from honk.integrations.github.forge.deployments import deciding
from honk.integrations.github.forge.github_forge import GitHubForge
from honk.settings import GitHubAccess
from tests.integrations.forge_conformance import BRANCH
from tests.integrations.github.forge.conftest import Team

LOG = "test_greet.py F\nE   AssertionError: 'Hello' != 'Hi'\n"


async def pushed(team: Team, *workflows: Workflow) -> tuple[GitHubForge, Repo, str]:
    """The repository with these workflows, and a commit that they have run on."""
    team.repository.workflows = [workflow_runs.prepare(team.simulator.state, each) for each in workflows]
    sha = await team.simulator.push(team.ada, team.repository, "topic", {"text": "blue"})
    forge = team.forge()
    return forge, await forge.look(team.url, "shop"), sha


def test_the_forge_has_the_powers(team: Team) -> None:
    forge = team.forge()
    assert isinstance(forge, Checks)
    assert isinstance(forge, Artifacts)
    assert isinstance(forge, Deployments)
    assert isinstance(forge, Reverts)


async def test_runs_and_statuses_are_one_list(team: Team) -> None:
    go = asyncio.Event()
    jobs = {"test": failing(LOG), "lint": passing(), "e2e": held(go, passing()), "docs": failing("", "skipped")}
    forge, repo, sha = await pushed(team, Workflow("ci", {**jobs, "old": failing("", "cancelled")}))
    await team.simulator.status(team.ada, team.repository, sha, "jenkins", "pending")
    team.repository.protections["main"] = Protection(checks=("test", "security"))
    await team.simulator.until(lambda: sum(run.status == "completed" for run in team.repository.checks.values()) == 4)
    seen = {check.name: check for check in await forge.checks(repo, sha, "main")}
    assert {name: check.state for name, check in seen.items()} == {
        "docs": "skipped",
        "e2e": "running",
        "jenkins": "running",
        "lint": "green",
        "old": "unknown",
        "security": "queued",
        "test": "red",
    }
    assert [name for name, check in seen.items() if check.required] == ["security", "test"]
    assert seen["test"].url.startswith(team.simulator.web)
    go.set()
    await team.simulator.settled()


async def test_a_log_comes_without_its_times(team: Team) -> None:
    forge, repo, sha = await pushed(team, Workflow("ci", {"test": failing(LOG)}))
    await team.simulator.settled()
    log = await forge.log(repo, sha, "test")
    assert LOG in log and "Error: Process completed with exit code 1." in log
    assert "##[" not in log and "Z " not in log
    assert await forge.log(repo, sha, "no such check") == ""


async def test_failed_jobs_are_run_again(team: Team) -> None:
    forge, repo, sha = await pushed(team, Workflow("ci", {"test": flaky(LOG), "lint": passing()}))
    await team.simulator.settled()
    assert await forge.run_again(repo, sha, ["test", "lint"]) == {"test"}
    await team.simulator.settled()
    assert Check("test", "green", attempt=2) == _plain(await forge.checks(repo, sha, "main"), "test")
    assert await forge.run_again(repo, sha, ["test"]) == frozenset()


async def test_who_may_not_run_again_says_so(team: Team) -> None:
    forge, repo, sha = await pushed(team, Workflow("ci", {"test": failing(LOG)}))
    await team.simulator.settled()
    team.simulator.narrow(team.installation, permissions={**team.installation.permissions, "actions": "read"})
    assert await forge.run_again(repo, sha, ["test"]) == frozenset()


async def test_a_change_is_checked_where_others_were(team: Team) -> None:
    forge, repo, sha = await pushed(team, Workflow("ci", {"test": passing()}, on=("pull_request",)))
    assert not await forge.expects_checks(repo, sha, "main")
    team.repository.protections["main"] = Protection(checks=("security",))
    assert await forge.expects_checks(repo, sha, "main")
    del team.repository.protections["main"]
    await team.simulator.pull_request(team.ada, team.repository, "topic", "Blue")
    await team.simulator.settled()
    assert await forge.expects_checks(repo, sha, "main")


@pytest.mark.parametrize("what", ["check-runs", "status"])
async def test_what_is_cut_is_not_green(team: Team, what: str) -> None:
    forge, repo, sha = await pushed(team, Workflow("ci", {"test": passing()}))
    await team.simulator.settled()
    team.simulator.strike(RequestFault("502", f"/commits/[^/]+/{what}$", count=None))
    with pytest.raises(Unavailable, match="out of order"):
        await forge.checks(repo, sha, "main")
    team.simulator.strike(RequestFault("cut", f"/commits/[^/]+/{what}$", count=None))
    with pytest.raises(Unavailable):
        await forge.checks(repo, sha, "main")


async def test_a_build_is_found_and_fetched(team: Team, tmp_path: Path) -> None:
    files = {"app": {"app.apk": b"new"}}
    build = Workflow("build", {"apk": passing("built\n", files)})
    forge, repo, sha = await pushed(team, build)
    await team.simulator.settled()
    built = await forge.built(repo, "build.yml", sha)
    assert built is not None and built.state == "green"
    (one,) = built.builds
    await forge.download(repo, one, tmp_path / "app.zip", 1000)
    assert zipfile.ZipFile(tmp_path / "app.zip").read("app.apk") == b"new"
    with pytest.raises(WorkFailed, match="limit for one build"):
        await forge.download(repo, one, tmp_path / "app.zip", 10)
    assert await forge.built(repo, "build.yml", "0" * 40) is None
    with pytest.raises(UsageError, match=r"no workflow release\.yml"):
        await forge.built(repo, "release.yml", sha)


async def test_deployments_are_followed(team: Team) -> None:
    forge, repo, sha = await pushed(team, Workflow("deploy", {"up": failing()}))
    await team.simulator.settled()
    at = f"/repos/{team.repository.full_name}/deployments"
    assert not await forge.deploys(repo)
    assert await forge.deployment(repo, sha) is None
    made = await team.simulator.act(team.ada, "POST", at, {"ref": sha, "required_contexts": []})
    assert await forge.deploys(repo)
    assert await forge.deployment(repo, sha) == Deployment("running", "production")
    for state, expected in (("in_progress", "running"), ("success", "success"), ("failure", "failure")):
        await team.simulator.act(team.ada, "POST", f"{at}/{made['id']}/statuses", {"state": state})
        found = await forge.deployment(repo, sha)
        assert found is not None and found.state == expected
    by_workflow = await forge.deployment(repo, sha, "deploy.yml")
    assert by_workflow is not None and by_workflow.state == "failure" and "deploy.yml" in by_workflow.detail


def test_of_two_with_one_name_the_heavier_counts() -> None:
    def report(state: checks.State) -> CheckReport:
        return CheckReport(Check("test", state))

    for heavy, light in (("red", "green"), ("running", "red"), ("unknown", "green"), ("green", "skipped")):
        for pair in ((heavy, light), (light, heavy)):
            (one,) = checks.merged([report(each) for each in pair], frozenset())  # type: ignore[arg-type]
            assert one.state == heavy


def test_of_several_environments_the_failed_one_counts() -> None:
    running, failed, good = Deployment("running"), Deployment("failure"), Deployment("success")
    assert deciding([]) is None
    assert deciding([good, running]) == running
    assert deciding([good, running, failed]) == failed


def _plain(found: tuple[Check, ...], name: str) -> Check:
    (one,) = (Check(each.name, each.state, attempt=each.attempt) for each in found if each.name == name)
    return one


async def test_a_commit_leads_to_its_pull_request(team: Team) -> None:
    forge, repo, _ = await pushed(team)
    opened = await team.simulator.pull_request(team.ada, team.repository, "topic", "Blue")
    sha = await team.simulator.merge(team.ada, team.repository, opened.number)
    pull = await forge.pull_of(repo, sha)
    assert pull is not None and (pull.number, pull.state) == (opened.number, "merged")
    assert await forge.pull_of(repo, "0" * 40) is None


async def test_what_has_not_changed_does_not_count(team: Team) -> None:
    forge, repo, sha = await pushed(team, Workflow("ci", {"test": flaky(LOG)}))
    await team.simulator.settled()
    before = await forge.checks(repo, sha, "main")
    asked = len(team.simulator.requests)
    assert await forge.checks(repo, sha, "main") == before
    counted = [seen.path for seen in team.simulator.requests[asked:] if seen.status != 304]
    assert len(counted) <= 2, counted
    assert await forge.run_again(repo, sha, ["test"]) == {"test"}
    await team.simulator.settled()
    assert (await forge.checks(repo, sha, "main"))[0].state == "green"


async def test_a_fine_grained_token_sees_jobs_where_it_may_not_see_checks(team: Team) -> None:
    _, repo, sha = await pushed(team, Workflow("ci", {"test": flaky(LOG), "lint": passing()}))
    await team.simulator.settled()
    team.repository.protections["main"] = Protection(checks=("test", "of-an-app"))
    granted = {"contents": "write", "pull_requests": "write", "actions": "write", "statuses": "read"}
    token = team.simulator.fine_grained(team.ada, [team.repository], granted)
    team.settings = replace(team.settings, github=GitHubAccess(url=team.simulator.url, token=token))
    forge = team.forge()
    lint, test = await forge.checks(repo, sha, "main")
    assert (lint.name, lint.state, test.name, test.state, test.required) == ("lint", "green", "test", "red", True)
    assert LOG in await forge.log(repo, sha, "test")
    assert await forge.run_again(repo, sha, ["test"]) == {"test"}
    await team.simulator.settled()
    assert _plain(await forge.checks(repo, sha, "main"), "test") == Check("test", "green", attempt=2)


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_draft_where_there_are_drafts(team: Team, allowed: bool) -> None:
    forge, repo, _ = await pushed(team)
    team.repository.allow_drafts = allowed
    base = await forge.fetch(repo, team.mirror)
    head = await team.commit({"text": "green"}, base)
    await forge.push(repo, team.mirror, BRANCH, head, "")
    change = Change(branch=BRANCH, base_branch="main", base=base, head=head)
    draft = Draft("Make it green", "It was grey.", team.person(team.ada), draft=True)
    pull = await forge.propose(repo, team.mirror, "abc2345", change, draft)
    assert pull.state == ("draft" if allowed else "open")
    await forge.ready(repo, pull.number)
    assert (await forge.pull(repo, pull.number)).state == "open"
