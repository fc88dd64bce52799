"""Splits and cuts finished markup: at line ends, never within an entity, a link or an open fence. Pure."""

import re

from honk.integrations.slack.messages.mrkdwn import ELLIPSIS, FENCE

_WHOLE = re.compile(r"&(?:amp|lt|gt);|<[^<>\n]*>|.", re.S)
"""What must not be split."""

_REOPENED = 2 * (len(FENCE) + 1)


def size(text: str) -> int:
    """Length in UTF-16 units, as Slack's clients count it: most emoji are two."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, longest: int) -> str:
    """`text`, or its beginning and an ellipsis, within `longest` units."""
    if size(text) <= longest:
        return text
    return f"{pieces(text, longest - 2)[0]}\n{ELLIPSIS}" if "\n" in text else pieces(text, longest - 1)[0] + ELLIPSIS


def plain(text: str, longest: int) -> str:
    """The same for text without markup (a button, an option), between any two characters."""
    if size(text) <= longest:
        return text
    while size(text) > longest - 1:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def pieces(text: str, longest: int) -> list[str]:
    """`text` in parts of at most `longest` units; a code block that is split is closed and opened again.

    Raises ValueError when `longest` is too small for any text.
    """
    room = longest - _REOPENED
    if room < 1:
        raise ValueError("too short for any text")
    done: list[str] = []
    rows: list[str] = []
    used, inside = 0, False
    for row in text.split("\n"):
        for part in [row] if row == FENCE else _parts(row, room, code=inside):
            closing = len(FENCE) + 1 if inside else 0
            if rows and used + size(part) + 1 + closing > longest:
                done.append(_closed(rows, inside))
                rows = [FENCE] if inside and part != FENCE else []
                used = sum(size(each) + 1 for each in rows)
                if inside and part == FENCE:
                    inside = False
                    continue
            rows.append(part)
            used += size(part) + 1
            if part == FENCE:
                inside = not inside
    done.append(_closed(rows, inside))
    return [each for each in done if each.strip("\n").removeprefix(FENCE).strip()] or [""]


def _closed(rows: list[str], inside: bool) -> str:
    if inside and rows[-1] == FENCE:
        rows = rows[:-1]
    elif inside:
        rows = [*rows, FENCE]
    return "\n".join(rows)


def _parts(row: str, room: int, *, code: bool) -> list[str]:
    """A row in parts of at most `room` units, split at a space if there is one; inline code is closed and reopened."""
    if size(row) <= room:
        return [row]
    done: list[str] = []
    current: list[str] = []
    used, space = 0, 0
    for found in _WHOLE.finditer(row):
        whole = found.group()
        if size(whole) > room:  # a link of ours that is too long
            whole = ELLIPSIS
        if used + size(whole) + 2 > room and current:
            at = space if space > len(current) // 2 else len(current)
            head, current = current[:at], current[at:]
            text = "".join(head).rstrip(" ")
            open_tick = not code and text.count("`") % 2 == 1
            done.append((text.removesuffix("`") if text.endswith("`") else f"{text}`") if open_tick else text)
            current = ["`", *current] if open_tick else current
            used, space = sum(size(each) for each in current), 0
        current.append(whole)
        used += size(whole)
        if whole == " ":
            space = len(current)
    done.append("".join(current))
    return [each for each in done if each.strip("` ")] or [""]
