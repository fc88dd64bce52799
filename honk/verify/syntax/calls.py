"""Calls and chains of calls (`expect(a).not.toBe(b)`) in one form for all languages."""

from dataclasses import dataclass

from honk.verify.syntax.grammars import COMMENTS, Tokens, role, text, tokens
from honk.verify.syntax.nodes import Node

_ARGUMENTS = frozenset({"argument_list", "arguments", "value_arguments", "call_suffix"})
_WRAPPERS = frozenset({"argument", "value_argument", "parenthesized_expression", "await_expression", "await"})
_BLOCKS = frozenset({"do_block", "block", "annotated_lambda", "lambda_literal"})


@dataclass(frozen=True)
class CallArgument:
    """One argument of a call. `node` is None inside a Rust macro, whose content has no syntax tree."""

    tokens: Tokens
    node: Node | None = None


@dataclass(frozen=True)
class Link:
    """One part of a chain: a name, and the arguments when it is called (None when it is not)."""

    name: str
    args: tuple[CallArgument, ...] | None = None
    node: Node | None = None


Chain = tuple[Link, ...]


def chain(node: Node) -> Chain:
    """`a.b(c).d` as (a, b(c), d). The first name is empty where the chain begins with another expression."""
    kind = role(node)
    if node.type in _WRAPPERS and len(node.named_children) == 1:
        return chain(node.named_children[0])
    if kind == "call":
        return _of_call(node)
    if kind == "member" or node.type in ("generic_name", "generic_function"):
        named = [child for child in node.named_children if child.type not in COMMENTS]
        if len(named) > 1 and node.type not in ("generic_name", "generic_function"):
            return (*chain(named[0]), Link(text(named[-1]).split("<")[0], node=node))
        return (Link(text(named[0]), node=node),) if named else ()
    if not node.children or node.type in ("variable_name", "name", "qualified_name"):
        return (Link(text(node).lstrip("$"), node=node),)
    return (Link("", node=node),)


def dotted(links: Chain) -> str:
    """The chain's names, joined by dots."""
    return ".".join(link.name for link in links)


def arguments(node: Node) -> tuple[CallArgument, ...]:
    """The arguments of a call, of an annotation or of a macro."""
    found = node.child_by_field_name("arguments") or next(
        (child for child in node.named_children if child.type in _ARGUMENTS), None
    )
    if node.type in ("macro_invocation", "attribute", "attribute_item") and found is None:
        trees = [each for each in node.named_children if each.type == "token_tree"]
        return _of_tokens(trees[-1]) if trees else ()
    given = [] if found is None else [each for each in found.named_children if each.type not in COMMENTS]
    if found is not None and found.type not in _ARGUMENTS and not given:
        given = [found]
    blocks = [child for child in node.named_children if child.type in _BLOCKS]
    return tuple(CallArgument(tokens(each), _unwrapped(each)) for each in [*given, *blocks])


def _of_call(node: Node) -> Chain:
    base = node.child_by_field_name("object") or node.child_by_field_name("receiver")
    base = base or node.child_by_field_name("scope")
    name = node.child_by_field_name("name") or node.child_by_field_name("method")
    args = arguments(node)
    if name is not None:
        before = chain(base) if base is not None else ()
        return (*before, Link(text(name), args, node))
    function = node.child_by_field_name("function") or node.child_by_field_name("macro")
    function = function or (node.named_children[0] if node.named_children else None)
    if function is None:
        return (Link("", args, node),)
    links = chain(function)
    if function.type in ("generic_name", "generic_function") and not links:
        links = (Link(text(function)),)
    if links and links[-1].args is None:
        return (*links[:-1], Link(links[-1].name, args, node))
    return (*links, Link("", args, node))


def _of_tokens(tree: Node) -> tuple[CallArgument, ...]:
    """The arguments of a Rust macro: its tokens, cut at the commas of the outermost level."""
    parts: list[list[str]] = [[]]
    for child in tree.children[1:-1]:
        if child.type == ",":
            parts.append([])
        else:
            parts[-1].extend(tokens(child))
    return tuple(CallArgument(tuple(part)) for part in parts if part)


def _unwrapped(node: Node) -> Node:
    while node.type in _WRAPPERS and len(node.named_children) == 1:
        node = node.named_children[0]
    return node
