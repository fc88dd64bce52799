"""The operands of a comparison, as tokens."""

import re

from honk.verify.syntax.grammars import Tokens, is_literal


def literalness(part: Tokens) -> float:
    words = [token for token in part if token[:1].isalnum() or token[:1] in '_"']
    literal = sum(is_literal(token) for token in words) / len(words) if words else 1.0
    named = bool(words) and bool(re.match(r"(?i)(?:want|exp|expected|wanted)", words[0]))
    return max(literal, 0.9 if named else 0.0) - (0.5 if "(" in part else 0.0)


def approximate(part: Tokens) -> tuple[Tokens, Tokens] | None:
    """The value and the tolerance of `pytest.approx(value, abs=1e-9)`."""
    if "approx" not in part or "(" not in part:
        return None
    inside = part[part.index("(", part.index("approx")) + 1 : -1]
    depth = 0
    for at, token in enumerate(inside):
        depth += (token in "([{") - (token in ")]}")
        if token == "," and not depth:
            return inside[:at], inside[at + 1 :]
    return inside, ()


def without_parentheses(part: Tokens) -> Tokens:
    while part[:1] == ("(",) and part[-1:] == (")",) and _closes(part):
        part = part[1:-1]
    return part


def _closes(part: Tokens) -> bool:
    depth = 0
    for at, token in enumerate(part):
        depth += (token == "(") - (token == ")")
        if not depth:
            return at == len(part) - 1
    return False


def split_at(part: Tokens, operators: tuple[str, ...]) -> list[Tokens]:
    pieces: list[list[str]] = [[]]
    depth = 0
    for token in part:
        depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
        if not depth and token in operators:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [tuple(piece) for piece in pieces]
