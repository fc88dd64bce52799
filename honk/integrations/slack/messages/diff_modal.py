"""The window "Show changes": each file's diff, cut at the end of a hunk where it does not fit. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from honk.conversation import event_lines, texts
from honk.core.change import FileChange
from honk.core.diff import Diff, DiffLine, FileDiff
from honk.core.session import Session
from honk.integrations.slack.messages import block_kit, message_texts, mrkdwn, truncation
from honk.integrations.slack.messages.block_kit import VIEW_BLOCKS, Block
from honk.integrations.slack.messages.renderer import MessageRenderer

MOST = 60_000
"""Characters of a window. Slack accepts 100 × 3,000 and 250 kB in all; a phone has to show it."""

MOST_OF_FILE = 9_000
LONGEST_LINE = 300
LONGEST_PATH = 150

Hunk = tuple[DiffLine, ...]


@dataclass(frozen=True)
class _FileSection:
    """A file's part of the window, and its length in characters."""

    blocks: list[Block]
    size: int


def modal(session: Session, diff: Diff, view: MessageRenderer) -> dict[str, Any]:
    """The window for a session's change, for views.open."""
    stat = diff.stat
    link = view.console(session.id)
    size = event_lines.change_size(len(stat.files), stat.added, stat.deleted)
    made = block_kit.context(f"{size}  ·  commit {mrkdwn.code(session.change.head[:10])}  ·  {link}")
    space, shown = MOST, 0
    for file in diff.files:
        part = _file(file, min(space, MOST_OF_FILE), view)
        if space < 0 or len(made) + len(part.blocks) > VIEW_BLOCKS - 1:
            break
        made += part.blocks
        space -= part.size
        shown += 1
    if shown < len(diff.files):
        rest = texts.and_more(len(diff.files) - shown, "file")
        made += block_kit.context(f"… {rest}: {link}")
    if not diff.files:
        made += block_kit.section(message_texts.NO_CHANGES)
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": message_texts.CHANGES_TITLE},
        "close": {"type": "plain_text", "text": message_texts.CLOSE},
        "blocks": made,
    }


def hunks(lines: Sequence[DiffLine]) -> list[Hunk]:
    """A file's diff as groups of consecutive lines.

    A `-` line has its number in the old file: its position follows from that and from the changes before it.
    """
    found: list[list[DiffLine]] = []
    following, shift = 0, 0
    for line in lines:
        here = line.number + shift if line.sign == "-" else line.number
        if not found or here != following:
            found.append([])
        found[-1].append(line)
        following = here if line.sign == "-" else here + 1
        shift += {"+": 1, "-": -1, " ": 0}[line.sign]
    return [tuple(hunk) for hunk in found]


def _file(file: FileDiff, space: int, view: MessageRenderer) -> _FileSection:
    kept: list[str] = []
    found = hunks(file.lines)
    size, left = 0, list(found)
    while left:
        rows = list(_rows(left[0]))
        length = sum(truncation.size(mrkdwn.escape(row)) + 1 for row in rows)
        if size + length > space:
            break
        kept += rows
        size += length
        left.pop(0)
    if not kept and found:  # no hunk fits: show the beginning of the first
        kept = list(_beginning(found[0], space))
    made = block_kit.section(_title(file.change))
    made += block_kit.section(mrkdwn.fenced("\n".join(kept), view.hide)) if kept else []
    if not file.lines and not file.change.binary and file.change.status == "renamed":
        made += block_kit.context(message_texts.ONLY_RENAMED)
    if left or file.truncated:
        made += block_kit.context(_left_out(left, file.truncated))
    return _FileSection(made, size)


def _rows(hunk: Hunk) -> Iterator[str]:
    yield f"@@ line {hunk[0].number} @@"
    for line in hunk:
        text = line.text.replace("\n", " ").replace("\r", "")
        yield f"{line.sign}{text[:LONGEST_LINE]}{mrkdwn.ELLIPSIS if len(text) > LONGEST_LINE else ''}"


def _beginning(hunk: Hunk, space: int) -> Iterator[str]:
    for row in _rows(hunk):
        space -= truncation.size(mrkdwn.escape(row)) + 1
        if space < 0:
            return
        yield row


def _title(change: FileChange) -> str:
    path = mrkdwn.code(event_lines.clip(change.path, LONGEST_PATH))
    old = f"{mrkdwn.code(event_lines.clip(change.old_path, LONGEST_PATH))} → " if change.status == "renamed" else ""
    what = "" if change.status in ("modified", "renamed") else f"  {change.status}"
    return f"{old}{path}{what}" + ("  binary" if change.binary else f"  +{change.added} −{change.deleted}")


def _left_out(left: Sequence[Hunk], truncated: bool) -> str:
    added = sum(line.sign == "+" for hunk in left for line in hunk)
    deleted = sum(line.sign == "-" for hunk in left for line in hunk)
    return message_texts.left_out(len(left), added, deleted, truncated=truncated)
