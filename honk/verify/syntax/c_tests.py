"""Names of functions and tests in C and C++, where the common test libraries declare tests by macros."""

import re
from collections.abc import Iterable

from honk.verify.syntax.calls import arguments, chain
from honk.verify.syntax.nodes import Node

LANGUAGES = ("c", "cpp")
MACROS = ("preproc_function_def", "preproc_def")

_TEST_MACRO = re.compile(r"(?:[A-Z0-9_]*TEST(?:_[A-Z0-9_]+)?|Test|ParameterizedTest|Theory)")
"""GoogleTest's `TEST_F(Suite, Name)`, Criterion's `Test(suite, name)`, Boost's `BOOST_AUTO_TEST_CASE(name)` …"""
_BLOCK_MACRO = re.compile(r"(?:DOCTEST_|CATCH_)?(?:[A-Z_]*TEST_CASE[A-Z_]*|SCENARIO)")
"""Catch2's and doctest's `TEST_CASE("name") { … }`."""
_TEST_NAME = re.compile(r"(?i)tests?_\w+|test[A-Z]\w*|\w+_tests?")
_NOT_RUN = re.compile(r"(?:^|\.)DISABLED_")


def function_name(node: Node) -> tuple[str, bool]:
    """The name of a function definition or a macro, empty where it is not known, and whether it is a test."""
    if node.type in MACROS:
        macro = node.child_by_field_name("name")
        return (macro.text if macro is not None else ""), False
    declarator = node.child_by_field_name("declarator")
    kind = node.child_by_field_name("type")
    if declarator is not None and declarator.type == "parenthesized_declarator":  # Check's START_TEST(name)
        marked = kind is not None and kind.text.endswith("START_TEST")
        return declarator.text.strip("() "), marked
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    named = declarator.child_by_field_name("declarator") if declarator is not None else None
    if declarator is None or named is None:
        return "", False
    parameters = declarator.child_by_field_name("parameters")
    if _TEST_MACRO.fullmatch(named.text) and parameters is not None:
        name = ".".join(each.text for each in parameters.named_children)
        return name, not _NOT_RUN.search(name)
    return named.text, bool(_TEST_NAME.fullmatch(named.text))


def block_names(nodes: Iterable[Node]) -> frozenset[int]:
    """The ids of the macros' calls that stand before these blocks."""
    found = set[int]()
    for node in nodes:
        if node.type == "compound_statement" and node.parent is not None:
            around = node.parent.named_children
            at = next((at for at, each in enumerate(around) if each.id == node.id), 0)
            found |= {around[at - 1].id} if at else set()
    return frozenset(found)


def block_test(node: Node, following: Node | None) -> tuple[str, Node] | None:
    """(name, block) of a test whose macro stands before a block, else None."""
    call = node.named_children[0] if node.type == "expression_statement" and node.named_children else None
    if call is None or call.role != "call" or following is None or following.type != "compound_statement":
        return None
    given = arguments(call)
    if not given or not _BLOCK_MACRO.fullmatch(chain(call)[-1].name):
        return None
    return " ".join(given[0].tokens).strip('"'), following
