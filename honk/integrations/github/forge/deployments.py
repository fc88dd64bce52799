"""Deployments that GitHub knows of (`honk.forges.checks`: Deployments, Queues, Reverts).

API: docs.github.com/rest/deployments/deployments, /rest/deployments/statuses
"""

from collections.abc import Iterable

from githubkit_schemas.v2026_03_10.models import DeploymentStatus, WorkflowRun

from honk.core.repo import Pull, Repo
from honk.forges.checks import Deployment
from honk.integrations.github.client import graphql, responses
from honk.integrations.github.client.errors import NotFound, Refused
from honk.integrations.github.client.repo_client import RepoClients
from honk.integrations.github.client.tokens import READ_PULLS, Permissions
from honk.integrations.github.forge import pull_requests
from honk.integrations.github.forge.artifacts import newest_run

READ: Permissions = {"deployments": "read", "actions": "read"}

PER_PAGE = 30

FAILED = frozenset({"failure", "error"})
SUCCEEDED = frozenset({"success", "inactive"})
"""inactive: the deployment was live, and a later one has replaced it."""


class GitHubDeployments:
    """Implements `Deployments`, `Queues` and `Reverts`."""

    repo_clients: RepoClients

    async def deploys(self, repo: Repo) -> bool:
        """Whether there is any deployment that this token can see."""
        async with self.repo_clients.to(repo, READ) as api:
            call = api.github.rest.repos.async_list_deployments(*api.where, per_page=1)
            try:
                found = await responses.parsed(call, "deployments")
            except (Refused, NotFound):
                return False
            return bool(found)

    async def deployment(self, repo: Repo, commit: str, workflow: str = "") -> Deployment | None:
        """The workflow's newest run, or the deciding one of the commit's deployments."""
        async with self.repo_clients.to(repo, READ) as api:
            if workflow:
                run = await newest_run(api, workflow, commit)
                return None if run is None else from_run(workflow, run)
            found = []
            call = api.github.rest.repos.async_list_deployments(*api.where, sha=commit, per_page=PER_PAGE)
            for each in await responses.parsed(call, "deployments"):
                ask = api.github.rest.repos.async_list_deployment_statuses(*api.where, each.id, per_page=1)
                statuses = await responses.parsed(ask, "statuses of a deployment")
                found.append(from_status(each.environment, statuses[0] if statuses else None))
            return deciding(found)

    async def queued(self, repo: Repo, number: int) -> bool:
        """Whether the pull request has an entry in the merge queue."""
        async with self.repo_clients.to(repo, READ_PULLS) as api:
            return await graphql.queued(api, (await pull_requests.fetch(api, number)).node_id)

    async def pull_of(self, repo: Repo, commit: str) -> Pull | None:
        """The merged pull request that GitHub lists for the commit."""
        async with self.repo_clients.to(repo, READ_PULLS) as api:
            call = api.github.rest.repos.async_list_pull_requests_associated_with_commit(
                *api.where, commit, per_page=PER_PAGE
            )
            try:
                listed = await responses.parsed(call, f"pull requests of {commit[:10]}")
            except (Refused, NotFound):
                return None
            merged = next((each.number for each in listed if each.merged_at), 0)
            return await pull_requests.get(api, repo.name, merged) if merged else None


def from_run(workflow: str, run: WorkflowRun) -> Deployment:
    """A workflow's run as a deployment."""
    if run.status != "completed":
        return Deployment("running", workflow, run.html_url)
    if run.conclusion == "success":
        return Deployment("success", workflow, run.html_url)
    return Deployment("failure", workflow, run.html_url, f"{workflow} ended as {run.conclusion}: {run.html_url}")


def from_status(environment: str, status: DeploymentStatus | None) -> Deployment:
    """A deployment by its newest status; it counts as running until it has one."""
    if status is None:
        return Deployment("running", environment)
    url = status.log_url or status.target_url or ""
    if status.state in SUCCEEDED:
        return Deployment("success", environment, url)
    if status.state in FAILED:
        detail = status.description or f"The deployment to {environment} failed."
        return Deployment("failure", environment, url, detail)
    return Deployment("running", environment, url)


def deciding(found: Iterable[Deployment]) -> Deployment | None:
    """The deciding deployment: a failed one, else a running one, else a successful one. None for no deployment."""
    order = ("failure", "running", "success")
    return min(found, key=lambda each: order.index(each.state), default=None)
