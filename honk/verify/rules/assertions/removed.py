"""Assertions that are removed without another one in their place."""

import re
from collections.abc import Iterator

from honk.core.verdict import Finding
from honk.verify.rules.assertions.assertion_text import shortened
from honk.verify.rules.assertions.comparisons import covered_by_several
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax.assertions.assertion import Assertion
from honk.verify.syntax.grammars import is_literal
from honk.verify.syntax.pairs import UnitPair, likeness
from honk.verify.syntax.units import Unit

REMOVED = "assertions-removed"


def assertions_removed(
    rule_input: RuleInput,
    pair: UnitPair,
    gone: list[Assertion],
    kept: list[Assertion],
    fresh: list[Assertion],
    elsewhere: list[Assertion],
) -> Iterator[Finding]:
    assert pair.new is not None
    old, new = pair.old.unit, pair.new.unit
    lost = [
        each
        for each in gone
        if not any(_same_claim(each, other) for other in elsewhere)
        and not rule_input.subject_removed(each.subject + each.expected)
        and not covered_by_several(each, [*kept, *fresh])
        and not each.trivial
        and not any(_contained(each, other) for other in (*kept, *fresh))
        and not (each.relation == "present" and any(_stronger(each, other) for other in new.assertions))
        and not any(_in_table(each, other, new) for other in (*kept, *fresh))
    ]
    if not lost or _helper_takes_over(rule_input, old, new):
        return
    if len(fresh) >= len(lost) and all((each.strength or 0) >= 4 for each in fresh) and rule_input.related(new):
        return
    silent = not new.assertions and not new.words & {"fail", "raises"}
    block = silent and new.is_test and not rule_input.related(new)
    count = "One assertion is" if len(lost) == 1 else f"{len(lost)} assertions are"
    yield finding(
        REMOVED,
        pair.new.path,
        new.line,
        "block" if block else "flag",
        f"{count} removed from {new.name or 'this file'} (`{shortened(lost[0].all)}`). "
        "Restore or replace what was asserted.",
    )


def _same_claim(was: Assertion, now: Assertion) -> bool:
    if was.expected and was.expected == now.expected and likeness(was.subject, now.subject) >= 0.5:
        return True
    if any(map(is_literal, was.all)) and not any(map(is_literal, now.all)):
        return False  # the value is now a variable
    return was.relation == now.relation and likeness(was.all, now.all) >= 0.75


def _contained(was: Assertion, now: Assertion) -> bool:
    """Whether an assertion about one part is now part of one about the whole."""
    whole = set(now.expected)
    if now.relation == "raises":  # the message is now part of the expected error
        texts = [token for token in was.expected if token[:1] == '"']
        return bool(texts) and whole.issuperset(texts) and was.relation == "equal"
    part = {token for token in was.expected if is_literal(token)}
    named = [token for token in was.subject if token.isidentifier()][-1:]
    return now.strength is not None and now.strength >= 6 and bool(part) and part <= whole and set(named) <= whole


def _in_table(was: Assertion, now: Assertion, unit: Unit) -> bool:
    """Whether an assertion of the same kind now reads its value from a variable, and the value is in a table."""
    listed = {token for row, _ in unit.rows for token in row if is_literal(token)}
    values = [token for token in (*was.expected, *was.subject) if is_literal(token)]
    read = [token for token in (*now.expected, *now.subject) if token.isidentifier() and token not in was.all]
    return was.relation == now.relation and bool(values and read) and listed.issuperset(values)


def _stronger(was: Assertion, now: Assertion) -> bool:
    return (now.strength or 0) > (was.strength or 0) and likeness(was.subject, now.subject) >= 0.4


def _helper_takes_over(rule_input: RuleInput, old: Unit, new: Unit) -> bool:
    """Whether the test now calls a helper that asserts, which it did not call before."""
    called = {
        token
        for token, after in zip(new.tokens, (*new.tokens[1:], ""), strict=False)
        if after == "(" and token not in old.words
    }
    helpers = {placed.unit.name for placed in rule_input.new_units if placed.unit.assertions} | {
        pair.new.unit.name for pair in rule_input.test_pairs if pair.new and pair.new.unit.assertions
    }
    return bool(called & helpers) or any(
        re.match(r"(?i)_?(?:assert|verify|check|expect)_?\w{3,}", name) for name in called & helpers
    )
