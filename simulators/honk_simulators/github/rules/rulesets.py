"""Rule sets: which hold for a branch, and how GitHub writes them. What they ask for is asked for in `protections`."""

import re
from typing import Any

from honk_simulators.github.state.accounts import GitHubAccount
from honk_simulators.github.state.repositories import Protection, Repository, RuleSet

QUEUE = {
    "check_response_timeout_minutes": 60,
    "grouping_strategy": "ALLGREEN",
    "max_entries_to_build": 1,
    "max_entries_to_merge": 1,
    "merge_method": "MERGE",
    "min_entries_to_merge": 1,
    "min_entries_to_merge_wait_minutes": 0,
}
METHODS = ("merge", "squash", "rebase")


def of_branch(repo: Repository, branch: str) -> list[RuleSet]:
    """Those that hold for a branch of that name, whether it is there or not: the repository's, then its owner's."""
    sets: list[RuleSet] = [*repo.rulesets, *repo.owner.rulesets]
    return [each for each in sets if any(_matches(repo, pattern, branch) for pattern in each.branches)]


def holding(repo: Repository, branch: str, account: GitHubAccount | None) -> list[Protection]:
    """What those of them ask for that `account` may not bypass."""
    return [each.asks for each in of_branch(repo, branch) if account is None or account.id not in each.bypass]


def described(repo: Repository, branch: str) -> list[dict[str, Any]]:
    """The rules of a branch, each with where it comes from."""
    found = []
    for each in of_branch(repo, branch):
        own = each in repo.rulesets
        source = {
            "ruleset_source_type": "Repository" if own else "Organization",
            "ruleset_source": repo.full_name if own else repo.owner.login,
            "ruleset_id": each.id,
        }
        found += [rule | source for rule in _rules(each.asks)]
    if repo.merge_queue and branch == repo.default_branch:
        source = {"ruleset_source_type": "Repository", "ruleset_source": repo.full_name, "ruleset_id": repo.id}
        found.append({"type": "merge_queue", "parameters": QUEUE} | source)
    return found


def _rules(asks: Protection) -> list[dict[str, Any]]:
    plain = {
        "creation": not asks.creations,
        "update": not asks.updates,
        "deletion": not asks.deletions,
        "non_fast_forward": not asks.force_pushes,
        "required_linear_history": asks.linear,
        "required_signatures": asks.signatures,
    }
    found: list[dict[str, Any]] = [{"type": name} for name, asked in plain.items() if asked]
    if asks.reviews is not None or asks.methods:
        found.append({"type": "pull_request", "parameters": _pull_request(asks)})
    if asks.checks:
        checks = [{"context": name} for name in asks.checks]
        values = {"strict_required_status_checks_policy": asks.strict, "required_status_checks": checks}
        found.append({"type": "required_status_checks", "parameters": values | {"do_not_enforce_on_create": False}})
    if asks.deployments:
        values = {"required_deployment_environments": list(asks.deployments)}
        found.append({"type": "required_deployments", "parameters": values})
    return found


def _pull_request(asks: Protection) -> dict[str, Any]:
    return {
        "allowed_merge_methods": list(asks.methods or METHODS),
        "dismiss_stale_reviews_on_push": asks.dismiss_stale,
        "require_code_owner_review": asks.code_owners,
        "require_last_push_approval": asks.last_push,
        "required_approving_review_count": asks.reviews or 0,
        "required_review_thread_resolution": asks.conversations,
        "required_reviewers": [],
    }


def _matches(repo: Repository, pattern: str, branch: str) -> bool:
    """A star stands for anything but a slash, `**/` for any directories."""
    if pattern in ("~ALL", "~DEFAULT_BRANCH"):
        return pattern == "~ALL" or branch == repo.default_branch
    parts = re.split(r"(\*\*/|\*+)", pattern.removeprefix("refs/heads/"))
    kinds = {"**/": "(?:.*/)?", "*": "[^/]*", "**": "[^/]*"}
    return re.fullmatch("".join(kinds.get(part, re.escape(part)) for part in parts), branch) is not None
