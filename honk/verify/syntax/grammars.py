"""Syntax trees of source files by tree-sitter, and one vocabulary (`Role`) for the node types of all languages.

A file that is too large, of another language, or that does not parse has no tree: callers say so (`parse`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

import tree_sitter_bash
import tree_sitter_c
import tree_sitter_c_sharp
import tree_sitter_cpp
import tree_sitter_go
import tree_sitter_java
import tree_sitter_javascript
import tree_sitter_kotlin
import tree_sitter_php
import tree_sitter_python
import tree_sitter_ruby
import tree_sitter_rust
import tree_sitter_typescript
from tree_sitter import Language, Parser

from honk.verify.syntax.nodes import Node, build
from honk.verify.syntax.nodes import Tokens as Tokens
from honk.verify.syntax.roles import COMMENTS as COMMENTS
from honk.verify.syntax.roles import Role

MAX_BYTES = 400_000
"""A larger file is not parsed; tree-sitter takes about 150 ns for each byte."""

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
    "c": tree_sitter_c.language,
    "cpp": tree_sitter_cpp.language,
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
    ".bats": "bash",
    ".c": "c",
    ".h": "cpp",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cxx": "cpp",
    ".hh": "cpp",
    ".hpp": "cpp",
    ".hxx": "cpp",
    ".ipp": "cpp",
}


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
    tree = _parser(language).parse(content)
    root = build(tree, content, inside_strings=language == "bash")
    broken = tree.root_node.has_error
    if broken and language == "cpp":  # `TEST_CASE("name") { … }` only lacks a semicolon in the grammar's view
        broken = any(node.type == "ERROR" for node in root.content.named)
    return Source(language, root, broken)


def text(node: Node | None) -> str:
    """The node's source text."""
    return node.text if node is not None else ""


def line(node: Node) -> int:
    """The line of the file on which the node begins, from 1."""
    return node.row + 1


def role(node: Node) -> Role | None:
    """What the node is, in the vocabulary of all languages."""
    return node.role


def walk(node: Node, into: Callable[[Node], bool] | None = None) -> Iterator[Node]:
    """The node and all named nodes below it in order; below a node only where `into` says so."""
    if into is None:
        yield from node.content.named[node.at : node.stop] if node.is_named else ()
        return
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if each is node or into(each):
            waiting.extend(reversed(each.named_children))


def tokens(node: Node | None) -> Tokens:
    """The node's tokens: equal for texts that differ only in layout, quotes, trailing commas and comments."""
    if node is None:
        return ()
    found = node.content.tokens[node.first : node.last]
    return tuple(found[:-1] if found[-1:] == [","] else found)


def followed(part: Tokens) -> Iterator[tuple[str, str]]:
    """Each token with the one after it, which is empty for the last one."""
    return zip(part, (*part[1:], ""), strict=False)


def is_literal(token: str) -> bool:
    """Whether the token is a string, a number, a boolean or nothing."""
    return token[:1] in '"0123456789' or token.lower() in ("true", "false", "none", "null", "nil", "undefined")


@lru_cache(maxsize=16)
def _parser(language: str) -> Parser:
    return Parser(Language(_LOADERS[language]()))
