"""Tests that expect other errors, or more errors, than before."""

import re
from collections.abc import Iterator

from honk.core.verdict import Finding
from honk.verify.rules.assertions.assertion_text import shortened
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax.assertions.assertion import Assertion
from honk.verify.syntax.pairs import UnitPair

ERRORS = "error-widened"
BROAD = re.compile(
    r"^(?:Exception|BaseException|Throwable|Error|StandardError|RuntimeException|RuntimeError|System\.Exception"
    r"|object|any|Any"
    r"|java\.lang\.Exception|\\?Exception|\\?Throwable)$"
)
_TEXT = re.compile(r'"[^"]*\w')
_ANY_TEXT = re.compile(r'"[\W]*"$')


def _says_more(gone: set[str], come: set[str]) -> bool:
    """Whether the same classes are expected, and their texts too; one more class would accept more errors."""
    before, after = (
        {token.strip('"') for token in side if token[0] == '"' or token[0].isupper()} for side in (gone, come)
    )
    return bool(before) and before <= after and all(" " in each for each in after - before)


def errors_widened(rule_input: RuleInput, pair: UnitPair, was: Assertion, now: Assertion) -> Iterator[Finding]:
    assert pair.new is not None
    unit = pair.new.unit
    gone, come = set(was.expected) - {";"}, set(now.expected) - {";"}
    broader = any(BROAD.match(token) for token in come - gone) and not any(BROAD.match(token) for token in gone)
    broader = broader or (any(map(_TEXT.match, gone)) and any(map(_ANY_TEXT.match, come - gone)))
    fewer = now.relation == "raises" and come < gone
    if now.relation == was.relation and _says_more(gone, come) and not broader and not fewer:
        return
    if now.relation == was.relation == "raises" and not broader and not fewer:
        names = [token for token in now.expected if token[:1].isupper()]
        if (come - gone or gone - come) and not rule_input.explained(gone, come, unit) and (names or come):
            yield finding(
                ERRORS,
                pair.new.path,
                now.line,
                "flag",
                f"The test {unit.name} expects another error than before (`{shortened(now.all)}`). "
                "A person must confirm that this error is wanted.",
            )
        return
    if now.relation == was.relation == "raises":
        message = (
            f"The test {unit.name} accepts more errors than before: "
            f"`{shortened(was.all)}` became `{shortened(now.all)}`. "
        )
        yield finding(ERRORS, pair.new.path, now.line, "flag", message + "Name the error, or a person confirms it.")
    elif not rule_input.explained(was.expected, now.expected, unit):
        what = "no longer expects an error" if was.relation == "raises" else "now expects an error"
        reason = f"The test {unit.name} {what}: `{shortened(now.all)}`. A person must confirm that this is wanted."
        yield finding(ERRORS, pair.new.path, now.line, "flag", reason)
