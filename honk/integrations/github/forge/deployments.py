"""How commits go live by GitHub's own means, or by others who say so there. See `honk.forges.checks`.

Facts: docs.github.com/rest/deployments/deployments, /rest/deployments/statuses
"""

from collections.abc import Iterable
from typing import Any

from honk.core.repo import Pull, Repo
from honk.forges.checks import Deployment
from honk.integrations.github.client import errors, graphql
from honk.integrations.github.client.errors import NotFound, Refused
from honk.integrations.github.client.repo_client import RepoClient, RepoClients
from honk.integrations.github.client.tokens import READ_PULLS, Permissions
from honk.integrations.github.forge import pull_requests
from honk.integrations.github.forge.artifacts import newest_run

READ: Permissions = {"deployments": "read", "actions": "read"}

PER_PAGE = 30

FAILED = frozenset({"failure", "error"})
SUCCEEDED = frozenset({"success", "inactive"})
"""inactive: it was live, and a later one has taken its place."""


class GitHubDeployments:
    """The powers `Deployments`, `Queues` and `Reverts`."""

    repo_clients: RepoClients

    async def deploys(self, repo: Repo) -> bool:
        """Whether there is any deployment that we may see."""
        async with self.repo_clients.to(repo, READ) as api:
            try:
                return bool(await api.get("deployments", per_page=1))
            except (Refused, NotFound):
                return False

    async def deployment(self, repo: Repo, commit: str, workflow: str = "") -> Deployment | None:
        """Of several environments the one that failed, else one that is not done, counts."""
        async with self.repo_clients.to(repo, READ) as api:
            if workflow:
                run = await newest_run(api, workflow, commit)
                with errors.readable(f"runs of {workflow}"):
                    return None if run is None else of_run(workflow, run)
            found = []
            for each in await api.get("deployments", sha=commit, per_page=PER_PAGE):
                with errors.readable("deployments"):
                    number, where = int(each["id"]), str(each["environment"])
                told = await api.get(f"deployments/{number}/statuses", per_page=1)
                with errors.readable("deployments"):
                    found.append(of_status(where, told[0] if told else None))
            return worst(found)

    async def queued(self, repo: Repo, number: int) -> bool:
        """Whether it has an entry in the merge queue."""
        async with self.repo_clients.to(repo, READ_PULLS) as api:
            return await graphql.queued(api, (await pull_requests.fetch(api, number)).node_id)

    async def pull_of(self, repo: Repo, commit: str) -> Pull | None:
        """The merged pull request that GitHub knows the commit by."""
        async with self.repo_clients.to(repo, READ_PULLS) as api:
            for each in await _pulls(api, commit):
                if each.get("merged_at"):
                    return await pull_requests.get(api, repo.name, int(each["number"]))
        return None


def of_run(workflow: str, run: Any) -> Deployment:
    """A workflow's run as a deployment. Raises KeyError for one that is not as described."""
    url = str(run["html_url"])
    if run["status"] != "completed":
        return Deployment("running", workflow, url)
    if run["conclusion"] == "success":
        return Deployment("success", workflow, url)
    return Deployment("failure", workflow, url, f"{workflow} ended as {run['conclusion']}: {url}")


def of_status(where: str, told: Any) -> Deployment:
    """The newest status of a deployment; None where nobody has said anything. Raises KeyError as `of_run`."""
    if told is None:
        return Deployment("running", where)
    url = str(told["log_url"] or told["target_url"] or "")
    if told["state"] in SUCCEEDED:
        return Deployment("success", where, url)
    if told["state"] in FAILED:
        return Deployment("failure", where, url, str(told["description"] or f"The deployment to {where} failed."))
    return Deployment("running", where, url)


def worst(found: Iterable[Deployment]) -> Deployment | None:
    """The one that counts."""
    order = ("failure", "running", "success")
    return min(found, key=lambda each: order.index(each.state), default=None)


async def _pulls(api: RepoClient, commit: str) -> list[Any]:
    try:
        return list(await api.get(f"commits/{commit}/pulls", per_page=PER_PAGE))
    except (Refused, NotFound):
        return []
