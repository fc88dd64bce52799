"""What workflows on GitHub have built. See `honk.forges.checks`.

Facts: docs.github.com/rest/actions/artifacts, /rest/actions/workflow-runs
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from honk.core.errors import WorkFailed
from honk.core.repo import Repo
from honk.forges.checks import Build, Built
from honk.integrations.github.client import download, errors
from honk.integrations.github.client.errors import NotFound
from honk.integrations.github.client.repo_client import RepoClient, RepoClients
from honk.integrations.github.client.tokens import Permissions

READ: Permissions = {"actions": "read"}

PER_PAGE = 100


class GitHubArtifacts:
    """The power `Artifacts`."""

    repo_clients: RepoClients

    async def built(self, repo: Repo, workflow: str, commit: str) -> Built | None:
        """The newest run, and its archives once it has ended."""
        async with self.repo_clients.to(repo, READ) as api:
            run = await newest_run(api, workflow, commit)
            if run is None:
                return None
            with errors.readable(f"runs of {workflow}"):
                url, number = str(run["html_url"]), int(run["id"])
                if run["status"] != "completed":
                    return Built("running", url)
                if run["conclusion"] != "success":
                    return Built("red", url)
            told = await api.get(f"actions/runs/{number}/artifacts", per_page=PER_PAGE)
            with errors.readable(f"artifacts of {workflow}"):
                kept = [each for each in told["artifacts"] if not each["expired"]]
                builds = (Build(str(each["name"]), str(each["id"]), int(each["size_in_bytes"])) for each in kept)
                return Built("green", url, tuple(builds))

    async def download(self, repo: Repo, build: Build, place: Path, limit: int) -> None:
        """The archive as GitHub has packed it."""
        if build.size > limit:
            raise WorkFailed(
                f"{build.name} has {build.size >> 20} MB; at most {limit >> 20} MB are taken of one build."
            )
        async with self.repo_clients.to(repo, READ) as api:
            await download.file(api, f"actions/artifacts/{build.key}/zip", place, limit)


async def newest_run(api: RepoClient, workflow: str, commit: str) -> Any:
    """The newest run of a workflow file for a commit, as GitHub tells it; None when there is none. Raises UsageError
    when there is no such workflow."""
    path = f"actions/workflows/{quote(workflow, safe='')}/runs"
    try:
        told = await api.get(path, head_sha=commit, per_page=PER_PAGE)
    except NotFound as error:
        raise NotFound(f"There is no workflow {workflow} in {api.at.full_name}; honk.toml names it.") from error
    with errors.readable(f"runs of {workflow}"):
        return max(told["workflow_runs"], key=lambda run: int(run["id"]), default=None)
