"""Small faults to put into changed lines, one at a time, to see whether a test notices. Pure.

The kinds of faults rarely leave the behaviour as it is: logging is left alone, and numbers change only where they are
compared. Where one does, a person sees it at once; a fault that no test notices is information, no verdict.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from honk.verify.coverage.base import ProgramFile
from honk.verify.syntax import grammars
from honk.verify.syntax.nodes import Node

MAX_LINES = 60
"""Only changes with at most so many changed program lines are tried."""

LANGUAGES = ("python", "javascript", "typescript", "tsx", "rust", "java", "go")

_SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "===": "!==", "!==": "===",
    "&&": "||", "||": "&&", "and": "or", "or": "and", "+": "-", "-": "+", "*": "/", "/": "*",
}  # fmt: skip
_COMPARED = ("<", "<=", ">", ">=", "==", "!=", "===", "!==")
_BINARY = ("binary_expression", "binary_operator", "comparison_operator", "boolean_operator")
_BOOLEANS = {"true": "false", "false": "true", "True": "False", "False": "True"}
_IDLE = re.compile(r"(?i)^(?:await\s+)?[\w.:]*\b(?:log\w*|print\w*|debug|info|warn\w*|trace|console|fmt|eprint\w*)\b")
_EMPTY = {"python": "pass", "go": ""}
_MOST_SHOWN = 60
_C_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|<<=?|>>=?|->|[<>=!]=|&&|\|\||[<>]', re.DOTALL
)
_NOT = re.compile(r"^(?:not\b|!(?!=))\s*")
_WHOLE = re.compile(r"\d{1,9}")
_FIXED = re.compile(r"\bTYPE_CHECKING\b|__name__")
"""Conditions that are the same in every test."""


@dataclass(frozen=True)
class Mutant:
    """One fault: bytes `start` to `end` of the file become `text`. `fault` says so for people."""

    path: str
    line: int
    start: int
    end: int
    text: str
    fault: str

    def apply(self, source: str) -> str:
        """The file's text with the fault."""
        content = source.encode(errors="surrogateescape")
        return (content[: self.start] + self.text.encode() + content[self.end :]).decode(errors="surrogateescape")


def mutants(file: ProgramFile, lines: frozenset[int]) -> list[Mutant]:
    """The faults for these lines of the file, the first one of each line before the second of any."""
    if file.path.endswith(".c"):
        found = list(_of_c(file))
    else:
        source = grammars.parse(file.path, file.text)
        if source.root is None or source.broken or source.language not in LANGUAGES:
            return []
        found = [each for node in _nodes(source.root) for each in _of_node(file.path, source.language, node)]
    by_line: dict[int, list[Mutant]] = {}
    for each in sorted(found, key=lambda each: each.text not in _COMPARED):
        if each.line in lines:
            by_line.setdefault(each.line, []).append(each)
    ranked = [(place, number, each) for number, row in by_line.items() for place, each in enumerate(row)]
    return [each for _, _, each in sorted(ranked, key=lambda rank: rank[:2])]


def _nodes(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if node.type not in ("type_annotation", "type", "attribute_item", "decorator"):
            waiting.extend(reversed(node.children))


def _of_node(path: str, language: str, node: Node) -> Iterator[Mutant]:
    def change(target: Node, text: str, fault: str) -> Mutant:
        return Mutant(path, target.row + 1, target.start_byte, target.end_byte, text, fault)

    if node.type in _BINARY:
        yield from (
            change(each, _SWAPS[each.type], f"changing `{each.type}` to `{_SWAPS[each.type]}`")
            for each in node.children
            if not each.is_named and each.type in _SWAPS and not (each.type in "+-*/" and _has_string(node))
        )
        if any(each.type in _COMPARED for each in node.children):
            numbers = [each for each in node.children if each.role == "number" and _WHOLE.fullmatch(each.text)]
            yield from (change(each, _next(each), _changed(each, _next(each))) for each in numbers)
    elif node.type in ("not_operator", "unary_expression") and _NOT.match(node.text):
        positive = _NOT.sub("", node.text)
        yield change(node, f"({positive})", f"changing `{_shown(node)}` to its opposite")
    elif node.text in _BOOLEANS and node.is_named and not node.children:
        yield change(node, _BOOLEANS[node.text], _changed(node, _BOOLEANS[node.text]))
    elif node.type in ("if_statement", "elif_clause", "if_expression", "while_statement"):
        yield from _of_condition(language, node, change)
    elif node.type == "return_statement" and language in ("python", "javascript", "typescript", "tsx"):
        nothing = "None" if language == "python" else "undefined"
        value = node.named_children[0] if node.named_children else None
        if value is not None and value.text not in (nothing, "null"):
            yield change(value, nothing, f"returning `{nothing}` instead of `{_shown(value)}`")
    elif node.type in ("expression_statement", "raise_statement", "throw_statement") and _does_something(node):
        yield change(node, _EMPTY.get(language, ";"), f"removing `{_shown(node)}`")


def _of_condition(language: str, node: Node, change: Callable[[Node, str, str], Mutant]) -> Iterator[Mutant]:
    condition = node.child_by_field_name("condition")
    if (
        condition is None
        or "let" in condition.type
        or "TYPE_CHECKING" in condition.text
        or "__name__" in condition.text
    ):
        return
    for value in ("false",) if node.type == "while_statement" else ("false", "true"):
        text = value.capitalize() if language == "python" else value
        inner = f"({text})" if condition.text.startswith("(") else text
        yield change(condition, inner, f"fixing the condition `{_shown(condition)}` to `{text}`")


def _does_something(node: Node) -> bool:
    inner = node.named_children[0] if node.named_children else None
    if node.type != "expression_statement":
        return True
    if inner is None or node.text.startswith(("super", "self.super")) or _IDLE.match(node.text):
        return False
    kinds = ("augmented_assignment", "augmented_assignment_expression", "compound_assignment_expr", "await_expression")
    return inner.role == "call" or inner.type in kinds or inner.type == "await"


def _has_string(node: Node) -> bool:
    return any(each.role == "string" for each in grammars.walk(node))


def _of_c(file: ProgramFile) -> Iterator[Mutant]:
    """C has no syntax tree here: operators outside comments, strings and directives."""
    for match in _C_TOKEN.finditer(file.text):
        token, start = match[0], match.start()
        row = file.text[file.text.rfind("\n", 0, start) + 1 :]
        if token in _SWAPS and not row.lstrip().startswith("#"):
            at = len(file.text[:start].encode())
            line = file.text.count("\n", 0, start) + 1
            fault = f"changing `{token}` to `{_SWAPS[token]}`"
            yield Mutant(file.path, line, at, at + len(token), _SWAPS[token], fault)


def _next(number: Node) -> str:
    return str(int(number.text) + 1)


def _changed(node: Node, text: str) -> str:
    return f"changing `{_shown(node)}` to `{text}`"


def _shown(node: Node) -> str:
    flat = " ".join(node.text.replace("`", "'").split())
    return flat if len(flat) <= _MOST_SHOWN else f"{flat[: _MOST_SHOWN - 1]}…"
