"""Approvals: reviews of a pull request on GitHub. No other approval counts."""

from collections.abc import Mapping

from githubkit.auth import TokenAuthStrategy
from githubkit_schemas.v2026_03_10.models import PullRequestReview

from honk.core.errors import WorkFailed
from honk.core.person import Person
from honk.integrations.github.client import responses
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.client.responses import PER_PAGE
from honk.integrations.github.forge import pull_requests
from honk.integrations.github.setup.accounts import PREFIX, GitHubAccounts

DECIDING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""States of a review that replace its author's earlier review; a comment does not."""


async def approve(api: RepoClient, people: GitHubAccounts, number: int, head: str, person: Person) -> None:
    """Approve exactly `head` with the person's own account. Raises WorkFailed when the pull request has another head by
    now, and where the person has linked no account."""
    pull = await pull_requests.fetch(api, number)
    if pull.state != "open":
        raise WorkFailed(f"Pull request #{number} is closed, so there is nothing to approve.")
    if pull.head.sha != head:
        raise WorkFailed(
            f"Pull request #{number} moved from {head[:10]} to {pull.head.sha[:10]}; look again, then approve."
        )
    account = await people.number(person)
    if account in (each for each, _ in _approving(await _reviews(api, number), head)):
        return
    token = await people.token(person)
    if not token:
        raise WorkFailed(
            f"GitHub takes an approval only from {person.name}'s own account: approve on {pull.html_url}/files, or run"
            " `honk github link` and approve here again."
        )
    async with people.client.connect(TokenAuthStrategy(token), "person") as github:
        call = github.rest.pulls.async_create_review(*api.where, number, commit_id=head, event="APPROVE")
        await responses.parsed(call, f"the approval of #{number}")


async def approvers(
    api: RepoClient, people: GitHubAccounts, number: int, askers: Mapping[int, Person]
) -> tuple[Person, ...]:
    """Who approved the current head and has write access; approvals by others do not count.

    `askers` by their account: an approver among them is returned as that person, under the name with which they asked.
    """
    pull = await pull_requests.fetch(api, number)
    found = []
    for account, login in _approving(await _reviews(api, number), pull.head.sha):
        if not await people.may_write(api, account):
            continue
        other = Person(f"{PREFIX}{account}", login, f"{account}+{login}@users.noreply.github.com")
        found.append(askers.get(account, other))
    return tuple(found)


async def _reviews(api: RepoClient, number: int) -> list[PullRequestReview]:
    """All reviews, oldest first."""
    pulls = api.github.rest.pulls
    found: list[PullRequestReview] = await responses.pages(
        lambda page: pulls.async_list_reviews(*api.where, number, per_page=PER_PAGE, page=page), f"reviews of #{number}"
    )
    return found


def _approving(reviews: list[PullRequestReview], head: str) -> list[tuple[int, str]]:
    """Id and login of each person whose last deciding review approves exactly `head`."""
    last = {each.user.id: each for each in reviews if each.user is not None and each.state in DECIDING}
    return [
        (account, each.user.login)
        for account, each in last.items()
        if each.user is not None and each.user.type == "User" and each.state == "APPROVED" and each.commit_id == head
    ]
