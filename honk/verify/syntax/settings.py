"""Configuration files as flat settings: a dotted key and its value, whatever the format (TOML, YAML, JSON, INI, XML,
and
object literals in JavaScript). Layout, order and comments make no difference."""

import configparser
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

import yaml

from honk.verify.syntax.formats import blocks, calls
from honk.verify.syntax.grammars import COMMENTS, language_of, parse, text
from honk.verify.syntax.nodes import Node

_PRESET = re.compile(r"(?i)config|recommended|strict|preset|all\b")

MAX_CHARS = 200_000
MAX_SETTINGS = 20_000
MAX_DEPTH = 30

Scalar = str | float | bool | None
Value = Scalar | tuple[Scalar, ...]
Settings = dict[str, Value]

_NAMES = (
    "name",
    "id",
    "artifactId",
    "@Include",
    "repo",
    "uses",
    "key",
    "job",
    "stage",
    "path",
    "package-ecosystem",
    "linters",
    "text",
    "files",
    "hook",
    "image",
    "run",
    "script",
)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads unknown tags (`!reference`) as plain values."""


_Loader.add_multi_constructor(
    "!", lambda loader, _suffix, node: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None
)


def settings(path: str, content: str) -> Settings | None:
    """The file's settings; None where the format is not known or the file cannot be parsed."""
    data = parsed(path, content)
    if data is None:
        return None
    found: Settings = {}
    for key, value in _flat(data, "", 0):
        found[key] = value
        if len(found) > MAX_SETTINGS:
            return None
    return found


def parsed(path: str, content: str) -> Any:
    """The file's content as dictionaries and lists, empty for an empty file; None as for `settings`."""
    if len(content) > MAX_CHARS:
        return None
    if not content.strip():
        return {}
    try:
        return _data(path, content)
    except (
        ValueError,
        yaml.YAMLError,
        configparser.Error,
        ElementTree.ParseError,
        RecursionError,
        TypeError,
        AttributeError,
    ):
        return None


def _data(path: str, content: str) -> Any:
    name = PurePosixPath(path).name.removesuffix(".dist")
    suffix = PurePosixPath(name).suffix
    if suffix == ".toml" or name in ("Pipfile", "poetry.lock", "Cargo.lock"):
        return tomllib.loads(content)
    if suffix in (".json", ".jsonc", ".json5") or name in (".babelrc", ".nycrc", ".jshintrc"):
        return _json(content)
    if suffix in (".gradle", ".kts") or name in ("Jenkinsfile", ".simplecov", "spec_helper.rb", "test_helper.rb"):
        return blocks.parse(content)
    if suffix in (".cmake", ".build") or name in ("CMakeLists.txt", "meson_options.txt"):
        return calls.parse(content)
    if name in ("noxfile.py", "tasks.py", "dodo.py", "setup.py"):
        return calls.parse_python(content)
    if suffix == ".neon":
        return yaml.load(content.replace("\t", "    "), Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    if suffix in (".yml", ".yaml") or name in (
        ".eslintrc",
        ".prettierrc",
        ".stylelintrc",
        ".clang-tidy",
        ".mocharc",
        ".lintstagedrc",
        ".yamllint",
        ".markdownlintrc",
    ):
        return yaml.load(content, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    if suffix in (".cfg", ".ini", ".properties", ".conf") or name in (
        ".coveragerc",
        ".flake8",
        ".pylintrc",
        "pylintrc",
        ".editorconfig",
        ".pydocstyle",
        ".bandit",
        ".shellcheckrc",
    ):
        return _ini(content)
    if suffix in (".xml", ".csproj", ".props", ".targets", ".ruleset", ".runsettings"):
        return _xml(content)
    if language_of(path) in ("javascript", "typescript"):
        return _script(path, content)
    return None


def _json(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        bare = re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda match: match[1] or "", content, flags=re.S)
        return json.loads(re.sub(r",(\s*[}\]])", r"\1", bare))


def _ini(content: str) -> dict[str, Any]:
    parser = configparser.RawConfigParser(
        strict=False, allow_no_value=True, interpolation=None, inline_comment_prefixes=(" #", " ;")
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(f"[top]\n{content}")
    return {
        section: {key: _ini_value(key, value) for key, value in parser.items(section)}
        for section in parser.sections()
        if section != "top" or parser.items(section)
    }


def _ini_value(key: str, value: str | None) -> Any:
    if value is None:
        return None
    lines = [
        line.strip() for line in value.strip().splitlines() if line.strip() and not line.strip().startswith(("#", ";"))
    ]
    if len(lines) > 1:
        return lines
    whole = lines[0] if lines else ""
    listed = re.search(
        r"(?i)ignore|select|exclude|omit|disable|enable|paths|include|source|lines|files|plugins|codes", key
    )
    if listed and ("," in whole or value.startswith("\n")):
        return [part for part in re.split(r"[,\s]+", whole) if part]
    return _scalar(whole)


def _scalar(value: str) -> Scalar:
    lowered = value.lower()
    if lowered in ("true", "yes", "on"):
        return True
    if lowered in ("false", "no", "off"):
        return False
    try:
        return float(value)
    except ValueError:
        return value


def _xml(content: str) -> Any:
    if "<!ENTITY" in content:
        return None
    root = ElementTree.fromstring(content)  # noqa: S314 - expat bounds expansion, and entities are refused above

    def read(node: ElementTree.Element, depth: int) -> Any:
        children = list(node)
        if not children and not node.attrib:
            return _scalar((node.text or "").strip())
        out: dict[str, Any] = {f"@{key}": _scalar(value) for key, value in node.attrib.items()}
        if depth < MAX_DEPTH:
            for child in children:
                tag = child.tag.rsplit("}", 1)[-1]
                out.setdefault(tag, []).append(read(child, depth + 1))
        return {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in out.items()}

    return {root.tag.rsplit("}", 1)[-1]: read(root, 0)}


def _script(path: str, content: str) -> Any:
    """The largest object or array literals of a configuration written in JavaScript, merged."""
    root = parse(path, content).root
    if root is None:
        return None
    found: list[Any] = []
    presets: list[str] = []

    def search(node: Node, depth: int) -> None:
        if node.type in ("arguments", "array"):
            presets.extend(
                text(child).lstrip(".")
                for child in node.named_children
                if child.type in ("member_expression", "spread_element") and _PRESET.search(text(child))
            )
        if node.type in ("object", "array"):
            found.append(_literal(node, 0))
        elif depth < MAX_DEPTH:
            for child in node.named_children:
                search(child, depth + 1)

    search(root, 0)
    return {"config": found, "presets": presets}


def _literal(node: Node, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return text(node)
    if node.type == "object":
        out: dict[str, Any] = {}
        for child in node.named_children:
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "pair" and key is not None and value is not None:
                out[text(key).strip("'\"`[]")] = _literal(value, depth + 1)
            elif child.type == "spread_element":
                out[text(child)] = True
        return out
    if node.type == "array":
        return [_literal(child, depth + 1) for child in node.named_children if child.type not in COMMENTS]
    if node.type in ("string", "template_string"):
        return text(node)[1:-1]
    if node.type in ("true", "false"):
        return node.type == "true"
    if node.type == "number":
        return _scalar(text(node).replace("_", ""))
    if node.type == "call_expression":
        inner = [child for each in node.named_children if each.type == "arguments" for child in each.named_children]
        objects = [_literal(child, depth + 1) for child in inner if child.type in ("object", "array")]
        return objects[0] if len(objects) == 1 else {str(at): each for at, each in enumerate(objects)} or text(node)
    return re.sub(r"\s+", " ", text(node))


def _flat(data: Any, key: str, depth: int) -> Iterator[tuple[str, Value]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(data, dict):
        for name, value in data.items():
            said = "on" if name is True else str(name)
            yield from _flat(value, f"{key}.{said}" if key else said, depth + 1)
        if not data:
            yield key, ()
    elif isinstance(data, list):
        scalars = tuple(_plain(each) for each in data if not isinstance(each, dict | list))
        if scalars or not data:
            yield key, scalars
        seen: dict[str, int] = {}
        for each in data:
            if isinstance(each, dict | list):
                label = _label(each) if isinstance(each, dict) else ""
                seen[label] = seen.get(label, 0) + 1
                yield from _flat(each, f"{key}[{label}{'' if seen[label] == 1 else '#' + str(seen[label])}]", depth + 1)
    else:
        yield key, _plain(data)


def _label(item: dict[Any, Any]) -> str:
    """What tells an item of a list from the others, so that its place makes no difference."""
    for name in _NAMES:
        value = item.get(name)
        if isinstance(value, str):
            return re.split(r"@", value)[0].replace(".", "·")[:60] if name == "uses" else value.replace(".", "·")[:60]
    return ""


def _plain(value: Any) -> Scalar:
    return (
        value
        if isinstance(value, str | float | bool) or value is None
        else (float(value) if isinstance(value, int) else str(value))
    )
