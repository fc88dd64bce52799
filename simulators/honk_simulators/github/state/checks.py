"""What programs say about a commit: check suites with their runs, statuses, deployments."""

from dataclasses import dataclass, field
from typing import Any

from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp


@dataclass(eq=False)
class CheckSuite:
    """All check runs of one App for one commit."""

    id: int
    app: GitHubApp
    head_sha: str
    head_branch: str | None
    before: str | None
    created_at: str
    updated_at: str
    runs: list["CheckRun"] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Completed when all of its runs are."""
        states = {run.status for run in self.runs}
        if not states or states == {"queued"}:
            return "queued"
        return "completed" if states == {"completed"} else "in_progress"

    @property
    def conclusion(self) -> str | None:
        """The worst of its runs'."""
        if self.status != "completed":
            return None
        found = {run.conclusion for run in self.runs}
        worst = ("failure", "timed_out", "cancelled", "action_required", "stale", "success", "neutral", "skipped")
        return next(each for each in worst if each in found)


@dataclass(eq=False)
class CheckRun:
    """One check of one commit."""

    id: int
    suite: CheckSuite
    name: str
    head_sha: str
    status: str = "queued"
    conclusion: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    details_url: str | None = None
    external_id: str = ""
    output: dict[str, Any] = field(default_factory=dict)
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(eq=False)
class CommitStatus:
    """A commit status, the older kind of check: the newest of a context counts."""

    id: int
    sha: str
    context: str
    state: str
    creator: GitHubAccount
    created_at: str
    description: str | None = None
    target_url: str | None = None


@dataclass(eq=False)
class DeploymentStatus:
    """How a deployment goes."""

    id: int
    state: str
    creator: GitHubAccount
    created_at: str
    description: str = ""
    environment: str = ""
    log_url: str = ""
    environment_url: str = ""


@dataclass(eq=False)
class DeploymentRecord:
    """A commit on its way to an environment."""

    id: int
    sha: str
    ref: str
    environment: str
    creator: GitHubAccount
    created_at: str
    task: str = "deploy"
    payload: Any = field(default_factory=dict)
    description: str | None = None
    transient: bool = False
    production: bool = False
    statuses: list[DeploymentStatus] = field(default_factory=list)
