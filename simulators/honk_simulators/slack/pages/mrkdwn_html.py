"""Slack's markup as HTML, for the web page. Everything that is not markup is escaped."""

import re
from collections.abc import Callable
from html import unescape

from markupsafe import Markup, escape

from honk_simulators.slack.block_kit import emoji, mrkdwn
from honk_simulators.slack.block_kit.mrkdwn import Span
from honk_simulators.slack.state.workspace import Json, SlackWorkspace

_PRE = re.compile(r"```\n?(.*?)\n?```", re.S)
_CODE = re.compile(r"`([^`\n]+)`")
_CONTROL = re.compile(r"<[^<>\n]+>")
_KEPT = re.compile("\x00(\\d+)\x00")
_EMOJI = re.compile(r":([a-z0-9_+'-]+)(?:::skin-tone-[2-6])?:")
_STYLES = [
    (re.compile(rf"(?<![\w{re.escape(sign)}]){re.escape(sign)}(\S(?:[^\n]*?\S)?){re.escape(sign)}(?!\w)"), tag)
    for sign, tag in (("*", "strong"), ("_", "em"), ("~", "s"))
]
_MARKDOWN = [
    (re.compile(r"^#{1,6}\s+(.+)$", re.M), r"*\1*"),
    (re.compile(r"\*\*(\S(?:.*?\S)?)\*\*"), r"*\1*"),
    (re.compile(r"!?\[([^\]\n]*)\]\((https?://[^)\s]+)\)"), r"<\2|\1>"),
    (re.compile(r"^(\s*)[-*]\s+", re.M), "\\1• "),
]


def mrkdwn_html(workspace: SlackWorkspace, text: str) -> Markup:
    """A mrkdwn text."""
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\x00{len(kept) - 1}\x00"

    text = text.replace("\x00", "")
    text = _PRE.sub(lambda found: keep(f"<pre>{_plain(workspace, found[1])}</pre>"), text)
    text = _CODE.sub(lambda found: keep(f"<code>{_plain(workspace, found[1])}</code>"), text)
    text = _CONTROL.sub(lambda found: _control(workspace, found[0], keep), text)
    html = str(escape(unescape(text)))
    for pattern, tag in _STYLES:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    html = _EMOJI.sub(lambda found: _emoji(workspace, found), html)
    html = _KEPT.sub(lambda found: kept[int(found[1])], _lines(html))
    return Markup(html)  # noqa: S704 - escaped above, piece by piece


def markdown_html(workspace: SlackWorkspace, text: str) -> Markup:
    """A markdown block, as far as it can be said in mrkdwn."""
    text = mrkdwn.escape(text)
    for pattern, replacement in _MARKDOWN:
        text = pattern.sub(replacement, text)
    return mrkdwn_html(workspace, text)


def words_html(workspace: SlackWorkspace, text: Json) -> Markup:
    """A text object."""
    if text["type"] == "mrkdwn":
        return mrkdwn_html(workspace, text["text"])
    html = str(escape(text["text"]))
    if text.get("emoji", True):
        html = _EMOJI.sub(lambda found: _emoji(workspace, found), html)
    return Markup(html.replace("\n", "<br>"))  # noqa: S704 - escaped above


def rich_html(workspace: SlackWorkspace, block: Json) -> Markup:
    """A rich_text block, by way of mrkdwn."""
    return Markup("").join(_rich(workspace, each) for each in block["elements"])


def emoji_html(workspace: SlackWorkspace, name: str) -> Markup:
    """An emoji's character with its name for machines without the font, or the name alone."""
    shown = emoji.standard().get(emoji.base(name)) or workspace.emoji.get(name)
    if not shown:
        return escape(f":{name}:")
    return Markup('<span class="emoji" data-name=":{}:">{}</span>').format(name, shown)


def _rich(workspace: SlackWorkspace, element: Json) -> Markup:
    kind = element["type"]
    if kind == "rich_text_list":
        tag = "ol" if element["style"] == "ordered" else "ul"
        items = Markup("").join(Markup("<li>{}</li>").format(_leaves(workspace, each)) for each in element["elements"])
        return Markup(f"<{tag}>{{}}</{tag}>").format(items)  # noqa: S704 - a constant
    tag = {"rich_text_quote": "blockquote", "rich_text_preformatted": "pre"}.get(kind, "div")
    return Markup(f"<{tag}>{{}}</{tag}>").format(_leaves(workspace, element))  # noqa: S704 - a constant


def _leaves(workspace: SlackWorkspace, element: Json) -> Markup:
    return Markup("").join(_leaf(workspace, each) for each in element["elements"])


def _leaf(workspace: SlackWorkspace, leaf: Json) -> Markup:
    kind = leaf["type"]
    said = {
        "user": lambda: f"<@{leaf['user_id']}>",
        "channel": lambda: f"<#{leaf['channel_id']}>",
        "broadcast": lambda: f"<!{leaf['range']}>",
        "link": lambda: f"<{leaf['url']}|{mrkdwn.escape(str(leaf.get('text', leaf['url'])))}>",
        "emoji": lambda: f":{leaf['name']}:",
    }.get(kind)
    if said:
        return mrkdwn_html(workspace, said())
    html = Markup(str(escape(leaf.get("text", ""))).replace("\n", "<br>"))  # noqa: S704 - escaped
    for name, tag in (("code", "code"), ("bold", "strong"), ("italic", "em"), ("strike", "s")):
        if leaf.get("style", {}).get(name):
            html = Markup(f"<{tag}>{{}}</{tag}>").format(html)  # noqa: S704 - a constant
    return html


def _plain(workspace: SlackWorkspace, text: str) -> str:
    return str(escape("".join(span.label for span in mrkdwn.spans(workspace, text))))


def _control(workspace: SlackWorkspace, text: str, keep: Callable[[str], str]) -> str:
    return "".join(
        span.label if span.kind == "text" else keep(_span(workspace, span)) for span in mrkdwn.spans(workspace, text)
    )


def _span(workspace: SlackWorkspace, span: Span) -> str:
    if span.kind == "link":
        if not span.value.lower().startswith(("http://", "https://", "mailto:")):
            return str(escape(span.label))
        link = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>')
        return str(link.format(span.value, span.label))
    if span.kind == "channel":
        return str(
            Markup('<a class="mention" data-channel="{}" href="/?channel={}">{}</a>').format(
                span.value, span.value, span.label
            )
        )
    if span.kind in ("user", "broadcast"):
        ours = " app" if span.value == workspace.app.bot_user else ""
        return str(Markup('<span class="mention{}">{}</span>').format(ours, span.label))
    return str(escape(span.label))


def _emoji(workspace: SlackWorkspace, found: re.Match[str]) -> str:
    return str(emoji_html(workspace, found[1]))


def _lines(html: str) -> str:
    """Quotations and line breaks."""
    rows: list[str] = []
    quoting = False
    for row in html.split("\n"):
        is_quote = row.startswith("&gt;")
        if is_quote != quoting:
            rows.append("<blockquote>" if is_quote else "</blockquote>")
            quoting = is_quote
        rows.append(row.removeprefix("&gt;").removeprefix(" ") + "<br>")
    if quoting:
        rows.append("</blockquote>")
    text = "".join(rows)
    return re.sub(r"<br>(?=</blockquote>|<blockquote>|$)", "", text)
