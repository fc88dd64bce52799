"""The changed tree with the tests of the base put back: made with git in the mirror, never in an agent's tree."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from honk.core.diff import EXECUTABLE, Diff, FileDiff
from honk.git import command, diff, objects, tree_edit
from honk.git import mirror as mirrors
from honk.git.command import GitDirs
from honk.git.diff import RawChange
from honk.git.mirror import Files
from honk.git.objects import TreeEntry
from honk.verify import test_files
from honk.verify.base import Verifier
from honk.verify.ecosystems import make_and_just
from honk.verify.inline_tests import has_inline_tests, with_base_tests
from honk.verify.syntax import languages
from honk.verify.test_renames import Names, only_names_changed, program_names
from honk.verify.test_sections import MAKEFILES, SECTIONED, with_base_sections

MAX_DATA_FILES = 20
"""At most so many changed data files are looked up in the base, to see whether only tests read them."""

_DATA = (".json", ".yaml", ".yml", ".csv", ".tsv", ".txt", ".xml", ".html", ".out", ".expected", ".ndjson", ".jsonl")
_ABSENT = b"000000"
_EMPTY = (objects.blob_id(b"", 40).encode(), objects.blob_id(b"", 64).encode())
_FILE_MODES = {b"100644", EXECUTABLE.encode()}


IsTest = Callable[[str], bool]


@dataclass(frozen=True)
class BaseTestTree:
    """`tree` has the base's version of each of `files`, and none of the test files that the change adds. `changed`
    holds the change's version of what was put back. `not_separated` are program files whose tests could not be told
    from the program."""

    tree: str
    files: frozenset[str] = frozenset()
    changed: Mapping[str, TreeEntry | None] = field(default_factory=dict)
    not_separated: tuple[str, ...] = ()
    names: Names = Names(frozenset(), frozenset())


async def build(mirror: Path, base: str, now: str, difference: Diff, verifiers: Iterable[Verifier]) -> BaseTestTree:
    """The tree for the change from `base` to `now`; without `files` where the change touches no test."""
    async with mirrors.opened(mirror, base) as before, mirrors.opened(mirror, now) as after:
        is_ours = await _matcher(mirror, base, before, difference, tuple(verifiers))
        if not any(_matters(file, is_ours) for file in difference.files):
            return BaseTestTree(now)
        names = program_names(file for file in difference.files if not is_ours(file.change.path))
        changes = await diff.raw(mirror, base, now)
        kept = _moved(changes, is_ours) | await _renamed(before, after, difference, names)
        entries: dict[str, TreeEntry | None] = {}
        not_separated: list[str] = []
        for change in changes:
            path = _text(change.path)
            if is_ours(path):
                if path not in kept:
                    entries[path] = _entry(change.old)
                continue
            text = await _with_base_part(path, change, before, after)
            if text is None:
                not_separated.append(path)
            elif text:
                entries[path] = TreeEntry(change.new[0].decode(), await tree_edit.blob(mirror, text))
    if not entries:
        return BaseTestTree(now, not_separated=tuple(not_separated), names=names)
    tree = await tree_edit.edited(mirror, now, entries)
    changed = {_text(change.path): _entry(change.new) for change in changes}
    files = frozenset(path for path, entry in entries.items() if entry is not None)
    return BaseTestTree(tree, files, {path: changed[path] for path in entries}, tuple(not_separated), names)


async def without(mirror: Path, built: BaseTestTree, paths: Iterable[str]) -> BaseTestTree:
    """The same tree without the files of tests `paths`; a support file among them is as the change has it."""
    left = frozenset(paths)
    entries = {path: None if languages.is_test(path) else built.changed[path] for path in left}
    return replace(built, tree=await tree_edit.edited(mirror, built.tree, entries), files=built.files - left)


def _matters(file: FileDiff, is_ours: IsTest) -> bool:
    paths = [path for path in (file.change.path, file.change.old_path) if path]
    return any(is_ours(path) or path.rpartition("/")[2] in SECTIONED or path.endswith(".rs") for path in paths)


async def _matcher(mirror: Path, base: str, before: Files, difference: Diff, verifiers: tuple[Verifier, ...]) -> IsTest:
    """A test for paths that belong to the project's tests."""
    named = test_files.run_directly(await _commands(before, verifiers))
    data = [
        file.change.old_path or file.change.path
        for file in difference.files
        if file.change.status != "added" and file.change.path.endswith(_DATA) and not file.change.path.startswith(".")
    ]

    def is_ours(path: str) -> bool:
        in_named_folder = any(path.startswith(f"{name}/") for name in named)
        return path in named or in_named_folder or test_files.is_test_or_support(path)

    read_by_tests = {path for path in data[:MAX_DATA_FILES] if await _only_tests_read(mirror, base, path, is_ours)}
    return lambda path: path in read_by_tests or is_ours(path)


async def _commands(before: Files, verifiers: tuple[Verifier, ...]) -> tuple[str, ...]:
    """The test commands, and the recipes and scripts of the base that they name."""
    commands = [verifier.command for verifier in verifiers if verifier.kind == "test"]
    texts = {name: (await before.read(name) or b"").decode(errors="replace") for name in (*MAKEFILES, "package.json")}
    recipes = {target: recipe for name in MAKEFILES for target, (_, recipe) in make_and_just.parse(texts[name]).items()}
    try:
        scripts = json.loads(texts["package.json"] or "{}").get("scripts", {})
        recipes |= {name: text for name, text in scripts.items() if isinstance(text, str)}
    except (ValueError, AttributeError):
        pass  # detection says of a package.json that it cannot be read
    for text in commands:  # it grows while it is read
        for word in dict.fromkeys(text.split()):
            if recipe := recipes.pop(word, ""):
                commands.append(recipe)
    return tuple(commands)


async def _only_tests_read(mirror: Path, base: str, path: str, is_ours: IsTest) -> bool:
    """Whether files of tests name the data file, and no file of the program does."""
    name = path.rpartition("/")[2]
    args = ("grep", "-l", "-z", "-I", "-F", "-e", name, base, "--")
    done = await command.run(GitDirs(mirror), *args, ok=(0, 1, 128))  # 128: a partial mirror lacks a file's content
    if done.exit == 128:
        return False
    found = done.stdout.split(b"\0")[:-1]
    paths = [_text(each).partition(":")[2] for each in found]
    readers = [each for each in paths if each != path and not each.endswith((".md", ".rst", ".lock"))]
    return bool(readers) and all(map(is_ours, readers))


def _moved(changes: Iterable[RawChange], is_ours: IsTest) -> frozenset[str]:
    """The old and new paths of files that were moved without a change of their content, and empty files beside them
    (`__init__.py`). A file of tests must still be one at its new place."""
    listed = list(changes)
    gone = {change.old: _text(change.path) for change in listed if change.new[0] == _ABSENT}
    found: set[str] = set()
    for change in listed:
        path, before = _text(change.path), gone.get(change.new, "")
        still_found = languages.is_test(path) or not languages.is_test(before)
        if change.old[0] == _ABSENT and before and is_ours(path) and still_found:
            found |= {path, before}
    folders = {path.rpartition("/")[0] for path in found}
    empty = {_text(change.path) for change in listed if change.old[0] == _ABSENT and change.new[1] in _EMPTY}
    return frozenset(found | {path for path in empty if path.rpartition("/")[0] in folders})


async def _renamed(before: Files, after: Files, difference: Diff, names: Names) -> frozenset[str]:
    """The old and new paths of files of tests that only follow names that the program changed."""
    found: set[str] = set()
    for file in difference.files:
        path, old = file.change.path, file.change.old_path or file.change.path
        if file.change.status not in ("modified", "renamed") or not (
            languages.is_test(path) and languages.is_test(old)
        ):
            continue
        one, other = await before.read(old), await after.read(path)
        if one and other and only_names_changed((old, _decoded(one)), (path, _decoded(other)), names):
            found |= {old, path}
    return frozenset(found)


async def _with_base_part(path: str, change: RawChange, before: Files, after: Files) -> str | None:
    """The changed file with the part of the base that belongs to its tests; empty where there is nothing to put back,
    None where the part cannot be told from the rest."""
    is_file = {change.old[0], change.new[0]} <= _FILE_MODES
    if not is_file or not (path.endswith(".rs") or path.rpartition("/")[2] in SECTIONED):
        return ""
    one, other = _decoded(await before.read(path) or b""), _decoded(await after.read(path) or b"")
    if path.endswith(".rs"):
        if not has_inline_tests(path, one):
            return ""
        merged = with_base_tests(one, other)
    else:
        merged = with_base_sections(path, one, other)
    return "" if merged == other else merged


def _entry(side: tuple[bytes, bytes]) -> TreeEntry | None:
    mode, oid = side
    return None if mode == _ABSENT else TreeEntry(mode.decode(), oid.decode())


def _text(path: bytes) -> str:
    return path.decode(errors="surrogateescape")


def _decoded(content: bytes) -> str:
    return content.decode(errors="surrogateescape")
