"""Passing one HTTP exchange on to an app behind a unix socket, streaming in both directions.

What changes on the way is pure and at the top: hop-by-hop fields, Honk's own cookies (an app may neither see nor set
them), and whatever would let an app reach beyond its own origin or stay in a cache after its next version.
"""

import asyncio
from collections.abc import AsyncIterator

import httpx2
from starlette.types import Message, Receive, Scope, Send

COOKIE_PREFIX = "honk_"
"""All of Honk's own cookies begin so; previews share a host name, and therefore a cookie jar, with the console."""

RawHeaders = list[tuple[bytes, bytes]]

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_NOT_FROM_CLIENT = _HOP_BY_HOP | {
    b"expect",
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
}
# the second row acts on the whole host, the console's port included
_NOT_FROM_APP = (
    _HOP_BY_HOP | {b"cache-control", b"expires"} | {b"alt-svc", b"clear-site-data", b"strict-transport-security"}
)
_TIMEOUT = httpx2.Timeout(None, connect=5.0).as_dict()


class NoAnswer(Exception):
    """The app did not take the request, or broke off before it began to answer. Nothing was sent to the client."""


class _Gone(Exception):
    """The client left in the middle of its request."""


def to_app(scope: Scope) -> RawHeaders:
    """The request's header fields as the app gets them."""
    headers: RawHeaders = scope["headers"]
    dropped = _NOT_FROM_CLIENT | _connection_fields(headers)
    kept = [(name, value) for name, value in headers if name not in dropped and name != b"cookie"]
    cookies = "; ".join(
        pair.strip()
        for name, value in headers
        if name == b"cookie"
        for pair in value.decode("latin-1").split(";")
        if pair.strip() and not _is_ours(pair)
    )
    if cookies:
        kept.append((b"cookie", cookies.encode("latin-1")))
    host = next((value for name, value in headers if name == b"host"), b"localhost")
    proto = b"https" if scope.get("scheme") in ("https", "wss") else b"http"
    kept += [(b"x-forwarded-host", host), (b"x-forwarded-proto", proto)]
    if scope.get("client"):
        kept.append((b"x-forwarded-for", scope["client"][0].encode()))
    return kept


def from_app(headers: RawHeaders) -> RawHeaders:
    """The answer's header fields as the client gets them: never cached, as the next version has the same address."""
    headers = [(name.lower(), value) for name, value in headers]
    dropped = _NOT_FROM_APP | _connection_fields(headers)
    kept: RawHeaders = []
    for name, value in headers:
        if name in dropped:
            continue
        if name == b"set-cookie":
            if _is_ours(value.decode("latin-1")):
                continue
            value = _own_host_only(value)
        kept.append((name, value))
    return [*kept, (b"cache-control", b"no-store"), (b"x-robots-tag", b"noindex")]


def _connection_fields(headers: RawHeaders) -> frozenset[bytes]:
    """Fields that the Connection field declares hop-by-hop."""
    return frozenset(
        token.strip().lower() for name, value in headers if name == b"connection" for token in value.split(b",")
    )


def _is_ours(cookie: str) -> bool:
    return cookie.strip().lower().startswith(COOKIE_PREFIX)


def _own_host_only(cookie: bytes) -> bytes:
    """Without its Domain, by which a preview could hand a cookie to its neighbours."""
    parts = cookie.split(b";")
    return b";".join([parts[0], *(part for part in parts[1:] if not part.strip().lower().startswith(b"domain"))])


async def forward(
    transport: httpx2.AsyncBaseTransport, scope: Scope, receive: Receive, send: Send, target: bytes
) -> None:
    """Pass the request to the app as `target` (path and query) and its answer back. Raises NoAnswer.

    Ends as soon as the client goes away. An answer that breaks off is broken off for the client too: it must not take
    half a page for a whole one.
    """
    uploaded = asyncio.Event()
    exchange = asyncio.create_task(_exchange(transport, scope, receive, send, target, uploaded))
    watch = asyncio.create_task(_left(receive, uploaded))
    try:
        await asyncio.wait({exchange, watch}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        exchange_done = exchange.done()
        exchange.cancel()
        watch.cancel()
        await asyncio.wait({exchange, watch})
    if exchange_done:
        exchange.result()


async def _exchange(
    transport: httpx2.AsyncBaseTransport,
    scope: Scope,
    receive: Receive,
    send: Send,
    target: bytes,
    uploaded: asyncio.Event,
) -> None:
    body = _body(receive, uploaded)
    has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])
    request = httpx2.Request(
        scope["method"],
        "http://localhost/",
        headers=to_app(scope),
        content=body if has_body else None,
        extensions={"target": target, "timeout": _TIMEOUT},
    )
    try:
        if not has_body:
            await anext(body, None)  # nothing comes, but its end must be seen
        response = await transport.handle_async_request(request)
    except httpx2.TransportError as error:
        raise NoAnswer(str(error)) from error
    except _Gone:
        return
    uploaded.set()  # whatever of the body the app did not want to read
    try:
        await send(
            {"type": "http.response.start", "status": response.status_code, "headers": from_app(response.headers.raw)}
        )
        async for chunk in response.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except httpx2.TransportError:
        return  # the server sees an unfinished answer and closes the connection
    finally:
        await response.aclose()


async def _body(receive: Receive, uploaded: asyncio.Event) -> AsyncIterator[bytes]:
    more = True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        more = message.get("more_body", False)
        if not more:
            uploaded.set()
        if message.get("body"):
            yield message["body"]


async def _left(receive: Receive, uploaded: asyncio.Event) -> None:
    """Returns when the client has gone. Only one may listen at a time: the request's body comes first."""
    await uploaded.wait()
    while (await receive())["type"] != "http.disconnect":
        pass
