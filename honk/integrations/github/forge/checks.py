"""Checks on GitHub: check runs (Actions and Apps), and commit statuses, the older kind. See `honk.forges.checks`.

A check run of GitHub Actions is a job of a workflow run; the two share their number.

Facts: docs.github.com/rest/checks/runs, /rest/commits/statuses, /rest/actions/workflow-runs, …/workflow-jobs
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from honk.core.ci import Check, State
from honk.core.repo import Repo
from honk.integrations.github.client import download, errors, graphql
from honk.integrations.github.client.errors import NotFound, Refused
from honk.integrations.github.client.repo_client import RepoClient, RepoClients
from honk.integrations.github.client.tokens import MERGE, Permissions
from honk.integrations.github.forge import pull_requests, rulesets

READ: Permissions = {"contents": "read", "checks": "read", "statuses": "read", "actions": "read"}
RUN: Permissions = {**READ, "actions": "write"}

PER_PAGE = 100
MOST_PAGES = 10
"""A thousand check runs of a commit are all that GitHub keeps."""

LONGEST_LOG = 2_000_000
"""Bytes of a log's end that are looked at."""

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
"""What is not here (cancelled, stale, and what GitHub may think of tomorrow) is no answer."""

STATUSES: Mapping[str, State] = {"success": "green", "failure": "red", "error": "red", "pending": "running"}

WEIGHT: Mapping[State, int] = {"queued": 5, "running": 5, "unknown": 4, "red": 3, "green": 2, "skipped": 1}
"""Of two checks with one name (a workflow that runs for the push and for the pull request) the heavier one counts."""

_STAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+Z ?", re.MULTILINE)
_MARK = re.compile(r"^##\[(\w+)\]", re.MULTILINE)


class GitHubChecks:
    """The power `Checks`."""

    repo_clients: RepoClients

    async def checks(self, repo: Repo, commit: str, base_branch: str) -> tuple[Check, ...]:
        """What GitHub knows of `commit`."""
        async with self.repo_clients.to(repo, READ) as api:
            found = await _all(api, commit)
            required = await _required(api, base_branch)
            if not found.whole:
                # what Apps say is not shown to this token: GitHub itself still waits for it
                required &= {each.check.name for each in found.told}
            return merged(found.told, required)

    async def expects_checks(self, repo: Repo, base: str, base_branch: str) -> bool:
        """Where its rules ask for some, where the base has some, and where pull requests had some."""
        async with self.repo_clients.to(repo, READ) as api:
            if await _required(api, base_branch) or (await _all(api, base)).told:
                return True
            told = await _runs(api, event="pull_request", per_page=1)
            return bool(told)

    async def log(self, repo: Repo, commit: str, name: str) -> str:
        """Of a job its log; of anything else what it says of itself."""
        async with self.repo_clients.to(repo, READ) as api:
            found = [each for each in (await _all(api, commit)).told if each.check.name == name]
            red = [each for each in found if each.check.state == "red"]
            one = next(iter(red or found), None)
            if one is None:
                return ""
            if not one.job:
                return one.said
            try:
                data = await download.tail(api, f"actions/jobs/{one.job}/logs", LONGEST_LOG)
            except (NotFound, Refused):
                return one.said
            return plain(data.decode(errors="replace")) or one.said

    async def run_again(self, repo: Repo, commit: str, names: Sequence[str]) -> frozenset[str]:
        """The failed jobs of their runs, with a token that may."""
        async with self.repo_clients.to(repo, READ) as api:
            found = (await _all(api, commit)).told
        red = [each for each in found if each.run and each.check.state == "red" and each.check.name in names]
        wanted = {each.run: each.check.name for each in red}
        if not wanted:
            return frozenset()
        again: set[int] = set()
        try:
            async with self.repo_clients.to(repo, RUN, writing=True) as api:
                for run in wanted:
                    call = api.github.rest.actions.async_re_run_workflow_failed_jobs(*api.where, run)
                    await errors.response(call, f"another run of {wanted[run]}")
                    again.add(run)
        except Refused:
            pass  # the token may not, or the run is too old: what it said counts
        return frozenset(each.check.name for each in red if each.run in again)

    async def ready(self, repo: Repo, number: int) -> None:
        """Marked as ready for review."""
        async with self.repo_clients.to(repo, MERGE, writing=True) as api:
            pull = await pull_requests.fetch(api, number)
            if pull.draft is True and pull.state == "open":
                await graphql.ready(api, pull.node_id)

    async def unready(self, repo: Repo, number: int) -> None:
        """Made a draft, where the repository's plan has drafts."""
        async with self.repo_clients.to(repo, MERGE, writing=True) as api:
            pull = await pull_requests.fetch(api, number)
            if pull.draft is True or pull.state != "open":
                return
            with suppress(Refused):  # it has none, which GitHub calls a missing permission
                await graphql.unready(api, pull.node_id)


@dataclass(frozen=True)
class Report:
    """One word on a commit. `job` and `run` are Actions' numbers of it, 0 for anything else; `said` is what it says of
    itself."""

    check: Check
    job: int = 0
    run: int = 0
    said: str = ""


@dataclass(frozen=True)
class CommitReports:
    """All that is said of a commit, as far as it is shown to us; `whole`: that is all there is."""

    told: tuple[Report, ...]
    whole: bool


def merged(found: Iterable[Report], required: frozenset[str]) -> tuple[Check, ...]:
    """One check for each name. What is required and has said nothing is waited for."""
    by_name: dict[str, Check] = {}
    for each in found:
        check = each.check
        before = by_name.get(check.name)
        if before is not None:
            attempt = max(before.attempt, check.attempt)
            heavier = max(before, check, key=lambda one: WEIGHT[one.state])
            check = replace(heavier, attempt=attempt)
        by_name[check.name] = check
    for name in required:
        by_name[name] = replace(by_name.get(name, Check(name, "queued")), required=True)
    return tuple(by_name[name] for name in sorted(by_name))


def of_run(told: Any, runs: Mapping[int, Any]) -> Report:
    """A check run. Raises KeyError for one that is not as described. `runs` are workflow runs by check suite."""
    run = runs.get(told["check_suite"]["id"]) if told["check_suite"] else None
    ours = run is not None and (told["app"] or {}).get("slug") == ACTIONS
    output = told["output"]
    said = "\n".join(str(output[key]) for key in ("title", "summary", "text") if output[key])
    state: State = "running" if told["status"] == "in_progress" else "queued"
    if told["status"] == "completed":
        state = CONCLUSIONS.get(str(told["conclusion"]), "unknown")
    attempt = int(run["run_attempt"]) if run is not None else 1
    url = str(told["html_url"] or told["details_url"] or "")
    check = Check(str(told["name"]), state, url, attempt=attempt)
    return Report(check, told["id"] if ours else 0, run["id"] if ours and run is not None else 0, said)


def of_job(told: Any) -> Report:
    """A job of Actions, for tokens that may not read check runs. Raises KeyError as `of_run`."""
    state: State = "running" if told["status"] == "in_progress" else "queued"
    if told["status"] == "completed":
        state = CONCLUSIONS.get(str(told["conclusion"]), "unknown")
    check = Check(str(told["name"]), state, str(told["html_url"] or ""), attempt=int(told["run_attempt"]))
    return Report(check, int(told["id"]), int(told["run_id"]))


def of_status(told: Any) -> Report:
    """A commit status."""
    state = STATUSES.get(str(told["state"]), "unknown")
    return Report(
        Check(str(told["context"]), state, str(told["target_url"] or "")), said=str(told["description"] or "")
    )


def plain(log: str) -> str:
    """A log without the times and marks that Actions puts before its lines."""
    return _MARK.sub(lambda mark: "Error: " if mark[1] == "error" else "", _STAMP.sub("", log))


async def _all(api: RepoClient, commit: str) -> CommitReports:
    """Every word on a commit. What is not as described is an answer that cannot be read.

    GitHub gives the permission to read check runs to Apps and classic tokens only; for others the jobs of Actions have
    to do.
    """
    runs = await _runs(api, head_sha=commit, per_page=PER_PAGE)
    statuses = await _pages(api, f"commits/{commit}/status", "statuses")
    try:
        checks = await _pages(api, f"commits/{commit}/check-runs", "check_runs")
    except Refused:
        if not runs:
            raise
        checks = None
    with errors.readable(f"checks of {commit[:10]}"):
        said = [of_status(each) for each in statuses]
        if checks is not None:
            suites = {run["check_suite_id"]: run for run in runs}
            return CommitReports((*(of_run(each, suites) for each in checks), *said), whole=True)
        numbers = [int(run["id"]) for run in runs]
    jobs = [job for number in numbers for job in await _pages(api, f"actions/runs/{number}/jobs", "jobs")]
    with errors.readable(f"jobs of {commit[:10]}"):
        return CommitReports((*(of_job(each) for each in jobs), *said), whole=False)


async def _runs(api: RepoClient, **query: str | int) -> list[Any]:
    """Workflow runs; none where we may not see them: Actions may be switched off."""
    try:
        return list((await api.get("actions/runs", **query))["workflow_runs"])
    except (Refused, NotFound):
        return []


async def _pages(api: RepoClient, path: str, key: str) -> list[Any]:
    found: list[Any] = []
    for page in range(1, MOST_PAGES + 1):
        told = await api.get(path, per_page=PER_PAGE, page=page)
        with errors.readable(path):
            found += told[key]
            if len(told[key]) < PER_PAGE:
                break
    return found


async def _required(api: RepoClient, branch: str) -> frozenset[str]:
    """Names of the checks that the branch's protection and its rule sets ask for."""
    names: set[str] = set()
    try:
        told = await api.get(f"branches/{branch}")
    except NotFound:
        return frozenset()
    names |= set(((told.get("protection") or {}).get("required_status_checks") or {}).get("contexts") or ())
    return frozenset(names) | (await rulesets.branch_rules(api, branch)).checks
