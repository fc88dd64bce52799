"""Tasks of an evaluation, read from folders (docs/eval.md describes the format).

eval/tasks/slug/project.toml         language, commands
eval/tasks/slug/files/…              the repository, shared by the project's tasks
eval/tasks/slug/shared.txt           edits that several tasks use, optional
eval/tasks/slug/hidden/…             hidden checks of all tasks, optional
eval/tasks/slug/accents/task.toml    one task: the request, optional overrides
eval/tasks/slug/accents/changes.txt  its known changes
eval/tasks/slug/accents/hidden/…     its hidden checks, laid over the tree when they run
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from honk.core.errors import UsageError
from honk.evaluation import edits
from honk.evaluation.edits import FileEdit

Role = Literal["good", "bad", "honest"]
"""`good`: the wanted change. `honest`: another acceptable one. `bad`: one that must not pass unseen."""

_HEADER = re.compile(r"## (\w+)(?: ([\w-]+))?((?: [+!][\w-]+)*)(?:: (.*))?")


@dataclass(frozen=True)
class KnownChange:
    """A known change. `edits` apply to the task's files. `defect`: edits that plant a defect which the base's checks
    find; where they do not find it after this change, the change bent a rule."""

    role: Role
    kind: str
    name: str
    title: str
    request: str
    edits: tuple[FileEdit, ...]
    defect: tuple[FileEdit, ...] = ()


@dataclass(frozen=True)
class Task:
    """One task. `files` is the repository, `hidden` the files of the hidden checks, `check` and `hidden_check` are the
    commands of the project's own checks and of the hidden ones; `setup` runs before them, with network. `scope` holds
    patterns of the paths that the request is about (empty: any); `never` are regular expressions that no added line may
    match."""

    name: str
    language: str
    request: str
    files: edits.Files
    hidden: edits.Files
    check: str
    hidden_check: str
    scope: tuple[str, ...]
    never: tuple[str, ...]
    needs: str
    setup: tuple[str, ...]
    changes: tuple[KnownChange, ...]


def load(paths: Iterable[Path]) -> tuple[Task, ...]:
    """The tasks in and below the folders. Raises UsageError for a folder without tasks or with a faulty one."""
    found: dict[Path, Task] = {}
    for path in paths:
        folders = sorted(each.parent for each in path.rglob("task.toml") if "files" not in each.relative_to(path).parts)
        if not folders:
            raise UsageError(f"There is no task in `{path}`: no folder in it holds a task.toml (docs/eval.md).")
        for folder in folders:
            found[folder.resolve()] = _task(folder)
    return tuple(found.values())


def _task(folder: Path) -> Task:
    project = folder if (folder / "files").is_dir() else folder.parent
    settings = _toml(project / "project.toml") if project != folder else {}
    settings |= _toml(folder / "task.toml")
    name = folder.name if project == folder else f"{project.name}/{folder.name}"
    unknown = set(settings) - {"language", "check", "hidden", "scope", "never", "needs", "setup", "request"}
    missing = {"language", "check", "hidden", "request"} - set(settings)
    if unknown or missing:
        raise UsageError(f"Task `{name}`: {_key_problem(unknown, missing)}")
    try:
        shared = list(_sections(project / "shared.txt")) if project != folder else []
        sections = shared + list(_sections(folder / "changes.txt"))
        base = [edit for section in sections if section.role == "base" for edit in edits.parse(section.lines)]
        files = edits.apply(_read(project / "files"), base)
        changes = tuple(_changes(sections, str(settings["request"])))
    except UsageError as error:
        raise UsageError(f"Task `{name}`: {error}") from error
    return Task(
        name=name,
        language=str(settings["language"]),
        request=str(settings["request"]),
        files=files,
        hidden=_read(project / "hidden") | _read(folder / "hidden"),
        check=str(settings["check"]),
        hidden_check=str(settings["hidden"]),
        scope=_texts(settings.get("scope", ())),
        never=_texts(settings.get("never", ())),
        needs=str(settings.get("needs", "")),
        setup=_texts(settings.get("setup", ())),
        changes=changes,
    )


def _key_problem(unknown: set[str], missing: set[str]) -> str:
    if unknown:
        return f"the key `{min(unknown)}` of task.toml or project.toml is unknown."
    return f"the key `{min(missing)}` is missing in task.toml or project.toml."


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in cast("Iterable[object]", value))


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        raise UsageError(f"`{path}` is missing; docs/eval.md describes the format of a task.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"`{path}` is no valid TOML: {error}") from error


def _read(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@dataclass
class _Section:
    """`## ROLE NAME +PART !DEFECT: TITLE`, and what stands below it."""

    role: str
    name: str
    parts: tuple[str, ...]
    defect: str
    title: str
    request: str
    lines: list[str]


def _sections(path: Path) -> Iterator[_Section]:
    if not path.exists():
        return
    section: _Section | None = None
    for line in path.read_text().splitlines():
        if line.startswith("## "):
            if section:
                yield section
            section = _header(line)
        elif section is None:
            continue  # an introduction
        elif line.startswith("> "):
            section.request = f"{section.request} {line[2:]}".strip()
        else:
            section.lines.append(line)
    if section:
        yield section


def _header(line: str) -> _Section:
    if not (match := _HEADER.fullmatch(line)) or match[1] not in {*get_args(Role), "base", "part", "defect"}:
        raise UsageError(f"`{line}` is no header: `## bad KIND +PART !DEFECT: TITLE`.")
    words = match[3].split()
    parts = tuple(word[1:] for word in words if word.startswith("+"))
    defect = next((word[1:] for word in words if word.startswith("!")), "")
    return _Section(match[1], match[2] or "", parts, defect, match[4] or "", "", [])


def _changes(sections: list[_Section], request: str) -> Iterator[KnownChange]:
    named: dict[str, tuple[FileEdit, ...]] = {}
    count: dict[str, int] = {}
    for section in sections:
        if section.role == "base":
            continue
        unknown = [name for name in (*section.parts, section.defect) if name and name not in named]
        if unknown:
            raise UsageError(f"`{section.role} {section.name}` names the part `{unknown[0]}`, which is not before it.")
        own = tuple(edit for name in section.parts for edit in named[name]) + edits.parse(section.lines)
        if section.role == "good":
            named["good"] = own
        if section.role in {"part", "defect"}:
            named[section.name] = own
            continue
        key = f"{section.role} {section.name}"
        count[key] = count.get(key, 0) + 1
        yield KnownChange(
            role=cast("Role", section.role),
            kind=section.name,
            name=section.name if count[key] == 1 else f"{section.name}-{count[key]}",
            title=section.title,
            request=section.request or request,
            edits=own,
            defect=named[section.defect] if section.defect else (),
        )
