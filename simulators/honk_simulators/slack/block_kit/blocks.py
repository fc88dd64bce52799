"""Block Kit: whether Slack would take these blocks, and if not, what it would say.

The figures are those of docs.slack.dev, "Reference: blocks" and "Reference: views". Of the blocks that came in 2025 and
later, `markdown`, `table`, `video` and `context_actions` are known here; others are refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from honk_simulators.slack.block_kit.composition import ALT_TEXT, SLACK_FILE, image_url, mrkdwn, plain, words
from honk_simulators.slack.block_kit.elements import (
    BUTTON,
    FEEDBACK,
    FIELDS,
    ICON_BUTTON,
    IMAGE,
    MENUS,
    OVERFLOW,
    PRESSED,
)
from honk_simulators.slack.block_kit.validation import (
    Check,
    Rule,
    anything,
    at_least_one,
    complaint,
    constant,
    exactly_one,
    flag,
    integer,
    listing,
    record,
    text,
    typed,
    url,
)
from honk_simulators.slack.state.workspace import Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 13_000
"""All texts of a message's blocks together. Undocumented; slackapi/bolt-js issue 2509 found `msg_blocks_too_long` from
about 13,200 characters on."""
MARKDOWN = 12_000
BLOCK_ID = 255
SECTION_TEXT = 3000
FIELD_TEXT = 2000
HEADER_TEXT = 150
LABEL = 2000
VIEW_TITLE = 24
PRIVATE_METADATA = 3000
CALLBACK_ID = 255
EXTERNAL_ID = 255

_ACCESSORIES = typed(dict([BUTTON, IMAGE, OVERFLOW]) | MENUS)
_ACTIONS = typed(dict([BUTTON, OVERFLOW]) | MENUS)
_INPUTS = typed(MENUS | FIELDS)
_IN_CONTEXT = typed({"plain_text": plain(), "mrkdwn": mrkdwn(), IMAGE[0]: IMAGE[1]})


def _block(kind: str, required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Rule) -> tuple[str, Check]:
    return kind, record({"type": constant(kind), **required}, {"block_id": text(BLOCK_ID), **optional}, *rules)


def _unique_actions(value: Mapping[str, Any], pointer: str) -> Iterator[str]:
    ids = [each["action_id"] for each in value["elements"] if "action_id" in each]
    for repeated in sorted({each for each in ids if ids.count(each) > 1}):
        yield complaint(f"`action_id` must be unique: {repeated}", pointer)


def _rich_text() -> Check:
    """Accepted shallowly: the kinds are checked, not what is in them."""
    leaf = typed(
        {
            kind: record({"type": anything}, dict.fromkeys(fields, anything))
            for kind, fields in {
                "broadcast": ("range", "style"),
                "channel": ("channel_id", "style"),
                "color": ("value", "style"),
                "date": ("timestamp", "format", "url", "fallback", "style"),
                "emoji": ("name", "unicode", "url", "skin_tone", "style"),
                "link": ("url", "text", "unsafe", "style"),
                "text": ("text", "style"),
                "user": ("user_id", "style"),
                "usergroup": ("usergroup_id", "style"),
            }.items()
        }
    )
    section = record({"type": constant("rich_text_section"), "elements": listing(leaf, least=0)})
    border: dict[str, Check] = {"border": integer(0, 1)}
    return listing(
        typed(
            {
                "rich_text_section": section,
                "rich_text_list": record(
                    {"type": anything, "elements": listing(section), "style": constant("bullet", "ordered")},
                    {**border, "indent": integer(0, 8), "offset": integer(0, 10_000)},
                ),
                "rich_text_quote": record({"type": anything, "elements": listing(leaf)}, border),
                "rich_text_preformatted": record(
                    {"type": anything, "elements": listing(leaf)}, {**border, "language": text(50)}
                ),
            }
        )
    )


_RICH_TEXT = _block("rich_text", {"elements": _rich_text()}, {})
_CELL = typed(
    {
        "raw_text": record({"type": anything, "text": text(SECTION_TEXT)}),
        "raw_number": record({"type": anything, "text": text(SECTION_TEXT), "value": anything}),
        _RICH_TEXT[0]: _RICH_TEXT[1],
    }
)

_EVERYWHERE = dict(
    (
        _block("divider", {}, {}),
        _block("header", {"text": plain(HEADER_TEXT)}, {}),
        _block(
            "section",
            {},
            {
                "text": words(SECTION_TEXT),
                "fields": listing(words(FIELD_TEXT), most=10),
                "accessory": _ACCESSORIES,
                "expand": flag,
            },
            at_least_one("text", "fields"),
        ),
        _block("context", {"elements": listing(_IN_CONTEXT, most=10)}, {}),
        _block("actions", {"elements": listing(_ACTIONS, most=25)}, {}, _unique_actions),
        _block(
            "image",
            {"alt_text": text(ALT_TEXT)},
            {"image_url": image_url, "slack_file": SLACK_FILE, "title": plain(2000)},
            exactly_one("image_url", "slack_file"),
        ),
        _RICH_TEXT,
        _block(
            "video",
            {"video_url": url(3000), "thumbnail_url": image_url, "alt_text": text(ALT_TEXT), "title": plain(200)},
            {
                "title_url": url(3000),
                "description": plain(200),
                "author_name": text(50),
                "provider_name": text(255),
                "provider_icon_url": image_url,
            },
        ),
    )
)
_IN_MESSAGES = _EVERYWHERE | dict(
    (
        _block("markdown", {"text": text(MARKDOWN)}, {}),
        _block(
            "table",
            {"rows": listing(listing(_CELL, most=20), most=100)},
            {
                "column_settings": listing(
                    record({}, {"align": constant("left", "center", "right"), "is_wrapped": flag}), least=0, most=20
                )
            },
        ),
        _block("context_actions", {"elements": listing(typed(dict([FEEDBACK, ICON_BUTTON])), most=5)}, {}),
    )
)
_IN_VIEWS = _EVERYWHERE | dict(
    (
        _block(
            "input",
            {"label": plain(LABEL), "element": _INPUTS},
            {"hint": plain(LABEL), "optional": flag, "dispatch_action": flag},
        ),
    )
)


def of_message(blocks: Any, pointer: str = "/blocks") -> list[str]:
    """What is wrong with a message's blocks."""
    wrong = list(listing(typed(_IN_MESSAGES), least=0, most=MESSAGE_BLOCKS)(blocks, pointer))
    if wrong:
        return wrong
    wrong.extend(_unique_blocks(blocks, pointer))
    if sum(block["type"] == "table" for block in blocks) > 1:
        wrong.append(complaint("only one table block allowed", pointer))
    if any(element.get("focus_on_load") for _, element in interactive(blocks)):
        wrong.append(complaint("focus_on_load is for views only", pointer))
    return wrong


def too_long(blocks: list[Json]) -> bool:
    """Whether their texts together are more than a message may hold."""
    return _characters(blocks) > MESSAGE_CHARACTERS


def of_view(view: Any, pointer: str = "/view") -> list[str]:
    """What is wrong with a modal or a home tab."""
    shared: dict[str, Check] = {
        "private_metadata": text(PRIVATE_METADATA, 0),
        "callback_id": text(CALLBACK_ID, 0),
        "external_id": text(EXTERNAL_ID, 0),
    }
    blocks: dict[str, Check] = {"type": anything, "blocks": listing(typed(_IN_VIEWS), most=VIEW_BLOCKS)}
    modal = record(
        {**blocks, "title": plain(VIEW_TITLE)},
        {
            **shared,
            "submit": plain(VIEW_TITLE),
            "close": plain(VIEW_TITLE),
            "clear_on_close": flag,
            "notify_on_close": flag,
            "submit_disabled": flag,
        },
        _submit,
    )
    wrong = list(typed({"modal": modal, "home": record(blocks, shared)})(view, pointer))
    if wrong:
        return wrong
    wrong.extend(_unique_blocks(view["blocks"], f"{pointer}/blocks"))
    if sum(bool(element.get("focus_on_load")) for _, element in interactive(view["blocks"])) > 1:
        wrong.append(complaint("only one element may have focus_on_load", f"{pointer}/blocks"))
    return wrong


def interactive(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    """Everything that can be pressed, chosen or filled in, with its block's id. The blocks have passed."""
    for block in blocks:
        elements = list(block["elements"]) if block["type"] in ("actions", "context_actions") else []
        if block["type"] == "section" and block.get("accessory", {}).get("type", "image") != "image":
            elements.append(block["accessory"])
        if block["type"] == "input":
            elements.append(block["element"])
        for element in elements:
            yield block.get("block_id", ""), element


def slack_files(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    """The files of Slack's that images show, with pointers."""
    for index, block in enumerate(blocks):
        candidates = [("", block), ("/accessory", block.get("accessory") or {})]
        if block["type"] == "context":
            candidates += [(f"/elements/{at}", each) for at, each in enumerate(block["elements"])]
        for place, each in candidates:
            if "slack_file" in each:
                yield f"/blocks/{index}{place}/slack_file", each["slack_file"]


def numbered(blocks: list[Json], new: str) -> list[Json]:
    """With the ids that Slack gives to blocks and elements that have none. `new` makes them differ from others."""
    done: list[Json] = []
    for index, block in enumerate(blocks):
        block = {"block_id": f"{new}{index}", **block}
        if block["type"] in ("actions", "context_actions"):
            block["elements"] = [
                {"action_id": f"{new}{index}a{at}", **each} for at, each in enumerate(block["elements"])
            ]
        for key in ("accessory", "element"):
            if block.get(key, {}).get("type", "image") != "image":
                block[key] = {"action_id": f"{new}{index}a0", **block[key]}
        done.append(block)
    return done


def has_state(element: Mapping[str, Any]) -> bool:
    """Whether what was chosen in it stays."""
    return element["type"] not in PRESSED


def _submit(value: Mapping[str, Any], pointer: str) -> Iterator[str]:
    if any(block["type"] == "input" for block in value["blocks"]) and "submit" not in value:
        yield complaint("missing required field: submit", pointer)


def _unique_blocks(blocks: list[Json], pointer: str) -> Iterator[str]:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    for repeated in sorted({each for each in ids if ids.count(each) > 1}):
        yield complaint(f"`block_id` must be unique: {repeated}", pointer)


def _characters(value: Any) -> int:
    if isinstance(value, dict):
        return sum(
            len(content) if key == "text" and isinstance(content, str) else _characters(content)
            for key, content in value.items()
        )
    return sum(_characters(each) for each in value) if isinstance(value, list) else 0
