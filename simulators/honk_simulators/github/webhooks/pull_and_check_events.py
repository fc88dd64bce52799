"""What hooks are told about: the events that more than one thing causes."""

from typing import Any

from honk_simulators.github.git_repository.git import Commit
from honk_simulators.github.responses import checks, issues
from honk_simulators.github.responses.repositories import url
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.checks import CheckRun, CheckSuite
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueRecord
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.webhooks import emitter


def emit_pull(
    state: GitHubState, repo: Repository, issue: IssueRecord, sender: GitHubAccount, action: str, **more: Any
) -> None:
    """An event of a pull request."""
    shown = issues.full_pull(state, repo, issue, size=(0, 0, 0, 0), mergeable=(None, "unknown"))
    emitter.emit(state, repo, "pull_request", sender, action, number=issue.number, pull_request=shown, **more)


def emit_run(state: GitHubState, repo: Repository, found: CheckRun, action: str, sender: GitHubAccount) -> None:
    """An event of a check run. Its suite stands in it with more than the API shows."""
    shown = checks.run(state, repo, found)
    of = found.suite
    shown["check_suite"] = {
        "id": of.id,
        "node_id": f"CS_{of.id}",
        "head_branch": of.head_branch,
        "head_sha": of.head_sha,
        "status": of.status,
        "conclusion": of.conclusion,
        "url": f"{url(state, repo)}/check-suites/{of.id}",
        "before": of.before,
        "after": of.head_sha,
        "pull_requests": shown["pull_requests"],
        "app": shown["app"],
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    }
    emitter.emit(state, repo, "check_run", sender, action, check_run=shown)


def emit_suite(
    state: GitHubState, repo: Repository, found: CheckSuite, action: str, sender: GitHubAccount, head: Commit
) -> None:
    """An event of a check suite."""
    found.updated_at = state.stamp()
    emitter.emit(state, repo, "check_suite", sender, action, check_suite=checks.suite(state, repo, found, head))
