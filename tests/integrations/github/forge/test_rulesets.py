"""Rule sets: what they ask for is waited for, how they let merge is how it is merged, and their no is said."""

from typing import Any, Union

import pytest
from githubkit_schemas.v2026_03_10 import models
from honk_simulators.github.state.repositories import Protection

from honk.core.errors import WorkFailed
from honk.git import commits
from honk.integrations.github.client import typed_json
from honk.integrations.github.forge import rulesets
from tests.integrations.forge_conformance import BRANCH
from tests.integrations.github.forge.conftest import Team

OPEN = {"force_pushes": True, "deletions": True}


RULES: Any = Union[tuple(getattr(models, f"RepositoryRuleDetailedOneof{number}") for number in range(25))]  # noqa: UP007
"""As the REST method `async_get_branch_rules` has them."""


async def test_checks_that_rule_sets_require_are_waited_for(team: Team) -> None:
    for number in range(15):
        team.simulator.ruleset(team.repository, Protection(checks=(f"ci-{number}",), signatures=True, linear=True))
    team.simulator.ruleset(team.simulator.organization("acme"), Protection(checks=("audit",)), "ma*")
    team.simulator.ruleset(team.repository, Protection(checks=("other",)), "release/**")
    forge = team.forge()
    repo, base, head, _ = await team.proposed(forge)
    names = {"audit", *(f"ci-{number}" for number in range(15))}
    assert {check.name for check in await forge.checks(repo, head, "main") if check.required} == names
    assert await forge.expects_checks(repo, base, "main")
    assert {check.state for check in await forge.checks(repo, head, "main")} == {"queued"}


@pytest.mark.parametrize(
    ("asks", "allowed", "parents"),
    [
        (Protection(methods=("squash", "rebase")), "msr", 1),
        (Protection(methods=("merge",)), "msr", 2),
        (Protection(linear=True), "msr", 1),
        (Protection(linear=True), "mr", 1),
        (Protection(signatures=True), "msr", 1),
        (Protection(reviews=0), "msr", 2),
    ],
)
@pytest.mark.parametrize("of", ["repository", "organisation"])
async def test_rule_sets_say_how(team: Team, asks: Protection, allowed: str, parents: int, of: str) -> None:
    team.repository.allow_squash_merge = "s" in allowed
    team.simulator.ruleset(team.repository if of == "repository" else team.simulator.organization("acme"), asks)
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    sha = await team.merge(forge, repo, base, head, pull.number)
    assert len(await commits.parents(team.mirror, sha)) == parents
    assert not [each for each in team.simulator.requests if each.status == 405], "it is known before"


async def test_linear_history_that_only_administrators_see(team: Team) -> None:
    team.repository.protections["main"] = Protection(linear=True)
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    sha = await team.merge(forge, repo, base, head, pull.number)
    assert len(await commits.parents(team.mirror, sha)) == 1


async def test_a_way_that_a_rule_set_does_not_allow_is_said(team: Team) -> None:
    team.simulator.ruleset(team.repository, Protection(linear=True))
    forge = team.forge(merge_method="merge")
    repo, base, head, pull = await team.proposed(forge)
    with pytest.raises(WorkFailed, match="does not allow to merge; it allows: squash, rebase"):
        await team.merge(forge, repo, base, head, pull.number)


async def test_what_a_rule_set_waits_for_is_said(team: Team) -> None:
    team.simulator.ruleset(team.repository, Protection(reviews=1, code_owners=True, dismiss_stale=True))
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    with pytest.raises(WorkFailed, match="GitHub does not merge #1 yet: .*At least 1 approving review is required"):
        await team.merge(forge, repo, base, head, pull.number)
    await team.simulator.approve(team.ben, team.repository, pull.number)
    assert await team.merge(forge, repo, base, head, pull.number)


async def test_who_may_bypass_merges(team: Team) -> None:
    team.simulator.ruleset(team.repository, Protection(reviews=1), bypass=[team.app.bot])
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    assert await team.merge(forge, repo, base, head, pull.number)


@pytest.mark.parametrize(
    ("asks", "says"),
    [
        (Protection(signatures=True, **OPEN), "Commits must have verified signatures"),
        (Protection(creations=False, **OPEN), "Cannot create ref due to creations being restricted"),
        (Protection(checks=("ci",), **OPEN), 'Required status check "ci" is expected'),
    ],
)
async def test_a_rule_set_for_our_branches_is_said(team: Team, asks: Protection, says: str) -> None:
    team.simulator.ruleset(team.repository, asks, "honk/**")
    forge = team.forge()
    repo = await forge.look(team.url, "shop")
    base = await forge.fetch(repo, team.mirror)
    head = await team.commit({"text": "blue"}, base)
    with pytest.raises(WorkFailed) as refused:
        await forge.push(repo, team.mirror, BRANCH, head, "")
    where = f"{team.simulator.web}/acme/shop/rules?ref=refs%2Fheads%2F{BRANCH.replace('/', '%2F')}"
    assert str(refused.value) == (
        f"A rule set of acme/shop refuses the push to `{BRANCH}`: {says}. Exclude `honk/**` from it, or let"
        f" Honk's account bypass it: {where}"
    )


async def test_a_branch_that_may_not_be_moved_is_said(team: Team) -> None:
    forge = team.forge()
    repo, base, head, _ = await team.proposed(forge)
    team.simulator.ruleset(team.repository, Protection(updates=False, reviews=1), "honk/**")
    next_ = await team.commit({"text": "green"}, head)
    with pytest.raises(WorkFailed, match="Cannot update this protected ref. Changes must be made through a pull req"):
        await forge.push(repo, team.mirror, BRANCH, next_, head)


async def test_a_revert_obeys_them_too(team: Team) -> None:
    forge = team.forge()
    repo, base, head, pull = await team.proposed(forge)
    merged = await team.merge(forge, repo, base, head, pull.number)
    team.simulator.ruleset(team.repository, Protection(signatures=True, **OPEN), "honk/**")
    with pytest.raises(WorkFailed, match="A rule set of acme/shop refuses the push to `honk/revert-"):
        await forge.advance(repo, team.mirror, merged, await team.revert(base, merged))


def test_known_rules_are_read_and_others_ignored() -> None:
    told = [
        {"type": "pull_request", "parameters": {"allowed_merge_methods": ["squash", "merge"]}},
        {"type": "pull_request", "parameters": {}},
        {"type": "required_linear_history"},
        {"type": "copilot_code_review", "parameters": {"review_on_push": True}},
    ]
    found = rulesets.read(typed_json.read(list[RULES], told, "rules"))
    assert found.methods == {"squash"} and not found.checks and not found.signatures
    assert rulesets.merge_methods(found, ("merge", "squash", "rebase")) == ("squash",)
    assert rulesets.merge_methods(rulesets.BranchRules(signatures=True), ("merge", "rebase")) == ("merge", "rebase")
