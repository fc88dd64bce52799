"""The part of a file that configures tests, put back as the base has it, while the rest stays as changed. Pure.

`pyproject.toml`, `setup.cfg`, `package.json` and Makefiles hold dependencies and builds beside the configuration of
test runners, so they are neither put back whole nor left alone.
"""

import json
import re
import tomllib
from typing import Any

_TOML = re.compile(r"tool\.(?:pytest|coverage|tox|nose2?|unittest)\b")
_INI = re.compile(r"(?:tool:pytest|pytest|coverage:.*|tox.*|testenv.*|nosetests|unittest)$")
_HEADER = re.compile(r"^\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_SCRIPT = re.compile(r"(?:pre|post)?(?:test|check|coverage)\b|.*[:-](?:test|spec)\b|.*(?:jest|mocha|vitest|ava)")
_KEYS = ("jest", "mocha", "ava", "tap", "nyc", "c8", "vitest", "jasmine")
_RULE = re.compile(r"^@?([A-Za-z0-9][\w./-]*)[^:=#\n]*:(?![:=])")
_TARGETS = re.compile(r"(?:tests?|check|verify|ci|coverage)(?:[-_.]\w+)*$|.+[-_.](?:tests?|check)$")

MAKEFILES = ("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile")

SECTIONED = ("pyproject.toml", "setup.cfg", "package.json", *MAKEFILES)
"""Names of the files that have such a part."""

Blocks = list[tuple[str, list[str]]]
"""The blocks of a file in order: a name, empty for what stands outside, and the lines."""


def with_base_sections(path: str, base: str, changed: str) -> str:
    """The text of `changed` with the test configuration of `base`; `changed` itself where both configure the same, or
    where the file has no such part."""
    name = path.rpartition("/")[2]
    if name == "pyproject.toml":
        return _valid(_replaced(_sections(base), _sections(changed), _TOML), changed)
    if name == "setup.cfg":
        return _replaced(_sections(base), _sections(changed), _INI) or changed
    if name == "package.json":
        return _package(base, changed)
    if name in MAKEFILES:
        return _replaced(_rules(base), _rules(changed), _TARGETS) or changed
    return changed


def _replaced(base: Blocks, changed: Blocks, names: re.Pattern[str]) -> str:
    """`changed` with the blocks of `base` whose name matches, at the end; empty where they are the same."""
    wanted = [(name, lines) for name, lines in base if name and names.match(name)]
    present = [(name, lines) for name, lines in changed if name and names.match(name)]
    if [(name, _essence(lines)) for name, lines in wanted] == [(name, _essence(lines)) for name, lines in present]:
        return ""
    kept = [lines for name, lines in changed if not (name and names.match(name))]
    return "\n".join(line for lines in [*kept, *(lines for _, lines in wanted)] for line in lines) + "\n"


def _essence(lines: list[str]) -> list[str]:
    return [line.rstrip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _sections(text: str) -> Blocks:
    blocks: Blocks = [("", [])]
    for line in text.splitlines():
        if match := _HEADER.match(line):
            blocks.append((match[1].replace('"', ""), []))
        blocks[-1][1].append(line)
    return blocks


def _rules(text: str) -> Blocks:
    """Each rule of a Makefile with its recipe; what stands between rules has no name."""
    blocks: Blocks = [("", [])]
    for line in text.splitlines():
        inside = blocks[-1][0] and (line[:1] in ("\t", " ") or not line.strip())
        if not inside:
            match = _RULE.match(line)
            blocks.append((match[1] if match else "", []))
        blocks[-1][1].append(line)
    return blocks


def _valid(text: str, otherwise: str) -> str:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return otherwise
    return text or otherwise


def _package(base: str, changed: str) -> str:
    try:
        before, now = json.loads(base), json.loads(changed)
    except ValueError:
        return changed
    if not isinstance(before, dict) or not isinstance(now, dict):
        return changed
    scripts = {**_others(now.get("scripts")), **_chosen(before.get("scripts"))}
    merged = {key: value for key, value in now.items() if key not in (*_KEYS, "scripts")}
    merged |= {key: before[key] for key in _KEYS if key in before}
    if scripts or "scripts" in now:
        merged["scripts"] = scripts
    return changed if merged == now else json.dumps(merged, ensure_ascii=False, indent=2) + "\n"


def _chosen(scripts: Any) -> dict[str, Any]:
    return {name: value for name, value in _table(scripts) if _SCRIPT.match(name)}


def _others(scripts: Any) -> dict[str, Any]:
    return {name: value for name, value in _table(scripts) if not _SCRIPT.match(name)}


def _table(scripts: Any) -> list[tuple[str, Any]]:
    return list(scripts.items()) if isinstance(scripts, dict) else []
