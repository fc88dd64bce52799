"""The proxy through which a sandbox reaches allowed hosts, and nothing private.

A request is allowed when its host is on the list, every address of the host is public, and (for CONNECT) the client
then starts TLS with that same host name. The connection goes to a checked address; the name is not resolved again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from honk.core import host_rules
from honk.core.host_rules import MalformedTarget, Target
from honk.gateway import client_hello, dialer
from honk.gateway.base import ReportRequest
from honk.gateway.http_forward import InvalidResponse, forward
from honk.gateway.http_server import Exchange

_CHUNK = 65536
_HELLO_SECONDS = 15.0
_LONGEST_HOST = 100


@dataclass
class EgressProxy:
    """The proxy of one sandbox.

    `allow` is a list of patterns: `host`, `*.domain` (not the domain itself) or `*`, each with an optional `:port`
    (without: 80 and 443); a malformed one raises UsageError. `always` are hosts (or `host:port`) that are allowed
    even with a private address: the package indexes that this machine's clients are configured for. `report` is called
    for each request. `phase` is the key of `[egress]` that a person would change. `proxy` is the URL of this machine's
    own proxy, and `direct` tells which hosts are reached without it.
    """

    allow: tuple[str, ...]
    always: frozenset[str]
    report: ReportRequest
    phase: str = "work"
    proxy: str = field(default="", repr=False)
    direct: Callable[[str], bool] = lambda host: False
    resolve: dialer.Resolve = dialer.resolve

    def __post_init__(self) -> None:
        self._allow = tuple(host_rules.parse_pattern(text) for text in self.allow)
        self._always = tuple(host_rules.parse_pattern(text) for text in self.always)

    async def handle(self, exchange: Exchange) -> None:
        connect = exchange.method == "CONNECT"
        try:
            target, path = (host_rules.parse_target(exchange.target), "") if connect else _absolute(exchange.target)
        except MalformedTarget as error:
            return await self._refuse(exchange, _printable(exchange.target), f"{error}", 400)
        trusted = host_rules.allowed(self._always, target)
        if not trusted and target.address and not host_rules.is_public(target.address):
            return await self._refuse(exchange, _name(target), dialer.PRIVATE)
        if not trusted and not host_rules.allowed(self._allow, target):
            return await self._refuse(exchange, _name(target), "not on the list")
        try:
            async with self._connected(target, trusted, tunnel=connect) as (reader, writer):
                if connect:
                    return await self._tunnel(exchange, target, reader, writer)
                await self.report(_name(target), True, "")
                proxy = self._proxy(target)
                through = f"http://{target}{path}" if proxy else path
                return await forward(exchange, target, through, reader, writer, dialer.authorization(proxy))
        except dialer.PrivateAddress as error:
            return await self._refuse(exchange, _name(target), f"{error}")
        except (OSError, InvalidResponse) as error:
            return await self._failed(exchange, target, error)

    @asynccontextmanager
    async def _connected(
        self, target: Target, trusted: bool, tunnel: bool
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        proxy = self._proxy(target)
        reader, writer = await dialer.dial(target, trusted=trusted, resolve=self.resolve, proxy=proxy, tunnel=tunnel)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _proxy(self, target: Target) -> str:
        return "" if self.direct(target.host) else self.proxy

    async def _tunnel(
        self, exchange: Exchange, target: Target, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await exchange.read()
        await exchange.start(200)
        early, client, to_client = exchange.take_over()
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                first, hello = await _hello(early, client)
        except (client_hello.NotTls, TimeoutError) as error:
            reason = f"a tunnel is for TLS only: {error or 'no ClientHello came'}"
            return await self.report(_name(target), False, reason)
        wanted = hello.server_name or (target.host if target.address else "")
        if wanted != target.host:
            # the list was checked for one host, and the server would be asked for another
            return await self.report(_name(target), False, f"its TLS asks for {_printable(wanted) or 'no host name'}")
        await self.report(_name(target), True, "")
        writer.write(first)
        return await _run_both(_copy(client, writer), _copy(reader, to_client))

    async def _refuse(self, exchange: Exchange, host: str, reason: str, status: int = 403) -> None:
        await self.report(host, False, reason)
        hint = f' To allow it, add it to honk.toml on the default branch: [egress] {self.phase} = ["{host}"].'
        text = f"Honk does not let this sandbox reach {host}: {reason}.{hint if reason == 'not on the list' else ''}\n"
        short = f"Forbidden by Honk, [egress] {self.phase} of honk.toml" if status == 403 else "Bad Request"
        fields = (("content-type", "text/plain; charset=utf-8"), ("connection", "close"))
        await exchange.answer(status, text.encode(), fields, short)

    async def _failed(self, exchange: Exchange, target: Target, error: Exception) -> None:
        await self.report(_name(target), True, f"no connection: {error}")
        if exchange.started:
            return exchange.cut()
        text = f"{target} is allowed, but cannot be reached: {error}\n"
        fields = (("content-type", "text/plain; charset=utf-8"), ("connection", "close"))
        return await exchange.answer(502, text.encode(), fields)


async def _hello(data: bytes, client: asyncio.StreamReader) -> tuple[bytes, client_hello.ClientHello]:
    """All bytes up to and including the ClientHello, and the parsed ClientHello."""
    while (hello := client_hello.client_hello(data)) is None:
        if len(data) > client_hello.LONGEST_HELLO:
            raise client_hello.NotTls("the ClientHello is too long")
        piece = await client.read(_CHUNK)
        if not piece:
            raise client_hello.NotTls("the client closed the connection")
        data += piece
    return data, hello


async def _run_both(*copies: Coroutine[Any, Any, None]) -> None:
    """Copy in both directions until both have ended, or one fails."""
    tasks = [asyncio.ensure_future(copy) for copy in copies]
    try:
        with contextlib.suppress(OSError):
            await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def _absolute(target: str) -> tuple[Target, str]:
    """Host and path of `http://host/path`. Raises MalformedTarget for any other form."""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() != "http":
        raise MalformedTarget("a request to a proxy needs CONNECT or a full http:// address")
    end = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    path = rest[end:]
    return host_rules.parse_target(rest[:end], 80), path if path.startswith("/") else f"/{path}"


def _name(target: Target) -> str:
    """The host as messages and `[egress]` write it."""
    return target.host if target.port in host_rules.WEB_PORTS else str(target)


def _printable(text: str) -> str:
    """Untrusted text, made safe for a log."""
    kept = "".join(mark if " " < mark < "\x7f" else "?" for mark in text)
    return kept if len(kept) <= _LONGEST_HOST else f"{kept[:_LONGEST_HOST]}…"
