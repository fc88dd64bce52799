"""GitHub Actions as a test says they go: a workflow is some jobs, a job a function that says how it ended.

Workflow("ci", {"test": passing()})
Workflow("ci", {"test": failing("E   assert 1 == 2"), "lint": passing()})
Workflow("ci", {"test": flaky("connection reset")})          # red at first, green when it is run again
Workflow("ci", {"test": held(event, passing())})             # runs until the event is set
Workflow("ci", {"test": judging(lambda files: b"bug" not in files["app.py"], "E   a bug")})
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.checks import CheckRun, CheckSuite


@dataclass(frozen=True)
class JobAttempt:
    """What a job is run on. `files` is the whole tree of the commit, `number` counts attempts from 1."""

    event: str
    branch: str
    sha: str
    number: int
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class JobOutcome:
    """How a job ended. `artifacts` are files by name of the artifact and path within its archive."""

    conclusion: str = "success"
    log: str = ""
    artifacts: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)


Job = Callable[[JobAttempt], Awaitable[JobOutcome]]


@dataclass(eq=False)
class Workflow:
    """A workflow file. `on` are the events that start it: push, pull_request, merge_group; `branches` limits push.

    As in the real one, a workflow that listens to push and pull_request runs twice for a commit with a pull request.
    """

    name: str
    jobs: Mapping[str, Job]
    on: tuple[str, ...] = ("push", "merge_group")
    branches: tuple[str, ...] = ()
    id: int = 0
    created_at: str = ""

    @property
    def path(self) -> str:
        """Its file."""
        return f".github/workflows/{self.name}.yml"


@dataclass(eq=False)
class RunArtifact:
    """What a run left: an archive."""

    id: int
    name: str
    archive: bytes
    created_at: str
    expired: bool = False


@dataclass(eq=False)
class RunJob:
    """One job of one attempt of a run; its check run carries status and conclusion."""

    id: int
    name: str
    attempt: int
    check: CheckRun
    created_at: str
    log: str = ""


@dataclass(eq=False)
class Run:
    """A workflow run. `jobs` are those of all attempts."""

    id: int
    workflow: Workflow
    number: int
    event: str
    head_branch: str
    head_sha: str
    actor: GitHubAccount
    suite: CheckSuite
    created_at: str
    updated_at: str
    attempt: int = 1
    status: str = "queued"
    conclusion: str | None = None
    jobs: list[RunJob] = field(default_factory=list)
    artifacts: list[RunArtifact] = field(default_factory=list)


def passing(log: str = "all is well\n", artifacts: Mapping[str, Mapping[str, bytes]] | None = None) -> Job:
    """A job that succeeds."""
    return _always(JobOutcome("success", log, artifacts or {}))


def failing(log: str = "something is wrong\n", conclusion: str = "failure") -> Job:
    """A job that fails, or ends in another conclusion."""
    return _always(JobOutcome(conclusion, log))


def flaky(log: str = "it failed, nobody knows why\n") -> Job:
    """A job that fails the first time and succeeds when it is run again."""

    async def job(attempt: JobAttempt) -> JobOutcome:
        return JobOutcome("failure", log) if attempt.number == 1 else JobOutcome("success", "all is well\n")

    return job


def judging(good: Callable[[Mapping[str, bytes]], bool], log: str = "something is wrong\n") -> Job:
    """A job that looks at the files of the commit."""

    async def job(attempt: JobAttempt) -> JobOutcome:
        return JobOutcome("success", "all is well\n") if good(attempt.files) else JobOutcome("failure", log)

    return job


def held(until: asyncio.Event, job: Job) -> Job:
    """A job that stays in progress until the event is set, and then goes as `job` does."""

    async def waiting(attempt: JobAttempt) -> JobOutcome:
        await until.wait()
        return await job(attempt)

    return waiting


def _always(outcome: JobOutcome) -> Job:
    async def job(attempt: JobAttempt) -> JobOutcome:
        return outcome

    return job
