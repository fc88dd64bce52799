"""The new and changed tests of a fix, run on the program of the base: one that passes there proves nothing."""

from collections.abc import Iterable
from pathlib import Path

from honk.core.verdict import Verdict
from honk.git import diff
from honk.pipeline.repo_config import Plan
from honk.pipeline.verification import base_test_tree
from honk.pipeline.verification.base_test_runs import RunTests
from honk.verify import new_tests
from honk.verify.new_tests import NewTests


async def over_base(
    mirror: Path, plan: Plan, now: str, verdicts: Iterable[Verdict], request: str, run: RunTests
) -> NewTests | None:
    """What the tests that lead from `plan.commit` to the tree `now` give on the program of that commit.

    None where that is not asked (the request is no fix, no test is new or changed, `now` is not green), and where it is
    not known. `run` lays out a tree and runs test verifiers in it.
    """
    kinds = {verifier.name: verifier.kind for verifier in plan.verifiers}
    passed = frozenset(each.name for each in verdicts if kinds.get(each.name) == "test" and each.state == "passed")
    if not passed or not new_tests.asks_for_fix(request):
        return None
    tests = new_tests.named(await diff.read(mirror, plan.commit, now))
    if not tests:
        return None
    back = await diff.read(mirror, now, plan.commit)
    built = await base_test_tree.build(mirror, now, plan.commit, back, plan.verifiers)
    if built.tree == plan.commit:
        return None
    return new_tests.over_base(tests, await run(built.tree, passed))
