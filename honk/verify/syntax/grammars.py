"""Syntax trees of source files by tree-sitter, and one vocabulary (`Role`) for the node types of all languages.

A file that is too large, of another language, or that does not parse has no tree: callers say so (`parse`).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

import tree_sitter_bash
import tree_sitter_c_sharp
import tree_sitter_go
import tree_sitter_java
import tree_sitter_javascript
import tree_sitter_kotlin
import tree_sitter_php
import tree_sitter_python
import tree_sitter_ruby
import tree_sitter_rust
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

MAX_BYTES = 400_000
"""A larger file is not parsed; tree-sitter takes about 150 ns for each byte."""

MAX_DEPTH = 400
"""Deeper nested nodes are not visited."""

_LOADERS: dict[str, Callable[[], object]] = {
    "python": tree_sitter_python.language,
    "javascript": tree_sitter_javascript.language,
    "typescript": tree_sitter_typescript.language_typescript,
    "tsx": tree_sitter_typescript.language_tsx,
    "go": tree_sitter_go.language,
    "java": tree_sitter_java.language,
    "rust": tree_sitter_rust.language,
    "ruby": tree_sitter_ruby.language,
    "php": tree_sitter_php.language_php,
    "csharp": tree_sitter_c_sharp.language,
    "kotlin": tree_sitter_kotlin.language,
    "bash": tree_sitter_bash.language,
}
_SUFFIXES = {
    ".py": "python",
    ".pyi": "python",
    ".js": "javascript",
    ".jsx": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "tsx",
    ".go": "go",
    ".java": "java",
    ".rs": "rust",
    ".rb": "ruby",
    ".php": "php",
    ".cs": "csharp",
    ".kt": "kotlin",
    ".kts": "kotlin",
    ".sh": "bash",
    ".bash": "bash",
}

Role = Literal["function", "class", "call", "member", "if", "loop", "return", "try", "catch", "string", "number"]

_KINDS: dict[Role, str] = {
    "function": "function_definition function_declaration method_definition method_declaration function_item "
    "method singleton_method local_function_statement constructor_declaration generator_function_declaration "
    "constructor_definition",
    "class": "class_definition class_declaration class module impl_item mod_item interface_declaration "
    "object_declaration struct_item enum_item type_declaration record_declaration trait_item",
    "call": "call call_expression method_invocation invocation_expression function_call_expression "
    "member_call_expression scoped_call_expression nullsafe_member_call_expression macro_invocation",
    "member": "attribute member_expression selector_expression field_expression field_access "
    "member_access_expression navigation_expression scoped_identifier scope_resolution",
    "if": "if_statement if_expression if unless if_modifier unless_modifier conditional_expression "
    "ternary_expression elif_clause when_entry expression_case expression_switch_statement switch_case "
    "match_arm case_clause when switch_section switch_block_statement_group",
    "loop": "for_statement for_in_statement while_statement for_expression while_expression foreach_statement "
    "enhanced_for_statement for while until do_statement",
    "return": "return_statement return_expression return jump_expression",
    "try": "try_statement try_expression begin",
    "catch": "except_clause except_group_clause catch_clause catch_block rescue",
    "string": "string template_string interpreted_string_literal raw_string_literal string_literal "
    "multiline_string_literal encapsed_string verbatim_string_literal interpolated_string_expression rune_literal "
    "char_literal character_literal regex simple_symbol heredoc_body concatenated_string",
    "number": "integer float number int_literal float_literal decimal_integer_literal "
    "decimal_floating_point_literal integer_literal real_literal number_literal hex_integer_literal "
    "long_literal",
}
ROLES: dict[str, Role] = {kind: role for role, kinds in _KINDS.items() for kind in kinds.split()}

COMMENTS = frozenset({"comment", "line_comment", "block_comment", "multiline_comment", "shebang"})
_QUOTES = re.compile(r"""^[A-Za-z@$]{0,3}(?:"{3}|'{3}|["'`])|(?:"{3}|'{3}|["'`])$""")

Tokens = tuple[str, ...]
"""Leaves of a syntax tree without comments, separators and layout. A string is one token that begins with `"`."""


@dataclass(frozen=True)
class Source:
    """A parsed file. `root` is None where nothing was parsed; `broken` where the parser met an error."""

    language: str
    root: Node | None
    broken: bool


def language_of(path: str) -> str:
    """The language by the file's name, empty when it is none of these."""
    return _SUFFIXES.get(PurePosixPath(path).suffix, "")


def parse(path: str, text: str) -> Source:
    """The syntax tree of `text`. Has no root when the language is unknown or the file is larger than MAX_BYTES."""
    language = language_of(path)
    content = text.encode(errors="replace")
    if not language or len(content) > MAX_BYTES:
        return Source(language, None, bool(language))
    root = _parser(language).parse(content).root_node
    return Source(language, root, root.has_error)


def text(node: Node | None) -> str:
    """The node's source text."""
    return (node.text or b"").decode(errors="replace") if node is not None else ""


def line(node: Node) -> int:
    """The line of the file on which the node begins, from 1."""
    return node.start_point[0] + 1


def role(node: Node) -> Role | None:
    """What the node is, in the vocabulary of all languages."""
    return ROLES.get(node.type) if node.is_named else None


def walk(node: Node, into: Callable[[Node], bool] = lambda _: True, depth: int = 0) -> Iterator[Node]:
    """The node and all named nodes below it in order; below a node only where `into` says so."""
    yield node
    if depth < MAX_DEPTH and (depth == 0 or into(node)):
        for child in node.named_children:
            yield from walk(child, into, depth + 1)


def tokens(node: Node | None) -> Tokens:
    """The node's tokens: equal for texts that differ only in layout, quotes, trailing commas and comments."""
    out: list[str] = []
    if node is not None:
        _collect(node, out, 0)
    return tuple(
        each
        for each, following in zip(out, [*out[1:], ""], strict=False)
        if not (each == "," and following in _CLOSERS)
    )


_CLOSERS = (")", "]", "}", "")


def _collect(node: Node, out: list[str], depth: int) -> None:
    if node.type in COMMENTS or node.type == ";" or depth > MAX_DEPTH:
        return
    if role(node) == "string" and node.type != "concatenated_string":
        out.append('"' + _QUOTES.sub("", text(node)) + '"')
    elif not node.child_count:
        if leaf := text(node).strip():
            out.append(leaf)
    else:
        for child in node.children:
            _collect(child, out, depth + 1)


def followed(part: Tokens) -> Iterator[tuple[str, str]]:
    """Each token with the one after it, which is empty for the last one."""
    return zip(part, (*part[1:], ""), strict=False)


def is_literal(token: str) -> bool:
    """Whether the token is a string, a number, a boolean or nothing."""
    return token[:1] in '"0123456789' or token.lower() in ("true", "false", "none", "null", "nil", "undefined")


@lru_cache(maxsize=16)
def _parser(language: str) -> Parser:
    return Parser(Language(_LOADERS[language]()))
