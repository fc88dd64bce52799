"""What every request to Honk's own origin passes through, before any route sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from honk.web import access
from honk.web.webhooks import GITHUB

LONGEST_BODY = 4 << 20
"""Bytes of a request: the longest message there may be, in the least compact way of writing it."""

LONGER = {GITHUB: 25 << 20}
"""Where others say how long a request is: docs.github.com/webhooks/webhook-events-and-payloads#payload-cap."""

OPEN = ("/enter", "/static/", "/f/", "/api/v1/version", "/slack/events", "/github/webhooks")
"""What needs no token, because nobody is let in by their cookie: links and other services' requests are signed. A path
that ends with a slash stands for all below."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # nothing of our addresses goes to other origins; `no-referrer` would turn the Origin of our own forms into `null`
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
"""On every answer, unless a route says otherwise."""

Refuse = Callable[[Scope, HTTPStatus, str], Response]
"""Words a refusal as the client can read it."""


@dataclass(frozen=True)
class Middleware:
    """Asks each request, in this order: is it for us, from us, does it carry the token, is it not too long.

    `names` are host names of this server, `origins` its public `host:port`.
    """

    app: ASGIApp
    refuse: Refuse
    token: str
    names: frozenset[str]
    origins: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if (problem := self._problem(scope)) is not None:
            await self.refuse(scope, *problem)(scope, receive, _with_headers(send))
        else:
            longest = LONGER.get(scope["path"], LONGEST_BODY)
            await self.app(scope, _bounded(receive, longest), _with_headers(send))

    def _problem(self, scope: Scope) -> tuple[HTTPStatus, str] | None:
        headers = Headers(scope=scope)
        if not access.named_so(headers.get("host", ""), self.names):
            return (
                HTTPStatus.MISDIRECTED_REQUEST,
                "This server does not go by that name. Use its address, or set `public_url` in its settings.",
            )
        if not _open(scope["path"]):
            if access.foreign(scope, self.origins):
                return HTTPStatus.FORBIDDEN, "A page of another site made this request, so nothing was done."
            if not access.holds(headers, self.token):
                return HTTPStatus.UNAUTHORIZED, "This server's token is missing or wrong."
        length = headers.get("content-length", "0")
        longest = LONGER.get(scope["path"], LONGEST_BODY)
        if not length.isdecimal() or int(length) > longest:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG.format(longest >> 20)
        return None


TOO_LONG = "More than {} MB in one request. Put the long part into a file of the repository."


def _open(path: str) -> bool:
    return any(path == each or (each.endswith("/") and path.startswith(each)) for each in OPEN)


def _bounded(receive: Receive, longest: int) -> Receive:
    """A body that does not say how long it is is counted as it comes."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > longest:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG.format(longest >> 20))
        return message

    return counted


def _with_headers(send: Send) -> Send:
    async def complete(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return complete
