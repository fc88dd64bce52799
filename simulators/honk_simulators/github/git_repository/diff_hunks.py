"""Lines of a diff: which of them can be commented on, and what is shown above such a comment."""

import re
from collections.abc import Iterator

_HEAD = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def lines(patch: str) -> Iterator[tuple[int, int | None, int | None, str]]:
    """Each line of a patch: its position from 1 below the first hunk's head, its number left and right, itself."""
    left = right = 0
    for position, line in enumerate(patch.splitlines()):
        if head := _HEAD.match(line):
            left, right = int(head[1]), int(head[2])
            yield position, None, None, line
        elif line.startswith("-"):
            yield position, left, None, line
            left += 1
        elif line.startswith("+"):
            yield position, None, right, line
            right += 1
        elif not line.startswith("\\"):
            yield position, left, right, line
            left, right = left + 1, right + 1


def to_line(patch: str, line: int, side: str) -> str | None:
    """The hunk down to a line (`side` LEFT or RIGHT); None when the diff does not show that line."""
    above: list[str] = []
    for _, left, right, text in lines(patch):
        above = [text] if text.startswith("@@") else [*above, text]
        if line == (left if side == "LEFT" else right):
            return "\n".join(above)
    return None


def at(patch: str, position: int) -> tuple[int, str] | None:
    """Line and side of a position, the older way of naming a line."""
    for where, left, right, _ in lines(patch):
        if where == position and (left is not None or right is not None):
            return (right, "RIGHT") if right is not None else (left or 0, "LEFT")
    return None
