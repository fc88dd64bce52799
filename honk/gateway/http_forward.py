"""Forward a plain HTTP request to its host, and the response back."""

import asyncio

import h11

from honk.core import http_headers
from honk.core.host_rules import Target
from honk.gateway.http_server import Exchange, Headers, next_event


class InvalidResponse(Exception):
    """The response is not HTTP."""


async def forward(
    exchange: Exchange,
    target: Target,
    path: str,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    authorization: str = "",
) -> None:
    """Send the request of `exchange` on `writer` with `path` as its target, and send the response from `reader` back.

    One request per connection. `authorization` is for a proxy in between. Raises InvalidResponse and ConnectionError.
    """
    conn = h11.Connection(h11.CLIENT)
    fields = [("host", _host(target)), *_end_to_end(exchange.headers, "host", "expect"), ("connection", "close")]
    if authorization:
        fields.append(("proxy-authorization", authorization))
    try:
        writer.write(conn.send(h11.Request(method=exchange.method, target=path, headers=fields)) or b"")
        async for piece in exchange.body():
            writer.write(conn.send(h11.Data(data=piece)) or b"")
            await writer.drain()
        writer.write(conn.send(h11.EndOfMessage()) or b"")
        await exchange.while_connected(_pass_back(exchange, conn, reader))
    except (h11.RemoteProtocolError, h11.LocalProtocolError) as error:
        raise InvalidResponse(f"its response is not HTTP ({error})") from error


async def _pass_back(exchange: Exchange, conn: h11.Connection, reader: asyncio.StreamReader) -> None:
    while not isinstance(event := await next_event(conn, reader), h11.EndOfMessage):
        if isinstance(event, h11.Response):
            received = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in event.headers)
            await exchange.start(event.status_code, _end_to_end(received, "transfer-encoding"))
        elif isinstance(event, h11.Data):
            await exchange.send(bytes(event.data))
        elif isinstance(event, h11.ConnectionClosed):
            raise ConnectionResetError("the host closed the connection within the response")
    await exchange.end()


def _end_to_end(headers: Headers, *dropped: str) -> Headers:
    """The headers without hop-by-hop fields (RFC 9110 section 7.6.1), and without `dropped`."""
    excluded = http_headers.hop_by_hop(value for name, value in headers if name == "connection").union(dropped)
    return tuple((name, value) for name, value in headers if name not in excluded)


def _host(target: Target) -> str:
    return str(target) if target.port != 80 else str(target).removesuffix(":80")
