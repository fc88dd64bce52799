"""The single tests that a diff shows: where each begins and ends, before the change and after it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from honk.core.diff import DiffLine, FileDiff
from honk.verify.syntax import languages
from honk.verify.syntax.diff_hunks import MAX_LINE, Hunk, after, before, hunks, indent, words
from honk.verify.syntax.languages import Language

_ABOVE = ("@", "#[", "[", "//", "#", ")")


@dataclass(frozen=True)
class SingleTest:
    """One test. `lines` are those that the diff shows, decorators included; `head` is the line with its name."""

    path: str
    name: str
    head: DiffLine
    lines: tuple[DiffLine, ...]

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of its name and body."""
        return frozenset(word for line in self.lines for word in words(line.text))


def old(file: FileDiff) -> Iterator[SingleTest]:
    """The tests that the diff shows on the old side."""
    return _cases(file, file.change.old_path or file.change.path, before)


def new(file: FileDiff) -> Iterator[SingleTest]:
    """The tests that the diff shows on the new side."""
    return _cases(file, file.change.path, after)


def owners(cases: Iterable[SingleTest]) -> dict[int, SingleTest]:
    """For each line (by `id`) that belongs to a test whose beginning the diff shows: that test."""
    return {id(line): case for case in cases for line in case.lines}


def _cases(file: FileDiff, path: str, side: Callable[[Hunk], list[DiffLine]]) -> Iterator[SingleTest]:
    language = languages.of(path)
    if language is None:
        return
    for hunk in hunks(file):
        yield from _in_lines(path, language, side(hunk))


def _in_lines(path: str, language: Language, lines: list[DiffLine]) -> Iterator[SingleTest]:
    heads = [index for index, line in enumerate(lines) if _name(language, lines, index)]
    for index in heads:
        first = index
        while first and lines[first - 1].text.strip().startswith(_ABOVE) and first - 1 not in heads:
            first -= 1
        last = index + 1
        while last < len(lines) and last not in heads and _within(lines[index], lines[last]):
            last += 1
        yield SingleTest(path, _name(language, lines, index), lines[index], tuple(lines[first:last]))


def _name(language: Language, lines: list[DiffLine], index: int) -> str:
    match = language.define.search(lines[index].text[:MAX_LINE])
    if not match:
        return ""
    if language.marker and not any(language.marker.search(line.text) for line in lines[max(0, index - 3) : index + 1]):
        return ""
    return next((group for group in reversed(match.groups()) if group), "")


def _within(head: DiffLine, line: DiffLine) -> bool:
    text = line.text.strip()
    return not text or indent(line.text) > indent(head.text) or text[0] in "})]"
