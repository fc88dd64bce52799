"""Merges that wait: auto-merge, and the merge queue, which tests a pull request on top of its base before it moves.

`watch` looks whenever something has changed. The queue of a repository is worked one by one, as with a group size of 1.
"""

import asyncio
import contextlib

from honk_simulators.github.actions import workflow_runs
from honk_simulators.github.branches import merging, pushes
from honk_simulators.github.branches.merging import MergeRequest
from honk_simulators.github.git_repository import git
from honk_simulators.github.git_repository.git import NOTHING
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.responses import repositories
from honk_simulators.github.rules import protections
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueRecord, PullRecord
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.webhooks import emitter, pull_and_check_events

PREFIX = "gh-readonly-queue"


async def watch(state: GitHubState) -> None:
    """Do what can be done by now, for ever."""
    news = asyncio.Event()
    with state.listening(news):
        while True:
            await news.wait()
            news.clear()
            for repo in list(state.repositories.values()):
                await tick(state, repo)


async def tick(state: GitHubState, repo: Repository) -> None:
    """Do what can be done in a repository by now."""
    for issue in list(repo.issues.values()):
        if issue.pull and issue.pull.auto_merge and issue.state == "open" and not issue.pull.queued:
            await _merge_if_ready(state, repo, issue, issue.pull)
    if repo.queue:
        await _advance(state, repo, repo.queue[0])


async def _merge_if_ready(state: GitHubState, repo: Repository, issue: IssueRecord, pull: PullRecord) -> None:
    wanted = pull.auto_merge
    if wanted is None or pull.draft or not await merging.mergeable(repo, issue):
        return
    if await merging.obstacles(state, repo, issue):
        return
    if queued(repo, pull):
        with contextlib.suppress(GitHubRefusal):  # a draft again, or in conflict by now
            await enqueue(state, repo, issue, wanted.by)
        return
    method = next(name for name in ("merge", "squash", "rebase") if name == wanted.method.lower())
    with contextlib.suppress(GitHubRefusal):  # the base has moved meanwhile; that wakes us again
        await merging.merge(state, repo, issue, MergeRequest(wanted.by, method, wanted.title, wanted.message))


def queued(repo: Repository, pull: PullRecord) -> bool:
    """Whether this goes through the merge queue."""
    return repo.merge_queue and pull.base == repo.default_branch


async def enqueue(state: GitHubState, repo: Repository, issue: IssueRecord, by: GitHubAccount) -> None:
    """Put a pull request into the queue. Raises Refusal (422) when it is not ready."""
    pull = merging.of(issue)
    if not queued(repo, pull):
        raise GitHubRefusal(422, "Pull request base branch does not require a merge queue")
    if issue.state != "open" or pull.draft or not await merging.mergeable(repo, issue):
        raise GitHubRefusal(422, "Pull request is not mergeable")
    found = [each for each in await merging.obstacles(state, repo, issue) if "up to date" not in each]
    if found:
        raise GitHubRefusal(422, " ".join(found))
    if issue not in repo.queue:
        repo.queue.append(issue)
        pull.queued, pull.queued_at, pull.queued_by = "QUEUED", state.stamp(), by
        pull_and_check_events.emit_pull(state, repo, issue, by, "enqueued")
    state.ring()


def dequeue(state: GitHubState, repo: Repository, issue: IssueRecord, reason: str) -> None:
    """Take a pull request out of the queue."""
    pull = merging.of(issue)
    if issue in repo.queue:
        repo.queue.remove(issue)
    pull.queued = pull.queued_at = pull.group = None
    pull.auto_merge = None
    pull_and_check_events.emit_pull(state, repo, issue, pull.queued_by or issue.user, "dequeued", reason=reason)


async def _advance(state: GitHubState, repo: Repository, issue: IssueRecord) -> None:
    """Take the first of the queue one step on: build its group, wait for the checks, merge."""
    pull = merging.of(issue)
    base = await git.find(repo.git_dir, pull.base) or NOTHING
    if pull.group is None or pull.group[2] != base:
        await _build(state, repo, issue, base)
        return
    branch, sha, _ = pull.group
    ended = protections.results(repo, sha)
    checks = (name for rules in protections.asked(repo, pull.base) for name in rules.checks)
    verdicts = [ended.get(name, "missing") for name in checks]
    if any(each is not None and each not in ("missing", *protections.GREEN) for each in verdicts):
        await _leave(state, repo, branch, sha, pull, "invalidated")
        dequeue(state, repo, issue, "CI_FAILURE")
    elif all(each in protections.GREEN for each in verdicts):
        by = pull.queued_by or issue.user
        await _leave(state, repo, branch, sha, pull, "merged")
        await git.update(repo.git_dir, f"refs/heads/{pull.base}", sha, base)
        pushes.close(state, repo, issue, by, merged_as=sha)
        await pushes.moved(state, repo, by, [(f"refs/heads/{pull.base}", base, sha)])


async def _build(state: GitHubState, repo: Repository, issue: IssueRecord, base: str) -> None:
    """A branch with the pull request on top of its base as that is now, for the checks."""
    pull, by = merging.of(issue), merging.of(issue).queued_by or issue.user
    sha = await merging.made(state, repo, issue, MergeRequest(by), base)
    if sha is None:
        dequeue(state, repo, issue, "MERGE_CONFLICT")
        return
    branch = f"{PREFIX}/{pull.base}/pr-{issue.number}-{base}"
    pull.queued, pull.group = "AWAITING_CHECKS", (branch, sha, base)
    await git.update(repo.git_dir, f"refs/heads/{branch}", sha)
    await _tell(state, repo, pull, branch, sha, base, "checks_requested")
    await workflow_runs.start(state, repo, "merge_group", branch, sha, by)
    state.ring()


async def _leave(state: GitHubState, repo: Repository, branch: str, sha: str, pull: PullRecord, reason: str) -> None:
    await git.update(repo.git_dir, f"refs/heads/{branch}", NOTHING)
    base = pull.group[2] if pull.group else NOTHING
    await _tell(state, repo, pull, branch, sha, base, "destroyed", reason=reason)


async def _tell(
    state: GitHubState, repo: Repository, pull: PullRecord, branch: str, sha: str, base: str, action: str, **more: str
) -> None:
    group = {
        "head_sha": sha,
        "head_ref": f"refs/heads/{branch}",
        "base_sha": base,
        "base_ref": f"refs/heads/{pull.base}",
        "head_commit": repositories.simple_commit(await git.commit(repo.git_dir, sha)),
    }
    emitter.emit(state, repo, "merge_group", workflow_runs.app(state).bot, action, merge_group=group, **more)
