"""What every guard rule is given: the diff, cut into hunks, and the base commit's rules. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from honk.core.diff import Diff, FileDiff, Line
from honk.core.repofile import RepoFile
from honk.core.verdict import Finding, Severity
from honk.verify.base import Verifier
from honk.verify.rules import languages

MAX_LINE = 1000
"""No rule looks at more of a line than this many characters."""

_DEFINES = re.compile(r"\b(?:def|class|function|func|fn|interface|struct|enum|trait|module|object)\s+(\w+)")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d+")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """assert self def test tests expect it should return await async const let var true false null none new this
        import from for in is not and or if else with as equal equals assertequal asserttrue tobe toequal function func
        fn class describe pytest unittest the a an be to of i x t e err error response result client app data value""",
    )
)

Hunk = tuple[Line, ...]


@dataclass(frozen=True)
class Scene:
    """A change as the rules see it. `repofile` and `verifiers` are the base commit's."""

    diff: Diff
    repofile: RepoFile
    verifiers: tuple[Verifier, ...] = ()

    @cached_property
    def test_files(self) -> tuple[FileDiff, ...]:
        """Files that hold tests, before or after."""
        return tuple(file for file in self.diff.files if any(languages.is_test(path) for path in paths(file)))

    @cached_property
    def removed_words(self) -> frozenset[str]:
        """Words that stood in the program (not in its tests) and no longer do."""
        gone: set[str] = set()
        here: set[str] = set()
        for file in self.program_files:
            gone |= {word for line in file.removed for word in words(line.text)}
            here |= {word for line in file.lines if line.sign != "-" for word in words(line.text)}
        return frozenset(word for word in gone - here if len(word) > 2)

    @cached_property
    def removed_names(self) -> frozenset[str]:
        """What the program defined and no longer does: functions, classes, whole files."""
        gone = {
            match[1].lower()
            for file in self.program_files
            for line in file.removed
            if (match := _DEFINES.search(line.text[:MAX_LINE]))
        }
        stems = {
            PurePosixPath(file.change.path).stem.lower()
            for file in self.program_files
            if file.change.status == "deleted"
        }
        return frozenset((gone & self.removed_words) | stems)

    @cached_property
    def program_files(self) -> tuple[FileDiff, ...]:
        """Files that are not tests."""
        return tuple(file for file in self.diff.files if file not in self.test_files)

    def went_with(self, about: frozenset[str]) -> bool:
        """Whether a removed test or assertion with these words seems to go because what it was about goes too."""
        return bool(about & self.removed_names) or len(about & self.removed_words) > 1

    @cached_property
    def added_texts(self) -> Counter[str]:
        """Every added line without its indentation, counted: what was only moved is found here."""
        return Counter(line.text.strip() for file in self.diff.files for line in file.added)

    @cached_property
    def removed_texts(self) -> Counter[str]:
        """Every removed line without its indentation, counted."""
        return Counter(line.text.strip() for file in self.diff.files for line in file.removed)


Rule = Callable[[Scene], Iterator[Finding]]
"""One rule: findings from a scene, in no particular order."""


def finding(rule: str, path: str, line: int, severity: Severity, reason: str) -> Finding:
    """A finding; a function so that every rule reads alike."""
    return Finding(rule, path, line, severity, reason)


def paths(file: FileDiff) -> tuple[str, ...]:
    """The file's path, and the one it had before when it was renamed."""
    return (file.change.path, file.change.old_path) if file.change.old_path else (file.change.path,)


def words(text: str) -> frozenset[str]:
    """The words of a text that say something about its subject, in lower case."""
    return frozenset(word.lower() for word in _WORD.findall(text[:MAX_LINE])) - _COMMON


def hunks(file: FileDiff) -> Iterator[Hunk]:
    """The file's lines, cut where the diff leaves something out.

    A line's place in the old file is its own number when it was removed, otherwise its new number less what was added
    so far; where that jumps, a new hunk begins.
    """
    start, shift, expected = 0, 0, None
    for index, line in enumerate(file.lines):
        place = line.number if line.sign == "-" else line.number - shift
        if expected is not None and place != expected:
            yield file.lines[start:index]
            start = index
        expected = place if line.sign == "+" else place + 1
        shift += {"+": 1, "-": -1, " ": 0}[line.sign]
    if file.lines:
        yield file.lines[start:]


def before(hunk: Iterable[Line]) -> list[Line]:
    """The hunk as it was."""
    return [line for line in hunk if line.sign != "+"]


def after(hunk: Iterable[Line]) -> list[Line]:
    """The hunk as it is now."""
    return [line for line in hunk if line.sign != "-"]


def indent(text: str) -> int:
    """How far a line is indented, a tab counting as four."""
    expanded = text.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def names(items: Iterable[str], most: int = 4) -> str:
    """A few names for a sentence."""
    listed = list(dict.fromkeys(items))
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more} more" if more > 0 else "")
