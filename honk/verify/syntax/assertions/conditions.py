"""Conditions (`a == b and c`) as assertions."""

from collections.abc import Iterator

from honk.verify.syntax.assertions.assertion import Assertion, Relation
from honk.verify.syntax.assertions.c_macros import string_comparison
from honk.verify.syntax.assertions.operands import approximate, literalness, split_at, without_parentheses
from honk.verify.syntax.assertions.relations import relation_of
from honk.verify.syntax.grammars import Tokens, line, tokens
from honk.verify.syntax.nodes import Node

_NEGATIONS = {"==": "unequal", "===": "unequal", "!=": "equal", "!==": "equal", "is": "unequal", "is not": "equal"}
_COMPARES: dict[str, Relation] = {
    "==": "equal", "===": "equal", "is": "equal", "!=": "unequal", "!==": "unequal", "is not": "unequal", "in": "part",
    "not in": "part", "not": "part", "<": "order", "<=": "order", ">": "order", ">=": "order", "=~": "pattern",
    "instanceof": "type", "=== ": "equal",
}  # fmt: skip
_FLIP = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def of_condition(part: Tokens, node: Node, negated: bool) -> Iterator[Assertion]:
    """A condition as assertions: one for each operand of `and`; `or` gives one that holds by either operand."""
    part = without_parentheses(part)
    for joined, operators in ((True, ("and", "&&")), (False, ("or", "||"))):
        pieces = split_at(part, operators)
        if len(pieces) > 1:
            strong = joined != negated
            for piece in pieces if strong else pieces[:1]:
                for inner in of_condition(piece, node, negated):
                    yield Assertion(**{**inner.__dict__, "either": inner.either or not strong, "all": tokens(node)})
            return
    if part[:1] in (("not",), ("!",)):
        yield from of_condition(part[1:], node, not negated)
        return
    yield string_comparison(_single(part, node, negated))


def _single(part: Tokens, node: Node, negated: bool) -> Assertion:
    depth = 0
    for at, token in enumerate(part):
        depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
        follows = part[at + 1] if at + 1 < len(part) else ""
        if not depth and at and token in _COMPARES:
            two = {("is", "not"): "is not", ("not", "in"): "not in"}.get((token, follows), token)
            left, right = part[:at], part[at + (2 if two != token else 1) :]
            relation = _COMPARES[two]
            if negated and two in _NEGATIONS:
                relation, negated = "equal" if relation == "unequal" else "unequal", False
            swap = relation in ("equal", "unequal") and literalness(left) > literalness(right)
            subject, expected = (right, left) if swap else (left, right)
            margin: Tokens = (_FLIP[two] if negated and two in _FLIP else two,) if relation == "order" else ()
            if relation == "equal" and (inner := approximate(expected)):
                relation, expected, margin = "approx", inner[0], inner[1]
            if relation == "equal" and expected[-1:] in (("ANY",), ("Anything",)):
                relation = "present"
            if relation == "order" and {"abs", "Abs"} & set(subject):
                relation, margin = "approx", (*expected,)
                expected = ()
            if (
                relation == "order"
                and subject[:1] in (("len",), ("length",))
                and two in (">", ">=")
                and expected in (("0",), ("1",))
            ):
                relation = "present"
            return Assertion(relation, subject, expected, margin, line(node), tokens(node), negated)
    return _called(part, node, negated)


def _called(part: Tokens, node: Node, negated: bool) -> Assertion:
    """A condition that is one call or one value: `isinstance(a, b)`, `strings.Contains(a, b)`, `a.ok`."""
    name = part[-1]
    if part[-1:] == (")",):
        depth = 0
        for at in range(len(part) - 1, -1, -1):
            depth += (part[at] == ")") - (part[at] == "(")
            if not depth:
                name = part[at - 1] if at else ""
                if name == "!" and at > 1:
                    name = part[at - 2]
                inside = split_at(part[at + 1 : -1], (",",))
                before = part[: max(0, at - 2)]
                break
        known: dict[str, Relation] = {
            "isinstance": "type", "issubclass": "type", "hasattr": "present", "any": "part", "isclose": "approx",
            "allclose": "approx", "DeepEqual": "equal", "Equal": "equal", "matches": "pattern", "search": "pattern",
            "fullmatch": "equal", "HasPrefix": "part", "HasSuffix": "part", "Is": "equal", "As": "type",
            "equals": "equal",
            "test": "pattern",
            "equalsIgnoreCase": "alike", "EqualFold": "alike", "includes": "part", "callable": "present",
            "match": "pattern",
            "is_ok": "present", "is_some": "present", "is_err": "present", "is_empty": "equal", "eq": "equal",
            "bool": "present",
            "array_key_exists": "part", "in_array": "part", "isArray": "type", "every": "other", "all": "other",
            "some": "part",
        }  # fmt: skip
        relation = known.get(name) or relation_of(name)
        if relation in ("raises", "called") or (relation == "equal" and not inside and not before):
            relation = "other"
        arguments = [each for each in inside if each]
        subject = before if len(arguments) < 2 and before else (arguments[0] if arguments else part)
        expected = arguments[-1] if arguments and arguments[-1] != subject else ()
        margin = tuple(t for each in arguments[2:] for t in each) if relation == "approx" else ()
        if relation != "other" or name in known:
            return Assertion(relation, subject, expected, margin, line(node), tokens(node), negated)
    return Assertion("present", part, (), (), line(node), tokens(node), negated)
