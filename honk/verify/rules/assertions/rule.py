"""Assertions of existing tests that say less than before: removed, weaker, always true, or with wider margins."""

from collections.abc import Iterator

from honk.core.verdict import Finding
from honk.verify.rules.assertions.assertion_text import shortened
from honk.verify.rules.assertions.comparisons import covered_by_several, is_circular, is_normalised, is_weaker, is_wider
from honk.verify.rules.assertions.couples import coupled, differences
from honk.verify.rules.assertions.errors import ERRORS, errors_widened
from honk.verify.rules.assertions.removed import assertions_removed
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax.assertions.assertion import Assertion
from honk.verify.syntax.pairs import UnitPair

WEAKENED = "assertions-weakened"
TRIVIAL = "assertions-trivial"
NORMALISED = "comparison-normalised"
MARGIN = "tolerance-widened"


def assertions_weakened(rule_input: RuleInput) -> Iterator[Finding]:
    """What became of each assertion of the tests and helpers that stay."""
    elsewhere = _added_assertions(rule_input)
    for pair in rule_input.test_pairs:
        if pair.new is None or not pair.changed:
            continue
        old, new = pair.old.unit, pair.new.unit
        lost, come = differences(old.assertions, new.assertions)
        if not lost and not come:
            continue
        couples, gone, fresh = coupled(lost, come)
        for was, now in couples:
            yield from _judged(rule_input, pair, was, now, fresh)
        yield from assertions_removed(rule_input, pair, gone, [now for _, now in couples], fresh, elsewhere)
        for each in fresh:
            if each.trivial:
                yield _trivial(pair.new.path, each)
            elif each.relation == "raises" and each.all in new.marks and not rule_input.explained((), each.all, new):
                reason = f"The test {new.name} now passes only if an error is raised. A person must confirm that."
                yield finding(ERRORS, pair.new.path, each.line, "flag", reason)
    for placed in rule_input.new_units:
        for each in placed.unit.assertions:
            if each.trivial:
                yield _trivial(placed.path, each)


def _trivial(path: str, now: Assertion) -> Finding:
    return finding(
        TRIVIAL,
        path,
        now.line,
        "block",
        "This assertion can never fail, so it checks nothing. Assert the real result.",
    )


def _added_assertions(rule_input: RuleInput) -> list[Assertion]:
    """All assertions that the change adds to any test file."""
    found = [each for placed in rule_input.new_units for each in placed.unit.assertions]
    for pair in rule_input.test_pairs:
        if pair.new is not None and pair.changed:
            found.extend(differences(pair.old.unit.assertions, pair.new.unit.assertions)[1])
    return found


def _judged(
    rule_input: RuleInput, pair: UnitPair, was: Assertion, now: Assertion, fresh: list[Assertion]
) -> Iterator[Finding]:
    assert pair.new is not None
    path = pair.new.path
    if now.trivial and not was.trivial:
        yield _trivial(path, now)
    elif was.relation == "raises" or now.relation == "raises":
        yield from errors_widened(rule_input, pair, was, now)
    elif is_weaker(was, now) and not covered_by_several(was, [now, *fresh]):
        yield finding(
            WEAKENED,
            path,
            now.line,
            "flag",
            f"The test {pair.old.unit.name} now asserts less: `{shortened(was.all)}` became `{shortened(now.all)}`. "
            "Restore the comparison, or a person confirms it.",
        )
    elif is_normalised(was, now):
        yield finding(
            NORMALISED,
            path,
            now.line,
            "flag",
            f"`{shortened(now.all)}` compares only a part or a simplified form of what the test {pair.old.unit.name} "
            "compared before. Compare the whole value, or a person confirms it.",
        )
    elif is_wider(was, now):
        yield finding(
            MARGIN,
            path,
            now.line,
            "flag",
            f"The test {pair.old.unit.name} now accepts a wider range: "
            f"`{shortened(was.all)}` became `{shortened(now.all)}`. "
            "Restore the limit, or a person confirms it.",
        )
    elif is_circular(was, now):
        yield finding(
            TRIVIAL,
            path,
            now.line,
            "flag",
            f"The expected value of `{shortened(now.all)}` is computed by what is tested, so the test proves nothing. "
            "Write the expected value out.",
        )
