"""Checks, statuses, Actions, deployments."""

import asyncio
import io
import zipfile
from typing import Any

import pytest
from githubkit.exception import RequestFailed
from honk_simulators.github import GitHubSimulator
from honk_simulators.github.state.workflows import Workflow, failing, flaky, held, judging, passing

from tests.simulators.github.client import by_installation, by_token, said
from tests.simulators.github.hooked import receiving


async def refused(asked: Any) -> str:
    with pytest.raises(RequestFailed) as failed:
        await asked
    return said(failed.value)


async def test_a_workflow_runs_for_a_push_and_can_be_read(simulator: GitHubSimulator) -> None:
    ada, go = simulator.user("ada"), asyncio.Event()
    jobs = {
        "test": held(go, failing("E   assert 1 == 2\n")),
        "build": passing("built\n", {"app": {"app.apk": b"binary"}}),
    }
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, writers=[ada])
    repo.workflows = [Workflow("ci", jobs, id=7, created_at="2026-01-01T00:00:00Z")]
    sha = await simulator.push(ada, repo, "one", {"a": "2\n"})
    github = by_installation(simulator, simulator.install(simulator.app(), repo))
    actions, checks = github.rest.actions, github.rest.checks
    await simulator.until(lambda: len([run for run in repo.checks.values() if run.status == "completed"]) == 1)
    run = (await actions.async_list_workflow_runs_for_repo("acme", "shop", head_sha=sha)).parsed_data.workflow_runs[0]
    assert (run.status, run.conclusion, run.event, run.head_branch) == ("in_progress", None, "push", "one")
    assert (
        await refused(actions.async_re_run_workflow("acme", "shop", run.id))
        == "403 The workflow run containing this job is already running"
    )
    listed = (await actions.async_list_jobs_for_workflow_run("acme", "shop", run.id)).parsed_data.jobs
    assert {job.name: (job.status, job.conclusion) for job in listed} == {
        "test": ("in_progress", None),
        "build": ("completed", "success"),
    }
    red = next(job.id for job in listed if job.name == "test")
    assert await refused(actions.async_download_job_logs_for_workflow_run("acme", "shop", red)) == "404 Not Found"
    go.set()
    await simulator.settled()
    log = await actions.async_download_job_logs_for_workflow_run("acme", "shop", red)
    assert "Z E   assert 1 == 2\n" in log.text and log.text.endswith("##[error]Process completed with exit code 1.\n")
    archive = await actions.async_download_workflow_run_logs("acme", "shop", run.id)
    assert len(zipfile.ZipFile(io.BytesIO(archive.content)).namelist()) == 2
    runs = (await checks.async_list_for_ref("acme", "shop", sha)).parsed_data.check_runs
    assert {each.name: each.conclusion for each in runs} == {"test": "failure", "build": "success"}
    notes = (await checks.async_list_annotations("acme", "shop", red)).parsed_data
    assert notes[0].message == "E   assert 1 == 2"
    artifact = (await actions.async_list_workflow_run_artifacts("acme", "shop", run.id)).parsed_data.artifacts[0]
    data = await actions.async_download_artifact("acme", "shop", artifact.id, "zip")
    assert zipfile.ZipFile(io.BytesIO(data.content)).read("app.apk") == b"binary"
    suite = (await checks.async_list_suites_for_ref("acme", "shop", sha)).parsed_data.check_suites[0]
    assert (suite.conclusion, suite.app and suite.app.slug) == ("failure", "github-actions")


async def test_a_flaky_job_is_green_when_it_runs_again(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    flow = Workflow("ci", {"test": flaky(), "lint": passing()})
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, writers=[ada], workflows=[flow])
    await simulator.settled()
    github = by_token(simulator, simulator.token(ada))
    actions = github.rest.actions
    run = (await actions.async_list_workflow_runs_for_repo("acme", "shop")).parsed_data.workflow_runs[0]
    assert (run.conclusion, run.run_attempt) == ("failure", 1)
    await actions.async_re_run_workflow_failed_jobs("acme", "shop", run.id)
    await simulator.settled()
    again = (await actions.async_get_workflow_run("acme", "shop", run.id)).parsed_data
    assert (again.conclusion, again.run_attempt) == ("success", 2)
    every = (await actions.async_list_jobs_for_workflow_run("acme", "shop", run.id, filter_="all")).parsed_data.jobs
    assert sorted((job.name, job.run_attempt, job.conclusion) for job in every) == [
        ("lint", 1, "success"),
        ("test", 1, "failure"),
        ("test", 2, "success"),
    ]
    assert repo.checks and (
        await refused(actions.async_re_run_workflow_failed_jobs("acme", "shop", run.id))
    ).startswith("403")


async def test_a_job_that_judges_the_files_and_one_that_is_ended(simulator: GitHubSimulator) -> None:
    ada, never = simulator.user("ada"), asyncio.Event()
    flow = Workflow("ci", {"test": judging(lambda files: b"bug" not in files["a"])}, on=("push",))
    slow = Workflow("slow", {"soak": held(never, passing())}, on=("workflow_dispatch",))
    repo = await simulator.repository("acme/shop", files={"a": "bug\n"}, writers=[ada], workflows=[flow, slow])
    await simulator.push(ada, repo, "fix", {"a": "fine\n"})
    await simulator.settled()
    assert {run.head_branch: run.conclusion for run in repo.runs.values()} == {"main": "failure", "fix": "success"}
    github = by_token(simulator, simulator.token(ada))
    actions = github.rest.actions
    assert (
        await refused(actions.async_create_workflow_dispatch("acme", "shop", "ci.yml", ref="main"))
        == "422 Workflow does not have 'workflow_dispatch' trigger"
    )
    made = (await actions.async_create_workflow_dispatch("acme", "shop", "slow.yml", ref="main")).json()
    await actions.async_cancel_workflow_run("acme", "shop", made["workflow_run_id"])
    assert repo.runs[made["workflow_run_id"]].conclusion == "cancelled"
    assert (await actions.async_list_repo_workflows("acme", "shop")).parsed_data.total_count == 2


async def test_an_app_makes_check_runs_and_nobody_else_does(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, writers=[ada])
    sha = await simulator.push(ada, repo, "one", {"a": "2\n"})
    one, two = (by_installation(simulator, simulator.install(simulator.app(name), repo)) for name in ("One", "Two"))
    given = {"name": "honk", "head_sha": sha, "status": "in_progress"}
    made = (await one.rest.checks.async_create("acme", "shop", data=given)).parsed_data
    assert (made.status, made.conclusion, made.app and made.app.slug) == ("in_progress", None, "one")
    person = by_token(simulator, simulator.token(ada))
    assert (
        await refused(person.rest.checks.async_create("acme", "shop", data=given))
        == "403 You must authenticate via a GitHub App."
    )
    foreign = two.rest.checks.async_update(
        "acme", "shop", made.id, data={"status": "completed", "conclusion": "success"}
    )
    assert await refused(foreign) == "403 Resource not accessible by integration"
    lost = {**given, "head_sha": "0" * 40}
    assert (
        await refused(one.rest.checks.async_create("acme", "shop", data=lost))
        == f"422 No commit found for SHA: {'0' * 40}"
    )
    output = {
        "title": "Fine",
        "summary": "All is well",
        "annotations": [{"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "look"}],
    }
    done = {"conclusion": "success", "output": output}
    seen = (await one.rest.checks.async_update("acme", "shop", made.id, data=done)).parsed_data
    assert (seen.status, seen.output.title, seen.output.annotations_count) == ("completed", "Fine", 1)


async def test_statuses_count_by_their_newest(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    repo = await simulator.repository("acme/shop", files={"a": "1\n"}, writers=[ada])
    sha = await simulator.push(ada, repo, "one", {"a": "2\n"})
    github = by_token(simulator, simulator.token(ada))
    repos = github.rest.repos

    async def whole() -> str:
        return (await repos.async_get_combined_status_for_ref("acme", "shop", "one")).parsed_data.state

    assert await whole() == "pending", "nothing said yet"
    await repos.async_create_commit_status("acme", "shop", sha, state="failure", context="ci")
    await repos.async_create_commit_status("acme", "shop", sha, state="success", context="lint")
    assert await whole() == "failure"
    await repos.async_create_commit_status("acme", "shop", sha, state="success", context="ci")
    assert await whole() == "success"
    listed = (await repos.async_list_commit_statuses_for_ref("acme", "shop", sha)).parsed_data
    assert [each.state for each in listed] == ["success", "success", "failure"]


async def test_deployments_wait_for_green_and_tell_how_they_go(simulator: GitHubSimulator) -> None:
    ada = simulator.user("ada")
    async with receiving() as receiver:
        repo = await simulator.repository("acme/shop", files={"a": "1\n"}, writers=[ada])
        simulator.hook(repo, receiver.url, receiver.secret, ["deployment_status"])
        sha = await simulator.push(ada, repo, "one", {"a": "2\n"})
        await simulator.status(ada, repo, sha, "ci", "pending")
        github = by_token(simulator, simulator.token(ada))
        repos = github.rest.repos
        wanted = {"ref": "one", "environment": "production"}
        assert (await refused(repos.async_create_deployment("acme", "shop", data=wanted))).startswith("409 Conflict")
        await simulator.status(ada, repo, sha, "ci", "success")
        made = (await repos.async_create_deployment("acme", "shop", data=wanted)).json()
        for state in ("in_progress", "success"):
            given = {"state": state, "environment_url": "https://shop.example"}
            await repos.async_create_deployment_status("acme", "shop", made["id"], data=given)
        statuses = (await repos.async_list_deployment_statuses("acme", "shop", made["id"])).parsed_data
        assert [each.state for each in statuses] == ["success", "in_progress"]
        listed = (await repos.async_list_deployments("acme", "shop", environment="production")).parsed_data
        assert [each.sha for each in listed] == [sha]
        await simulator.settled()
    assert receiver.what == ["deployment_status.created"] * 2
