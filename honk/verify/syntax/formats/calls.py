"""Build files of calls (CMake, Meson) and tasks in Python (nox, invoke, setup.py), as nested settings."""

import ast
import re
from typing import Any

_CALL = re.compile(r"(?m)^\s*(?:\w+\s*=\s*)?([A-Za-z_]\w*)\s*\(")
_WORD = re.compile(r"\[\[.*?\]\]|\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'|([^\s\"'(),]+)", re.DOTALL)
_NAMED = (
    "add_test",
    "test",
    "benchmark",
    "set_tests_properties",
    "option",
    "set",
    "gtest_discover_tests",
    "catch_discover_tests",
    "executable",
    "add_executable",
)
_ON = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def parse(text: str) -> dict[str, Any]:
    """The calls by name; those of tests, options and variables by their first argument as well.

    `WORD value` pairs in capitals (CMake) and `word: value` pairs (Meson) become settings of the call.
    """
    bare = re.sub(r"(?m)(?:^|\s)#.*$", "", text)
    found: dict[str, Any] = {}
    for match in _CALL.finditer(bare):
        words = [
            one or other or word for one, other, word in _WORD.findall(bare[match.end() : _end(bare, match.end())])
        ]
        name = match[1].lower()
        if name in _NAMED and words:
            if words[0] == "NAME" and len(words) > 1:
                words = words[1:]
            value = _scalar(words[-1]) if name == "option" else _settings(words[1:])
            found.setdefault(name, {})[words[0].replace(".", "·")] = value
        else:
            found.setdefault(name, []).append(" ".join(words))
        for word in words if name == "project" else ():
            key, equals, value = word.partition("=")
            if equals:
                found.setdefault("option", {})[key] = _scalar(value)
    return found


def _end(text: str, start: int) -> int:
    depth = 1
    for at in range(start, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
    return len(text)


def _settings(words: list[str]) -> Any:
    out: dict[str, Any] = {}
    key, values = "value", list[str]()
    for word in [*words, "\0"]:
        if (
            word == "\0"
            or (re.fullmatch(r"(?!TRUE|FALSE)[A-Z][A-Z_]{3,}", word) and key != "COMMAND")
            or re.fullmatch(r"[a-z_]+:", word)
        ):
            if values:
                out[key] = _scalar(values[0]) if len(values) == 1 and key != "COMMAND" else " ".join(values)
            key, values = word.rstrip(":"), []
        else:
            values.append(word)
    return out.get("value", True) if set(out) <= {"value"} else out


def _scalar(word: str) -> str | float | bool:
    if word.lower() in _ON:
        return _ON[word.lower()]
    return float(word) if re.fullmatch(r"\d+(?:\.\d+)?", word) else word


def parse_python(text: str) -> dict[str, Any] | None:
    """Assigned literals, and what each function calls with literal arguments; None where the file does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, MemoryError, RecursionError):
        return None
    found: dict[str, Any] = {}
    for node in tree.body:
        place: dict[str, Any] = found
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            place = found.setdefault(node.name, {})
        for each in ast.walk(node):
            if isinstance(each, ast.Assign) and len(each.targets) == 1:
                if (value := _literal(each.value)) is not None:
                    place[ast.unparse(each.targets[0])] = value
            elif isinstance(each, ast.Call):
                _called(place, each)
    return found


def _called(place: dict[str, Any], call: ast.Call) -> None:
    name = ast.unparse(call.func).rsplit(".", 1)[-1]
    words = [str(word.value) for word in call.args if isinstance(word, ast.Constant)]
    for named in call.keywords:
        if named.arg and (value := _literal(named.value)) is not None:
            place.setdefault(f"{name}()", {})[named.arg] = value
            if named.arg in ("success_codes", "warn", "check") and value != [0] and words:
                words.append(f"{named.arg}={value}")
    if words:
        place.setdefault(name, []).append(" ".join(words))


def _literal(node: ast.expr) -> Any:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None
    return (
        list(value)
        if isinstance(value, tuple | set)
        else value
        if isinstance(value, str | int | float | list | dict | bool)
        else None
    )
