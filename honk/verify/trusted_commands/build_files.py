"""Targets of Make and just, tasks of Taskfiles and scripts of package.json: what each runs, and what it needs."""

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from honk.verify.base import Listing
from honk.verify.syntax import makefiles
from honk.verify.syntax.settings import parsed

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
"""In the order in which Make looks for them."""
JUSTFILES = ("justfile", "Justfile", ".justfile")
TASKFILES = (
    "Taskfile.yml",
    "taskfile.yml",
    "Taskfile.yaml",
    "taskfile.yaml",
    "Taskfile.dist.yml",
    "Taskfile.dist.yaml",
)
_ALWAYS_USED = ("SHELL", ".SHELLFLAGS", "MAKEFLAGS", ".ONESHELL", ".DEFAULT_GOAL", "shell", "dotenv-load")


@dataclass(frozen=True)
class BuildEntry:
    """One target, task or script `name` of the file `path`. `lines` are run in `folder`."""

    path: str
    name: str
    lines: tuple[str, ...]
    folder: str


def make_targets(base: Listing, file: str, wanted: Iterable[str]) -> Iterator[BuildEntry]:
    """The wanted targets of a Makefile or justfile (without any: its first) and all that they need, with the files
    that it includes: each may set a variable that the recipe uses."""
    files = _with_includes(base, file)
    folder = posixpath.dirname(file)
    known: dict[str, list[tuple[str, tuple[str, ...], tuple[str, ...]]]] = {}
    values: dict[str, str] = {}
    for path in files:
        values |= makefiles.variables(base.text(path))
        for name, (needs, lines) in makefiles.targets(base.text(path)).items():
            known.setdefault(name, []).append((path, needs, lines))
    first = next((name for name in known if not name.startswith(".")), "")
    waiting = [name for name in wanted if _matching(known, name)] or [first]
    done: set[str] = set()
    while waiting:
        name = _matching(known, waiting.pop())
        if not name or name in done:
            continue
        done.add(name)
        recipes: list[str] = []
        for _, needs, lines in known[name]:
            waiting += [_expanded(need, values) for need in needs]
            recipes += [_expanded(line.lstrip("@-+"), values) for line in lines]
        for path in files:
            yield BuildEntry(path, name, tuple(recipes) if path == known[name][0][0] else (), folder)


def _matching(known: Iterable[str], name: str) -> str:
    if name in known:
        return name
    patterns = (each for each in known if "%" in each)
    return next((each for each in patterns if re.fullmatch(re.escape(each).replace("%", ".+"), name)), "")


def _with_includes(base: Listing, file: str) -> list[str]:
    files = [file]
    for path in files:
        for word in makefiles.included(base.text(path)):
            for folder in (posixpath.dirname(path), posixpath.dirname(file)):
                candidate = posixpath.normpath(posixpath.join(folder, word))
                if candidate in base.paths and candidate not in files:
                    files.append(candidate)
    return files


def _expanded(text: str, values: dict[str, str]) -> str:
    """Make's variables replaced by their values, a few levels deep; `$$` is the shell's own `$`."""
    for _ in range(4):
        found = re.sub(
            r"\$[({]([\w.-]+)[)}]|\{\{\s*(\w+)\s*\}\}", lambda match: values.get(match[1] or match[2], match[0]), text
        )
        if found == text or len(found) > 20_000:
            break
        text = found
    return re.sub(r"\$\(MAKE\)|\$\{MAKE\}", "make", text).replace("$$", "$")


def tasks(base: Listing, file: str, wanted: Iterable[str]) -> Iterator[BuildEntry]:
    """The wanted tasks of a Taskfile (without any: `default`) with what they need, also in included files."""
    waiting = [(file, name) for name in wanted] or [(file, "default")]
    done: set[tuple[str, str]] = set()
    while waiting:
        path, name = waiting.pop()
        if (path, name) in done:
            continue
        done.add((path, name))
        data = parsed(path, base.text(path))
        table = _table(data, "tasks")
        if name not in table:
            space, _, rest = name.partition(":")
            include = _table(data, "includes").get(space)
            target = str(include.get("taskfile", "")) if isinstance(include, dict) else str(include or "")
            other = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            found = other if other in base.paths else base.first(f"{other}/{each}" for each in TASKFILES)
            if rest and found:
                waiting.append((found, rest))
            continue
        lines = list(_task_lines(table[name]))
        waiting += [(path, each.removeprefix("task ")) for each in lines if each.startswith("task ")]
        directory = table[name].get("dir", "") if isinstance(table[name], dict) else ""
        folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), str(directory)))
        yield BuildEntry(path, name, tuple(each for each in lines if not each.startswith("task ")), folder.lstrip("."))


def _task_lines(task: Any) -> Iterator[str]:
    """A task's commands; another task is `task NAME`."""
    if isinstance(task, str):
        yield task
    elif isinstance(task, list):
        for each in task:
            yield from _task_lines(each)
    elif isinstance(task, dict):
        for need in task.get("deps") or ():
            yield f"task {need.get('task', '') if isinstance(need, dict) else need}"
        if "task" in task:
            yield f"task {task['task']}"
        for key in ("cmd", "cmds", "sh", "defer"):
            yield from _task_lines(task.get(key) or ())


def package_scripts(base: Listing, file: str, name: str) -> Iterator[BuildEntry]:
    """A script of package.json with those that npm runs before and after it."""
    scripts = _table(parsed(file, base.text(file)), "scripts")
    names = {"install": ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")}
    for each in names.get(name, (f"pre{name}", name, f"post{name}")):
        if each in scripts:
            yield BuildEntry(file, each, (str(scripts[each]),), posixpath.dirname(file))


def _table(data: Any, key: str) -> dict[str, Any]:
    table = data.get(key) if isinstance(data, dict) else None
    return table if isinstance(table, dict) else {}


def entry_content(text: str, path: str, entry: str) -> str:
    """What the file says of the entry, as a text to compare: its recipe, and the variables that it uses. In a file
    that has no such target, all its variables."""
    if path.endswith("package.json"):
        return str(_table(parsed(path, text), "scripts").get(entry))
    if posixpath.basename(path) in TASKFILES:
        data = parsed(path, text)
        around = [data.get(key) for key in ("vars", "env", "dotenv", "set", "shopt")] if isinstance(data, dict) else []
        return json.dumps([_table(data, "tasks").get(entry), *around], default=str)
    recipe = makefiles.targets(text).get(entry)
    values = makefiles.variables(text)
    includes = makefiles.included(text)
    if recipe is None:
        return json.dumps([sorted(values.items()), includes])
    used = set(_ALWAYS_USED)
    read = " ".join((*recipe[0], *recipe[1]))
    for _ in range(6):
        more = {name for name in values if re.search(rf"[({{\s,]{re.escape(name)}[)}}:,\s]", read)} - used
        used |= more
        read = " ".join(values[name] for name in more)
        if not more:
            break
    return json.dumps([recipe, includes, sorted((name, values[name]) for name in used & values.keys())])


def entry_lines(text: str, path: str, entry: str) -> tuple[str, ...]:
    """The commands of the entry as the file has them."""
    if path.endswith("package.json"):
        return (str(_table(parsed(path, text), "scripts").get(entry, "")),)
    if posixpath.basename(path) in TASKFILES:
        return tuple(_task_lines(_table(parsed(path, text), "tasks").get(entry, ())))
    return makefiles.targets(text).get(entry, ((), ()))[1]
