"""Diffs for tests, made from two sets of files as git would make them: three lines of context, renames found."""

import difflib
from collections.abc import Callable, Iterable, Mapping

import pytest

from honk.core.change import FileChange, Status
from honk.core.diff import SYMLINK, Diff, FileDiff, Line

Build = Callable[..., Diff]


@pytest.fixture(scope="session")
def build() -> Build:
    """`build(before, after, links=())`: the diff between two trees given as path to content."""
    return _build


def _build(before: Mapping[str, str], after: Mapping[str, str], links: Iterable[str] = ()) -> Diff:
    renamed = _renames(before, after)
    files = []
    for path in sorted(before.keys() | after.keys()):
        if path in renamed.values() or before.get(path) == after.get(path):
            continue
        old_path = renamed.get(path, "")
        status: Status = "renamed" if old_path else "added" if path not in before else "modified"
        status = "deleted" if path not in after else status
        lines = tuple(_lines(before.get(old_path or path, ""), after.get(path, "")))
        added, deleted = (sum(line.sign == sign for line in lines) for sign in "+-")
        change = FileChange(path, status, added, deleted, old_path=old_path)
        files.append(FileDiff(change, SYMLINK if path in links else "100644", lines))
    return Diff(tuple(files))


def _renames(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """New path to old path, for files that are at least half alike."""
    gone = [path for path in before if path not in after]
    found: dict[str, str] = {}
    for path in after:
        for old in gone:
            alike = difflib.SequenceMatcher(None, before[old], after[path]).ratio() >= 0.5
            if path not in before and before[old] and alike and old not in found.values():
                found[path] = old
                break
    return found


def _lines(before: str, after: str) -> Iterable[Line]:
    old, new = before.splitlines(), after.splitlines()
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(3):
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                yield from (Line(" ", number + 1, new[number]) for number in range(new_from, new_to))
                continue
            yield from (Line("-", number + 1, old[number]) for number in range(old_from, old_to))
            yield from (Line("+", number + 1, new[number]) for number in range(new_from, new_to))
