"""Pull requests on GitHub: opened once, found again by their branch, updated in place."""

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
from honk.forges import codeowners
from honk.forges.base import Draft
from honk.forges.codeowners import CodeOwners, Owners
from honk.git import mirror as mirrors
from honk.integrations.github.client import graphql, responses
from honk.integrations.github.client.errors import NotFound, Refused
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.client.responses import PER_PAGE
from honk.integrations.github.forge import pull_request_template
from honk.integrations.github.setup.accounts import PREFIX

MAX_TITLE_CHARS = 250
MAX_REVIEWERS = 15
"""GitHub accepts this many in one request."""


@dataclass(frozen=True)
class Proposal:
    """What to open or update. `repo` is the repository's name in Honk."""

    repo: str
    change: Change
    draft: Draft
    label: str


async def propose(api: RepoClient, mirror: Path, proposal: Proposal, opener: RepoClient | None) -> Pull:
    """Open or update the pull request of the change's branch. `opener` is a client with the token of the person who
    asked, where they have linked their account; without it Honk's own account opens the pull request."""
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
        await responses.parsed(call, f"pull request #{before.number}")
    return await get(api, proposal.repo, before.number)


async def by_branch(api: RepoClient, branch: str) -> PullRequestSimple | None:
    """The branch's pull request: the open one, else the newest. A fork's branch of the same name does not count."""
    call = api.github.rest.pulls.async_list(*api.where, state="all", head=f"{api.at.owner}:{branch}", per_page=PER_PAGE)
    listed = await responses.parsed(call, f"pull requests of {api.at.full_name}")
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
    """The pull request as GitHub's type."""
    call = api.github.rest.pulls.async_get(*api.where, number)
    return await responses.parsed(call, f"pull request #{number} in {api.at.full_name}")


async def to_pull(api: RepoClient, repo: str, pull: PullRequest) -> Pull:
    """GitHub's pull request as Honk's type."""
    return Pull(
        number=pull.number,
        repo=repo,
        branch=pull.head.ref,
        base_branch=pull.base.ref,
        head=pull.head.sha,
        title=pull.title,
        body=pull.body or "",
        state=state(pull),
        url=pull.html_url,
        merged_sha=await merge_commit(api, pull.node_id) if pull.merged else "",
    )


async def merge_commit(api: RepoClient, node: str) -> str:
    """The commit that a merge added to the base branch; `node` is the pull request's node id. GraphQL has it for every
    version of GitHub, the newest REST API does not."""
    sha = await graphql.merge_commit(api, node)
    if not sha:
        raise Unavailable("GitHub says that it is merged, but not yet as which commit; try again in a minute.")
    return sha


async def close(api: RepoClient, number: int) -> None:
    """Close it; harmless when it is merged or closed."""
    if (await fetch(api, number)).state == "open":
        call = api.github.rest.pulls.async_update(*api.where, number, state="closed")
        await responses.parsed(call, f"pull request #{number}")


async def _open(api: RepoClient, mirror: Path, proposal: Proposal, opener: RepoClient | None) -> Pull:
    change = proposal.change
    async with mirrors.opened(mirror, change.base) as files:
        paths = await mirrors.paths(mirror, change.base)
        chosen = pull_request_template.choose(paths)
        own = (await files.read(chosen) or b"").decode(errors="replace") if chosen else ""
        found = codeowners.find(paths)
        owners = codeowners.parse((await files.read(found) or b"").decode(errors="replace")) if found else CodeOwners()
    own = "\n\n".join(filter(None, (pull_request_template.quiet(owners.notice), own)))
    body = pull_request_template.body(proposal.draft.body, own)
    pull = await _opened(api, opener, proposal, body)
    await label(api, pull.number, proposal.label)
    await _assign(api, pull, proposal.draft.author)
    changed = [path for file in change.diffstat.files for path in {file.path, file.old_path} if path]
    await _ask_to_review(api, pull, owners.of(changed, api.at.owner))
    return await to_pull(api, proposal.repo, pull)


async def _opened(api: RepoClient, opener: RepoClient | None, proposal: Proposal, body: str) -> PullRequest:
    """With the person's token where that works (they may have revoked it), else with Honk's own."""
    if opener is not None:
        try:
            return await _create(opener, proposal, body)
        except (Refused, NotFound, Unavailable):
            if (again := await by_branch(api, proposal.change.branch)) is not None:
                return await fetch(api, again.number)
    try:
        return await _create(api, proposal, body)
    except (Refused, Unavailable):
        # the response may be lost, or the pull request was opened before: by a person, or by Honk before a crash
        if (again := await by_branch(api, proposal.change.branch)) is None or again.state != "open":
            raise
        return await fetch(api, again.number)


async def _create(api: RepoClient, proposal: Proposal, body: str) -> PullRequest:
    """A draft, where that is wanted and the repository's plan has drafts."""
    try:
        return await _post(api, proposal, body)
    except Refused as error:
        if not proposal.draft.draft or "draft" not in error.reason.lower():
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
    return await responses.parsed(call, f"a pull request of {change.branch} in {api.at.full_name}")


async def _reopen(api: RepoClient, number: int, branch: str) -> None:
    call = api.github.rest.pulls.async_update(*api.where, number, state="open")
    try:
        await responses.parsed(call, f"pull request #{number}")
    except Refused as error:
        raise WorkFailed(
            f"Pull request #{number} of `{branch}` was closed, and GitHub does not open it again ({error.reason})."
        ) from error


async def label(api: RepoClient, number: int, name: str) -> None:
    """Add a label; a failure is ignored, as the label is only a help for people."""
    if name:
        call = api.github.rest.issues.async_add_labels(*api.where, number, labels=[name])
        await _if_possible(responses.parsed(call, "labels"))


async def _assign(api: RepoClient, pull: PullRequest, asker: Person) -> None:
    """Assign the person who asked, so that GitHub notifies them; an author is notified anyway."""
    number = asker.id.removeprefix(PREFIX)
    if asker.id == number or not number.isdecimal() or (pull.user and pull.user.id == int(number)):
        return
    with suppress(HonkError):
        asker_account = await responses.parsed(
            api.github.rest.users.async_get_by_id(int(number)), "the account that asked"
        )
        call = api.github.rest.issues.async_add_assignees(*api.where, pull.number, assignees=[asker_account.login])
        await responses.parsed(call, "assignees")


async def _ask_to_review(api: RepoClient, pull: PullRequest, found: Owners) -> None:
    """Ask all code owners in one request; where GitHub does not know one of them, ask one by one."""
    author = pull.user.login.lower() if pull.user else ""
    users = [login for login in found.users if login.lower() != author][:MAX_REVIEWERS]
    teams = list(found.teams)[: MAX_REVIEWERS - len(users)]
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
    return await _if_possible(responses.parsed(call, "reviewers"))


async def _if_possible(asked: Awaitable[Any]) -> bool:
    try:
        await asked
    except HonkError:
        return False
    return True


def _title(draft: Draft) -> str:
    """One line; GitHub accepts 256 characters."""
    line = " ".join(pull_request_template.quiet(draft.title).split())
    return line if len(line) <= MAX_TITLE_CHARS else f"{line[: MAX_TITLE_CHARS - 1].rstrip()}…"


def state(pull: PullRequest) -> PullState:
    """The state of a pull request, as Honk names it."""
    if pull.merged:
        return "merged"
    if pull.state == "closed":
        return "closed"
    return "draft" if pull.draft is True else "open"
