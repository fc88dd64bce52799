"""Assertions of all languages in one form: what is compared, how, with what.

`assert a == b`, `expect(a).toBe(b)`, `assertEquals(b, a)`, `if a != b { t.Errorf() }` and `a.should eq(b)` are all
Assertion(relation="equal", subject=a, expected=b).
"""

import re
from collections.abc import Iterator

from honk.verify.syntax.assertions.assertion import Assertion
from honk.verify.syntax.assertions.built import built_assertion
from honk.verify.syntax.assertions.chains import FAILS, of_chain
from honk.verify.syntax.assertions.conditions import of_condition
from honk.verify.syntax.calls import CallArgument, chain, dotted
from honk.verify.syntax.grammars import line, role, text, tokens, walk
from honk.verify.syntax.nodes import Node

_IMPORTS = frozenset({"import", "import_header", "import_declaration", "use_declaration", "using_directive"})


def assertions(node: Node) -> Iterator[Assertion]:
    """The assertions below `node`, in order."""
    done: set[int] = set()
    for each in walk(node):
        if each.id in done:
            continue
        if each.type in _IMPORTS:
            done |= {below.id for below in walk(each)}
        elif each.type == "assert_statement":
            named = each.named_children
            if named:
                yield from _of_statement(named[0], each)
        elif each.type == "if_statement" and _is_go_check(each):
            yield from _of_go(each)
        elif each.type == "binary_expression" and (
            kotlin := re.match(r"assertFailsWith\s*<\s*([\w.]+)", text(each)[:200])
        ):
            yield Assertion("raises", (), (kotlin[1],), (), line(each), tokens(each))
        elif each.type == "infix_expression":
            yield from _of_infix(each)
        elif role(each) == "call" or (role(each) == "member" and not _inner(each)):
            top = _top(each)
            if top.id not in done:
                done.add(top.id)
                found = tuple(of_chain(top))
                yield from found
                if found:
                    done |= {inner.id for inner in _spine(top)}


def _inner(node: Node) -> bool:
    parent = node.parent
    return parent is not None and role(parent) in ("call", "member")


def _top(node: Node) -> Node:
    """The whole chain that begins at `node`: `expect(a).not.toBe(b)` for `expect(a)`."""
    while (
        (parent := node.parent) is not None and role(parent) in ("call", "member") and parent.named_children[0] == node
    ):
        node = parent
    return node


def _spine(node: Node) -> Iterator[Node]:
    while node.named_children and role(node) in ("call", "member"):
        yield node
        node = node.named_children[0]


def _of_statement(condition: Node, statement: Node) -> Iterator[Assertion]:
    yield from of_condition(tokens(condition), statement, False)


def _is_go_check(node: Node) -> bool:
    body = node.child_by_field_name("consequence")
    return body is not None and any(
        FAILS.match(dotted(chain(each))) for each in walk(body) if each.type == "call_expression"
    )


def _of_go(node: Node) -> Iterator[Assertion]:
    """`if got != want { t.Fatal() }` asserts the opposite of its condition; `a || b` makes two assertions."""
    condition = node.child_by_field_name("condition")
    before = node.child_by_field_name("initializer")
    part = tokens(condition)
    if before is not None:  # `if got := f(); got != want`: the subject is what the name stands for
        made = tokens(before)
        if ":=" in made and made[0] in part:
            at = part.index(made[0])
            part = (*part[:at], *made[made.index(":=") + 1 :], *part[at + 1 :])
    yield from of_condition(part, node, True)


def _of_infix(node: Node) -> Iterator[Assertion]:
    """Kotlin's `a shouldBe b`."""
    named = node.named_children
    if len(named) == 3 and re.match(r"should", text(named[1])):
        yield built_assertion(
            node, text(named[1]), tokens(named[0]), (CallArgument(tokens(named[2]), named[2]),), "Not" in text(named[1])
        )
