"""Checks on GitHub: check runs (Actions and Apps), and commit statuses, the older kind (`honk.forges.checks.Checks`).

A check run of GitHub Actions is a job of a workflow run; both have the same id.

API: docs.github.com/rest/checks/runs, /rest/commits/statuses, /rest/actions/workflow-runs, …/workflow-jobs
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from githubkit_schemas.v2026_03_10.models import (
    CheckRun,
    Job,
    SimpleCommitStatus,
    WorkflowRun,
)

from honk.core.ci import Check, State
from honk.core.repo import Repo
from honk.integrations.github.client import download, graphql, responses
from honk.integrations.github.client.errors import NotFound, Refused
from honk.integrations.github.client.repo_client import RepoClient, RepoClients
from honk.integrations.github.client.responses import PER_PAGE
from honk.integrations.github.client.tokens import MERGE, Permissions
from honk.integrations.github.forge import pull_requests, rulesets

READ: Permissions = {"contents": "read", "checks": "read", "statuses": "read", "actions": "read"}
RUN: Permissions = {**READ, "actions": "write"}

MAX_PAGES = 10
"""GitHub keeps a thousand check runs of a commit."""

MAX_LOG_BYTES = 2_000_000
"""Bytes at the end of a log that are read."""

ACTIONS = "github-actions"

CONCLUSIONS: Mapping[str, State] = {
    "success": "green",
    "neutral": "green",
    "skipped": "skipped",
    "failure": "red",
    "timed_out": "red",
    "startup_failure": "red",
    "action_required": "queued",
}
"""Every other conclusion (cancelled, stale, ones that GitHub adds later) is unknown."""

STATUSES: Mapping[str, State] = {"success": "green", "failure": "red", "error": "red", "pending": "running"}

SEVERITY: Mapping[State, int] = {"queued": 5, "running": 5, "unknown": 4, "red": 3, "green": 2, "skipped": 1}
"""Of two checks with one name (a workflow that runs for the push and for the pull request) the higher one counts."""

_TIMESTAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+Z ?", re.MULTILINE)
_LOG_COMMAND = re.compile(r"^##\[(\w+)\]", re.MULTILINE)


class GitHubChecks:
    """Implements `Checks`."""

    repo_clients: RepoClients

    async def checks(self, repo: Repo, commit: str, base_branch: str) -> tuple[Check, ...]:
        """The check runs and statuses of `commit`, and the checks that the branch requires."""
        async with self.repo_clients.to(repo, READ) as api:
            found = await _reports(api, commit)
            required = await _required(api, base_branch)
            if not found.complete:
                # this token cannot see the check runs of Apps; GitHub itself still waits for the required ones
                required &= {each.check.name for each in found.reports}
            return merged(found.reports, required)

    async def expects_checks(self, repo: Repo, base: str, base_branch: str) -> bool:
        """Whether the branch requires checks, the base commit has some, or a pull request ever had a workflow run."""
        async with self.repo_clients.to(repo, READ) as api:
            if await _required(api, base_branch) or (await _reports(api, base)).reports:
                return True
            return bool(await _workflow_runs(api, event="pull_request", per_page=1))

    async def log(self, repo: Repo, commit: str, name: str) -> str:
        """The log of a job; for any other check its own summary."""
        async with self.repo_clients.to(repo, READ) as api:
            found = [each for each in (await _reports(api, commit)).reports if each.check.name == name]
            red = [each for each in found if each.check.state == "red"]
            one = next(iter(red or found), None)
            if one is None:
                return ""
            if not one.job:
                return one.summary
            try:
                data = await download.tail(api, f"actions/jobs/{one.job}/logs", MAX_LOG_BYTES)
            except (NotFound, Refused):
                return one.summary
            return plain(data.decode(errors="replace")) or one.summary

    async def run_again(self, repo: Repo, commit: str, names: Sequence[str]) -> frozenset[str]:
        """Run the failed jobs of these checks' workflow runs again, where the token may."""
        async with self.repo_clients.to(repo, READ) as api:
            found = (await _reports(api, commit)).reports
        red = [each for each in found if each.run and each.check.state == "red" and each.check.name in names]
        wanted = {each.run: each.check.name for each in red}
        if not wanted:
            return frozenset()
        again: set[int] = set()
        try:
            async with self.repo_clients.to(repo, RUN, writing=True) as api:
                for run in wanted:
                    call = api.github.rest.actions.async_re_run_workflow_failed_jobs(*api.where, run)
                    await responses.response(call, f"another run of {wanted[run]}")
                    again.add(run)
        except Refused:
            pass  # the token may not, or the run is too old: its result stands
        return frozenset(each.check.name for each in red if each.run in again)

    async def ready(self, repo: Repo, number: int) -> None:
        """Mark the pull request as ready for review."""
        async with self.repo_clients.to(repo, MERGE, writing=True) as api:
            pull = await pull_requests.fetch(api, number)
            if pull.draft is True and pull.state == "open":
                await graphql.mark_ready(api, pull.node_id)

    async def unready(self, repo: Repo, number: int) -> None:
        """Turn the pull request into a draft, where the repository's plan has drafts."""
        async with self.repo_clients.to(repo, MERGE, writing=True) as api:
            pull = await pull_requests.fetch(api, number)
            if pull.draft is True or pull.state != "open":
                return
            with suppress(Refused):  # without drafts in the plan, GitHub reports a missing permission
                await graphql.mark_draft(api, pull.node_id)


@dataclass(frozen=True)
class CheckReport:
    """One check of a commit. `job` and `run` are the ids in Actions, 0 for any other check; `summary` is the check's
    own text."""

    check: Check
    job: int = 0
    run: int = 0
    summary: str = ""


@dataclass(frozen=True)
class CommitReports:
    """The checks of a commit that the token can see; `complete`: there are no others."""

    reports: tuple[CheckReport, ...]
    complete: bool


def merged(found: Iterable[CheckReport], required: frozenset[str]) -> tuple[Check, ...]:
    """One check for each name. A required check that has not reported is queued."""
    by_name: dict[str, Check] = {}
    for each in found:
        check = each.check
        before = by_name.get(check.name)
        if before is not None:
            attempt = max(before.attempt, check.attempt)
            worse = max(before, check, key=lambda one: SEVERITY[one.state])
            check = replace(worse, attempt=attempt)
        by_name[check.name] = check
    for name in required:
        by_name[name] = replace(by_name.get(name, Check(name, "queued")), required=True)
    return tuple(by_name[name] for name in sorted(by_name))


def from_check_run(found: CheckRun, runs: Mapping[int, WorkflowRun]) -> CheckReport:
    """A check run. `runs` are the workflow runs by the id of their check suite."""
    run = runs.get(found.check_suite.id) if found.check_suite else None
    app = found.app
    job = run is not None and app is not None and app.slug == ACTIONS
    texts = (found.output.title, found.output.summary, found.output.text)
    check = Check(
        found.name,
        _state(found.status, found.conclusion),
        found.html_url or found.details_url or "",
        attempt=(run.run_attempt or 1) if run is not None else 1,
    )
    summary = "\n".join(text for text in texts if text)
    return CheckReport(check, found.id if job else 0, run.id if job and run is not None else 0, summary)


def from_job(found: Job) -> CheckReport:
    """A job of Actions, for tokens that may not read check runs."""
    check = Check(
        found.name, _state(found.status, found.conclusion), found.html_url or "", attempt=found.run_attempt or 1
    )
    return CheckReport(check, found.id, found.run_id)


def from_status(found: SimpleCommitStatus) -> CheckReport:
    """A commit status."""
    state = STATUSES.get(found.state, "unknown")
    return CheckReport(Check(found.context, state, found.target_url or ""), summary=found.description or "")


def plain(log: str) -> str:
    """A log without the times and commands (`##[group]`) that Actions puts before its lines."""
    return _LOG_COMMAND.sub(lambda mark: "Error: " if mark[1] == "error" else "", _TIMESTAMP.sub("", log))


def _state(status: str, conclusion: str | None) -> State:
    if status == "completed":
        return CONCLUSIONS.get(str(conclusion), "unknown")
    return "running" if status == "in_progress" else "queued"


async def _reports(api: RepoClient, commit: str) -> CommitReports:
    """All checks of a commit.

    GitHub lets only Apps and classic tokens read check runs; other tokens see the jobs of Actions instead.
    """
    rest, what = api.github.rest, f"checks of {commit[:10]}"
    runs = await _workflow_runs(api, head_sha=commit, per_page=PER_PAGE)
    statuses: list[SimpleCommitStatus] = await responses.pages_of(
        lambda page: rest.repos.async_get_combined_status_for_ref(*api.where, commit, per_page=PER_PAGE, page=page),
        lambda found: found.statuses,
        what,
        max_pages=MAX_PAGES,
    )
    reports = [from_status(each) for each in statuses]
    try:
        check_runs: list[CheckRun] = await responses.pages_of(
            lambda page: rest.checks.async_list_for_ref(*api.where, commit, per_page=PER_PAGE, page=page),
            lambda found: found.check_runs,
            what,
            max_pages=MAX_PAGES,
        )
    except Refused:
        if not runs:
            raise
    else:
        suites = {run.check_suite_id: run for run in runs if run.check_suite_id}
        return CommitReports((*(from_check_run(each, suites) for each in check_runs), *reports), complete=True)
    for run in runs:
        reports += [from_job(job) for job in await _jobs(api, run.id)]
    return CommitReports(tuple(reports), complete=False)


async def _jobs(api: RepoClient, run: int) -> list[Job]:
    actions = api.github.rest.actions
    jobs: list[Job] = await responses.pages_of(
        lambda page: actions.async_list_jobs_for_workflow_run(*api.where, run, per_page=PER_PAGE, page=page),
        lambda found: found.jobs,
        f"jobs of run {run}",
        max_pages=MAX_PAGES,
    )
    return jobs


async def _workflow_runs(api: RepoClient, **query: Any) -> list[WorkflowRun]:
    """Workflow runs; none where the token cannot see them, or Actions is switched off."""
    call = api.github.rest.actions.async_list_workflow_runs_for_repo(*api.where, **query)
    try:
        return (await responses.parsed(call, f"workflow runs of {api.at.full_name}")).workflow_runs
    except (Refused, NotFound):
        return []


async def _required(api: RepoClient, branch: str) -> frozenset[str]:
    """Names of the checks that the branch's protection and its rule sets require."""
    try:
        found = await responses.parsed(api.github.rest.repos.async_get_branch(*api.where, branch), f"branch {branch}")
    except NotFound:
        return frozenset()
    checks = found.protection.required_status_checks
    return frozenset(checks.contexts if checks else ()) | (await rulesets.branch_rules(api, branch)).checks
