"""What stands in the way of a branch that is protected, and of a pull request into it. Each obstacle is a sentence."""

from honk.testing.github.accounts import Account
from honk.testing.github.issues import Issue, Pull, Review
from honk.testing.github.repositories import Protection, Repository, covers

GREEN = ("success", "neutral", "skipped")


def results(repo: Repository, sha: str) -> dict[str, str | None]:
    """How each check of a commit ended, by name; None for one that has not. The newest of a name counts."""
    found: dict[str, str | None] = {}
    for run in repo.checks.values():
        if run.head_sha == sha:
            found[run.name] = run.conclusion if run.status == "completed" else None
    for status in repo.statuses:
        if status.sha == sha:
            found[status.context] = None if status.state == "pending" else status.state
    return found


def opinions(pull: Pull) -> dict[int, Review]:
    """Of each reviewer the last review that takes a side."""
    sides = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
    return {review.user.id: review for review in pull.reviews if review.state in sides}


def of_pull(repo: Repository, issue: Issue, *, behind: bool, owners: tuple[Account, ...] | None = None) -> list[str]:
    """What keeps a pull request from being merged by the rules of its base branch.

    `behind` says that the base has commits that the head lacks; `owners` are the code owners of what it changes, one
    of whom has to approve.
    """
    pull = issue.pull
    rules = repo.protections.get(pull.base) if pull else None
    if pull is None or rules is None:
        return []
    return [*_reviews(repo, pull, rules, owners), *_checks(repo, pull, rules, behind)]


def _reviews(repo: Repository, pull: Pull, rules: Protection, owners: tuple[Account, ...] | None) -> list[str]:
    if rules.reviews is None:
        return []
    counted = [each for each in opinions(pull).values() if covers(repo.role(each.user), "write")]
    found = []
    if any(each.state == "CHANGES_REQUESTED" for each in counted):
        found.append("Changes were requested by a reviewer with write access.")
    approvals = [each.user for each in counted if each.state == "APPROVED"]
    if len(approvals) < rules.reviews:
        what = "approving review is" if rules.reviews == 1 else "approving reviews are"
        found.append(f"At least {rules.reviews} {what} required by reviewers with write access.")
    if rules.code_owners and owners and not set(owners) & set(approvals):
        found.append("Waiting on code owner review from " + ", ".join(sorted(each.login for each in owners)) + ".")
    if rules.conversations and any(each.reply_to is None and not each.resolved_by for each in pull.remarks):
        found.append("A conversation must be resolved before this pull request can be merged.")
    return found


def _checks(repo: Repository, pull: Pull, rules: Protection, behind: bool) -> list[str]:
    found = []
    ended = results(repo, pull.head_sha)
    for name in rules.checks:
        if name not in ended:
            found.append(f'Required status check "{name}" is expected.')
        elif ended[name] is None:
            found.append(f'Required status check "{name}" is in progress.')
        elif ended[name] not in GREEN:
            found.append(f'Required status check "{name}" is failing.')
    if rules.strict and rules.checks and behind:
        found.append("The head branch is not up to date with the base branch.")
    return found


def of_push(repo: Repository, branch: str, account: Account | None, *, deletes: bool, forced: bool) -> list[str]:
    """What keeps a branch from being moved by a push. `forced`: the new commit does not contain the old one."""
    rules = repo.protections.get(branch)
    if rules is None:
        return []
    if deletes and not rules.deletions:
        return ["Cannot delete a protected branch"]
    if forced and not rules.force_pushes:
        return ["Cannot force-push to this branch"]
    if covers(repo.role(account), "admin") and not rules.enforce_admins:
        return []
    found = []
    if rules.reviews is not None:
        found.append("Changes must be made through a pull request.")
    found += [f'Required status check "{name}" is expected.' for name in rules.checks]
    if repo.merge_queue and branch == repo.default_branch:
        found.append("Changes must be made through the merge queue")
    return found
