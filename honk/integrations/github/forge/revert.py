"""A revert on GitHub: a pull request of its own, so that the rules of the default branch hold for it too."""

import re
from dataclasses import replace
from pathlib import Path

from honk.core.errors import WorkFailed
from honk.core.person import AGENT
from honk.git import command, commits, remote
from honk.git.command import GitDirs, Login
from honk.integrations.github.client import responses
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.forge import merging, pull_request_template, pull_requests, rulesets
from honk.integrations.github.forge.merging import MergeOptions, MergeTarget


async def advance(api: RepoClient, login: Login, wanted: MergeTarget, ways: MergeOptions, label: str) -> str:
    """Open and merge the pull request of a revert. Returns the default branch's new commit, whose files are those of
    `wanted.tested`; an earlier merge of the same revert is found again.

    `wanted.head` is `wanted.tested`; its number is not known yet. Raises WorkFailed as `merging.merge`: the pull
    request then stays open, and the next call finds it.
    """
    text = await _message(wanted.mirror, wanted.tested)
    branch = branch_name(text, wanted.tested)
    found = await pull_requests.by_branch(api, branch)
    if found is not None and found.merged_at and await _same_files(api, wanted, ways, found.node_id):
        return await pull_requests.merge_commit(api, found.node_id)
    if await merging.head_of(api, api.at.default_branch) != wanted.base:
        raise WorkFailed(f"`{api.at.default_branch}` has moved on since the revert was tested with it.")
    await _push(api, login, wanted, branch)
    if found is None or found.state != "open":
        number = await _open(api, branch, text, label)
    else:
        number = found.number
    return await merging.merge(api, replace(wanted, number=number), ways)


def branch_name(message: str, tested: str) -> str:
    """The branch for a revert: always the same for one reverted commit."""
    reverted = re.search(r"\bThis reverts ([0-9a-f]{40})", message)
    return f"honk/revert-{(reverted[1] if reverted else tested)[:12]}"


async def _same_files(api: RepoClient, wanted: MergeTarget, ways: MergeOptions, node: str) -> bool:
    """Whether the merged pull request is this revert: one change may be merged and reverted several times, and an older
    revert is in the base already."""
    await ways.fetch()
    sha = await pull_requests.merge_commit(api, node)
    if await commits.is_ancestor(wanted.mirror, sha, wanted.base):
        return False
    return await commits.tree_of(wanted.mirror, sha) == await commits.tree_of(wanted.mirror, wanted.tested)


async def _push(api: RepoClient, login: Login, wanted: MergeTarget, branch: str) -> None:
    """Push the branch, also over what an earlier try left there; another person's commits are never overwritten."""
    now = await merging.head_of(api, branch)
    if now == wanted.tested:
        return
    if now and not await _ours(wanted.mirror, now):
        raise WorkFailed(
            f"Somebody else has pushed to `{branch}`, so Honk keeps it as it is. Merge or delete that branch on GitHub."
        )
    with rulesets.explain_refused_push(api, branch):
        await remote.push(wanted.mirror, api.at.clone_url, wanted.tested, branch, now, login)


async def _ours(mirror: Path, commit: str) -> bool:
    known = await command.run(GitDirs(mirror), "cat-file", "-e", f"{commit}^{{commit}}", ok=(0, 1, 128))
    if not known.ok:
        return False
    return await command.out(GitDirs(mirror), "log", "-1", "--format=%ce", commit) == AGENT.email


async def _open(api: RepoClient, branch: str, text: str, label: str) -> int:
    title, _, rest = text.partition("\n")
    call = api.github.rest.pulls.async_create(
        *api.where,
        title=re.sub(r"^Revert: ", "Revert ", title)[: pull_requests.MAX_TITLE_CHARS],
        body=pull_request_template.quiet(rest.strip()),
        head=branch,
        base=api.at.default_branch,
    )
    pull = await responses.parsed(call, f"a pull request of {branch}")
    await pull_requests.label(api, pull.number, label)
    return pull.number


async def _message(mirror: Path, commit: str) -> str:
    return await command.out(GitDirs(mirror), "log", "-1", "--format=%B", commit)
