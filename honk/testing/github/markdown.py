"""Markdown as a page shows it: no HTML of the author's own gets through, and links go only to the web."""

from markdown_it import MarkdownIt
from markupsafe import Markup

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def html(text: str | None) -> Markup:
    """A text of somebody's as HTML."""
    return Markup(_MARKDOWN.render(text or ""))  # noqa: S704 - markdown-it escapes, `html` is off
