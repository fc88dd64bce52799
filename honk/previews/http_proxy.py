"""Forward one HTTP exchange to an app behind a unix socket, streaming in both directions.

The functions at the top say which headers are dropped: hop-by-hop fields, Honk's own cookies (an app may neither see
nor set them), and fields that would affect other origins or keep an old version of the app in a cache.
"""

import asyncio
from collections.abc import AsyncIterator

import httpx2
from starlette.types import Message, Receive, Scope, Send

from honk.core import http_headers

COOKIE_PREFIX = "honk_"
"""The prefix of all of Honk's cookies: previews share a host name, and therefore cookies, with the console."""

RawHeaders = list[tuple[bytes, bytes]]

_NOT_FROM_CLIENT = {
    b"transfer-encoding",
    b"expect",
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
}
# the last three apply to the whole host, including the port of the console
_NOT_FROM_APP = {b"transfer-encoding", b"cache-control", b"expires"} | {
    b"alt-svc",
    b"clear-site-data",
    b"strict-transport-security",
}
_TIMEOUT = httpx2.Timeout(None, connect=5.0).as_dict()


class NoAnswer(Exception):
    """The app refused the request, or closed before its response began. Nothing was sent to the client."""


class _ClientLeft(Exception):
    """The client closed the connection within its request."""


def to_app(scope: Scope) -> RawHeaders:
    """The request's headers for the app."""
    headers: RawHeaders = scope["headers"]
    dropped = _NOT_FROM_CLIENT | _hop_by_hop(headers)
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
    """The response's headers for the client. It is never cached, because the next version has the same URL."""
    headers = [(name.lower(), value) for name, value in headers]
    dropped = _NOT_FROM_APP | _hop_by_hop(headers)
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


def _hop_by_hop(headers: RawHeaders) -> set[bytes]:
    names = http_headers.hop_by_hop(value.decode("latin-1") for name, value in headers if name == b"connection")
    return {name.encode("latin-1") for name in names}


def _is_ours(cookie: str) -> bool:
    return cookie.strip().lower().startswith(COOKIE_PREFIX)


def _own_host_only(cookie: bytes) -> bytes:
    """The cookie without its Domain, with which a preview could set cookies for other previews."""
    parts = cookie.split(b";")
    return b";".join([parts[0], *(part for part in parts[1:] if not part.strip().lower().startswith(b"domain"))])


async def forward(
    transport: httpx2.AsyncBaseTransport, scope: Scope, receive: Receive, send: Send, target: bytes
) -> None:
    """Forward the request with `target` (path and query) to the app, and the response back. Raises NoAnswer.

    It ends when the client leaves. A response that breaks off is broken off for the client too, so that it does not
    take an incomplete page for a complete one.
    """
    uploaded = asyncio.Event()
    exchange = asyncio.create_task(_exchange(transport, scope, receive, send, target, uploaded))
    client_left = asyncio.create_task(_until_client_leaves(receive, uploaded))
    try:
        await asyncio.wait({exchange, client_left}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        exchange_done = exchange.done()
        exchange.cancel()
        client_left.cancel()
        await asyncio.wait({exchange, client_left})
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
            await anext(body, None)  # the body is empty, but its end has to be received
        response = await transport.handle_async_request(request)
    except httpx2.TransportError as error:
        raise NoAnswer(str(error)) from error
    except _ClientLeft:
        return
    uploaded.set()  # also when the app did not read the whole body
    try:
        await send(
            {"type": "http.response.start", "status": response.status_code, "headers": from_app(response.headers.raw)}
        )
        async for chunk in response.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except httpx2.TransportError:
        return  # the server sees an incomplete response and closes the connection
    finally:
        await response.aclose()


async def _body(receive: Receive, uploaded: asyncio.Event) -> AsyncIterator[bytes]:
    more = True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientLeft
        more = message.get("more_body", False)
        if not more:
            uploaded.set()
        if message.get("body"):
            yield message["body"]


async def _until_client_leaves(receive: Receive, uploaded: asyncio.Event) -> None:
    """Wait until the client has left. `receive` has one reader at a time, so the request's body is read first."""
    await uploaded.wait()
    while (await receive())["type"] != "http.disconnect":
        pass
