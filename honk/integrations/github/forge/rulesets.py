"""What rule sets ask of a branch, GitHub's successor of branch protection; and their no to a push, in plain words.

Facts: docs.github.com/rest/repos/rules#get-rules-for-a-branch (everybody who may read may read them; whom they let
pass is not told), …/managing-rulesets/available-rules-for-rulesets
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from honk.core.errors import WorkFailed
from honk.integrations.github.client import errors
from honk.integrations.github.client.errors import NotFound, Refused
from honk.integrations.github.client.repo_client import RepoClient

PER_PAGE = 100
MOST_PAGES = 10
ALL_METHODS = frozenset({"merge", "squash", "rebase"})

_REFUSED = re.compile(r"GH013: .*?Review all repository rules at (\S+)(.*?)(?: error: |$)", re.DOTALL)
_COMMITS = re.compile(r"Found \d+ violations?:(\s+[0-9a-f]{40})+")


@dataclass(frozen=True)
class BranchRules:
    """All that hold for a branch. `checks` are names; `methods` are the ways to merge that are left; `signatures`: of
    all commits."""

    checks: frozenset[str] = frozenset()
    methods: frozenset[str] = ALL_METHODS
    signatures: bool = False


async def branch_rules(api: RepoClient, branch: str) -> BranchRules:
    """Those of a branch, none where the server is too old to have any. Raises as `answers`."""
    told: list[Any] = []
    for page in range(1, MOST_PAGES + 1):
        try:
            got = await api.get(f"rules/branches/{branch}", per_page=PER_PAGE, page=page)
        except (NotFound, Refused):
            break
        told += got
        if len(got) < PER_PAGE:
            break
    with errors.readable(f"rules of `{branch}`"):
        return read(told)


def read(told: Iterable[Any]) -> BranchRules:
    """Rules in GitHub's own words. Raises KeyError for what is not as described."""
    checks: set[str] = set()
    methods, signatures = ALL_METHODS, False
    for rule in told:
        asks = rule.get("parameters") or {}
        match rule["type"]:
            case "required_status_checks":
                checks |= {str(each["context"]) for each in asks["required_status_checks"]}
            case "pull_request":
                methods &= frozenset(asks.get("allowed_merge_methods") or ALL_METHODS)
            case "required_linear_history":
                methods -= {"merge"}
            case "required_signatures":
                signatures = True
    return BranchRules(frozenset(checks), methods, signatures)


def merge_methods(rules: BranchRules, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Of the ways to merge that a repository allows those that the branch does. A squashed commit is GitHub's own, and
    signed; Honk's commits are not."""
    left = tuple(method for method in allowed if method in rules.methods)
    return ("squash",) if rules.signatures and "squash" in left else left


@contextmanager
def explain_refused_push(api: RepoClient, branch: str) -> Iterator[None]:
    """Inside, a push that a rule set refuses raises WorkFailed with its reasons and what helps."""
    try:
        yield
    except WorkFailed as error:
        found = _REFUSED.search(str(error))
        if found is None:
            raise
        why = " ".join(_COMMITS.sub("", found[2]).replace(" - ", " ").split()).rstrip(".")
        raise WorkFailed(
            f"A rule set of {api.at.full_name} does not take the push to `{branch}`: {why.removeprefix('- ')}. Leave"
            f" `honk/**` out of it, or let Honk's account bypass it: {found[1]}"
        ) from error
