"""An assertion from a matcher's name and its arguments."""

import re
from collections.abc import Sequence

from honk.verify.syntax.assertions.assertion import Assertion
from honk.verify.syntax.assertions.operands import approximate
from honk.verify.syntax.assertions.relations import plain_name, relation_of
from honk.verify.syntax.calls import CallArgument
from honk.verify.syntax.grammars import Tokens, line, text, tokens
from honk.verify.syntax.nodes import Node

_BLOCKS = ("do_block", "block", "lambda_literal", "annotated_lambda")


def built_assertion(
    node: Node,
    name: str,
    subject: Tokens,
    args: Sequence[CallArgument],
    negated: bool,
    extra: tuple[str, ...] = (),
    type_args: Node | None = None,
) -> Assertion:
    relation = relation_of(name)
    kept = [each for each in args if each.node is None or each.node.type not in _BLOCKS]
    if relation == "raises":
        if re.fullmatch(r"(?i)(?:failunless|assert_?)raises(?:_?regexp?)?(?:_?message)?|assert_?raise(?:s)?", name):
            kept = kept[: 2 if "reg" in name.lower() else 1]
        wanted = tuple(t for each in kept if not _is_lambda(each) for t in (*each.tokens, ";"))
        generic = re.search(r"<\s*([\w.]+)\s*>", text(node)[:200]) if type_args is not None else None
        return Assertion(relation, subject, ((generic[1],) if generic else ()) + wanted, (), line(node), tokens(node))
    expected = kept[0].tokens if kept else ()
    margin = tuple(token for each in kept[1:] if relation == "approx" or _is_number(each) for token in each.tokens)
    if not kept:
        expected = {"true": ("true",), "false": ("false",), "none": ("none",)}.get(
            plain_name(name).removeprefix("is"), ()
        )
    if relation == "equal" and (inner := approximate(expected)):
        relation, expected, margin = "approx", inner[0], inner[1]
    if relation == "equal" and re.search(r"(?i)containing|expect\.any|anything|\bANY\b", "".join(expected)):
        relation = "part"
    if "every" in extra or "all" in extra:
        pass
    return Assertion(relation, subject, expected, margin, line(node), tokens(node), negated)


def _is_lambda(argument: CallArgument) -> bool:
    kinds = (
        "lambda",
        "arrow_function",
        "function_expression",
        "lambda_expression",
        "func_literal",
        "anonymous_function",
    )
    return argument.node is not None and (argument.node.type in kinds or argument.node.type == "closure_expression")


def _is_number(argument: CallArgument) -> bool:
    return bool(argument.tokens) and argument.tokens[-1][:1].isdigit() and len(argument.tokens) <= 2
