"""A merge by GitHub itself, of exactly the head that was reviewed, under GitHub's own rules.

GitHub makes a commit of its own, so the base's new commit is not the tested one. It has the same files, unless the base
moved at that moment: the caller has to compare.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from githubkit.utils import UNSET
from githubkit_schemas.v2026_03_10.models import PullRequest

from honk.core.errors import HonkError, WorkFailed
from honk.forges.base import Behind, Waits
from honk.git import command, commits
from honk.git.command import GitDirs
from honk.integrations.github.client import graphql, responses
from honk.integrations.github.client.errors import NotFound, Refused
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.forge import pull_requests, rulesets

Method = Literal["merge", "squash", "rebase"]
PREFERRED_METHODS: tuple[Method, ...] = ("merge", "squash", "rebase")
"""The order of `auto`: a merge commit keeps the commits that were reviewed."""

MERGEABLE_POLLS = 8
"""How often GitHub is asked whether a pull request can be merged: it finds that out in the background."""


@dataclass(frozen=True)
class MergeTarget:
    """Pull request `number` at exactly `head`, to be merged into a base at exactly `base`; the result should have the
    files of `tested` (a commit of the mirror)."""

    number: int
    mirror: Path
    base: str
    tested: str
    head: str


@dataclass(frozen=True)
class MergeOptions:
    """`method` is `[github] merge_method`, `queue_seconds` the longest wait for a merge queue; `fetch` updates the
    mirror."""

    method: str
    queue_seconds: float
    fetch: Callable[[], Awaitable[None]]
    wait: Callable[[float], Awaitable[None]]


async def merge(api: RepoClient, wanted: MergeTarget, ways: MergeOptions) -> str:
    """Merge, and return the base branch's new commit; an earlier merge, here or on GitHub, is found again.

    If the base moved at that moment, the commit has other files than `wanted.tested`. Raises WorkFailed when base or
    head has moved and when GitHub refuses (with GitHub's message); Waits once it is in the merge queue.
    """
    pull = await pull_requests.fetch(api, wanted.number)
    if pull.merged:
        await ways.fetch()
        return await pull_requests.merge_commit(api, pull.node_id)
    if await graphql.queued(api, pull.node_id):
        raise _in_queue(wanted, ways)
    await _check(api, wanted, pull)
    if pull.draft is True:
        await graphql.mark_ready(api, pull.node_id)
    await _await_mergeable(api, wanted.number, pull, ways)
    try:
        sha = await _merged(api, wanted, ways, pull)
    except Waits:
        raise
    except HonkError:
        # only the response may be lost; or a person has merged it on GitHub at the same time
        if not (await pull_requests.fetch(api, wanted.number)).merged:
            raise
        sha = await pull_requests.merge_commit(api, pull.node_id)
    await _delete_branch(api, pull, wanted.head)
    await ways.fetch()
    return sha


async def head_of(api: RepoClient, branch: str) -> str:
    """The commit of a branch now; empty when there is no such branch."""
    call = api.github.rest.git.async_get_ref(*api.where, f"heads/{branch}")
    try:
        return (await responses.parsed(call, f"branch {branch}")).object_.sha
    except NotFound:
        return ""


async def _check(api: RepoClient, wanted: MergeTarget, pull: PullRequest) -> None:
    if pull.state == "closed":
        raise WorkFailed(f"Pull request #{wanted.number} is closed. Reopen it on GitHub, or write to Honk to continue.")
    if pull.head.sha != wanted.head or await head_of(api, pull.head.ref) not in ("", wanted.head):
        raise WorkFailed(f"`{pull.head.ref}` has moved since it was tested; look at it again, then merge.")
    if not await commits.is_ancestor(wanted.mirror, wanted.head, wanted.tested):
        raise ValueError(f"what was tested, {wanted.tested}, does not contain the change, {wanted.head}")
    if await head_of(api, pull.base.ref) != wanted.base:
        raise WorkFailed(f"`{pull.base.ref}` has moved on since the change was tested with it.")


async def _await_mergeable(api: RepoClient, number: int, pull: PullRequest, ways: MergeOptions) -> None:
    """Wait until GitHub knows whether the pull request can be merged. Raises WorkFailed for a conflict."""
    for look in range(MERGEABLE_POLLS):
        if look or pull.mergeable is None:
            pull = await pull_requests.fetch(api, number)
        if pull.mergeable is not None:
            break
        await ways.wait(min(0.25 * 2.0**look, 8.0))
    if pull.mergeable is False:
        raise WorkFailed(
            f"GitHub finds a conflict between #{number} and `{pull.base.ref}`. Write to Honk to have it resolved."
        )


async def _merged(api: RepoClient, wanted: MergeTarget, ways: MergeOptions, pull: PullRequest) -> str:
    allowed = rulesets.merge_methods(await rulesets.branch_rules(api, pull.base.ref), api.at.methods)
    method = choose_method(ways.method, allowed)
    title, message = await _commit_message(wanted, method)
    call = api.github.rest.pulls.async_merge(
        *api.where,
        wanted.number,
        sha=wanted.head,
        merge_method=method,
        commit_title=UNSET if method == "rebase" else title,
        commit_message=UNSET if method == "rebase" else message,
    )
    try:
        return (await responses.parsed(call, f"the merge of #{wanted.number}")).sha
    except Refused as error:
        if "merge queue" in error.reason.lower():
            await graphql.enqueue(api, pull.node_id, wanted.head)
            raise _in_queue(wanted, ways) from error
        if "merge commits" in error.reason.lower() and ways.method == "auto" and len(allowed) > 1:
            # a branch protection that only administrators can see
            return await _merged(api, wanted, replace(ways, method=allowed[1]), pull)
        if error.status == 405 and (await pull_requests.fetch(api, wanted.number)).mergeable_state == "behind":
            raise Behind(
                f"GitHub merges #{wanted.number} only when `{pull.head.ref}` contains the current `{pull.base.ref}`."
                " Write to Honk to have it updated, then merge."
            ) from error
        raise _refusal(error, wanted.number, pull) from error


def choose_method(wanted: str, allowed: tuple[str, ...]) -> Method:
    """The merge method. Raises WorkFailed where the repository does not allow the one in the settings."""
    if wanted == "auto":
        return next((method for method in PREFERRED_METHODS if method in allowed), PREFERRED_METHODS[0])
    found = next((method for method in PREFERRED_METHODS if method == wanted), None)
    if found is None or found not in allowed:
        raise WorkFailed(
            f"This repository does not allow to {wanted}; it allows: {', '.join(allowed)} ([github] merge_method)."
        )
    return found


def _in_queue(wanted: MergeTarget, ways: MergeOptions) -> Waits:
    message = f"#{wanted.number} is still in the merge queue. Merge again to keep waiting for it."
    return Waits(message, wanted.number, ways.queue_seconds)


def _refusal(error: Refused, number: int, pull: PullRequest) -> WorkFailed:
    """The error for a refused merge, with GitHub's own message."""
    if error.status == 409:
        return WorkFailed(f"`{pull.head.ref}` has moved since it was tested; look at it again, then merge.")
    if "base branch was modified" in error.reason.lower():
        return WorkFailed(f"`{pull.base.ref}` has moved on since the change was tested with it.")
    if error.status == 405:
        return WorkFailed(
            f"GitHub does not merge #{number} yet: {error.reason}. {pull.html_url} shows what it waits for."
        )
    return error


async def _commit_message(wanted: MergeTarget, method: Method) -> tuple[str, str]:
    """Title and message for GitHub's commit: those of the tested commit."""
    text = await command.out(GitDirs(wanted.mirror), "log", "-1", "--format=%B", wanted.tested)
    title, _, message = text.partition("\n")
    if method == "squash":
        title = f"{re.sub(r'^MergeTarget: ', '', title)} (#{wanted.number})"
    return title, message.strip()


async def _delete_branch(api: RepoClient, pull: PullRequest, head: str) -> None:
    """Delete the merged branch, unless somebody has pushed to it since or GitHub has deleted it."""
    try:
        ours = pull.head.repo is not None and pull.head.repo.id == api.at.number
        if ours and await head_of(api, pull.head.ref) == head:
            call = api.github.rest.git.async_delete_ref(*api.where, f"heads/{pull.head.ref}")
            await responses.response(call, f"branch {pull.head.ref}")
    except HonkError:
        return  # the merge succeeded, and a branch that is left over does not change that
