"""Pull requests on GitHub: opened once, found again by their branch, brought up to date in place."""

from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from githubkit_schemas.v2026_03_10.models import PullRequest, PullRequestSimple

from honk.core.change import Change
from honk.core.errors import HonkError, Unavailable, WorkFailed
from honk.core.person import Person
from honk.core.repo import Pull, PullState
from honk.forges.base import Draft
from honk.git import mirror as mirrors
from honk.integrations.github.client import errors, graphql
from honk.integrations.github.client.errors import Refused
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.forge import codeowners, pull_request_template
from honk.integrations.github.forge.codeowners import Owners
from honk.integrations.github.setup.accounts import PREFIX

LONGEST_TITLE = 250
MOST_REVIEWERS = 15
"""What GitHub takes in one request."""

PER_PAGE = 100


@dataclass(frozen=True)
class Proposal:
    """What is to be opened or brought up to date. `repo` is the name under which Honk knows the repository."""

    repo: str
    change: Change
    draft: Draft
    label: str


async def propose(visit: RepoClient, mirror: Path, proposal: Proposal, opener: RepoClient | None) -> Pull:
    """The pull request of the change's branch. `opener` speaks as the person who asked, where they have linked their
    account; otherwise the machine opens it."""
    change, draft = proposal.change, proposal.draft
    before = await by_branch(visit, change.branch)
    if before is None:
        return await _open(visit, mirror, proposal, opener)
    if before.merged_at:
        return await get(visit, proposal.repo, before.number)
    title, body = _title(draft), pull_request_template.updated(before.body or "", draft.body)
    if before.state == "closed":
        await _reopen(visit, before.number, change.branch)
    if (title, body) != (before.title, before.body):
        call = visit.github.rest.pulls.async_update(*visit.where, before.number, title=title, body=body)
        await errors.parsed(call, f"pull request #{before.number}")
    return await get(visit, proposal.repo, before.number)


async def by_branch(visit: RepoClient, branch: str) -> PullRequestSimple | None:
    """The branch's pull request: the open one, otherwise the newest. Not those of a fork's branch of that name."""
    call = visit.github.rest.pulls.async_list(
        *visit.where, state="all", head=f"{visit.at.owner}:{branch}", per_page=PER_PAGE
    )
    listed = await errors.parsed(call, f"pull requests of {visit.at.full_name}")
    found = [
        each
        for each in cast(Sequence[PullRequestSimple], listed)
        if each.head.ref == branch and each.head.repo is not None and each.head.repo.id == visit.at.number
    ]
    found.sort(key=lambda each: (each.state != "open", -each.number))
    return found[0] if found else None


async def get(visit: RepoClient, repo: str, number: int) -> Pull:
    """The pull request now. Raises UsageError when there is none."""
    return await shown(visit, repo, await told(visit, number))


async def told(visit: RepoClient, number: int) -> PullRequest:
    """The same in GitHub's own words."""
    call = visit.github.rest.pulls.async_get(*visit.where, number)
    return await errors.parsed(call, f"pull request #{number} in {visit.at.full_name}")


async def shown(visit: RepoClient, repo: str, pull: PullRequest) -> Pull:
    """A pull request as Honk has it."""
    return Pull(
        number=pull.number,
        repo=repo,
        branch=pull.head.ref,
        base_branch=pull.base.ref,
        head=pull.head.sha,
        title=pull.title,
        body=pull.body or "",
        state=_state(pull),
        url=pull.html_url,
        merged_sha=await merged_as(visit, pull.node_id) if pull.merged else "",
    )


async def merged_as(visit: RepoClient, node: str) -> str:
    """The commit with which a merged pull request came onto its base; `node` is its node id.

    The newest version of the REST API no longer says it, older ones do: GraphQL does in all of them.
    """
    sha = await graphql.merge_commit(visit, node)
    if not sha:
        raise Unavailable("GitHub says that it is merged, but not yet as which commit; try again in a minute.")
    return sha


async def close(visit: RepoClient, number: int) -> None:
    """Close it; harmless when it is merged or closed."""
    if (await told(visit, number)).state == "open":
        call = visit.github.rest.pulls.async_update(*visit.where, number, state="closed")
        await errors.parsed(call, f"pull request #{number}")


async def _open(visit: RepoClient, mirror: Path, proposal: Proposal, opener: RepoClient | None) -> Pull:
    change = proposal.change
    async with mirrors.opened(mirror, change.base) as files:
        paths = await mirrors.paths(mirror, change.base)
        chosen = pull_request_template.choose(paths)
        own = (await files.read(chosen) or b"").decode(errors="replace") if chosen else ""
        place = next((path for path in codeowners.PLACES if path in paths), "")
        rules = codeowners.parse((await files.read(place) or b"").decode(errors="replace")) if place else ()
    body = pull_request_template.body(proposal.draft.body, own)
    pull = await _opened(visit, opener, proposal, body)
    await label(visit, pull.number, proposal.label)
    await _assign(visit, pull, proposal.draft.author)
    changed = [path for file in change.diffstat.files for path in {file.path, file.old_path} if path]
    await _ask_to_review(visit, pull, codeowners.of(rules, changed, visit.at.owner))
    return await shown(visit, proposal.repo, pull)


async def _opened(visit: RepoClient, opener: RepoClient | None, proposal: Proposal, body: str) -> PullRequest:
    """As the person, where they can; their link may have been revoked, and the machine is always there."""
    if opener is not None:
        try:
            return await _create(opener, proposal, body)
        except (Refused, errors.Missing, Unavailable):
            if (again := await by_branch(visit, proposal.change.branch)) is not None:
                return await told(visit, again.number)
    try:
        return await _create(visit, proposal, body)
    except (Refused, Unavailable):
        # the answer may have been lost; and somebody, or we ourselves before a crash, may have been quicker
        if (again := await by_branch(visit, proposal.change.branch)) is None or again.state != "open":
            raise
        return await told(visit, again.number)


async def _create(visit: RepoClient, proposal: Proposal, body: str) -> PullRequest:
    """A draft, where it is to be one and the repository's plan has drafts."""
    try:
        return await _post(visit, proposal, body)
    except Refused as error:
        if not proposal.draft.draft or "draft" not in error.said.lower():
            raise
    return await _post(visit, replace(proposal, draft=replace(proposal.draft, draft=False)), body)


async def _post(visit: RepoClient, proposal: Proposal, body: str) -> PullRequest:
    change, draft = proposal.change, proposal.draft
    call = visit.github.rest.pulls.async_create(
        *visit.where,
        title=_title(draft),
        body=body,
        head=change.branch,
        base=change.base_branch,
        draft=draft.draft,
        maintainer_can_modify=False,
    )
    return await errors.parsed(call, f"a pull request of {change.branch} in {visit.at.full_name}")


async def _reopen(visit: RepoClient, number: int, branch: str) -> None:
    call = visit.github.rest.pulls.async_update(*visit.where, number, state="open")
    try:
        await errors.parsed(call, f"pull request #{number}")
    except Refused as error:
        raise WorkFailed(
            f"Pull request #{number} of `{branch}` was closed, and GitHub does not open it again ({error.said})."
        ) from error


async def label(visit: RepoClient, number: int, name: str) -> None:
    """A label is a help for people; a pull request without one is one all the same."""
    if name:
        call = visit.github.rest.issues.async_add_labels(*visit.where, number, labels=[name])
        await _if_possible(errors.parsed(call, "labels"))


async def _assign(visit: RepoClient, pull: PullRequest, asker: Person) -> None:
    """Whoever asked hears of it from GitHub; an author does anyway, and who is assigned does too."""
    number = asker.id.removeprefix(PREFIX)
    if asker.id == number or not number.isdecimal() or (pull.user and pull.user.id == int(number)):
        return
    with suppress(HonkError):
        told = await errors.parsed(visit.github.rest.users.async_get_by_id(int(number)), "the account that asked")
        call = visit.github.rest.issues.async_add_assignees(*visit.where, pull.number, assignees=[told.login])
        await errors.parsed(call, "assignees")


async def _ask_to_review(visit: RepoClient, pull: PullRequest, found: Owners) -> None:
    """Ask code owners, all at once; where GitHub does not know one of them, one by one."""
    author = pull.user.login.lower() if pull.user else ""
    users = [login for login in found.users if login.lower() != author][:MOST_REVIEWERS]
    teams = list(found.teams)[: MOST_REVIEWERS - len(users)]
    if not users and not teams:
        return
    if await _requested(visit, pull.number, users, teams) or len(users) + len(teams) == 1:
        return
    for login in users:
        await _requested(visit, pull.number, [login], [])
    for slug in teams:
        await _requested(visit, pull.number, [], [slug])


async def _requested(visit: RepoClient, number: int, users: Sequence[str], teams: Sequence[str]) -> bool:
    call = visit.github.rest.pulls.async_request_reviewers(
        *visit.where, number, reviewers=list(users), team_reviewers=list(teams)
    )
    return await _if_possible(errors.parsed(call, "reviewers"))


async def _if_possible(asked: Awaitable[Any]) -> bool:
    try:
        await asked
    except HonkError:
        return False
    return True


def _title(draft: Draft) -> str:
    """One line; GitHub takes 256 characters."""
    line = " ".join(pull_request_template.quiet(draft.title).split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"


def _state(pull: PullRequest) -> PullState:
    if pull.merged:
        return "merged"
    if pull.state == "closed":
        return "closed"
    return "draft" if pull.draft is True else "open"
