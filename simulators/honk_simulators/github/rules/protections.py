"""What stands in the way of a branch that is protected, and of a pull request into it: by the branch's protection, and
by rule sets. Each obstacle is a sentence, in GitHub's words."""

from dataclasses import dataclass
from typing import Literal

from honk_simulators.github.rules import rulesets
from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.issues import IssueRecord, PullRecord, PullReview
from honk_simulators.github.state.repositories import Protection, Repository, covers

GREEN = ("success", "neutral", "skipped")
VIOLATED = "Repository rule violations found"


@dataclass(frozen=True)
class Objection:
    """Why a push may not move a branch. `kind` says when: always; if history is lost; for commits without a signature,
    or with several parents. `ruleset`: it is a rule set's."""

    kind: Literal["always", "forced", "unsigned", "merges"]
    why: str
    ruleset: bool


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


def opinions(pull: PullRecord) -> dict[int, PullReview]:
    """Of each reviewer the last review that takes a side."""
    sides = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
    return {review.user.id: review for review in pull.reviews if review.state in sides}


def asked(repo: Repository, branch: str, by: GitHubAccount | None = None) -> list[Protection]:
    """Everything that holds for a branch; with `by` only what holds for them. Branch protection does not hold for
    administrators unless it says so: that is what `gh pr merge --admin` relies on."""
    classic = repo.protections.get(branch)
    exempt = by is not None and classic is not None and covers(repo.role(by), "admin") and not classic.enforce_admins
    return [*([] if classic is None or exempt else [classic]), *rulesets.holding(repo, branch, by)]


def violated(repo: Repository, branch: str, found: list[str]) -> str:
    """The obstacles as GitHub refuses with them: otherwise where there are rule sets."""
    return "\n\n".join([VIOLATED, *found, ""]) if rulesets.of_branch(repo, branch) else " ".join(found)


def of_pull(
    repo: Repository,
    issue: IssueRecord,
    *,
    behind: bool,
    owners: tuple[GitHubAccount, ...] | None = None,
    by: GitHubAccount | None = None,
) -> list[str]:
    """What keeps a pull request from being merged (by somebody) by the rules of its base branch.

    `behind` says that the base has commits that the head lacks; `owners` are the code owners of what it changes, one
    of whom has to approve.
    """
    pull = issue.pull
    found: dict[str, None] = {}
    for rules in asked(repo, pull.base, by) if pull else ():
        if pull is not None:
            told = (
                *_reviews(repo, pull, rules, owners),
                *_checks(repo, pull, rules, behind),
                *_rest(repo, pull, rules),
            )
            found |= dict.fromkeys(told)
    return list(found)


def _rest(repo: Repository, pull: PullRecord, rules: Protection) -> list[str]:
    found = [] if rules.updates else ["Cannot update this protected ref."]
    for environment in rules.deployments:
        there = (each for each in repo.deployments.values() if each.environment == environment)
        states = [each.statuses[-1].state for each in there if each.sha == pull.head_sha and each.statuses]
        if "success" not in states:
            found.append(f"Missing successful active {environment} deployment.")
    return found


def _reviews(
    repo: Repository, pull: PullRecord, rules: Protection, owners: tuple[GitHubAccount, ...] | None
) -> list[str]:
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
    if rules.last_push and not any(each != pull.pushed_by for each in approvals):
        found.append("The most recent push must be approved by someone other than the person who pushed it.")
    if rules.code_owners and owners and not set(owners) & set(approvals):
        found.append("Waiting on code owner review from " + ", ".join(sorted(each.login for each in owners)) + ".")
    if rules.conversations and any(each.reply_to is None and not each.resolved_by for each in pull.remarks):
        found.append("A conversation must be resolved before this pull request can be merged.")
    return found


def _checks(repo: Repository, pull: PullRecord, rules: Protection, behind: bool) -> list[str]:
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


def of_push(
    repo: Repository, branch: str, account: GitHubAccount | None, *, deletes: bool, forced: bool, creates: bool = False
) -> list[str]:
    """What keeps a branch from being moved by a push. `forced`: the new commit does not contain the old one."""
    found = objections(repo, branch, account, deletes=deletes, creates=creates)
    return [each.why for each in found if each.kind == "always" or (each.kind == "forced" and forced)]


def objections(
    repo: Repository, branch: str, account: GitHubAccount | None, *, deletes: bool, creates: bool
) -> list[Objection]:
    """Everything that may be said against a push."""
    found = []
    classic = repo.protections.get(branch)
    if classic is not None:
        exempt = covers(repo.role(account), "admin") and not classic.enforce_admins
        said = _deletion(classic) if deletes else [] if exempt else _changes(classic, creates=creates)
        found += [] if deletes else [Objection("forced", why, False) for why in _force(classic)]
        found += [Objection("always", why, False) for why in said]
        if not deletes and not exempt and repo.merge_queue and branch == repo.default_branch:
            found.append(Objection("always", "Changes must be made through the merge queue", False))
    for rules in rulesets.holding(repo, branch, account):
        found += _of_rules(rules, deletes=deletes, creates=creates)
    return found


def _of_rules(rules: Protection, *, deletes: bool, creates: bool) -> list[Objection]:
    if deletes:
        return [] if rules.deletions else [Objection("always", "Cannot delete this branch", True)]
    found = [Objection("always", why, True) for why in _changes(rules, creates=creates)]
    found += [Objection("forced", why, True) for why in _force(rules)]
    found += [Objection("unsigned", "Commits must have verified signatures.", True)] if rules.signatures else []
    return found + ([Objection("merges", "This branch must not contain merge commits.", True)] if rules.linear else [])


def _changes(rules: Protection, *, creates: bool) -> list[str]:
    found = []
    if creates and not rules.creations:
        found.append("Cannot create ref due to creations being restricted.")
    if not creates and not rules.updates:
        found.append("Cannot update this protected ref.")
    if not creates and (rules.reviews is not None or rules.methods):
        found.append("Changes must be made through a pull request.")
    return found + [f'Required status check "{name}" is expected.' for name in rules.checks]


def _deletion(rules: Protection) -> list[str]:
    return [] if rules.deletions else ["Cannot delete a protected branch"]


def _force(rules: Protection) -> list[str]:
    return [] if rules.force_pushes else ["Cannot force-push to this branch"]
