"""Workflows and their runs: look, read logs, fetch artifacts, run again."""

from datetime import datetime, timedelta

from honk_simulators.github.actions import downloads, workflow_runs
from honk_simulators.github.git_repository import git
from honk_simulators.github.refusal import GitHubRefusal, not_found, unprocessable
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.responses import runs as shapes
from honk_simulators.github.state.workflows import Run, RunArtifact, RunJob, Workflow


async def runs(call: ApiRequest) -> ApiResponse:
    """Runs, newest first: by branch, commit, event, status or actor."""
    return await _page(call, list(call.repo.runs.values()))


async def runs_of(call: ApiRequest) -> ApiResponse:
    """Runs of one workflow."""
    workflow = _workflow(call)
    return await _page(call, [each for each in call.repo.runs.values() if each.workflow is workflow])


async def _page(call: ApiRequest, items: list[Run]) -> ApiResponse:
    query = call.query
    for name, field in (("branch", "head_branch"), ("head_sha", "head_sha"), ("event", "event")):
        if name in query:
            items = [each for each in items if getattr(each, field) == query[name]]
    if "status" in query:
        items = [each for each in items if query["status"] in (each.status, each.conclusion)]
    if "actor" in query:
        items = [each for each in items if each.actor.login == query["actor"]]
    heads = {each.head_sha: await git.commit(call.repo.git_dir, each.head_sha) for each in items}
    show = lambda each: shapes.run(call.state, call.repo, each, heads[each.head_sha])  # noqa: E731
    return call.page(items[::-1], show, "workflow_runs")


def _run(call: ApiRequest) -> Run:
    run = call.repo.runs.get(call.number("run_id"))
    if run is None:
        raise not_found()
    return run


async def run(call: ApiRequest) -> ApiResponse:
    """One run."""
    found = _run(call)
    return ApiResponse(shapes.run(call.state, call.repo, found, await git.commit(call.repo.git_dir, found.head_sha)))


async def jobs(call: ApiRequest) -> ApiResponse:
    """The jobs of a run: of each name the newest, or all."""
    found = _run(call)
    items = found.jobs
    if call.query.get("filter", "latest") == "latest":
        items = list({each.name: each for each in items}.values())
    return call.page(items, lambda each: shapes.job(call.state, call.repo, found, each), "jobs")


def _job(call: ApiRequest) -> tuple[Run, RunJob]:
    number = call.number("job_id")
    for found in call.repo.runs.values():
        for each in found.jobs:
            if each.id == number:
                return found, each
    raise not_found()


async def job(call: ApiRequest) -> ApiResponse:
    """One job."""
    return ApiResponse(shapes.job(call.state, call.repo, *_job(call)))


async def job_log(call: ApiRequest) -> ApiResponse:
    """A job's log, elsewhere; there is none before it has ended."""
    _, found = _job(call)
    if found.check.status != "completed":
        raise not_found()
    return downloads.offer(call.state, written(found).encode(), "text/plain; charset=utf-8")


def written(job_: RunJob) -> str:
    """A log as GitHub writes it: a time before each line, and what went wrong at the end."""
    at = datetime.fromisoformat(job_.check.started_at or job_.created_at)
    lines = [f"##[group]Run {job_.name}", f"shell: /usr/bin/bash -e {{0}} # {job_.name}", "##[endgroup]"]
    lines += job_.log.splitlines()
    if job_.check.conclusion == "failure":
        lines.append("##[error]Process completed with exit code 1.")
    stamps = ((at + timedelta(milliseconds=index)).strftime("%Y-%m-%dT%H:%M:%S.%f0Z") for index in range(len(lines)))
    return "\ufeff" + "".join(f"{stamp} {line}\n" for stamp, line in zip(stamps, lines, strict=True))


async def run_logs(call: ApiRequest) -> ApiResponse:
    """The logs of all jobs, as an archive elsewhere."""
    latest = {each.name: each for each in _run(call).jobs}
    if any(each.check.status != "completed" for each in latest.values()):
        raise not_found()
    files = {f"{index}_{name}.txt": written(each).encode() for index, (name, each) in enumerate(latest.items())}
    return downloads.offer(call.state, workflow_runs.archive(files), "application/zip")


async def rerun(call: ApiRequest) -> ApiResponse:
    """All jobs again."""
    return await _again(call, _run(call), failed_only=False)


async def rerun_failed(call: ApiRequest) -> ApiResponse:
    """The jobs again that did not succeed."""
    return await _again(call, _run(call), failed_only=True)


async def _again(call: ApiRequest, found: Run, *, failed_only: bool) -> ApiResponse:
    _ended(found)
    if failed_only and found.conclusion == "success":
        raise GitHubRefusal(403, "This workflow run cannot be retried: it has no failed jobs")
    await workflow_runs.rerun(call.state, call.repo, found, failed_only=failed_only)
    return ApiResponse({}, 201)


def _ended(found: Run) -> None:
    if found.status != "completed":
        raise GitHubRefusal(403, "The workflow run containing this job is already running")


async def cancel(call: ApiRequest) -> ApiResponse:
    """End a run now."""
    found = _run(call)
    if found.status == "completed":
        raise GitHubRefusal(409, "Cannot cancel a workflow run that is completed.")
    await workflow_runs.cancel(call.state, call.repo, found)
    return ApiResponse({}, 202)


async def artifacts_of(call: ApiRequest) -> ApiResponse:
    """What a run left."""
    found = _run(call)
    items = [each for each in found.artifacts if call.query.get("name", each.name) == each.name]
    return call.page(items, lambda each: shapes.artifact(call.state, call.repo, found, each), "artifacts")


def _artifact(call: ApiRequest) -> tuple[Run, RunArtifact]:
    number = call.number("artifact_id")
    for found in call.repo.runs.values():
        for each in found.artifacts:
            if each.id == number:
                return found, each
    raise not_found()


async def artifact(call: ApiRequest) -> ApiResponse:
    """One."""
    return ApiResponse(shapes.artifact(call.state, call.repo, *_artifact(call)))


async def artifact_archive(call: ApiRequest) -> ApiResponse:
    """One as a zip, elsewhere. Even for a public repository this needs an account."""
    _, found = _artifact(call)
    if call.token.kind == "anonymous":
        raise GitHubRefusal(401, "Requires authentication")
    if call.path["archive_format"] != "zip":
        raise not_found()
    if found.expired:
        raise GitHubRefusal(410, "Artifact has expired")
    return downloads.offer(call.state, found.archive, "application/zip")


async def workflows(call: ApiRequest) -> ApiResponse:
    """The workflows there are."""
    return call.page(call.repo.workflows, lambda each: shapes.workflow(call.state, call.repo, each), "workflows")


def _workflow(call: ApiRequest) -> Workflow:
    wanted = call.path["workflow_id"]
    for each in call.repo.workflows:
        if wanted in (str(each.id), each.path.rsplit("/", 1)[-1]):
            return each
    raise not_found()


async def workflow(call: ApiRequest) -> ApiResponse:
    """One, by number or file name."""
    return ApiResponse(shapes.workflow(call.state, call.repo, _workflow(call)))


async def dispatch(call: ApiRequest) -> ApiResponse:
    """Start one by hand. The newest version of the API tells which run that made."""
    found, ref = _workflow(call), call.body["ref"].removeprefix("refs/heads/")
    sha = (await git.branches(call.repo.git_dir)).get(ref)
    if sha is None:
        raise unprocessable(f"No ref found for: {ref}")
    if "workflow_dispatch" not in found.on:
        raise unprocessable("Workflow does not have 'workflow_dispatch' trigger")
    made = await workflow_runs.launch(call.state, call.repo, found, "workflow_dispatch", ref, sha, call.who)
    urls = {"run_url": f"{call.url.split('/workflows/')[0]}/runs/{made.id}"}
    return ApiResponse({"workflow_run_id": made.id, **urls, "html_url": shapes.run_page(call.state, call.repo, made)})


_AT = "/repos/{owner}/{repo}/actions"
_RUN = f"{_AT}/runs/{{run_id}}"
_JOB = f"{_AT}/jobs/{{job_id}}"
_FLOW = f"{_AT}/workflows/{{workflow_id}}"
_READ, _WRITE = "actions:read", "actions:write"

ROUTES = (
    Route(f"GET {_AT}/runs", runs, _READ),
    Route(f"GET {_RUN}", run, _READ),
    Route(f"GET {_RUN}/jobs", jobs, _READ),
    Route(f"GET {_RUN}/logs", run_logs, _READ),
    Route(f"GET {_RUN}/artifacts", artifacts_of, _READ),
    Route(f"POST {_RUN}/rerun", rerun, _WRITE, "write"),
    Route(f"POST {_RUN}/rerun-failed-jobs", rerun_failed, _WRITE, "write"),
    Route(f"POST {_RUN}/cancel", cancel, _WRITE, "write"),
    Route(f"GET {_JOB}", job, _READ),
    Route(f"GET {_JOB}/logs", job_log, _READ),
    Route(f"GET {_AT}/artifacts/{{artifact_id}}", artifact, _READ),
    Route(f"GET {_AT}/artifacts/{{artifact_id}}/{{archive_format}}", artifact_archive, _READ),
    Route(f"GET {_AT}/workflows", workflows, _READ),
    Route(f"GET {_FLOW}", workflow, _READ),
    Route(f"GET {_FLOW}/runs", runs_of, _READ),
    Route(f"POST {_FLOW}/dispatches", dispatch, _WRITE, "write"),
)
