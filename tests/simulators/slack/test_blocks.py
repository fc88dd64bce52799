"""Block Kit's limits, one by one: what is just right passes, what is one too many does not."""

from typing import Any

import pytest
from honk_simulators.slack.block_kit import blocks

Json = dict[str, Any]


def plain(length: int = 5) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int = 5) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "a", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(count: int, **more: Any) -> list[Json]:
    return [{"text": plain(), "value": str(index), **more} for index in range(count)]


def select(**more: Any) -> Json:
    return {"type": "static_select", "options": options(2), **more}


def entry(element: Json | None = None, **more: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element or {"type": "plain_text_input"}, **more}


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "x", **more}


def confirm(**more: Any) -> Json:
    return {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain(), **more}


def view(*made: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": list(made) or [section()], **more}


GOOD: dict[str, list[Json]] = {
    "fifty blocks": [section() for _ in range(50)],
    "section text": [section(text=mrkdwn(3000))],
    "section fields": [{"type": "section", "fields": [mrkdwn(1000)] * 10}],
    "one long field": [{"type": "section", "fields": [mrkdwn(2000)]}],
    "header": [{"type": "header", "text": plain(150)}],
    "context": [{"type": "context", "elements": [mrkdwn()] * 9 + [image()]}],
    "actions": [actions(*(button(action_id=str(index)) for index in range(25)))],
    "button": [actions(button(text=plain(75), value="x" * 2000, action_id="x" * 255, style="danger"))],
    "button link": [actions(button(url="https://example.com/" + "x" * 2980))],
    "a link to this machine": [actions(button(url="http://127.0.0.1:8484/sessions/1"))],
    "image": [image(alt_text="x" * 2000, title=plain(2000))],
    "image of Slack's": [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "x"}],
    "select": [actions(select(options=options(100), placeholder=plain(150)))],
    "option": [actions(select(options=[{"text": plain(75), "value": "x" * 150, "description": plain(75)}]))],
    "groups": [actions({"type": "static_select", "option_groups": [{"label": plain(75), "options": options(2)}]})],
    "external": [actions({"type": "external_select", "min_query_length": 0})],
    "overflow": [section(accessory={"type": "overflow", "options": options(5)})],
    "confirm": [actions(button(confirm=confirm(title=plain(100), text=plain(300), confirm=plain(30))))],
    "block id": [section(block_id="x" * 255)],
    "markdown": [{"type": "markdown", "text": "x" * 12_000}],
    "table": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 20] * 100}],
    "divider": [{"type": "divider"}],
    "rich text": [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}
    ],
    "none at all": [],
}

BAD: dict[str, tuple[list[Json], str]] = {
    "51 blocks": ([section() for _ in range(51)], "no more than 50 items allowed [json-pointer:/blocks]"),
    "unknown block": ([{"type": "poem"}], "unsupported type: poem [json-pointer:/blocks/0]"),
    "no type": ([{"text": "x"}], "missing required field: type"),
    "unknown field": ([section(colour="red")], "invalid additional property: colour"),
    "long section": (
        [section(text=mrkdwn(3001))],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "empty section": ([section(text=mrkdwn(0))], "must be more than 0 characters"),
    "no text": ([{"type": "section"}], "must provide one of: text, fields"),
    "eleven fields": ([{"type": "section", "fields": [mrkdwn()] * 11}], "no more than 10 items"),
    "long field": ([{"type": "section", "fields": [mrkdwn(2001)]}], "must be less than 2001"),
    "long header": ([{"type": "header", "text": plain(151)}], "must be less than 151"),
    "header mrkdwn": ([{"type": "header", "text": mrkdwn()}], "must be one of: plain_text"),
    "eleven in context": ([{"type": "context", "elements": [mrkdwn()] * 11}], "no more than 10"),
    "a button in context": ([{"type": "context", "elements": [button()]}], "unsupported type: button"),
    "26 buttons": ([actions(*(button(action_id=str(each)) for each in range(26)))], "no more than 25"),
    "no buttons": ([actions()], "no less than 1"),
    "same action": ([actions(button(), button())], "`action_id` must be unique"),
    "long button": ([actions(button(text=plain(76)))], "must be less than 76"),
    "button mrkdwn": ([actions(button(text=mrkdwn()))], "must be one of: plain_text"),
    "long value": ([actions(button(value="x" * 2001))], "must be less than 2001"),
    "long action": ([actions(button(action_id="x" * 256))], "must be less than 256"),
    "odd style": ([actions(button(style="green"))], "must be one of: primary, danger"),
    "long link": ([actions(button(url="https://example.com/" + "x" * 2981))], "must be less than 3001"),
    "no link": ([actions(button(url="merge"))], "must be a valid url"),
    "same block": ([section(block_id="a"), section(block_id="a")], "`block_id` must be unique"),
    "long block id": ([section(block_id="x" * 256)], "must be less than 256"),
    "no alt": ([{"type": "image", "image_url": "https://example.com/a.png"}], "missing required field: alt_text"),
    "long alt": ([image(alt_text="x" * 2001)], "must be less than 2001"),
    "image twice": ([image(slack_file={"id": "F1"})], "exactly one of: image_url, slack_file"),
    "image of this machine": ([image(image_url="http://127.0.0.1/a.png")], "downloading image failed"),
    "image at home": ([image(image_url="http://fritz.box.local/a.png")], "downloading image failed"),
    "101 options": ([actions(select(options=options(101)))], "no more than 100"),
    "long option": ([actions(select(options=[{"text": plain(76), "value": "x"}]))], "must be less than 76"),
    "long option value": ([actions(select(options=[{"text": plain(), "value": "x" * 151}]))], "must be less than 151"),
    "same options": ([actions(select(options=options(1) * 2))], "option values must be unique"),
    "mrkdwn option": ([actions(select(options=[{"text": mrkdwn(), "value": "x"}]))], "must be one of: plain_text"),
    "option link": ([actions(select(options=options(2, url="https://x.org")))], "invalid additional property: url"),
    "no options": ([actions({"type": "static_select"})], "exactly one of: options, option_groups"),
    "other initial": ([actions(select(initial_option=options(3)[2]))], "initial option must be one of"),
    "long placeholder": ([actions(select(placeholder=plain(151)))], "must be less than 151"),
    "overflow of one": ([actions({"type": "overflow", "options": options(1)})], "no less than 2"),
    "overflow of six": ([actions({"type": "overflow", "options": options(6)})], "no more than 5"),
    "long confirm": ([actions(button(confirm=confirm(deny=plain(31))))], "must be less than 31"),
    "half a confirm": ([actions(button(confirm={"text": plain()}))], "missing required field: title"),
    "input in a message": ([entry()], "unsupported type: input"),
    "focus in a message": ([actions(select(focus_on_load=True))], "focus_on_load"),
    "long markdown": ([{"type": "markdown", "text": "x" * 12_001}], "must be less than 12001"),
    "two tables": ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2, "only one table"),
    "odd rich text": ([{"type": "rich_text", "elements": [{"type": "poem"}]}], "unsupported type: poem"),
}

GOOD_VIEWS: dict[str, Json] = {
    "hundred blocks": view(*(section() for _ in range(100))),
    "title": view(title=plain(24), submit=plain(24), close=plain(24)),
    "kept data": view(private_metadata="x" * 3000, callback_id="x" * 255),
    "input": view(entry({"type": "plain_text_input", "max_length": 3000, "min_length": 1}, label=plain(2000))),
    "home": {"type": "home", "blocks": [section()]},
}

BAD_VIEWS: dict[str, tuple[Json, str]] = {
    "101 blocks": (view(*(section() for _ in range(101))), "no more than 100"),
    "long title": (view(title=plain(25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
    "long submit": (view(submit=plain(25)), "must be less than 25"),
    "long close": (view(close=plain(25)), "must be less than 25"),
    "long metadata": (view(private_metadata="x" * 3001), "must be less than 3001"),
    "long callback": (view(callback_id="x" * 256), "must be less than 256"),
    "long label": (view(entry(label=plain(2001))), "must be less than 2001"),
    "long input": (view(entry({"type": "plain_text_input", "max_length": 3001})), "must be between 1 and 3000"),
    "crossed lengths": (
        view(entry({"type": "plain_text_input", "min_length": 9, "max_length": 8})),
        "min_length must not be more than max_length",
    ),
    "no submit": ({"type": "modal", "title": plain(), "blocks": [entry()]}, "missing required field: submit"),
    "no blocks": ({"type": "modal", "title": plain(), "blocks": []}, "no less than 1"),
    "unknown field": (view(colour="red"), "invalid additional property: colour"),
    "unknown kind": ({"type": "poem", "blocks": [section()]}, "unsupported type: poem"),
    "a home with a title": ({"type": "home", "title": plain(), "blocks": [section()]}, "additional property: title"),
    "markdown": (view({"type": "markdown", "text": "x"}), "unsupported type: markdown"),
    "two in focus": (
        view(*(entry({"type": "plain_text_input", "focus_on_load": True}) for _ in range(2))),
        "only one element may have focus_on_load",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_blocks_that_slack_takes(name: str):
    assert blocks.of_message(GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_blocks_that_slack_refuses(name: str):
    made, words = BAD[name]
    complaints = blocks.of_message(made)
    assert complaints and words in complaints[0], complaints


@pytest.mark.parametrize("name", GOOD_VIEWS)
def test_views_that_slack_takes(name: str):
    assert blocks.of_view(GOOD_VIEWS[name]) == []


@pytest.mark.parametrize("name", BAD_VIEWS)
def test_views_that_slack_refuses(name: str):
    made, words = BAD_VIEWS[name]
    complaints = blocks.of_view(made)
    assert complaints and words in complaints[0], complaints
