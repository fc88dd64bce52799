"""Workflows, their runs, jobs and artifacts as JSON."""

from datetime import datetime, timedelta

from honk_simulators.github.git_repository.git import Commit
from honk_simulators.github.responses import accounts, checks, repositories
from honk_simulators.github.responses.accounts import Json
from honk_simulators.github.responses.repositories import url, web
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.state.workflows import Run, RunArtifact, RunJob, Workflow

ARTIFACT_DAYS = 90


def workflow(state: GitHubState, repo: Repository, found: Workflow) -> Json:
    """A workflow file."""
    return {
        "id": found.id,
        "node_id": f"W_{found.id}",
        "name": found.name,
        "path": found.path,
        "state": "active",
        "created_at": found.created_at,
        "updated_at": found.created_at,
        "url": f"{url(state, repo)}/actions/workflows/{found.id}",
        "html_url": f"{web(state, repo)}/blob/{repo.default_branch}/{found.path}",
        "badge_url": f"{web(state, repo)}/workflows/{found.name}/badge.svg",
    }


def run(state: GitHubState, repo: Repository, found: Run, head: Commit) -> Json:
    """A run as its last attempt stands."""
    api = f"{url(state, repo)}/actions/runs/{found.id}"
    links = ("jobs", "logs", "artifacts", "cancel", "rerun")
    before = f"{api}/attempts/{found.attempt - 1}" if found.attempt > 1 else None
    return {
        "id": found.id,
        "node_id": f"WFR_{found.id}",
        "name": found.workflow.name,
        "display_title": head.message.splitlines()[0] if head.message else found.workflow.name,
        "head_branch": found.head_branch,
        "head_sha": found.head_sha,
        "path": found.workflow.path,
        "run_number": found.number,
        "run_attempt": found.attempt,
        "event": found.event,
        "status": found.status,
        "conclusion": found.conclusion,
        "workflow_id": found.workflow.id,
        "check_suite_id": found.suite.id,
        "check_suite_node_id": f"CS_{found.suite.id}",
        "url": api,
        "html_url": run_page(state, repo, found),
        "pull_requests": checks.pulls(state, repo, found.head_sha),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "run_started_at": found.created_at,
        "actor": accounts.simple(state, found.actor),
        "triggering_actor": accounts.simple(state, found.actor),
        "check_suite_url": f"{url(state, repo)}/check-suites/{found.suite.id}",
        "previous_attempt_url": before,
        "workflow_url": f"{url(state, repo)}/actions/workflows/{found.workflow.id}",
        "head_commit": repositories.simple_commit(head),
        "repository": repositories.minimal(state, repo),
        "head_repository": repositories.minimal(state, repo),
        "head_repository_id": repo.id,
        "referenced_workflows": [],
        **{f"{name}_url": f"{api}/{name}" for name in links},
    }


def job(state: GitHubState, repo: Repository, of: Run, found: RunJob) -> Json:
    """A job. What it ran is one step."""
    check = found.check
    step = {"name": f"Run {found.name}", "number": 1, "status": check.status, "conclusion": check.conclusion}
    step |= {"started_at": check.started_at, "completed_at": check.completed_at}
    return {
        "id": found.id,
        "run_id": of.id,
        "run_url": f"{url(state, repo)}/actions/runs/{of.id}",
        "node_id": f"CR_{found.id}",
        "run_attempt": found.attempt,
        "head_sha": of.head_sha,
        "head_branch": of.head_branch,
        "url": f"{url(state, repo)}/actions/jobs/{found.id}",
        "html_url": job_page(state, repo, of, found),
        "status": check.status,
        "conclusion": check.conclusion,
        "created_at": found.created_at,
        "started_at": check.started_at or found.created_at,
        "completed_at": check.completed_at,
        "name": found.name,
        "check_run_url": f"{url(state, repo)}/check-runs/{check.id}",
        "labels": ["ubuntu-latest"],
        "runner_id": 1,
        "runner_name": "Hosted runner",
        "runner_group_id": 1,
        "runner_group_name": "Default",
        "workflow_name": of.workflow.name,
        "steps": [] if check.status == "queued" else [step],
    }


def artifact(state: GitHubState, repo: Repository, of: Run, found: RunArtifact) -> Json:
    """What a run left."""
    api = f"{url(state, repo)}/actions/artifacts/{found.id}"
    ends = datetime.fromisoformat(found.created_at) + timedelta(days=ARTIFACT_DAYS)
    within = {"id": of.id, "repository_id": repo.id, "head_repository_id": repo.id}
    return {
        "id": found.id,
        "node_id": f"AR_{found.id}",
        "name": found.name,
        "size_in_bytes": len(found.archive),
        "url": api,
        "archive_download_url": f"{api}/zip",
        "expired": found.expired,
        "created_at": found.created_at,
        "updated_at": found.created_at,
        "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "workflow_run": within | {"head_branch": of.head_branch, "head_sha": of.head_sha},
    }


def run_page(state: GitHubState, repo: Repository, of: Run) -> str:
    """A run's address for people."""
    return f"{web(state, repo)}/actions/runs/{of.id}"


def job_page(state: GitHubState, repo: Repository, of: Run, found: RunJob) -> str:
    """A job's address for people; `details_url` of its check run, from which its id can be read."""
    return f"{run_page(state, repo, of)}/job/{found.id}"
