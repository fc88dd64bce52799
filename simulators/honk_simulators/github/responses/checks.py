"""Check suites, check runs, statuses and deployments as JSON."""

from typing import Any

from honk_simulators.github.git_repository.git import Commit
from honk_simulators.github.responses import accounts, issues, repositories
from honk_simulators.github.responses.accounts import Json
from honk_simulators.github.responses.repositories import url, web
from honk_simulators.github.state.checks import (
    CheckRun,
    CheckSuite,
    CommitStatus,
    DeploymentRecord,
    DeploymentStatus,
)
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Repository


def run(state: GitHubState, repo: Repository, found: CheckRun) -> Json:
    """A check run."""
    api = f"{url(state, repo)}/check-runs/{found.id}"
    page = found.details_url or f"{web(state, repo)}/runs/{found.id}"
    output: dict[str, Any] = {"title": None, "summary": None, "text": None} | found.output
    return {
        "id": found.id,
        "node_id": f"CR_{found.id}",
        "head_sha": found.head_sha,
        "external_id": found.external_id,
        "name": found.name,
        "url": api,
        "html_url": f"{web(state, repo)}/runs/{found.id}" if not found.details_url else page,
        "details_url": page,
        "status": found.status,
        "conclusion": found.conclusion,
        "started_at": found.started_at,
        "completed_at": found.completed_at,
        "output": output | {"annotations_count": len(found.annotations), "annotations_url": f"{api}/annotations"},
        "check_suite": {"id": found.suite.id},
        "app": accounts.app(state, found.suite.app),
        "pull_requests": pulls(state, repo, found.head_sha),
    }


def suite(state: GitHubState, repo: Repository, found: CheckSuite, head: Commit) -> Json:
    """A check suite."""
    api = f"{url(state, repo)}/check-suites/{found.id}"
    return {
        "id": found.id,
        "node_id": f"CS_{found.id}",
        "head_branch": found.head_branch,
        "head_sha": found.head_sha,
        "status": found.status,
        "conclusion": found.conclusion,
        "url": api,
        "before": found.before,
        "after": found.head_sha,
        "pull_requests": pulls(state, repo, found.head_sha),
        "app": accounts.app(state, found.app),
        "repository": repositories.minimal(state, repo),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "head_commit": repositories.simple_commit(head),
        "latest_check_runs_count": len(found.runs),
        "check_runs_url": f"{api}/check-runs",
        "rerequestable": True,
        "runs_rerequestable": True,
    }


def pulls(state: GitHubState, repo: Repository, sha: str) -> list[Json]:
    """The open pull requests whose head this is."""
    found = [each for each in repo.issues.values() if each.pull and each.state == "open" and each.pull.head_sha == sha]
    return [issues.pull_in_check(state, repo, each) for each in found]


def status(state: GitHubState, repo: Repository, found: CommitStatus) -> Json:
    """A commit status."""
    return {
        "url": f"{url(state, repo)}/statuses/{found.sha}",
        "avatar_url": f"{state.web}/-/avatars/{found.creator.id}",
        "id": found.id,
        "node_id": f"SC_{found.id}",
        "state": found.state,
        "description": found.description,
        "target_url": found.target_url,
        "context": found.context,
        "created_at": found.created_at,
        "updated_at": found.created_at,
        "creator": accounts.simple(state, found.creator),
    }


def combined(state: GitHubState, repo: Repository, sha: str) -> Json:
    """All statuses of a commit as one; nothing yet counts as pending."""
    newest = {each.context: each for each in repo.statuses if each.sha == sha}
    states = {each.state for each in newest.values()}
    whole = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    return {
        "state": whole,
        "statuses": [status(state, repo, each) | {"required": False} for each in newest.values()],
        "sha": sha,
        "total_count": len(newest),
        "repository": repositories.minimal(state, repo),
        "commit_url": f"{url(state, repo)}/commits/{sha}",
        "url": f"{url(state, repo)}/commits/{sha}/status",
    }


def deployment(state: GitHubState, repo: Repository, found: DeploymentRecord) -> Json:
    """A deployment."""
    api = f"{url(state, repo)}/deployments/{found.id}"
    return {
        "url": api,
        "id": found.id,
        "node_id": f"DE_{found.id}",
        "sha": found.sha,
        "ref": found.ref,
        "task": found.task,
        "payload": found.payload,
        "original_environment": found.environment,
        "environment": found.environment,
        "description": found.description,
        "creator": accounts.simple(state, found.creator),
        "created_at": found.created_at,
        "updated_at": found.statuses[-1].created_at if found.statuses else found.created_at,
        "statuses_url": f"{api}/statuses",
        "repository_url": url(state, repo),
        "transient_environment": found.transient,
        "production_environment": found.production,
        "performed_via_github_app": None,
    }


def deployment_status(state: GitHubState, repo: Repository, of: DeploymentRecord, found: DeploymentStatus) -> Json:
    """How a deployment went at some moment."""
    api = f"{url(state, repo)}/deployments/{of.id}"
    return {
        "url": f"{api}/statuses/{found.id}",
        "id": found.id,
        "node_id": f"DES_{found.id}",
        "state": found.state,
        "creator": accounts.simple(state, found.creator),
        "description": found.description,
        "environment": found.environment or of.environment,
        "target_url": found.log_url,
        "log_url": found.log_url,
        "environment_url": found.environment_url,
        "created_at": found.created_at,
        "updated_at": found.created_at,
        "deployment_url": api,
        "repository_url": url(state, repo),
        "performed_via_github_app": None,
    }
