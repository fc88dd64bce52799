"""Branches of the program for exactly the values that the base's tests use, whatever the branch then does."""

import re
from collections.abc import Iterator

from honk.verify.rules.rule_input import RuleInput
from honk.verify.syntax import languages
from honk.verify.syntax.grammars import is_literal, language_of, role, text, tokens
from honk.verify.syntax.nodes import Node
from honk.verify.syntax.units import Unit

_BRANCHES = frozenset(
    {"test_command", "case_statement", "case_item", "match_statement", "switch_statement", "match_block"}
)
_TABLES = frozenset({"dictionary", "object", "hash", "composite_literal", "array_creation_expression", "map_literal"})
_NUMBER = re.compile(r"-?\d[\d_]*(?:\.\d+)?")


def keyed_branches(rule_input: RuleInput, was: Unit | None, now: Unit) -> Iterator[tuple[Node, str]]:
    """Each new branch or table that holds a value of the base's tests, with that value; it must be neither in the
    base's program nor in the request, where it would be part of the subject."""
    before = {tokens(each) for each in was.nodes if _is_branch(each)} if was else set()
    had = set(was.literals) if was else set()
    for node in now.nodes:
        if not _is_branch(node) or tokens(node) in before:
            continue
        fresh = [value for value in dict.fromkeys(_values(node)) if value not in had and _telling(value)]
        value = next((each for each in fresh if _only_in_tests(rule_input, each)), "")
        if value:
            yield node, value
            return


def _values(node: Node) -> list[str]:
    """The literals of the node's condition, and the numbers below it; in a shell's test brackets, bare words too."""
    if node.type == "test_command":
        return [each for each in tokens(node) if is_literal(each) or re.match(r"[A-Za-z][\w.-]{2,}$", each)]
    inside = [each for each in tokens(node) if is_literal(each)]
    if node.type in _TABLES:
        return inside
    condition = next(filter(None, map(node.child_by_field_name, ("condition", "value", "pattern"))), None)
    asked = set(tokens(condition if condition is not None else next(iter(node.named_children), None)))
    return [each for each in inside if each[0] != '"' or each in asked]


def _is_branch(node: Node) -> bool:
    if role(node) == "if" or node.type in _BRANCHES:
        return True
    return node.type in _TABLES and is_looked_up(node)


def _telling(value: str) -> bool:
    """Whether the value says more than an ordinary limit or border case does."""
    bare = value.strip('"')
    if re.match(r"0[xob]", bare):
        return False
    if _NUMBER.fullmatch(bare):
        return len(bare.replace("_", "")) > 1 and not re.fullmatch(
            r"-?1?0+(?:\.0+)?|-1|(?:16|24|32|60|64|128|255|256|365|400|404|500|512|1024)", bare
        )
    return len(bare) > 2 and not re.search(r"[$%{}\\]", bare)


def _only_in_tests(rule_input: RuleInput, value: str) -> bool:
    bare = value.strip('"')
    if bare.lower() in rule_input.request.lower():
        return False
    word = re.compile(rf"(?<![\w.]){re.escape(bare)}(?![\w])")
    if not any({value, bare} & set(_parts(literal)) for literal in rule_input.base_test_literals(value)):
        return False
    program = (path for path in rule_input.before.paths if language_of(path) and not languages.is_supporting(path))
    return not any(word.search(_program_text(rule_input, path)) for path in program)


def _parts(literal: str) -> tuple[str, ...]:
    """The literal, its words, and the last part of a path."""
    bare = literal.strip('"')
    return (literal, *bare.split(), bare.rsplit("/", 1)[-1])


def _program_text(rule_input: RuleInput, path: str) -> str:
    if not path.endswith(".rs"):
        return rule_input.before.text(path)
    units = rule_input.base(path).all  # Rust's tests stand in the same file
    return "\n".join(" ".join(unit.tokens) for unit in units if not unit.is_test and "tests" not in unit.groups)


def is_looked_up(node: Node) -> bool:
    """Whether the table is used at once: `{…}.get(x)`, `{…}[x]`, or `if x in TABLE: return TABLE[x]` with a new
    table."""
    at = node.parent
    while at is not None and at.type in ("parenthesized_expression",):
        at = at.parent
    if at is None:
        return False
    if role(at) == "member" or at.type in (
        "subscript",
        "subscript_expression",
        "element_reference",
        "index_expression",
    ):
        return True
    named = at.child_by_field_name("left") or at.child_by_field_name("name")
    if named is None:
        return False
    scope = at
    while scope.parent is not None and scope.parent.parent is not None:
        scope = scope.parent
    whole = text(scope.parent) if scope.parent is not None else ""
    name = re.escape(text(named).split(":")[0].strip())
    return bool(
        re.search(
            rf"(?:\bin\s+{name}\b|\b{name}\.(?:get|has|includes|key\?)\(|\b{name}\[|\bhasOwn\(\s*{name})[\s\S]{{0,120}}\breturn\b|\breturn\b[^\n]*\b{name}(?:\[|\.get)",
            whole,
        )
    )
