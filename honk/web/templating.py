"""HTML out of values. Everything is escaped, and what a reader could not see is made visible."""

import re
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from honk import __version__
from honk.conversation import event_lines, texts
from honk.previews import qr_code

TITLES = {
    HTTPStatus.BAD_REQUEST: "That did not work",
    HTTPStatus.UNAUTHORIZED: "This console opens with its link",
    HTTPStatus.FORBIDDEN: "Refused",
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.METHOD_NOT_ALLOWED: "There is nothing here",
    HTTPStatus.CONFLICT: "Not done",
    HTTPStatus.GONE: "This link has expired",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "That is too much at once",
    HTTPStatus.MISDIRECTED_REQUEST: "Not under this name",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available",
}

# What changes how text is read without being seen: directions, joiners that fit nothing, controls. Joiners that hold an
# emoji or a script together stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\U000e0000-\U000e007f]"
)

_CODE = re.compile(r"`([^`\n]+)`")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*")


class Templates:
    """The files in `templates/`."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "bytes": size,
            "clip": event_lines.clip,
            "finding": event_lines.finding_text,
            "mark": event_lines.mark,
            "check": event_lines.check_text,
            "moment": lambda at: f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC",
            "money": texts.money,
            "phase": lambda phase: phase.replace("_", " "),
            "prose": prose,
            "qr": lambda text: Markup(qr_code.svg(text)),  # noqa: S704 - drawn by us, the text is modules by then
            "seconds": event_lines.seconds,
            "viewed": event_lines.viewed,
            "visible": visible,
            "web": lambda url: url if url.startswith(("https://", "http://")) else "",
        }
        self._environment.globals["version"] = __version__

    def text(self, name: str, **values: Any) -> str:
        """The template `name` as HTML."""
        return self._environment.get_template(name).render(**values)

    def page(self, name: str, status: int = HTTPStatus.OK, **values: Any) -> Response:
        """The template `name` as an answer."""
        # a lone half of a surrogate pair has no UTF-8; one bad letter is no reason to show nothing
        content = self.text(name, **values).encode(errors="replace")
        return Response(content, status, media_type="text/html; charset=utf-8")

    def message(self, scope: Scope, status: int, text: str) -> Response:
        """A page that says one sentence.

        To a browser that followed a link from another site the cookie is not sent (SameSite=Strict). The page then goes
        to its own address once more, from here, and that request carries the cookie.
        """
        headers = Headers(scope=scope)
        locked = status == HTTPStatus.UNAUTHORIZED
        again = locked and headers.get("sec-fetch-site") in ("cross-site", "same-site")
        title = TITLES.get(HTTPStatus(status), "That did not work")
        return self.page("message.html", status, title=title, text=text, locked=locked, again=again)


def prose(text: str) -> Markup:
    """Sentences: escaped, with the two marks that people and models write anyway, `code` and **bold**. No links: an
    address in somebody's text is shown, never followed."""
    pieces = _CODE.split(text)  # every other one stood between backticks
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if index % 2 else _bold(piece) for index, piece in enumerate(pieces)
    )


def _bold(text: str) -> Markup:
    pieces = _BOLD.split(text)
    return Markup().join(
        Markup("<b>{}</b>").format(piece) if index % 2 else escape(piece) for index, piece in enumerate(pieces)
    )


def visible(text: str) -> Markup:
    """Code, paths and output: escaped, with every invisible or direction-changing character shown by its number."""
    found = Markup()
    last = 0
    for match in _UNSEEN.finditer(text):
        found += escape(text[last : match.start()])
        found += Markup('<b class="unseen">U+{:04X}</b>').format(ord(match[0]))
        last = match.end()
    return found + escape(text[last:])


def size(count: int) -> str:
    """`912 bytes`, `4.1 MB`."""
    value, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
