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


async def propose(api: RepoClient, mirror: Path, proposal: Proposal, opener: RepoClient | None) -> Pull:
    """The pull request of the change's branch. `opener` speaks as the person who asked, where they have linked their
    account; otherwise the machine opens it."""
    change, draft = proposal.change, proposal.draft
    before = await by_branch(api, change.branch)
    if before is None:
        return await _open(api, mirror, proposal, opener)
    if before.merged_at:
        return await get(api, proposal.repo, before.number)
    title, body = _title(draft), pull_request_template.updated(before.body or "", draft.body)
    if before.state == "closed":
        await _reopen(api, before.number, change.branch)
    if (title, body) != (before.title, before.body):
        call = api.github.rest.pulls.async_update(*api.where, before.number, title=title, body=body)
        await errors.parsed(call, f"pull request #{before.number}")
    return await get(api, proposal.repo, before.number)


async def by_branch(api: RepoClient, branch: str) -> PullRequestSimple | None:
    """The branch's pull request: the open one, otherwise the newest. Not those of a fork's branch of that name."""
    call = api.github.rest.pulls.async_list(*api.where, state="all", head=f"{api.at.owner}:{branch}", per_page=PER_PAGE)
    listed = await errors.parsed(call, f"pull requests of {api.at.full_name}")
    found = [
        each
        for each in cast(Sequence[PullRequestSimple], listed)
        if each.head.ref == branch and each.head.repo is not None and each.head.repo.id == api.at.number
    ]
    found.sort(key=lambda each: (each.state != "open", -each.number))
    return found[0] if found else None


async def get(api: RepoClient, repo: str, number: int) -> Pull:
    """The pull request now. Raises UsageError when there is none."""
    return await to_pull(api, repo, await fetch(api, number))


async def fetch(api: RepoClient, number: int) -> PullRequest:
    """The same in GitHub's own words."""
    call = api.github.rest.pulls.async_get(*api.where, number)
    return await errors.parsed(call, f"pull request #{number} in {api.at.full_name}")


async def to_pull(api: RepoClient, repo: str, pull: PullRequest) -> Pull:
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
        merged_sha=await merge_commit(api, pull.node_id) if pull.merged else "",
    )


async def merge_commit(api: RepoClient, node: str) -> str:
    """The commit with which a merged pull request came onto its base; `node` is its node id.

    The newest version of the REST API no longer says it, older ones do: GraphQL does in all of them.
    """
    sha = await graphql.merge_commit(api, node)
    if not sha:
        raise Unavailable("GitHub says that it is merged, but not yet as which commit; try again in a minute.")
    return sha


async def close(api: RepoClient, number: int) -> None:
    """Close it; harmless when it is merged or closed."""
    if (await fetch(api, number)).state == "open":
        call = api.github.rest.pulls.async_update(*api.where, number, state="closed")
        await errors.parsed(call, f"pull request #{number}")


async def _open(api: RepoClient, mirror: Path, proposal: Proposal, opener: RepoClient | None) -> Pull:
    change = proposal.change
    async with mirrors.opened(mirror, change.base) as files:
        paths = await mirrors.paths(mirror, change.base)
        chosen = pull_request_template.choose(paths)
        own = (await files.read(chosen) or b"").decode(errors="replace") if chosen else ""
        place = next((path for path in codeowners.PLACES if path in paths), "")
        rules = codeowners.parse((await files.read(place) or b"").decode(errors="replace")) if place else ()
    body = pull_request_template.body(proposal.draft.body, own)
    pull = await _opened(api, opener, proposal, body)
    await label(api, pull.number, proposal.label)
    await _assign(api, pull, proposal.draft.author)
    changed = [path for file in change.diffstat.files for path in {file.path, file.old_path} if path]
    await _ask_to_review(api, pull, codeowners.of(rules, changed, api.at.owner))
    return await to_pull(api, proposal.repo, pull)


async def _opened(api: RepoClient, opener: RepoClient | None, proposal: Proposal, body: str) -> PullRequest:
    """As the person, where they can; their link may have been revoked, and the machine is always there."""
    if opener is not None:
        try:
            return await _create(opener, proposal, body)
        except (Refused, errors.NotFound, Unavailable):
            if (again := await by_branch(api, proposal.change.branch)) is not None:
                return await fetch(api, again.number)
    try:
        return await _create(api, proposal, body)
    except (Refused, Unavailable):
        # the answer may have been lost; and somebody, or we ourselves before a crash, may have been quicker
        if (again := await by_branch(api, proposal.change.branch)) is None or again.state != "open":
            raise
        return await fetch(api, again.number)


async def _create(api: RepoClient, proposal: Proposal, body: str) -> PullRequest:
    """A draft, where it is to be one and the repository's plan has drafts."""
    try:
        return await _post(api, proposal, body)
    except Refused as error:
        if not proposal.draft.draft or "draft" not in error.said.lower():
            raise
    return await _post(api, replace(proposal, draft=replace(proposal.draft, draft=False)), body)


async def _post(api: RepoClient, proposal: Proposal, body: str) -> PullRequest:
    change, draft = proposal.change, proposal.draft
    call = api.github.rest.pulls.async_create(
        *api.where,
        title=_title(draft),
        body=body,
        head=change.branch,
        base=change.base_branch,
        draft=draft.draft,
        maintainer_can_modify=False,
    )
    return await errors.parsed(call, f"a pull request of {change.branch} in {api.at.full_name}")


async def _reopen(api: RepoClient, number: int, branch: str) -> None:
    call = api.github.rest.pulls.async_update(*api.where, number, state="open")
    try:
        await errors.parsed(call, f"pull request #{number}")
    except Refused as error:
        raise WorkFailed(
            f"Pull request #{number} of `{branch}` was closed, and GitHub does not open it again ({error.said})."
        ) from error


async def label(api: RepoClient, number: int, name: str) -> None:
    """A label is a help for people; a pull request without one is one all the same."""
    if name:
        call = api.github.rest.issues.async_add_labels(*api.where, number, labels=[name])
        await _if_possible(errors.parsed(call, "labels"))


async def _assign(api: RepoClient, pull: PullRequest, asker: Person) -> None:
    """Whoever asked hears of it from GitHub; an author does anyway, and who is assigned does too."""
    number = asker.id.removeprefix(PREFIX)
    if asker.id == number or not number.isdecimal() or (pull.user and pull.user.id == int(number)):
        return
    with suppress(HonkError):
        asker_account = await errors.parsed(
            api.github.rest.users.async_get_by_id(int(number)), "the account that asked"
        )
        call = api.github.rest.issues.async_add_assignees(*api.where, pull.number, assignees=[asker_account.login])
        await errors.parsed(call, "assignees")


async def _ask_to_review(api: RepoClient, pull: PullRequest, found: Owners) -> None:
    """Ask code owners, all at once; where GitHub does not know one of them, one by one."""
    author = pull.user.login.lower() if pull.user else ""
    users = [login for login in found.users if login.lower() != author][:MOST_REVIEWERS]
    teams = list(found.teams)[: MOST_REVIEWERS - len(users)]
    if not users and not teams:
        return
    if await _requested(api, pull.number, users, teams) or len(users) + len(teams) == 1:
        return
    for login in users:
        await _requested(api, pull.number, [login], [])
    for slug in teams:
        await _requested(api, pull.number, [], [slug])


async def _requested(api: RepoClient, number: int, users: Sequence[str], teams: Sequence[str]) -> bool:
    call = api.github.rest.pulls.async_request_reviewers(
        *api.where, number, reviewers=list(users), team_reviewers=list(teams)
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
