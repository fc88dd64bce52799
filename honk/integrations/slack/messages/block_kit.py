"""Block Kit, made so that it cannot be too much: texts are divided or cut here, and a message is fitted as a whole.

The figures are those of docs.slack.dev, "Reference: blocks", "Block elements" and "Composition objects". Lengths are
counted in UTF-16 units (`lengths.size`), the stricter way. Texts named `mrkdwn` are finished markup (see `mrkdwn.py`);
texts named `words` may be untrusted and are shown as they stand.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from honk.integrations.slack.intake.button_values import LONGEST_VALUE, PREFIX, ButtonValue
from honk.integrations.slack.messages import mrkdwn, truncation

Block = dict[str, Any]
Style = Literal["", "primary", "danger"]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
SECTION = 3000
CONTEXT_ELEMENTS = 10
ACTIONS = 25
BUTTON_TEXT = 75
BUTTON_URL = 3000
OPTION_TEXT = 75
PLACEHOLDER = 150
HEADER = 150
ALT_TEXT = 2000
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
FALLBACK = 3000
"""The text of a notification. Slack takes 40,000 and shows far less."""

MESSAGE_SIZE = 11_000
"""All texts of a message's blocks. Slack does not say its limit; slackapi/bolt-js issue 2509 met
`msg_blocks_too_long` from about 13,200 on."""

MENU_ACTION = f"{PREFIX}pick_menu"


@dataclass(frozen=True)
class SlackMessage:
    """What stands in a thread. `text` is for notifications and readers that know no blocks."""

    text: str
    blocks: tuple[Block, ...]

    @cached_property
    def digest(self) -> str:
        """Of what it shows."""
        return hashlib.sha256(json.dumps([self.text, self.blocks], sort_keys=True).encode()).hexdigest()[:32]


def section(text: str) -> list[Block]:
    """Paragraphs; more than one block where it is long, nothing for nothing."""
    return [{"type": "section", "text": _mrkdwn(piece)} for piece in truncation.pieces(text, SECTION) if piece.strip()]


def context(*texts: str) -> list[Block]:
    """Small grey words, side by side where there is room."""
    shown = [_mrkdwn(truncation.cut(text, SECTION)) for text in texts if text.strip()]
    return [{"type": "context", "elements": shown[:CONTEXT_ELEMENTS]}] if shown else []


def header(words: str) -> list[Block]:
    """A heading."""
    return [{"type": "header", "text": _plain(words, HEADER)}]


def divider() -> list[Block]:
    """A line."""
    return [{"type": "divider"}]


def actions(elements: Iterable[Block]) -> list[Block]:
    """Things to press, in a row; of two with the same id the first counts. A meaning that does not fit into a button
    is not cut: the button is left out."""
    fitting = [each for each in elements if truncation.size(each.get("value", "")) <= LONGEST_VALUE]
    distinct = {each["action_id"]: each for each in reversed(fitting)}
    row = list(reversed(distinct.values()))
    return [
        {"type": "actions", "elements": row[start : start + ACTIONS]}
        for start in range(0, min(len(row), 2 * ACTIONS), ACTIONS)
    ]


def button(words: str, press: ButtonValue, style: Style = "", confirm: Block | None = None) -> Block:
    """Something to press. Its meaning is small by nature: a session's id, a commit, a repository's name."""
    made: Block = {
        "type": "button",
        "action_id": press.action_id[:255],
        "text": _plain(words, BUTTON_TEXT),
        "value": press.value,
    }
    if style:
        made["style"] = style
    return made | ({"confirm": confirm} if confirm else {})


def link_button(words: str, url: str, session: str, name: str, origins: Collection[str]) -> Block | None:
    """A button that leads to an address of ours; None for any other address, or one that is too long."""
    if not mrkdwn.is_ours(url, origins) or len(url) > BUTTON_URL:
        return None
    return button(words, ButtonValue("open", session, pick=name)) | {"url": url}


def confirm(title: str, text: str, yes: str, no: str, style: Style = "") -> Block:
    """A question before a press counts. All four are plain words."""
    made: Block = {
        "title": _plain(title, CONFIRM_TITLE),
        "text": _plain(text, CONFIRM_TEXT, lines=True),
        "confirm": _plain(yes, CONFIRM_BUTTON),
        "deny": _plain(no, CONFIRM_BUTTON),
    }
    return made | ({"style": style} if style else {})


def menu(words: str) -> Block:
    """The searchable menu of all repositories; what it offers is asked for while somebody types."""
    return {
        "type": "external_select",
        "action_id": MENU_ACTION,
        "placeholder": _plain(words, PLACEHOLDER),
        "min_query_length": 0,
    }


def message(text: str, blocks: Sequence[Block], rest: str) -> SlackMessage:
    """A message that Slack takes. Of too many blocks the last are left out, but never what can be pressed; `rest`
    (markup) then says where the whole is."""
    return SlackMessage(
        truncation.cut(text, FALLBACK) or "…", tuple(_fitted(blocks, rest, MESSAGE_BLOCKS, MESSAGE_SIZE))
    )


def _fitted(blocks: Sequence[Block], rest: str, most: int, size: int) -> list[Block]:
    if len(blocks) <= most and sum(map(_size, blocks)) <= size:
        return list(blocks)
    note = context(rest)
    kept = [index for index, block in enumerate(blocks) if block["type"] == "actions"]
    most -= len(kept) + len(note)
    size -= sum(_size(blocks[index]) for index in kept) + sum(map(_size, note))
    shown: list[int] = []
    for index, block in enumerate(blocks):
        if block["type"] == "actions":
            continue
        if most < 1 or _size(block) > size:
            break
        most, size = most - 1, size - _size(block)
        shown.append(index)
    last = shown[-1] if shown else -1
    before = [blocks[index] for index in sorted([*shown, *kept]) if index <= last]
    return before + note + [blocks[index] for index in kept if index > last]


def _size(block: Any) -> int:
    """The texts of a block."""
    if isinstance(block, dict):
        return sum(
            truncation.size(value) if key == "text" and isinstance(value, str) else _size(value)
            for key, value in block.items()
        )
    return sum(map(_size, block)) if isinstance(block, list) else 0


def _mrkdwn(text: str) -> Block:
    # verbatim: nothing becomes a link or a mention by itself
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(words: str, longest: int, *, lines: bool = False) -> Block:
    shown = mrkdwn.redact(mrkdwn.clean(words)).strip() if lines else mrkdwn.label(words)
    return {"type": "plain_text", "text": truncation.plain(shown, longest) or "…", "emoji": True}
