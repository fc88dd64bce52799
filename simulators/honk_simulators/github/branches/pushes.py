"""What follows when branches move, whoever moved them: events, pull requests that follow, workflows."""

from typing import Any

from honk_simulators.github.actions import workflow_runs
from honk_simulators.github.git_repository import git
from honk_simulators.github.git_repository.git import NOTHING
from honk_simulators.github.responses import issues, repositories
from honk_simulators.github.rules import protections
from honk_simulators.github.state.accounts import GitHubAccount, GitHubApp
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueEvent, IssueRecord
from honk_simulators.github.state.repositories import Repository
from honk_simulators.github.webhooks import emitter, pull_and_check_events

Change = tuple[str, str, str]
"""A ref, what it was and what it is; NOTHING for not there."""


async def moved(state: GitHubState, repo: Repository, sender: GitHubAccount, changes: list[Change]) -> None:
    """Refs of a repository have moved."""
    repo.pushed_at = state.stamp()
    repo.size = await git.weight(repo.git_dir)  # GitHub looks now and then only
    for ref, old, new in changes:
        await _tell(state, repo, sender, ref, old, new)
        if not ref.startswith("refs/heads/"):
            continue
        branch = ref.removeprefix("refs/heads/")
        for base, issue in list(_pulls(state)):
            pull = issue.pull
            if pull is None or issue.state != "open":
                continue
            if pull.head_repo is repo and pull.head == branch:
                await _head_moved(state, base, issue, sender, old, new)
            elif base is repo and pull.base == branch and new != NOTHING:
                await _base_moved(state, repo, issue, sender, new)
        if new != NOTHING:
            await workflow_runs.start(state, repo, "push", branch, new, sender)
    state.ring()


def note(
    state: GitHubState, issue: IssueRecord, kind: str, actor: GitHubAccount, commit: str | None = None, **more: Any
) -> None:
    """Write into an issue's history."""
    issue.updated_at = state.stamp()
    issue.events.append(IssueEvent(state.id(), kind, actor, state.stamp(), commit, more))


def close(
    state: GitHubState,
    repo: Repository,
    issue: IssueRecord,
    by: GitHubAccount,
    *,
    merged_as: str | None = None,
    app: GitHubApp | None = None,
) -> None:
    """Close an issue or pull request, the latter as merged when there is a commit for it."""
    issue.state, issue.closed_at, issue.closed_by = "closed", state.stamp(), by
    if issue.pull is None:
        issue.state_reason = issue.state_reason or "completed"
        note(state, issue, "closed", by)
        emitter.emit(state, repo, "issues", by, "closed", issue=issues.issue(state, repo, issue))
        return
    issue.pull.auto_merge = issue.pull.queued = issue.pull.group = None
    if issue in repo.queue:
        repo.queue.remove(issue)
    if merged_as:
        issue.pull.merged_at, issue.pull.merged_by, issue.pull.merge_commit_sha = state.stamp(), by, merged_as
        note(state, issue, "merged", by, merged_as)
    note(state, issue, "closed", by)
    pull_and_check_events.emit_pull(state, repo, issue, by, "closed")


def _pulls(state: GitHubState) -> list[tuple[Repository, IssueRecord]]:
    return [(repo, issue) for repo in state.repositories.values() for issue in repo.issues.values() if issue.pull]


async def _head_moved(
    state: GitHubState, base: Repository, issue: IssueRecord, sender: GitHubAccount, old: str, new: str
) -> None:
    pull = issue.pull
    if pull is None:
        return
    if new == NOTHING:
        note(state, issue, "head_ref_deleted", sender)
        close(state, base, issue, sender)
        return
    pull.head_sha, pull.judged, pull.pushed_by = new, None, sender
    await follow(base, issue)
    pull.base_sha = await git.find(base.git_dir, pull.base) or pull.base_sha
    stale = any(rules.dismiss_stale for rules in protections.asked(base, pull.base))
    for review in pull.reviews:
        if stale and review.state == "APPROVED":
            review.state = "DISMISSED"
    touched = await git.names(base.git_dir, old, new) if await git.find(base.git_dir, old) else []
    for remark in pull.remarks:
        remark.outdated = remark.outdated or remark.path in touched
    if not await git.ancestor(base.git_dir, old, new):
        note(state, issue, "head_ref_force_pushed", sender, new)
    issue.updated_at = state.stamp()
    pull_and_check_events.emit_pull(state, base, issue, sender, "synchronize", before=old, after=new)
    await workflow_runs.start(state, base, "pull_request", pull.head, new, sender)


async def follow(base: Repository, issue: IssueRecord) -> None:
    """Bring a pull request's head into the base repository, as `refs/pull/N/head`."""
    pull = issue.pull
    if pull is None:
        return
    ref = f"refs/pull/{issue.number}/head"
    if pull.head_repo is base:
        await git.update(base.git_dir, ref, pull.head_sha)
    else:
        await git.bring(base.git_dir, pull.head_repo.git_dir, pull.head_sha, ref)


async def _base_moved(
    state: GitHubState, repo: Repository, issue: IssueRecord, sender: GitHubAccount, new: str
) -> None:
    """GitHub counts a pull request whose commits have all arrived at its base as merged."""
    pull = issue.pull
    if pull is not None and await git.ancestor(repo.git_dir, pull.head_sha, new):
        close(state, repo, issue, sender, merged_as=new)


async def _tell(state: GitHubState, repo: Repository, sender: GitHubAccount, ref: str, old: str, new: str) -> None:
    there = new != NOTHING
    found = await git.log(repo.git_dir, f"{old}..{new}", limit=20) if there and old != NOTHING else []
    head = repositories.simple_commit(await git.commit(repo.git_dir, new)) if there else None
    lists: dict[str, Any] = {"distinct": True, "added": [], "removed": [], "modified": []}
    web = repositories.web(state, repo)
    commits = [
        {**repositories.simple_commit(each), **lists, "url": f"{web}/commit/{each.sha}"} for each in reversed(found)
    ]
    emitter.emit(
        state,
        repo,
        "push",
        sender,
        ref=ref,
        before=old,
        after=new,
        created=old == NOTHING,
        deleted=not there,
        forced=there and old != NOTHING and not await git.ancestor(repo.git_dir, old, new),
        base_ref=None,
        compare=f"{web}/compare/{old[:12]}...{new[:12]}",
        commits=commits,
        head_commit={**head, **lists, "url": f"{web}/commit/{new}"} if head else None,
        pusher={"name": sender.login, "email": sender.email},
    )
