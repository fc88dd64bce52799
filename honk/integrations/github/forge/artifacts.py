"""Files that workflows on GitHub have built (`honk.forges.checks.Artifacts`).

API: docs.github.com/rest/actions/artifacts, /rest/actions/workflow-runs
"""

from pathlib import Path

from githubkit_schemas.v2026_03_10.models import WorkflowRun

from honk.core.errors import WorkFailed
from honk.core.repo import Repo
from honk.forges.checks import Build, Built
from honk.integrations.github.client import download, responses
from honk.integrations.github.client.errors import NotFound
from honk.integrations.github.client.repo_client import RepoClient, RepoClients
from honk.integrations.github.client.responses import PER_PAGE
from honk.integrations.github.client.tokens import Permissions

READ: Permissions = {"actions": "read"}


class GitHubArtifacts:
    """Implements `Artifacts`."""

    repo_clients: RepoClients

    async def built(self, repo: Repo, workflow: str, commit: str) -> Built | None:
        """The newest run of the workflow, with its archives once it has succeeded."""
        async with self.repo_clients.to(repo, READ) as api:
            run = await newest_run(api, workflow, commit)
            if run is None:
                return None
            if run.status != "completed":
                return Built("running", run.html_url)
            if run.conclusion != "success":
                return Built("red", run.html_url)
            call = api.github.rest.actions.async_list_workflow_run_artifacts(*api.where, run.id, per_page=PER_PAGE)
            kept = (await responses.parsed(call, f"artifacts of {workflow}")).artifacts
            builds = (Build(each.name, str(each.id), each.size_in_bytes) for each in kept if not each.expired)
            return Built("green", run.html_url, tuple(builds))

    async def download(self, repo: Repo, build: Build, place: Path, limit: int) -> None:
        """Write the zip archive to the file `place`."""
        if build.size > limit:
            raise WorkFailed(f"{build.name} has {build.size >> 20} MB; the limit for one build is {limit >> 20} MB.")
        async with self.repo_clients.to(repo, READ) as api:
            await download.file(api, f"actions/artifacts/{build.key}/zip", place, limit)


async def newest_run(api: RepoClient, workflow: str, commit: str) -> WorkflowRun | None:
    """The newest run of a workflow file for a commit; None when there is none. Raises UsageError when the repository
    has no such workflow."""
    call = api.github.rest.actions.async_list_workflow_runs(*api.where, workflow, head_sha=commit, per_page=PER_PAGE)
    try:
        runs = (await responses.parsed(call, f"runs of {workflow}")).workflow_runs
    except NotFound as error:
        raise NotFound(f"There is no workflow {workflow} in {api.at.full_name}; honk.toml names it.") from error
    return max(runs, key=lambda run: run.id, default=None)
