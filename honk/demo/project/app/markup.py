"""HTML that is safe by default: values put into a template are escaped unless they are `Html` already."""

import string
from html import escape
from typing import Any


class Html(str):
    """Text that may go into a page as it is."""


def html(template: str, /, **values: Any) -> Html:
    """Fill a template: `html("<b>{track.title}</b>", track=track)`. Lists are joined, None is nothing."""
    return Html(_FILLER.vformat(template.strip(), (), values))


def join(parts: Any) -> Html:
    """Put several pieces after one another; each that is not `Html` is escaped."""
    return Html("".join(_safe(part) for part in parts))


def _safe(value: Any) -> str:
    if isinstance(value, Html):
        return value
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return join(value)
    return escape(str(value))


class _Filler(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return _safe(format(value, format_spec) if format_spec else value)


_FILLER = _Filler()
