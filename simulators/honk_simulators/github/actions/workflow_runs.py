"""Running workflows: a run has jobs, each job is a check run, all in the suite of the App `github-actions`."""

import asyncio
import io
import zipfile
from collections.abc import Mapping

from honk_simulators.github.auth import credentials
from honk_simulators.github.git_repository import git
from honk_simulators.github.responses import runs
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp
from honk_simulators.github.state.checks import CheckRun, CheckSuite
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.state.workflows import (
    JobAttempt,
    JobOutcome,
    Run,
    RunArtifact,
    RunJob,
    Workflow,
)
from honk_simulators.github.webhooks import emitter, pull_and_check_events

APP_SLUG = "github-actions"


def app(state: GitHubState) -> GitHubApp:
    """The App that Actions act as."""
    return next(each for each in state.apps.values() if each.slug == APP_SLUG)


async def start(state: GitHubState, repo: Repository, event: str, branch: str, sha: str, actor: GitHubAccount) -> None:
    """Start every workflow that listens to this event; each goes on in the background."""
    for workflow in repo.workflows:
        if event not in workflow.on or (event == "push" and workflow.branches and branch not in workflow.branches):
            continue
        await launch(state, repo, workflow, event, branch, sha, actor)


async def launch(
    state: GitHubState, repo: Repository, workflow: Workflow, event: str, branch: str, sha: str, actor: GitHubAccount
) -> Run:
    """Start one workflow."""
    within = new_suite(state, repo, app(state), sha, branch)
    number = 1 + sum(run.workflow is workflow for run in repo.runs.values())
    run = Run(state.id(), workflow, number, event, branch, sha, actor, within, created_at=state.stamp(), updated_at="")
    repo.runs[run.id] = run
    await begin(state, repo, run, tuple(workflow.jobs))
    return run


def suite(state: GitHubState, repo: Repository, app_: GitHubApp, sha: str, branch: str | None) -> CheckSuite:
    """The suite of an App for a commit, made when there is none."""
    there = (each for each in repo.suites.values() if each.app is app_ and each.head_sha == sha)
    return next(there, None) or new_suite(state, repo, app_, sha, branch)


def new_suite(state: GitHubState, repo: Repository, app_: GitHubApp, sha: str, branch: str | None) -> CheckSuite:
    """One more suite: every workflow run has its own."""
    made = CheckSuite(state.id(), app_, sha, branch, None, state.stamp(), state.stamp())
    repo.suites[made.id] = made
    return made


async def begin(state: GitHubState, repo: Repository, run: Run, names: tuple[str, ...]) -> None:
    """Queue an attempt with these jobs and let it go on in the background."""
    run.status, run.conclusion, run.updated_at = "queued", None, state.stamp()
    head = await git.commit(repo.git_dir, run.head_sha)
    jobs = []
    for name in names:
        check = CheckRun(state.id(), run.suite, name, run.head_sha, started_at=state.stamp())
        job = RunJob(check.id, name, run.attempt, check, state.stamp())
        check.details_url = runs.job_page(state, repo, run, job)
        repo.checks[check.id] = check
        run.suite.runs = [each for each in run.suite.runs if each.name != name] + [check]
        run.jobs.append(job)
        jobs.append(job)
        pull_and_check_events.emit_run(state, repo, check, "created", app(state).bot)
    _emit(state, repo, run, "requested", head)
    state.start(_go(state, repo, run, jobs, head), f"{run.workflow.name} on {run.head_sha[:8]}")


async def rerun(state: GitHubState, repo: Repository, run: Run, *, failed_only: bool) -> None:
    """Another attempt, of all jobs or of those that did not succeed."""
    latest = {job.name: job for job in run.jobs}
    names = tuple(name for name, job in latest.items() if not failed_only or job.check.conclusion != "success")
    run.attempt += 1
    await begin(state, repo, run, names)


async def cancel(state: GitHubState, repo: Repository, run: Run) -> None:
    """End a run now."""
    for job in run.jobs:
        if job.check.status != "completed":
            _complete(state, repo, job.check, "cancelled", "")
    await _finish(state, repo, run)


async def _go(state: GitHubState, repo: Repository, run: Run, jobs: list[RunJob], head: git.Commit) -> None:
    files = await git.files(repo.git_dir, run.head_sha)
    run.status, run.updated_at = "in_progress", state.stamp()
    _emit(state, repo, run, "in_progress", head)
    attempt = JobAttempt(run.event, run.head_branch, run.head_sha, run.attempt, files)
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(_job(state, repo, run, job, attempt))
    if run.status != "completed" and run.attempt == attempt.number:
        await _finish(state, repo, run)


async def _job(state: GitHubState, repo: Repository, run: Run, job: RunJob, attempt: JobAttempt) -> None:
    job.check.status, job.check.started_at = "in_progress", state.stamp()
    state.ring()
    outcome: JobOutcome = await run.workflow.jobs[job.name](attempt)
    if job.check.status == "completed":
        return
    job.log = outcome.log
    for name, files in outcome.artifacts.items():
        run.artifacts.append(RunArtifact(state.id(), name, archive(files), state.stamp()))
    _complete(state, repo, job.check, outcome.conclusion, outcome.log)


def _complete(state: GitHubState, repo: Repository, check: CheckRun, conclusion: str, log: str) -> None:
    check.status, check.conclusion, check.completed_at = "completed", conclusion, state.stamp()
    check.started_at = check.started_at or check.completed_at
    if conclusion == "failure":
        last = log.rstrip().splitlines()[-1:] or ["Process completed with exit code 1."]
        place = {"path": ".github", "start_line": 1, "end_line": 1, "annotation_level": "failure"}
        check.annotations = [{**place, "message": last[0], "title": ""}]
    pull_and_check_events.emit_run(state, repo, check, "completed", app(state).bot)


async def _finish(state: GitHubState, repo: Repository, run: Run) -> None:
    latest = {job.name: job.check.conclusion for job in run.jobs}
    worst = ("failure", "timed_out", "cancelled", "success")
    run.conclusion = next((each for each in worst if each in latest.values()), "success")
    run.status, run.updated_at = "completed", state.stamp()
    head = await git.commit(repo.git_dir, run.head_sha)
    _emit(state, repo, run, "completed", head)
    pull_and_check_events.emit_suite(state, repo, run.suite, "completed", app(state).bot, head)


def _emit(state: GitHubState, repo: Repository, run: Run, action: str, head: git.Commit) -> None:
    shown = runs.run(state, repo, run, head)
    flow = runs.workflow(state, repo, run.workflow)
    emitter.emit(state, repo, "workflow_run", run.actor, action, workflow_run=shown, workflow=flow)


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return buffer.getvalue()


def prepare(state: GitHubState, workflow: Workflow) -> Workflow:
    """A workflow that a repository is going to have, with an id."""
    workflow.id, workflow.created_at = workflow.id or state.id(), workflow.created_at or state.stamp()
    return workflow


def found(state: GitHubState, owner: GitHubAccount) -> GitHubApp:
    """The App that Actions act as, made when the world begins."""
    permissions = {"checks": "write", "contents": "write"}
    made = credentials.new_app(state, "GitHub Actions", owner, permissions, [], keyless=True)
    made.slug = APP_SLUG
    return made
