"""Merging: whether a pull request can be, what keeps it from being, and doing it, three ways.

Also what merges by itself: auto-merge, and the merge queue, which tests each pull request on top of what is before it.
"""

from dataclasses import dataclass
from typing import Literal

from honk_simulators.github.branches import pushes
from honk_simulators.github.git_repository import git
from honk_simulators.github.git_repository.git import NOTHING, Author
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.rules import code_owners, protections
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.issues import IssueRecord, PullRecord
from honk_simulators.github.state.repositories import Repository

Method = Literal["merge", "squash", "rebase"]
NAMES = {"merge": "Merge commits", "squash": "Squash merges", "rebase": "Rebase merges"}


@dataclass(frozen=True)
class MergeRequest:
    """How somebody wants a pull request merged. `title` and `message` are None for what GitHub would write."""

    by: GitHubAccount
    method: Method = "merge"
    title: str | None = None
    message: str | None = None


def of(issue: IssueRecord) -> PullRecord:
    """What makes it a pull request. Raises Refusal (404) for an issue."""
    if issue.pull is None:
        raise GitHubRefusal(404, "Not Found")
    return issue.pull


async def mergeable(repo: Repository, issue: IssueRecord) -> bool:
    """Whether git merges head and base as they are now; remembered until one of them moves."""
    pull = of(issue)
    base = await git.find(repo.git_dir, pull.base)
    if base is None:
        return False
    if pull.judged is None or pull.judged[:2] != (pull.head_sha, base):
        tree = await git.merged_tree(repo.git_dir, base, pull.head_sha)
        pull.judged = (pull.head_sha, base, tree is not None)
    return pull.judged[2]


def known(issue: IssueRecord) -> bool:
    """Whether this has been found out for the present head; GitHub says null before, and then works at it."""
    pull = of(issue)
    return pull.judged is not None and pull.judged[0] == pull.head_sha


async def obstacles(
    state: GitHubState, repo: Repository, issue: IssueRecord, by: GitHubAccount | None = None
) -> list[str]:
    """What the rules of the base branch still ask for; with `by` only those that hold for them."""
    pull = of(issue)
    base = await git.find(repo.git_dir, pull.base)
    behind = base is not None and not await git.ancestor(repo.git_dir, base, pull.head_sha)
    whose = await code_owners.of_pull(state, repo, issue)
    return protections.of_pull(repo, issue, behind=behind, owners=whose, by=by)


async def standing(state: GitHubState, repo: Repository, issue: IssueRecord) -> str:
    """GitHub's `mergeable_state`."""
    pull = of(issue)
    if pull.draft:
        return "draft"
    if not await mergeable(repo, issue):
        return "dirty"
    found = await obstacles(state, repo, issue)
    if found:
        return "behind" if found == ["The head branch is not up to date with the base branch."] else "blocked"
    ended = protections.results(repo, pull.head_sha)
    return "clean" if all(each in protections.GREEN for each in ended.values()) else "unstable"


async def check(state: GitHubState, repo: Repository, issue: IssueRecord, method: Method, by: GitHubAccount) -> None:
    """Raises Refusal (405) with the first reason why it cannot be merged like this now."""
    pull = of(issue)
    if issue.state != "open":
        raise GitHubRefusal(405, "Pull Request is not mergeable")
    if pull.draft:
        raise GitHubRefusal(405, "Pull Request is still a draft")
    if not getattr(repo, f"allow_{'merge_commit' if method == 'merge' else f'{method}_merge'}"):
        raise GitHubRefusal(405, f"{NAMES[method]} are not allowed on this repository.")
    if any(rules.methods and method not in rules.methods for rules in protections.asked(repo, pull.base, by)):
        raise GitHubRefusal(405, f"{NAMES[method]} are not allowed on this repository.")
    if not await mergeable(repo, issue):
        raise GitHubRefusal(405, "Pull Request is not mergeable")
    found = [*await obstacles(state, repo, issue, by), *await _history(repo, pull, method, by)]
    if found:
        raise GitHubRefusal(405, protections.violated(repo, pull.base, found))


async def _history(repo: Repository, pull: PullRecord, method: Method, by: GitHubAccount) -> list[str]:
    """What is wrong with the commits that would come onto the base; a squashed one is GitHub's own, and signed."""
    asked = protections.asked(repo, pull.base, by)
    linear, signed_only = any(each.linear for each in asked), any(each.signatures for each in asked)
    found = ["This branch must not contain merge commits."] if linear and method == "merge" else []
    if signed_only and method != "squash" and await git.unsigned(repo.git_dir, f"{pull.base}..{pull.head_sha}"):
        found.append("Commits must have verified signatures.")
    return found


async def merge(state: GitHubState, repo: Repository, issue: IssueRecord, wish: MergeRequest) -> str:
    """Merge, close, tell everybody. The base branch's new commit. Raises Refusal (405) when that moved meanwhile."""
    pull = of(issue)
    base = await git.find(repo.git_dir, pull.base)
    new = await made(state, repo, issue, wish, base or NOTHING)
    if new is None:
        raise GitHubRefusal(405, "Pull Request is not mergeable")
    if not await git.update(repo.git_dir, f"refs/heads/{pull.base}", new, base):
        raise GitHubRefusal(405, "Base branch was modified. Review and try the merge again.")
    pull.base_sha = base or pull.base_sha
    pushes.close(state, repo, issue, wish.by, merged_as=new)
    await pushes.moved(state, repo, wish.by, [(f"refs/heads/{pull.base}", base or NOTHING, new)])
    if repo.delete_branch_on_merge and pull.head_repo is repo:
        await git.update(repo.git_dir, f"refs/heads/{pull.head}", NOTHING)
        await pushes.moved(state, repo, wish.by, [(f"refs/heads/{pull.head}", pull.head_sha, NOTHING)])
    return new


async def made(state: GitHubState, repo: Repository, issue: IssueRecord, wish: MergeRequest, base: str) -> str | None:
    """The commit that merging on top of `base` gives; None for a conflict."""
    pull = of(issue)
    if wish.method == "rebase":
        return await rebased(state, repo, base, pull.head_sha, wish.by)
    tree = await git.merged_tree(repo.git_dir, base, pull.head_sha)
    if tree is None:
        return None
    parents = (base, pull.head_sha) if wish.method == "merge" else (base,)
    env = signed(state, wish.by).environment()
    return await git.commit_tree(repo.git_dir, tree, parents, await _message(repo, issue, wish), env)


async def rebased(state: GitHubState, repo: Repository, base: str, head: str, by: GitHubAccount) -> str | None:
    """The commits of `head` on top of `base`, one by one; None when one does not apply."""
    tip = base
    for commit in reversed(await git.log(repo.git_dir, "--no-merges", f"{base}..{head}")):
        tree = await picked(repo, tip, commit.sha, commit.parents[0])
        if tree is None:
            return None
        name, email, date = commit.author
        env = signed(state, by).environment()
        env |= {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date}
        tip = await git.commit_tree(repo.git_dir, tree, (tip,), commit.message, env)
    return tip


async def picked(repo: Repository, onto: str, theirs: str, base: str) -> str | None:
    """The tree of `onto` with what changed from `base` to `theirs`.

    Before git 2.40 merge-tree cannot be told the base, so both sides are shown to it as children of it.
    """
    env = Author("GitHub", "noreply@github.invalid", "@0 +0000").environment()
    ours = await git.commit_tree(repo.git_dir, f"{onto}^{{tree}}", (base,), "ours", env)
    other = await git.commit_tree(repo.git_dir, f"{theirs}^{{tree}}", (base,), "theirs", env)
    return await git.merged_tree(repo.git_dir, ours, other)


def signed(state: GitHubState, account: GitHubAccount) -> Author:
    """Who stands in a commit that GitHub makes for somebody."""
    email = account.email or f"{account.id}+{account.login}@users.noreply.github.invalid"
    return Author(account.name or account.login, email, f"{int(state.now())} +0000")


async def _message(repo: Repository, issue: IssueRecord, wish: MergeRequest) -> str:
    pull = of(issue)
    if wish.method == "merge":
        title = wish.title or f"Merge pull request #{issue.number} from {pull.head_repo.owner.login}/{pull.head}"
        body = issue.title if wish.message is None else wish.message
        return f"{title}\n\n{body}".rstrip() + "\n"
    commits = await git.log(repo.git_dir, f"{pull.base}..{pull.head_sha}")
    single = len(commits) == 1
    first = (commits[0].message.splitlines() or [""])[0] if commits else issue.title
    title = wish.title or f"{first if single else issue.title} (#{issue.number})"
    listed = "\n\n".join(f"* {each.message}" for each in reversed(commits))
    rest = "\n".join(commits[0].message.splitlines()[1:]).strip() if single else listed
    body = rest if wish.message is None else wish.message
    return f"{title}\n\n{body}".rstrip() + "\n"
