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
from honk.integrations.github.client.errors import Missing
from honk.integrations.github.client.repo_client import RepoClient, RepoClients
from honk.integrations.github.client.tokens import Permissions

READ: Permissions = {"actions": "read"}

PER_PAGE = 100


class ArtifactsOnGitHub:
    """The power `Artifacts`."""

    visits: RepoClients

    async def built(self, repo: Repo, workflow: str, commit: str) -> Built | None:
        """The newest run, and its archives once it has ended."""
        async with self.visits.to(repo, READ) as visit:
            run = await newest_run(visit, workflow, commit)
            if run is None:
                return None
            with errors.readable(f"runs of {workflow}"):
                url, number = str(run["html_url"]), int(run["id"])
                if run["status"] != "completed":
                    return Built("running", url)
                if run["conclusion"] != "success":
                    return Built("red", url)
            told = await visit.get(f"actions/runs/{number}/artifacts", per_page=PER_PAGE)
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
        async with self.visits.to(repo, READ) as visit:
            await download.file(visit, f"actions/artifacts/{build.key}/zip", place, limit)


async def newest_run(visit: RepoClient, workflow: str, commit: str) -> Any:
    """The newest run of a workflow file for a commit, as GitHub tells it; None when there is none. Raises UsageError
    when there is no such workflow."""
    path = f"actions/workflows/{quote(workflow, safe='')}/runs"
    try:
        told = await visit.get(path, head_sha=commit, per_page=PER_PAGE)
    except Missing as error:
        raise Missing(f"There is no workflow {workflow} in {visit.at.full_name}; honk.toml names it.") from error
    with errors.readable(f"runs of {workflow}"):
        return max(told["workflow_runs"], key=lambda run: int(run["id"]), default=None)
