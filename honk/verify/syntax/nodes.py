"""Syntax trees as Python objects, made in one pass.

Every rule visits the nodes many times, and a call into tree-sitter costs about ten times as much as an attribute here.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tree_sitter import Tree, TreeCursor

from honk.verify.syntax.roles import COMMENTS, QUOTES, ROLES, Role

CLOSERS = frozenset({")", "]", "}"})

MAX_DEPTH = 400
"""Deeper nested nodes are left out."""

Tokens = tuple[str, ...]
"""Leaves of a syntax tree without comments, separators and layout. A string is one token that begins with `"`."""


@dataclass
class TreeContent:
    """What the nodes of one tree share: the file's bytes, its tokens, its named nodes in order, and where its lines
    begin."""

    data: bytes
    tokens: list[str] = field(default_factory=list)
    named: list["Node"] = field(default_factory=list)
    line_starts: list[int] = field(default_factory=list)


class Node:
    """A node. `type` and `field` are the grammar's names; `first` and `last` bound its tokens, `at` and `stop` its
    named nodes in `content`."""

    __slots__ = (
        "at", "children", "content", "end_byte", "field", "first", "is_named", "last", "named_children", "parent",
        "role", "start_byte", "stop", "type",
    )  # fmt: skip

    def __init__(self, content: TreeContent, kind: str, role: Role | None, is_named: bool, parent: "Node | None"):
        self.content = content
        self.type = kind
        self.role = role
        self.is_named = is_named
        self.parent = parent
        self.field: str | None = None
        self.children: Sequence[Node] = ()
        self.named_children: Sequence[Node] = ()
        self.start_byte = self.end_byte = 0
        self.first = self.last = 0
        self.at = self.stop = 0

    @property
    def id(self) -> int:
        """A number that no other node has."""
        return id(self)

    @property
    def row(self) -> int:
        """The line on which the node begins, from 0."""
        return bisect_right(self.content.line_starts, self.start_byte) - 1

    @property
    def end_row(self) -> int:
        """The line on which the node ends, from 0."""
        return bisect_right(self.content.line_starts, self.end_byte) - 1

    @property
    def text(self) -> str:
        """The source text."""
        return self.content.data[self.start_byte : self.end_byte].decode(errors="replace")

    @property
    def next_sibling(self) -> "Node | None":
        """The node after this one in its parent."""
        siblings = self.parent.children if self.parent is not None else ()
        return next((after for each, after in pairwise(siblings) if each is self), None)

    def children_by_field_name(self, name: str) -> "list[Node]":
        """All children with this field's name."""
        return [child for child in self.children if child.field == name]

    def child_by_field_name(self, name: str) -> "Node | None":
        """The first child with this field's name."""
        return next((child for child in self.children if child.field == name), None)


def build(tree: Tree, data: bytes, *, inside_strings: bool = False) -> Node:
    """The nodes of a parsed file; the parts of strings only with `inside_strings`."""
    content = TreeContent(data)
    content.line_starts = [0, *(match.end() for match in re.finditer(b"\n", data))]
    return _built(tree.walk(), content, None, inside_strings, 0)


def _built(cursor: TreeCursor, content: TreeContent, parent: Node | None, inside_strings: bool, depth: int) -> Node:
    """The node at the cursor with all below it."""
    raw = cursor.node
    assert raw is not None
    kind = raw.type
    is_named = raw.is_named
    node = Node(content, kind, ROLES.get(kind) if is_named else None, is_named, parent)
    node.start_byte, node.end_byte = raw.start_byte, raw.end_byte
    tokens = content.tokens
    node.first = len(tokens)
    node.at = len(content.named)
    if is_named:
        content.named.append(node)
    whole = node.role == "string" and kind != "concatenated_string"
    if (not whole or inside_strings) and depth < MAX_DEPTH and cursor.goto_first_child():
        children = []
        while True:
            name = cursor.field_name
            child = _built(cursor, content, node, inside_strings, depth + 1)
            child.field = name
            children.append(child)
            if not cursor.goto_next_sibling():
                break
        cursor.goto_parent()
        node.children = children
        node.named_children = [child for child in children if child.is_named]
    if whole:
        del tokens[node.first :]
        tokens.append('"' + QUOTES.sub("", node.text) + '"')
    elif kind in COMMENTS:
        del tokens[node.first :]
    elif not node.children and kind != ";" and (leaf := node.text.strip()):
        if leaf in CLOSERS and tokens and tokens[-1] == ",":
            tokens[-1] = leaf
        else:
            tokens.append(leaf)
    node.last = len(tokens)
    node.stop = len(content.named)
    return node
