"""Tests and helpers whose failures are lost: no longer raised, no longer awaited, or only under a condition."""

import re
from collections.abc import Iterator

from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax.grammars import followed
from honk.verify.syntax.pairs import Placed
from honk.verify.syntax.units import Unit

SKIPPED = "tests-skipped"
CUT = "test-ends-early"
SWALLOWED = "failure-swallowed"

_CONDITION_MARKS = re.compile(r"\b(?:cfg|cfg_attr|\w*EnabledIf\w*|\w*DisabledIf\w*|EnabledOn\w*|DisabledOn\w*)\b")
_ASSUMES = frozenset({"prop_assume", "assume", "assumeTrue", "assumeFalse", "assumeThat", "pre", "TestResult::discard"})
_FAILING = frozenset({"throw", "raise", "fail", "flunk", "abort", "exit"})


def no_longer_fails(rule_input: RuleInput, old: Unit, new: Placed) -> Iterator[Finding]:
    """Helpers and set-up files that raised or failed and no longer do."""
    lost = [token for token in _FAILING if old.tokens.count(token) > new.unit.tokens.count(token)]
    if lost and not rule_input.porting and not new.unit.assertions and not rule_input.related(new.unit):
        name = new.unit.name or "this file"
        reason = (
            f"{name} no longer fails (`{lost[0]}` is gone), so tests that use it may pass with an error. Restore it."
        )
        yield finding(SWALLOWED, new.path, new.unit.line, "flag", reason)


def marked(old: Unit, new: Placed) -> Iterator[Finding]:
    """Annotations and names that make an existing test run under a condition or not at all."""
    for mark in new.unit.marks:
        if mark not in old.marks and _CONDITION_MARKS.search(" ".join(mark[:4])) and mark[2:5] != ("cfg", "(", "test"):
            reason = "An existing test now runs only under a condition; a person must confirm that."
            yield finding(SKIPPED, new.path, new.unit.line, "flag", reason)
    if new.unit.name.startswith("!") and not old.name.startswith("!"):
        reason = "The mark before its name makes the runner skip this test. Remove it."
        yield finding(SKIPPED, new.path, new.unit.line, "block", reason)


def assumes(old: Unit, new: Placed) -> Iterator[Finding]:
    """Inputs of a property that are now left out."""
    more = [word for word in _ASSUMES & new.unit.words if new.unit.tokens.count(word) > old.tokens.count(word)]
    if more and not old.words & _ASSUMES:
        reason = f"The test {new.unit.name} now leaves inputs out (`{more[0]}`), so that it checks less. Restore it."
        yield finding(CUT, new.path, new.unit.line, "flag", reason)


def not_awaited(old: Unit, new: Placed) -> Iterator[Finding]:
    """Assertions about promises that were awaited."""
    before, after = (
        sum(one == "await" and two in ("expect", "assert") for one, two in followed(unit.tokens))
        for unit in (old, new.unit)
    )
    if after < before and len(new.unit.assertions) >= len(old.assertions) and "await" in old.tokens:
        kept = [token for token in new.unit.tokens if token in ("resolves", "rejects")]
        if len(kept) >= sum(token in ("resolves", "rejects") for token in old.tokens) and kept:
            reason = f"An assertion of {new.unit.name} is no longer awaited, so that its failure is lost. Await it."
            yield finding(SWALLOWED, new.path, new.unit.line, "flag", reason)
