"""One assertion: what is compared, how, with what."""

from dataclasses import dataclass
from typing import Literal

from honk.verify.syntax.grammars import Tokens, is_literal

Relation = Literal[
    "equal", "alike", "approx", "part", "pattern", "order", "type", "unequal", "present", "raises", "called", "other"
]
STRENGTH: dict[Relation, int] = {
    "equal": 7, "alike": 6, "approx": 5, "part": 4, "pattern": 4, "order": 3, "type": 2, "unequal": 2, "present": 1,
}  # fmt: skip
"""How much an assertion of this relation says about its subject. Those without a figure cannot be compared."""


@dataclass(frozen=True)
class Assertion:
    """One assertion. `margin` is the tolerance or message that it allows for; `either` is whether one of several
    conditions is enough; `negated` whether it asserts the opposite."""

    relation: Relation
    subject: Tokens
    expected: Tokens
    margin: Tokens
    line: int
    all: Tokens
    negated: bool = False
    either: bool = False
    guarded: bool = False

    @property
    def strength(self) -> int | None:
        """How much it says; None where it cannot be compared with other relations."""
        base = STRENGTH.get(self.relation)
        if base is None:
            return None
        if self.negated and self.relation in ("equal", "alike", "approx"):
            base = STRENGTH["unequal"]
        return base - 1 if self.either else base

    @property
    def trivial(self) -> bool:
        """Whether it can never fail: a constant, or a comparison of something with itself. Two calls may differ: a test
        that a function gives the same answer twice compares them."""
        if self.relation in ("raises", "called", "other") or self.negated:
            return False
        same = self.subject == self.expected and "(" not in self.subject
        both = bool(self.subject) and same and self.relation != "unequal"
        constant = len(self.subject) == 1 and is_literal(self.subject[0]) and len(self.expected) <= 1
        if not constant or not (self.expected or self.relation == "present"):
            return both
        if self.expected and is_literal(self.expected[0]):
            return self.subject[0].lower() == self.expected[0].lower()
        return not self.expected and self.subject[0].lower() not in ("false", "0", "none", "null", "nil")
