"""Tests that stand in the program's own files: Rust's `#[cfg(test)]` modules. Pure."""

import re

_START = re.compile(r"^[ \t]*#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?mod\s+\w+\s*\{", re.MULTILINE)
_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|r(#*)\".*?\"\1|b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\.[^']*|[^'\\])'|[{}]", re.DOTALL)


def has_inline_tests(path: str, text: str) -> bool:
    """Whether the program file at `path` holds tests."""
    return path.endswith(".rs") and "#[cfg(test)]" in text


def with_base_tests(base: str, changed: str) -> str | None:
    """`changed` with the test modules of `base`; None where they cannot be told from the program."""
    wanted, present = _modules(base), _modules(changed)
    if wanted is None or present is None:
        return None
    if [base[start:end] for start, end in wanted] == [changed[start:end] for start, end in present]:
        return changed
    rest, at = "", 0
    for start, end in present:
        rest, at = rest + changed[at:start], end
    modules = "\n\n".join(base[start:end] for start, end in wanted)
    return f"{(rest + changed[at:]).rstrip()}\n\n{modules}\n"


def _modules(text: str) -> list[tuple[int, int]] | None:
    """Start and end of each test module; None where a brace is missing or something else is only for tests."""
    found: list[tuple[int, int]] = []
    for match in _START.finditer(text):
        end = _closing(text, match.end())
        if end is None:
            return None
        found.append((match.start(), end))
    return found if len(found) == text.count("#[cfg(test)]") else None


def _closing(text: str, at: int) -> int | None:
    depth = 1
    for token in _TOKEN.finditer(text, at):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return None
