"""Block Kit's composition objects: texts, options, confirmations, files of Slack's.

The figures are those of docs.slack.dev, "Reference: composition objects", where nothing else is said.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from honk_simulators.slack.block_kit.validation import (
    Check,
    complaint,
    constant,
    exactly_one,
    flag,
    listing,
    record,
    text,
    typed,
    url,
)

TEXT = 3000
OPTION_TEXT = 75
OPTION_VALUE = 150
"""An option's `value`. The reference says 150 since 2024, as does slack_sdk (`Option.value_max_length`); it said 75
before, and @slack/types still does."""
OPTION_DESCRIPTION = 75
OPTION_URL = 3000
OPTIONS = 100
PLACEHOLDER = 150
IMAGE_URL = 3000
ALT_TEXT = 2000


def plain(most: int = TEXT) -> Check:
    """A text object without formatting."""
    return record({"type": constant("plain_text"), "text": text(most)}, {"emoji": flag})


def mrkdwn(most: int = TEXT) -> Check:
    """A text object with formatting."""
    return record({"type": constant("mrkdwn"), "text": text(most)}, {"verbatim": flag})


def words(most: int = TEXT) -> Check:
    """A text object of either kind."""
    return typed({"plain_text": plain(most), "mrkdwn": mrkdwn(most)})


def option(of: Check | None = None, *, link: bool = False) -> Check:
    """Something to choose. Only those of an overflow menu may have a `url`."""
    return record(
        {"text": of or plain(OPTION_TEXT), "value": text(OPTION_VALUE)},
        {"description": plain(OPTION_DESCRIPTION), **({"url": url(OPTION_URL)} if link else {})},
    )


OPTION = option()
RICH_OPTION = option(words(OPTION_TEXT))
GROUP = record({"label": plain(OPTION_TEXT), "options": listing(OPTION, most=OPTIONS)})

CONFIRM = record(
    {"title": plain(100), "text": words(300), "confirm": plain(30), "deny": plain(30)},
    {"style": constant("primary", "danger")},
)

FILTER = record(
    {},
    {
        "include": listing(constant("im", "mpim", "private", "public"), most=4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)

DISPATCH = record({"trigger_actions_on": listing(constant("on_enter_pressed", "on_character_entered"), most=2)})

SLACK_FILE = record({}, {"id": text(255), "url": url(IMAGE_URL)}, exactly_one("id", "url"))


def options_or_groups(value: Mapping[str, Any], pointer: str) -> Iterator[str]:
    """The one or the other, and what is chosen at first is among them."""
    yield from exactly_one("options", "option_groups")(value, pointer)
    groups = value.get("option_groups") or [{"options": value.get("options") or []}]
    offered = [each for group in groups for each in group["options"]]
    for initial in _initial(value):
        if initial not in offered:
            yield complaint("initial option must be one of the options", pointer)
    yield from distinct(offered, pointer)


def chosen_from_options(value: Mapping[str, Any], pointer: str) -> Iterator[str]:
    """What is chosen at first is among the options."""
    for initial in _initial(value):
        if initial not in value["options"]:
            yield complaint("initial option must be one of the options", pointer)
    yield from distinct(value["options"], pointer)


def distinct(options: list[Any], pointer: str) -> Iterator[str]:
    """No two of them mean the same."""
    values = [each["value"] for each in options]
    if len(set(values)) != len(values):
        yield complaint("option values must be unique", pointer)


def _initial(value: Mapping[str, Any]) -> list[Any]:
    return ([value["initial_option"]] if "initial_option" in value else []) + list(value.get("initial_options") or ())


def image_url(value: Any, pointer: str) -> Iterator[str]:
    """An image's address. Slack fetches it when the message is posted, so it must be one that the world can reach."""
    wrong = list(url(IMAGE_URL)(value, pointer))
    yield from wrong
    if not wrong and not _is_public(value):
        yield complaint("downloading image failed", pointer)


def _is_public(address: str) -> bool:
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or "." not in host.rstrip(".") or host.endswith((".local", ".internal")):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return True
