"""Rule sets of a branch (GitHub's successor of branch protection), and the explanation of a push that they refuse.

API: docs.github.com/rest/repos/rules#get-rules-for-a-branch (everybody who can read the repository can read them; the
actors who may bypass them are not included), …/managing-rulesets/available-rules-for-rulesets
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from honk.core.errors import WorkFailed
from honk.integrations.github.client import responses
from honk.integrations.github.client.errors import NotFound, Refused
from honk.integrations.github.client.repo_client import RepoClient
from honk.integrations.github.client.responses import PER_PAGE

ALL_METHODS = frozenset({"merge", "squash", "rebase"})

_REFUSED = re.compile(r"GH013: .*?Review all repository rules at (\S+)(.*?)(?: error: |$)", re.DOTALL)
_COMMITS = re.compile(r"Found \d+ violations?:(\s+[0-9a-f]{40})+")


@dataclass(frozen=True)
class BranchRules:
    """All rules of a branch. `checks` are names; `methods` are the merge methods that are still allowed; `signatures`:
    every commit has to be signed."""

    checks: frozenset[str] = frozenset()
    methods: frozenset[str] = ALL_METHODS
    signatures: bool = False


async def branch_rules(api: RepoClient, branch: str) -> BranchRules:
    """The rules of a branch; none where the server is too old for rule sets."""
    repos = api.github.rest.repos
    try:
        found: list[Any] = await responses.pages(
            lambda page: repos.async_get_branch_rules(*api.where, branch, per_page=PER_PAGE, page=page),
            f"rules of `{branch}`",
        )
        return read(found)
    except (NotFound, Refused):
        return BranchRules()


def read(found: Iterable[Any]) -> BranchRules:
    """GitHub's list of rules as one."""
    checks: set[str] = set()
    methods, signatures = ALL_METHODS, False
    for rule in found:
        if rule.type == "required_status_checks" and rule.parameters:
            checks |= {each.context for each in rule.parameters.required_status_checks}
        elif rule.type == "pull_request" and rule.parameters:
            methods &= frozenset(rule.parameters.allowed_merge_methods or ALL_METHODS)
        elif rule.type == "required_linear_history":
            methods -= {"merge"}
        elif rule.type == "required_signatures":
            signatures = True
    return BranchRules(frozenset(checks), methods, signatures)


def merge_methods(rules: BranchRules, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The merge methods that both the repository (`allowed`) and the branch allow. Where commits have to be signed,
    that is squash: GitHub signs the commit that it makes, and Honk's commits are not signed."""
    left = tuple(method for method in allowed if method in rules.methods)
    return ("squash",) if rules.signatures and "squash" in left else left


@contextmanager
def explain_refused_push(api: RepoClient, branch: str) -> Iterator[None]:
    """Around a push: where a rule set refuses it, raise WorkFailed with the rules and what to do."""
    try:
        yield
    except WorkFailed as error:
        found = _REFUSED.search(str(error))
        if found is None:
            raise
        why = " ".join(_COMMITS.sub("", found[2]).replace(" - ", " ").split()).rstrip(".")
        raise WorkFailed(
            f"A rule set of {api.at.full_name} refuses the push to `{branch}`: {why.removeprefix('- ')}. Exclude"
            f" `honk/**` from it, or let Honk's account bypass it: {found[1]}"
        ) from error
