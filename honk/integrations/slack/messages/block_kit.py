"""Block Kit within Slack's limits: texts are split or cut here, and a message is shortened as a whole.

The figures are those of docs.slack.dev, "Reference: blocks", "Block elements" and "Composition objects". Lengths are
counted in UTF-16 units (`truncation.size`), the stricter way. Texts named `text` are finished markup (see `mrkdwn.py`);
texts named `words` may be untrusted and are shown literally.
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
ALT_TEXT = 2000
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
FALLBACK = 3000
"""The text of a notification. Slack accepts 40,000 and shows far less."""

MESSAGE_SIZE = 11_000
"""All texts of a message's blocks. Slack does not say its limit; slackapi/bolt-js issue 2509 met
`msg_blocks_too_long` from about 13,200 on."""

MENU_ACTION = f"{PREFIX}pick_menu"


@dataclass(frozen=True)
class SlackMessage:
    """A message of a thread. `text` is for notifications and for clients that show no blocks."""

    text: str
    blocks: tuple[Block, ...]

    @cached_property
    def digest(self) -> str:
        """Hash of the rendered message; an unchanged hash means that no edit is sent."""
        return hashlib.sha256(json.dumps([self.text, self.blocks], sort_keys=True).encode()).hexdigest()[:32]


def section(text: str) -> list[Block]:
    """Paragraphs: several blocks for a long text, none for an empty one."""
    return [{"type": "section", "text": _mrkdwn(piece)} for piece in truncation.pieces(text, SECTION) if piece.strip()]


def context(*texts: str) -> list[Block]:
    """Small grey texts, side by side."""
    shown = [_mrkdwn(truncation.cut(text, SECTION)) for text in texts if text.strip()]
    return [{"type": "context", "elements": shown[:CONTEXT_ELEMENTS]}] if shown else []


def actions(elements: Iterable[Block]) -> list[Block]:
    """A row of buttons and menus. Of two with the same id the first is kept; one with a too long value is left out."""
    fitting = [each for each in elements if truncation.size(each.get("value", "")) <= LONGEST_VALUE]
    distinct = {each["action_id"]: each for each in reversed(fitting)}
    row = list(reversed(distinct.values()))
    return [
        {"type": "actions", "elements": row[start : start + ACTIONS]}
        for start in range(0, min(len(row), 2 * ACTIONS), ACTIONS)
    ]


def button(words: str, value: ButtonValue, style: Style = "", confirm: Block | None = None) -> Block:
    """A button that sends `value` when it is pressed."""
    made: Block = {
        "type": "button",
        "action_id": value.action_id[:255],
        "text": _plain(words, BUTTON_TEXT),
        "value": value.value,
    }
    if style:
        made["style"] = style
    return made | ({"confirm": confirm} if confirm else {})


def link_button(words: str, url: str, session: str, name: str, origins: Collection[str]) -> Block | None:
    """A button that opens an address of ours; None for any other address, or one that is too long."""
    if not mrkdwn.is_ours(url, origins) or len(url) > BUTTON_URL:
        return None
    return button(words, ButtonValue("open", session, pick=name)) | {"url": url}


def confirm(title: str, text: str, yes: str, no: str, style: Style = "") -> Block:
    """The question before a press is sent. All four are plain words."""
    made: Block = {
        "title": _plain(title, CONFIRM_TITLE),
        "text": _plain(text, CONFIRM_TEXT, lines=True),
        "confirm": _plain(yes, CONFIRM_BUTTON),
        "deny": _plain(no, CONFIRM_BUTTON),
    }
    return made | ({"style": style} if style else {})


def menu(words: str) -> Block:
    """The searchable menu of all repositories; Slack requests its options while somebody types."""
    return {
        "type": "external_select",
        "action_id": MENU_ACTION,
        "placeholder": _plain(words, PLACEHOLDER),
        "min_query_length": 0,
    }


def message(text: str, blocks: Sequence[Block], rest: str) -> SlackMessage:
    """A message within Slack's limits. Of too many blocks the last are left out, but no buttons; `rest` (markup) then
    says where the rest is."""
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
    """Length of all texts of a block."""
    if isinstance(block, dict):
        return sum(
            truncation.size(value) if key == "text" and isinstance(value, str) else _size(value)
            for key, value in block.items()
        )
    return sum(map(_size, block)) if isinstance(block, list) else 0


def _mrkdwn(text: str) -> Block:
    # verbatim: Slack turns nothing into a link or a mention by itself
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(words: str, longest: int, *, lines: bool = False) -> Block:
    shown = mrkdwn.redact(mrkdwn.clean(words)).strip() if lines else mrkdwn.label(words)
    return {"type": "plain_text", "text": truncation.plain(shown, longest) or "…", "emoji": True}
