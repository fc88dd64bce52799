"""The expressions of CI files (`${{ matrix.python }}`, `<< parameters.x >>`), replaced by what is known of them."""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from honk.verify.owners.yaml_files import items, table

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""Stands where an expression's value is known in CI only."""

MAX_VARIANTS = 60
"""So many variants of one script are read."""

_GITHUB = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.S)
_CONTEXTS = {
    "github.workspace": ".",
    "runner.os": "Linux",
    "github.event_name": "pull_request",
    "runner.temp": "/tmp",  # noqa: S108 (in the sandbox)
}


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with GitHub's expressions replaced; UNKNOWN where the value is not known."""

    def value(match: re.Match[str]) -> str:
        name = re.sub(r"\[['\"]([\w-]+)['\"]\]", r".\1", match[1])
        for option in re.split(r"\s*\|\|\s*", name):
            if option in values:
                return values[option]
            if re.fullmatch(r"'[^']*'", option):
                return option[1:-1]
        if name.startswith(("matrix.", "inputs.", "env.")) and re.fullmatch(r"[\w.-]+", name):
            return values.get(name, "" if name.startswith("matrix.") else UNKNOWN)
        return UNKNOWN

    return _GITHUB.sub(value, text)


def contexts() -> dict[str, str]:
    """The values that hold in every job."""
    return dict(_CONTEXTS)


def variants(matrix: Any, used: str) -> Iterator[dict[str, str]]:
    """The combinations of a matrix, as `matrix.NAME` to value, that differ in what the text `used` mentions."""
    axes = table(matrix)
    named = set(re.findall(r"matrix\.([\w.-]+)", used))
    heads = {name.partition(".")[0] for name in named}
    include = [table(row) for row in items(axes.pop("include", None))]
    exclude = [table(row) for row in items(axes.pop("exclude", None))]
    lists = {name: items(value) for name, value in axes.items() if isinstance(value, list)}
    seen: set[tuple[tuple[str, str], ...]] = set()
    rows = []
    if lists or not include:
        limited = (lists[name] for name in lists)
        for row in itertools.islice(itertools.product(*limited), 2000):
            combination = dict(zip(lists, row, strict=True))
            if not any(all(combination.get(key) == value for key, value in each.items()) for each in exclude):
                rows.append(_extended(combination, include))
    rows += [row for row in include if not any(_agrees(row, lists, other) for other in rows)]
    for combination in rows:
        flat = dict(_flat("matrix", {name: value for name, value in combination.items() if name in heads}))
        key = tuple(sorted(flat.items()))
        if key not in seen and len(seen) < MAX_VARIANTS:
            seen.add(key)
            yield flat


def _extended(combination: dict[str, Any], include: list[dict[str, Any]]) -> dict[str, Any]:
    """A combination with the values that `include` adds to it."""
    found = dict(combination)
    for row in include:
        shared = row.keys() & combination.keys()
        if shared and all(row[name] == combination[name] for name in shared):
            found.update(row)
    return found


def _agrees(row: dict[str, Any], lists: dict[str, list[Any]], other: dict[str, Any]) -> bool:
    shared = row.keys() & lists.keys()
    return bool(shared) and all(other.get(name) == value for name, value in row.items())


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _flat(f"{prefix}.{name}", item)
    elif isinstance(value, list):
        yield prefix, " ".join(map(scalar, value))
    else:
        yield prefix, scalar(value)


def scalar(value: Any) -> str:
    """A YAML scalar as a shell sees it."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
