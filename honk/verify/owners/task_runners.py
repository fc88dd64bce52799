"""What the tasks of a project's own task runner run, as shell lines: npm, Make, just, Task, hatch, …, composer."""

import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from honk.verify.base import Listing
from honk.verify.ecosystems import make_and_just
from honk.verify.owners.yaml_files import UnreadableYaml, items, load, table

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
JUSTFILES = ("justfile", "Justfile", ".justfile")
TASKFILES = ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml")


def npm_scripts(listing: Listing) -> dict[str, str]:
    """The scripts of package.json; none where it cannot be parsed."""
    scripts = table(_json(listing, "package.json").get("scripts"))
    return {name: text for name, text in scripts.items() if isinstance(text, str)}


def composer_scripts(listing: Listing) -> dict[str, list[str]]:
    """The scripts of composer.json, each a list of lines."""
    scripts = table(_json(listing, "composer.json").get("scripts"))
    return {name: [line for line in items(value) if isinstance(line, str)] for name, value in scripts.items()}


def targets(listing: Listing, program: str) -> dict[str, tuple[list[str], str]]:
    """The targets of the Makefile or justfile: prerequisites and recipe, with the file's own variables filled in."""
    text = listing.text(listing.first(MAKEFILES if program == "make" else JUSTFILES))
    values = dict(re.findall(r"(?m)^(?:export )?([A-Za-z_]\w*)[ \t]*[?:]?:?=[ \t]*(.*?)[ \t]*(?:#.*)?$", text))
    rules = make_and_just.parse(text)
    return {name: (needs, _filled(recipe, values)) for name, (needs, recipe) in rules.items()}


def _filled(recipe: str, values: dict[str, str]) -> str:
    for _ in range(5):
        filled = re.sub(
            r"\$[({](\w+)[)}]|\{\{\s*(\w+)\s*\}\}",
            lambda match: values.get(match[1] or match[2], {"MAKE": "make"}.get(match[1] or "", match[0])).strip("\"'"),
            recipe,
        )
        if filled == recipe or len(filled) > 50_000:
            break
        recipe = filled
    return recipe


def recipe_lines(rules: dict[str, tuple[list[str], str]], target: str) -> list[str]:
    """The lines that a target runs, after those of its prerequisites."""
    lines: list[str] = []
    seen: set[str] = set()

    def visit(name: str, depth: int) -> None:
        if name in seen or name not in rules or depth > 10:
            return
        seen.add(name)
        needs, recipe = rules[name]
        for need in needs:
            visit(need, depth + 1)
        joined = re.sub(r"\\\n\s*", " ", recipe)
        lines.extend(
            re.sub(r"^[@+]+\s*", "", line.strip()) for line in joined.splitlines() if line.strip()[:1] not in "#-"
        )

    visit(target, 0)
    return [line for line in lines if line]


def taskfile(listing: Listing, name: str) -> list[str] | None:
    """The lines of a task of a Taskfile, after those of its dependencies; None where there is no such task."""
    try:
        tasks = table(load(listing.text(listing.first(TASKFILES))).get("tasks"))
    except UnreadableYaml:
        return None
    return _task(tasks, name, 0) if name in tasks else None


def _task(tasks: dict[str, Any], name: str, depth: int) -> list[str]:
    entry = tasks.get(name)
    if depth > 8 or entry is None:
        return []
    body = table(entry) or {"cmds": entry}
    lines: list[str] = []
    for need in items(body.get("deps")):
        lines += _task(tasks, str(table(need).get("task", need)), depth + 1)
    for command in [*items(body.get("cmds")), *items(body.get("cmd"))]:
        if isinstance(command, dict) and "task" in command:
            lines += _task(tasks, str(command["task"]), depth + 1)
        else:
            lines.append(str(table(command).get("cmd", command)))
    return lines


def python_task(listing: Listing, runner: str, words: Sequence[str]) -> list[str] | None:
    """The lines of a task of hatch, pdm, poe, taskipy or pipenv; None where there is no such task."""
    tool = table(_toml(listing, "pyproject.toml").get("tool"))
    name, *more = words
    if runner == "hatch":
        return _hatch(listing, tool, name, more)
    tables = {
        "pdm": table(table(tool.get("pdm")).get("scripts")),
        "poe": table(table(tool.get("poe")).get("tasks")),
        "task": table(table(tool.get("taskipy")).get("tasks")),
        "pipenv": table(_toml(listing, "Pipfile").get("scripts")),
        "pixi": table(_toml(listing, "pixi.toml").get("tasks")) or table(table(tool.get("pixi")).get("tasks")),
    }
    return _script(tables.get(runner, {}), name, more, 0)


def _script(scripts: dict[str, Any], name: str, more: Sequence[str], depth: int) -> list[str] | None:
    entry = scripts.get(name)
    if entry is None or depth > 8:
        return None
    if isinstance(entry, str):
        return [" ".join((entry, *more))]
    if isinstance(entry, list):
        return [line for item in entry for line in (_script(scripts, str(item), (), depth + 1) or [str(item)])]
    body = table(entry)
    for key in ("cmd", "shell", "composite", "sequence", "command"):
        if key in body:
            value = body[key]
            if key == "cmd" and isinstance(value, list):
                return [" ".join(map(str, value))]
            return [
                line for item in items(value) for line in (_script(scripts, str(item), (), depth + 1) or [str(item)])
            ]
    return []


def _hatch(listing: Listing, tool: dict[str, Any], name: str, more: Sequence[str]) -> list[str] | None:
    env, colon, script = name.partition(":")
    if not colon:
        env, script = "default", name
    env = env.partition("+")[0].partition(".")[0] if "." in env else env
    hatch = _toml(listing, "hatch.toml") or table(tool.get("hatch"))
    scripts = table(table(table(hatch.get("envs")).get(env)).get("scripts"))
    lines = _script(scripts, script, more, 0)
    if lines is None:
        return None
    return [re.sub(r"\{args(?::([^{}]*))?\}", lambda match: match[1] or "", line).strip() for line in lines]


def hatch_requirements(listing: Listing) -> list[str]:
    """The requirements of hatch's environments, and the project's extras that they ask for as `.[extra]`."""
    hatch = _toml(listing, "hatch.toml") or table(table(_toml(listing, "pyproject.toml").get("tool")).get("hatch"))
    found: list[str] = []
    for name, env in table(hatch.get("envs")).items():
        if name in ("docs", "build", "release"):
            continue
        found += [str(item) for key in ("dependencies", "extra-dependencies") for item in items(table(env).get(key))]
        if features := items(table(env).get("features")):
            found.append(f".[{','.join(map(str, features))}]")
    return list(dict.fromkeys(item for item in found if "{" not in item))


def _json(listing: Listing, name: str) -> dict[str, Any]:
    try:
        return table(json.loads(listing.text(name) or "{}"))
    except (ValueError, RecursionError):  # the ecosystem's `unreadable` says so
        return {}


def _toml(listing: Listing, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(listing.text(name))
    except (ValueError, RecursionError):  # the Python ecosystem's `unreadable` says so
        return {}
