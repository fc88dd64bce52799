"""Files of blocks in braces and statements, as nested settings: Gradle (Groovy, Kotlin), Jenkinsfile, and Ruby's lines
of a method and its value."""

import re
from typing import Any

MAX_DEPTH = 30

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*'
    r"|/\*.*?\*/|(?m:^\s*#[^\n]*)|[{}();\n\[\]]|[^\"'/#{}();\n\[\]]+|.",
    re.DOTALL,
)
_STATEMENT = re.compile(
    r"([\w.$-]+(?:\([^()]*\))?(?:\.\w+)*?)(?:\.set\s*\(|\s*\+?=(?!=)\s*|\s*<<\s*|\s*\(|\s+)(.*?)\)?\s*$", re.DOTALL
)
_OPEN, _CLOSE = ("(", "["), (")", "]")


def parse(text: str) -> dict[str, Any]:
    """The blocks by their heads and the statements by their names; what is repeated becomes a list.

    A brace inside of parentheses or brackets is text. Blocks that are not closed end with the file.
    """
    root: dict[str, Any] = {}
    stack = [root]
    pending, inner = "", 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.startswith(("//", "/*")) or token.lstrip().startswith("#"):
            continue
        inner = max(0, inner + (token in _OPEN) - (token in _CLOSE))
        if inner or token in _CLOSE or token not in ("{", "}", ";", "\n"):
            pending += token
        elif token == "{":
            block: dict[str, Any] = {}
            if len(stack) < MAX_DEPTH:
                _add(stack[-1], re.sub(r"\s+", " ", pending.strip()) or "block", block)
            stack.append(block)
            pending = ""
        else:
            _statement(stack[-1], pending)
            pending = ""
            if token == "}" and len(stack) > 1:
                stack.pop()
    _statement(stack[-1], pending)
    return root


def _statement(block: dict[str, Any], text: str) -> None:
    said = text.strip()
    if not said:
        return
    match = _STATEMENT.match(said)
    if match:
        _add(block, match[1], _value(match[2]))
    else:
        _add(block, said, True)


def _add(block: dict[str, Any], name: str, value: Any) -> None:
    key = name.replace(".", "·") if "(" in name or "'" in name else name.removesuffix(".set")
    if key not in block:
        block[key] = value
    elif isinstance(block[key], list):
        block[key].append(value)
    elif isinstance(value, dict) and isinstance(block[key], dict):
        block[key] |= value
    else:
        block[key] = [block[key], value]


def _value(text: str) -> Any:
    bare = text.strip().strip("()").strip()
    if bare in ("true", "false"):
        return bare == "true"
    if re.fullmatch(r"-?\d[\d_]*(?:\.\d+)?[fdL]?", bare):
        return float(bare.rstrip("fdL").replace("_", ""))
    quoted = re.findall(r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'", bare)
    if re.fullmatch(r"(?:\w*\s*[\[(]?\s*(?:\"[^\"]*\"|'[^']*')\s*[,\])]*\s*)+", bare):
        values = [one or other for one, other in quoted]
        return values if len(values) > 1 else values[0]
    return bare
