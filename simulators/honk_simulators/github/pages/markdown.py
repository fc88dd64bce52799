"""Markdown as GitHub shows it in a conversation: line breaks stay, comments are not shown, names, numbers and addresses
become links by themselves; of HTML only a few tags without attributes get through, and links go only to the web.
"""

import re
from collections.abc import Iterator
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

_TAG = re.compile(r"<!--.*?(?:-->|$)|</?([a-zA-Z][a-zA-Z0-9-]*)[^>]*>", re.DOTALL)
_ALLOWED = frozenset(
    {"b", "i", "em", "strong", "code", "kbd", "pre", "sub", "sup", "del", "ins", "br", "details", "summary"}
)
_REFERENCE = re.compile(
    r"(?P<url>\b(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?'*_~)\]])"
    r"|(?<![\w/`@])@(?P<login>[A-Za-z0-9][A-Za-z0-9-]*)"
    r"|(?<![\w/&])(?P<other>[\w.-]+/[\w.-]+)?#(?P<number>\d+)\b"
    r"|(?<![\w-])GH-(?P<old>\d+)\b"
    r"|(?<![\w/#=-])(?P<sha>(?=[0-9a-f]*\d)[0-9a-f]{7,40})(?![\w-])",
    re.IGNORECASE,
)
_TASK = re.compile(r"\[([ xX])\] ")


def html(text: str | None, repository: str = "") -> Markup:
    """A text of somebody's as HTML. `repository` (`acme/shop`) is where it stands, to which its numbers belong."""
    return Markup(_MARKDOWN.render(text or "", {"repository": repository}))  # noqa: S704 - see `_clean`, `_split`


def _as_github(state: StateCore) -> None:
    """After everything is parsed: what GitHub makes of the text, and what it takes out."""
    repository = str(state.env.get("repository", ""))
    for n, token in enumerate(state.tokens):
        if token.type == "html_block":
            token.content = _clean(token.content)
        elif token.type == "inline" and token.children:
            token.children = list(_inline(token.children, repository))
            if n >= 2 and state.tokens[n - 2].type == "list_item_open":
                _task(state.tokens[n - 2], token)


def _inline(tokens: list[Token], repository: str) -> Iterator[Token]:
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type == "html_inline":
            token.content = _clean(token.content)
        if token.type == "text" and not inside:
            yield from _split(token.content, repository)
        else:
            yield token


def _split(text: str, repository: str) -> Iterator[Token]:
    at = 0
    for found in _REFERENCE.finditer(text):
        address, shown = _target(found, repository)
        if not address:
            continue
        yield _text(text[at : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": address, "class": "reference"})
        yield _text(shown)
        yield Token("link_close", "a", -1)
        at = found.end()
    yield _text(text[at:])


def _target(found: re.Match[str], repository: str) -> tuple[str, str]:
    """Where a reference leads, and as what it is shown; nowhere for one of a repository that is not known."""
    shown, there = found[0], found["other"] or repository
    if found["url"]:
        own = (
            re.fullmatch(rf"https?://[^/]+/{re.escape(repository)}/(?:issues|pull)/(\d+)", shown)
            if repository
            else None
        )
        return (shown if "://" in shown else f"http://{shown}"), f"#{own[1]}" if own else shown
    if found["login"]:
        return f"/{found['login']}", shown
    if not there:
        return "", shown
    if found["sha"]:
        return f"/{there}/commit/{shown}", shown[:7]
    return f"/{there}/issues/{found['number'] or found['old']}", shown


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _task(item: Token, token: Token) -> None:
    """`- [ ] …` is a box to tick."""
    first = (token.children or [_text("")])[0]
    if found := _TASK.match(first.content):
        first.content = first.content[found.end() :]
        item.attrSet("class", "task")
        box = Token("html_inline", "", 0)
        box.content = f'<input type="checkbox" disabled{" checked" if found[1].strip() else ""}> '
        token.children = [box, *(token.children or [])]


def _clean(text: str) -> str:
    """HTML of the author's own: allowed tags without their attributes, comments gone, all else as text."""
    parts, at = [], 0
    for found in _TAG.finditer(text):
        parts.append(escape(text[at : found.start()], quote=False))
        name = (found[1] or "").lower()
        if name in _ALLOWED:
            parts.append(f"<{'/' if found[0].startswith('</') else ''}{name}>")
        elif name:
            parts.append(escape(found[0], quote=False))
        at = found.end()
    return "".join([*parts, escape(text[at:], quote=False)])


_MARKDOWN = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
_MARKDOWN.core.ruler.push("github", _as_github)
