"""Connect to a requested host: to an address that was checked, directly or through this machine's own proxy."""

import asyncio
import base64
import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import unquote, urlsplit

import h11

from honk.core.errors import UsageError
from honk.core.host_rules import Address, Target, is_public
from honk.gateway.http_server import next_event

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Resolve = Callable[[str, int], Awaitable[list[Address]]]
"""The addresses of a host name (and port). Raises OSError when it has none."""

PRIVATE = "its address is private, and private addresses are refused whatever the list says"

_SECONDS = 10.0


class PrivateAddress(Exception):
    """The address is not public; the text is the reason for a person."""


async def resolve(name: str, port: int) -> list[Address]:
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(sockaddr[0]) for *_, sockaddr in found]


async def dial(target: Target, *, trusted: bool, resolve: Resolve, proxy: str, tunnel: bool) -> Stream:
    """A connection to `target`. Unless it is `trusted`, every one of its addresses must be public.

    With a `proxy`, the connection is to the proxy; for a `tunnel`, CONNECT was already sent on it. Raises
    PrivateAddress, and OSError (TimeoutError) when nothing answers.
    """
    addresses = [target.address] if target.address else await _resolved(target, resolve, proxy)
    if not trusted and not all(is_public(address) for address in addresses):
        raise PrivateAddress(PRIVATE)
    if proxy:
        return await _through_proxy(target, proxy, tunnel)
    reader, writer = await _first(addresses, target.port)
    if not trusted and writer.get_extra_info("sockname")[0] == writer.get_extra_info("peername")[0]:
        writer.transport.abort()
        raise PrivateAddress("the address belongs to this machine")
    return reader, writer


def authorization(proxy: str) -> str:
    """The value of Proxy-Authorization for a proxy's URL, empty when the URL names no user."""
    parts = urlsplit(proxy)
    if not parts.username:
        return ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


async def _resolved(target: Target, resolve: Resolve, proxy: str) -> list[Address]:
    try:
        async with asyncio.timeout(_SECONDS):
            return await resolve(target.host, target.port)
    except OSError:
        if proxy:  # a network with a proxy often resolves no outside names; then the proxy decides
            return []
        raise


async def _first(addresses: list[Address], port: int) -> Stream:
    failure: OSError = OSError("the name has no address")
    for address in dict.fromkeys(addresses):
        try:
            async with asyncio.timeout(_SECONDS):
                return await asyncio.open_connection(str(address), port)
        except OSError as error:
            failure = error if str(error) else TimeoutError(f"no answer within {_SECONDS:.0f} s")
    raise failure


async def _through_proxy(target: Target, proxy: str, tunnel: bool) -> Stream:
    parts = urlsplit(proxy)
    if parts.scheme != "http" or not parts.hostname:
        raise UsageError("HTTPS_PROXY must be of the form http://host:port for Honk's sandboxes to use it.")
    async with asyncio.timeout(_SECONDS):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        try:
            if tunnel:
                await _request_tunnel(target, proxy, reader, writer)
        except BaseException:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            raise
    return reader, writer


async def _request_tunnel(
    target: Target, proxy: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    conn = h11.Connection(h11.CLIENT)
    fields = [("host", str(target))]
    if secret := authorization(proxy):
        fields.append(("proxy-authorization", secret))
    try:
        request = h11.Request(method="CONNECT", target=str(target), headers=fields)
        writer.write((conn.send(request) or b"") + (conn.send(h11.EndOfMessage()) or b""))
        response = await next_event(conn, reader)
    except h11.RemoteProtocolError as error:
        raise OSError(f"this machine's proxy does not speak HTTP ({error})") from error
    if not isinstance(response, h11.Response) or response.status_code // 100 != 2:
        status = response.status_code if isinstance(response, h11.Response) else "nothing"
        raise OSError(f"this machine's proxy answered {status}")
