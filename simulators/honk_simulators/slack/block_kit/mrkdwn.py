"""Slack's own markup, as far as it is needed to show a message: what `<…>` and `&…;` stand for."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from honk_simulators.slack.state.workspace import Json, SlackWorkspace

SpanKind = Literal["text", "user", "channel", "broadcast", "date", "link"]

_CONTROL = re.compile(r"<([@#!]|(?=(?:https?|mailto|tel|slack):))([^<>|\s]+)(?:\|([^<>\n]*))?>")
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.S)
_LINKABLE = re.compile(
    r"(?<![\w@/.<|])(?:(?P<url>https?://[^\s<>|]+[^\s<>|.,;:!?)\"'])"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<bare>(?:[a-zA-Z0-9-]+\.)+(?:com|org|net|io|dev|app|ai|co|de|me|py|sh|rs|md|pl|cc|info)\b(?:/[^\s<>|]*)?))"
)


@dataclass(frozen=True)
class Span:
    """A piece of a text. `value` is an id or an address, `label` what a reader sees."""

    kind: SpanKind
    label: str
    value: str = ""


def spans(workspace: SlackWorkspace, text: str) -> Iterator[Span]:
    """A message's text in pieces."""
    at = 0
    for found in _CONTROL.finditer(text):
        if found.start() > at:
            yield Span("text", html.unescape(text[at : found.start()]))
        yield _control(workspace, *(each or "" for each in found.groups()))
        at = found.end()
    if at < len(text):
        yield Span("text", html.unescape(text[at:]))


def plain(workspace: SlackWorkspace, text: str) -> str:
    """As somebody would read it out."""
    return "".join(
        f"{span.label} ({span.value})" if span.kind == "link" and span.label != span.value else span.label
        for span in spans(workspace, text)
    )


def typed(text: str) -> str:
    """What Slack makes of a person's words before it keeps them: `&`, `<` and `>` escaped, addresses made links.

    Mentions are written as Slack does, `<@U…>`. A file name such as `page.py` becomes a link too, as it does there.
    """
    parts = _CODE.split(text)
    return "".join(_escaped(part) if index % 2 else _linked(part) for index, part in enumerate(parts))


def rich_text(workspace: SlackWorkspace, text: str) -> list[Json]:
    """The block that Slack's composer sends along with a text."""
    kinds = {"user": ("user", "user_id"), "channel": ("channel", "channel_id")}
    elements: list[Json] = []
    for span in spans(workspace, text):
        if span.kind in kinds:
            kind, key = kinds[span.kind]
            elements.append({"type": kind, key: span.value})
        elif span.kind == "link":
            link: Json = {"type": "link", "url": span.value}
            elements.append(link if span.label == span.value else link | {"text": span.label})
        elif span.kind == "broadcast":
            elements.append({"type": "broadcast", "range": span.value})
        else:
            elements.append({"type": "text", "text": span.label})
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": workspace.new_id("")[2:7], "elements": [section]}]


def escape(text: str) -> str:
    """Text without markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped(text: str) -> str:
    """Escaped outside of `<…>`, which is left as it is; what is escaped already stays."""
    done, at = "", 0
    for found in _CONTROL.finditer(text):
        done += escape(html.unescape(text[at : found.start()])) + found.group()
        at = found.end()
    return done + escape(html.unescape(text[at:]))


def _linked(text: str) -> str:
    done, at = "", 0
    for found in _CONTROL.finditer(text):
        done += _links(text[at : found.start()]) + found.group()
        at = found.end()
    return done + _links(text[at:])


def _links(text: str) -> str:
    def link(found: re.Match[str]) -> str:
        if address := found["url"]:
            return f"<{address}>"
        if mail := found["mail"]:
            return f"<mailto:{mail}|{mail}>"
        return f"<http://{found['bare']}|{found['bare']}>"

    return _LINKABLE.sub(link, escape(html.unescape(text)))


def _control(workspace: SlackWorkspace, sign: str, value: str, label: str) -> Span:
    label = html.unescape(label)
    if sign == "@":
        user = workspace.users.get(value)
        return Span("user", f"@{user.name if user else label or value}", value)
    if sign == "#":
        channel = workspace.channels.get(value)
        return Span("channel", f"#{channel.name if channel else label or value}", value)
    if sign == "!":
        word, _, rest = value.partition("^")
        if word == "date":
            return Span("date", label or rest, rest)
        return Span("broadcast", label or f"@{word}", word)
    value = html.unescape(value)
    return Span("link", label or value.removeprefix("mailto:"), value)
