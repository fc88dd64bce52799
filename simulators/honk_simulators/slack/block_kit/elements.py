"""Block Kit's elements: what can be pressed, chosen and filled in.

The figures are those of docs.slack.dev, "Reference: block elements".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from honk_simulators.slack.block_kit.composition import (
    ALT_TEXT,
    CONFIRM,
    DISPATCH,
    FILTER,
    GROUP,
    OPTION,
    OPTIONS,
    PLACEHOLDER,
    RICH_OPTION,
    SLACK_FILE,
    chosen_from_options,
    distinct,
    image_url,
    option,
    options_or_groups,
    plain,
)
from honk_simulators.slack.block_kit.validation import (
    Check,
    Rule,
    anything,
    complaint,
    constant,
    exactly_one,
    flag,
    integer,
    listing,
    pattern,
    record,
    text,
    url,
)

ACTION_ID = 255
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
BUTTON_URL = 3000
INPUT = 3000

_DATE = pattern(re.compile(r"\d{4}-\d\d-\d\d").fullmatch, "must be a date such as 2026-01-31")
_TIME = pattern(re.compile(r"([01]\d|2[0-3]):[0-5]\d").fullmatch, "must be a time such as 13:30")
_ID = pattern(re.compile(r"[A-Z][A-Z0-9]{2,}").fullmatch, "must be an id")
_NUMBER = pattern(re.compile(r"-?\d+(\.\d+)?").fullmatch, "must be a number in a string")

_ACTION: dict[str, Check] = {"action_id": text(ACTION_ID)}
_CONFIRM: dict[str, Check] = {"confirm": CONFIRM}
_FOCUS: dict[str, Check] = {"focus_on_load": flag}
_PLACEHOLDER: dict[str, Check] = {"placeholder": plain(PLACEHOLDER)}
_DISPATCH: dict[str, Check] = {"dispatch_action_config": DISPATCH}
_MENU: dict[str, Check] = {**_ACTION, **_CONFIRM, **_FOCUS, **_PLACEHOLDER}
_SEVERAL: dict[str, Check] = {**_MENU, "max_selected_items": integer(1, OPTIONS)}
_FIELD: dict[str, Check] = {**_ACTION, **_DISPATCH, **_FOCUS, **_PLACEHOLDER}


def _element(
    kind: str, required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Rule
) -> tuple[str, Check]:
    return kind, record({"type": constant(kind), **required}, optional, *rules)


def _not_more(low: str, high: str) -> Rule:
    def rule(value: Mapping[str, Any], pointer: str) -> Iterator[str]:
        if low in value and high in value and float(value[low]) > float(value[high]):
            yield complaint(f"{low} must not be more than {high}", pointer)

    return rule


def _overflow(value: Mapping[str, Any], pointer: str) -> Iterator[str]:
    yield from distinct(value["options"], pointer)


BUTTON = _element(
    "button",
    {"text": plain(BUTTON_TEXT)},
    {
        **_ACTION,
        **_CONFIRM,
        "url": url(BUTTON_URL),
        "value": text(BUTTON_VALUE),
        "style": constant("primary", "danger"),
        "accessibility_label": text(BUTTON_TEXT),
    },
)
IMAGE = _element(
    "image",
    {"alt_text": text(ALT_TEXT)},
    {"image_url": image_url, "slack_file": SLACK_FILE},
    exactly_one("image_url", "slack_file"),
)

MENUS = dict(
    (
        _element(
            "static_select",
            {},
            {
                **_MENU,
                "options": listing(OPTION, most=OPTIONS),
                "option_groups": listing(GROUP, most=OPTIONS),
                "initial_option": OPTION,
            },
            options_or_groups,
        ),
        _element(
            "multi_static_select",
            {},
            {
                **_SEVERAL,
                "options": listing(OPTION, most=OPTIONS),
                "option_groups": listing(GROUP, most=OPTIONS),
                "initial_options": listing(OPTION, most=OPTIONS),
            },
            options_or_groups,
        ),
        _element("external_select", {}, {**_MENU, "initial_option": OPTION, "min_query_length": integer(0, 3000)}),
        _element(
            "multi_external_select",
            {},
            {**_SEVERAL, "initial_options": listing(OPTION, most=OPTIONS), "min_query_length": integer(0, 3000)},
        ),
        _element("users_select", {}, {**_MENU, "initial_user": _ID}),
        _element("multi_users_select", {}, {**_SEVERAL, "initial_users": listing(_ID)}),
        _element("channels_select", {}, {**_MENU, "initial_channel": _ID, "response_url_enabled": flag}),
        _element("multi_channels_select", {}, {**_SEVERAL, "initial_channels": listing(_ID)}),
        _element(
            "conversations_select",
            {},
            {
                **_MENU,
                "initial_conversation": _ID,
                "default_to_current_conversation": flag,
                "response_url_enabled": flag,
                "filter": FILTER,
            },
        ),
        _element(
            "multi_conversations_select",
            {},
            {
                **_SEVERAL,
                "initial_conversations": listing(_ID),
                "default_to_current_conversation": flag,
                "filter": FILTER,
            },
        ),
        _element(
            "checkboxes",
            {"options": listing(RICH_OPTION, most=10)},
            {**_ACTION, **_CONFIRM, **_FOCUS, "initial_options": listing(RICH_OPTION, most=10)},
            chosen_from_options,
        ),
        _element(
            "radio_buttons",
            {"options": listing(RICH_OPTION, most=10)},
            {**_ACTION, **_CONFIRM, **_FOCUS, "initial_option": RICH_OPTION},
            chosen_from_options,
        ),
        _element("datepicker", {}, {**_MENU, "initial_date": _DATE}),
        _element("timepicker", {}, {**_MENU, "initial_time": _TIME, "timezone": text(64)}),
        _element(
            "datetimepicker",
            {},
            {**_ACTION, **_CONFIRM, **_FOCUS, "initial_date_time": integer(10**9, 10**10 - 1)},
        ),
    )
)
"""What has a state: in a section, an actions block or an input."""

OVERFLOW = _element(
    "overflow",
    {"options": listing(option(link=True), least=2, most=5)},
    {**_ACTION, **_CONFIRM},
    _overflow,
)

FIELDS = dict(
    (
        _element(
            "plain_text_input",
            {},
            {
                **_FIELD,
                "initial_value": text(INPUT, 0),
                "multiline": flag,
                "min_length": integer(0, INPUT),
                "max_length": integer(1, INPUT),
            },
            _not_more("min_length", "max_length"),
        ),
        _element("email_text_input", {}, {**_FIELD, "initial_value": text(INPUT, 0)}),
        _element("url_text_input", {}, {**_FIELD, "initial_value": text(INPUT, 0)}),
        _element(
            "number_input",
            {"is_decimal_allowed": flag},
            {**_FIELD, "initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
            _not_more("min_value", "max_value"),
        ),
        _element("rich_text_input", {}, {**_FIELD, "initial_value": anything}),
        _element("file_input", {}, {**_ACTION, "filetypes": listing(text(20)), "max_files": integer(1, 10)}),
    )
)
"""What a person types into; in an input alone."""

FEEDBACK = _element(
    "feedback_buttons",
    {
        name: record({"text": plain(BUTTON_TEXT), "value": text(BUTTON_VALUE)}, {"accessibility_label": text(75)})
        for name in ("positive_button", "negative_button")
    },
    _ACTION,
)
ICON_BUTTON = _element(
    "icon_button",
    {"icon": constant("trash"), "text": plain(BUTTON_TEXT)},
    {
        **_ACTION,
        **_CONFIRM,
        "value": text(BUTTON_VALUE),
        "accessibility_label": text(BUTTON_TEXT),
        "visible_to_user_ids": listing(_ID),
    },
)

PRESSED = ("button", "icon_button", "feedback_buttons", "overflow")
"""What is pressed and keeps no state."""
