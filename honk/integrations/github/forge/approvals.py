"""Approvals are reviews on GitHub, and count only there."""

from collections.abc import Mapping

from githubkit.auth import TokenAuthStrategy
from githubkit_schemas.v2026_03_10.models import PullRequestReview

from honk.core.errors import WorkFailed
from honk.core.person import Person
from honk.integrations.github.client import errors
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.forge import pull_requests
from honk.integrations.github.forge.pull_requests import PER_PAGE
from honk.integrations.github.setup.accounts import PREFIX, GitHubAccounts

DECIDING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""A comment leaves what its author said before as it is."""


async def approve(api: RepoClient, people: GitHubAccounts, number: int, head: str, person: Person) -> None:
    """A review in the person's own name, of exactly `head`. Raises WorkFailed when that is not the head any more, and
    where the person has given us no token to speak for them."""
    pull = await pull_requests.fetch(api, number)
    if pull.state != "open":
        raise WorkFailed(f"Pull request #{number} is closed; there is nothing left to approve.")
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
            f"An approval counts in {person.name}'s own name only: approve on {pull.html_url}/files, or let Honk do it"
            " after `honk github link`."
        )
    async with people.client.connect(TokenAuthStrategy(token), "person") as github:
        call = github.rest.pulls.async_create_review(*api.where, number, commit_id=head, event="APPROVE")
        await errors.parsed(call, f"the approval of #{number}")


async def approvers(
    api: RepoClient, people: GitHubAccounts, number: int, askers: Mapping[int, Person]
) -> tuple[Person, ...]:
    """Who approved the present head and may write to the repository: others may say so too, and it decides nothing.

    One of the `askers` (by account) comes back as that very person, under whichever name they asked.
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
    """All of them, in the order in which they were given."""
    found: list[PullRequestReview] = []
    page = 1
    while True:
        call = api.github.rest.pulls.async_list_reviews(*api.where, number, per_page=PER_PAGE, page=page)
        got = await errors.parsed(call, f"reviews of #{number}")
        found += got
        if len(got) < PER_PAGE:
            return found
        page += 1


def _approving(reviews: list[PullRequestReview], head: str) -> list[tuple[int, str]]:
    """Number and login of each whose last word is yes, to exactly `head`."""
    last = {each.user.id: each for each in reviews if each.user is not None and each.state in DECIDING}
    return [
        (account, each.user.login)
        for account, each in last.items()
        if each.user is not None and each.user.type == "User" and each.state == "APPROVED" and each.commit_id == head
    ]
