"""The edit format of `changes.txt`: parts of a file to replace, files to add, move and delete. Pure.

    @@ src/price.py            lines of an existing file: ` ` context, `-` removed, `+` added
    @@                         another place in the same file
    @@ src/new.py new          a new file (or new content for a file): only `+` lines
    @@ src/old.py deleted
    @@ src/old.py -> src/b.py  moved; hunks may follow
    @@ logo.bin bytes 5000     a new binary file of that size

Removed and context lines together must occur in the file exactly once. Line numbers are not needed.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from honk.core.errors import UsageError

Files = Mapping[str, bytes]
"""The content of a repository: path to bytes."""


@dataclass(frozen=True)
class Hunk:
    """Lines to find and the lines in their place, without line ends."""

    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass
class FileEdit:
    """What happens to one file. `moved_to` is empty where the file stays, `bytes` is the size of a binary one."""

    path: str
    new: bool = False
    deleted: bool = False
    moved_to: str = ""
    bytes: int = 0
    hunks: list[Hunk] = field(default_factory=list)


def parse(lines: Iterable[str]) -> tuple[FileEdit, ...]:
    """The edits in the text. Raises UsageError for a line that belongs to no file."""
    edits: list[FileEdit] = []
    old: list[str] = []
    new: list[str] = []

    def close() -> None:
        if any(old) or any(new):
            edits[-1].hunks.append(Hunk(tuple(old), tuple(new)))
        old.clear()
        new.clear()

    for line in lines:
        if line.startswith("@@"):
            close()
            if words := line[2:].split():
                edits.append(_header(words))
        elif not edits:
            if line.strip():
                raise UsageError(f"The edit `{line}` belongs to no file; a line `@@ path` must stand before it.")
        elif line[:1] in {" ", "-", "+", ""}:
            if line[:1] != "+":
                old.append(line[1:])
            if line[:1] != "-":
                new.append(line[1:])
        else:
            raise UsageError(f"The line `{line}` of an edit begins with none of ` `, `-`, `+` and `@@`.")
    close()
    return tuple(edits)


def _header(words: list[str]) -> FileEdit:
    if len(words) == 3 and words[1] == "->":
        return FileEdit(words[0], moved_to=words[2])
    if len(words) == 3 and words[1] == "bytes" and words[2].isdecimal():
        return FileEdit(words[0], new=True, bytes=int(words[2]))
    if len(words) == 2 and words[1] in {"new", "deleted"}:
        return FileEdit(words[0], new=words[1] == "new", deleted=words[1] == "deleted")
    if len(words) == 1:
        return FileEdit(words[0])
    raise UsageError(f"`@@ {' '.join(words)}` is no header of an edit: `@@ PATH`, `@@ PATH new` or `@@ OLD -> NEW`.")


def apply(files: Files, edits: Iterable[FileEdit]) -> dict[str, bytes]:
    """The files after the edits. Raises UsageError where an edit does not fit exactly once."""
    result = dict(files)
    for edit in edits:
        if edit.bytes:
            result[edit.path] = random.Random(edit.path).randbytes(edit.bytes)  # noqa: S311 - content of no meaning
            continue
        if edit.new:
            lines = [line for hunk in edit.hunks for line in hunk.new[: len(hunk.new) - len(hunk.old)]]
            result[edit.path] = ("\n".join(lines) + "\n" if lines else "").encode()
            continue
        if edit.path not in result:
            raise UsageError(f"The edit of `{edit.path}` does not fit: there is no such file.")
        content = result.pop(edit.path)
        if not edit.deleted:
            result[edit.moved_to or edit.path] = _edited(edit, content.decode()).encode()
    return result


def _edited(edit: FileEdit, text: str) -> str:
    lines = text.split("\n")
    for hunk in edit.hunks:
        old = _without_blank_end(hunk.old, hunk.new)
        new = hunk.new[: len(hunk.new) - (len(hunk.old) - len(old))]
        places = [at for at in range(len(lines) - len(old) + 1) if tuple(lines[at : at + len(old)]) == old]
        if len(places) != 1 or not old:
            shown = "\n".join(old)
            raise UsageError(f"The edit of `{edit.path}` fits {len(places)} times instead of once:\n{shown}")
        lines[places[0] : places[0] + len(old)] = new
    return "\n".join(lines)


def _without_blank_end(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """The context without empty lines at its end: those separate sections of the file with the edits."""
    end = len(old)
    cut = 0
    while end and not old[end - 1] and cut < len(new) and not new[len(new) - 1 - cut]:
        end, cut = end - 1, cut + 1
    return old[:end]
