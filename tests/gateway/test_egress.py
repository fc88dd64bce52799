import asyncio
import ipaddress
import ssl
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from honk import process
from honk.core.errors import UsageError
from honk.gateway import gateway as gateways
from honk.gateway import http_server
from honk.gateway.egress_proxy import EgressProxy
from honk.settings import ModelCredential

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def hello(server_name: str | None) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=server_name).do_handshake()
    return outgoing.read()


class EgressHarness:
    """A resolver with the names of a test, and the requests that the proxy reported."""

    def __init__(self, sockets: Path) -> None:
        self.sockets = sockets
        self.names: dict[str, list[str]] = {}
        self.seen: list[tuple[str, bool, str]] = []
        self.looked_up: list[str] = []

    async def resolve(self, name: str, port: int) -> list[Any]:
        self.looked_up.append(name)
        if name not in self.names:
            raise OSError("Name or service not known")
        return [ipaddress.ip_address(text) for text in self.names[name]]

    @asynccontextmanager
    async def open(self, *allow: str, always: tuple[str, ...] = (), proxy: str = "") -> AsyncIterator[None]:
        egress = EgressProxy(allow, frozenset(always), self._saw, proxy=proxy, resolve=self.resolve)
        async with (
            gateways.connected(ModelCredential("http://127.0.0.1:1")) as gateway,
            gateway.open(self.sockets, egress=egress),
        ):
            yield

    async def _saw(self, host: str, allowed: bool, reason: str) -> None:
        self.seen.append((host, allowed, reason))

    async def say(self, data: bytes) -> bytes:
        """Send raw bytes, and read until the other side hangs up."""
        async with self.stream() as (reader, writer):
            writer.write(data)
            return await asyncio.wait_for(reader.read(), 10)

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[Stream]:
        reader, writer = await asyncio.open_unix_connection(self.sockets / "egress.sock")
        try:
            yield reader, writer
        finally:
            writer.close()
            await writer.wait_closed()

    @asynccontextmanager
    async def tunnel(self, authority: str) -> AsyncIterator[Stream]:
        async with self.stream() as (reader, writer):
            writer.write(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            yield reader, writer


@pytest.fixture
def harness(sockets: Path) -> EgressHarness:
    return EgressHarness(sockets)


@asynccontextmanager
async def echo() -> AsyncIterator[int]:
    """A server that returns what it receives."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(repeat, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def site() -> AsyncIterator[int]:
    """A web server that returns the request."""

    async def answer(exchange: http_server.Exchange) -> None:
        body = await exchange.read()
        if exchange.target == "/redirect":
            return await exchange.answer(302, b"", (("location", "http://127.0.0.1/"),))
        said = f"{exchange.method} {exchange.target} {dict(exchange.headers)} {body!r}".encode()
        await exchange.start(200, (("content-type", "text/plain"),))
        await exchange.send(said)
        return await exchange.end()

    async with http_server.serve_tcp("127.0.0.1", 0, answer) as port:
        yield port


async def test_a_tunnel_to_an_allowed_host_carries_bytes_both_ways(harness: EgressHarness) -> None:
    async with echo() as port, harness.open(always=(f"index.test:{port}",)):
        harness.names["index.test"] = ["127.0.0.1"]
        async with harness.tunnel(f"Index.Test:{port}") as (reader, writer):
            first = hello("index.test")
            writer.write(first[:50])
            await writer.drain()
            writer.write(first[50:] + b"and more")
            assert await reader.readexactly(len(first) + 8) == first + b"and more"
            writer.write_eof()
            assert await reader.read() == b""
    assert harness.seen == [(f"index.test:{port}", True, "")]
    assert harness.looked_up == ["index.test"]  # once: what was checked is what is used


async def test_bytes_sent_together_with_the_request_are_not_lost(harness: EgressHarness) -> None:
    async with echo() as port, harness.open(always=(f"index.test:{port}",)):
        harness.names["index.test"] = ["127.0.0.1"]
        async with harness.stream() as (reader, writer):
            writer.write(f"CONNECT index.test:{port} HTTP/1.1\r\nHost: x\r\n\r\n".encode() + hello("index.test"))
            await reader.readuntil(b"\r\n\r\n")
            assert (await reader.readexactly(3))[:2] == b"\x16\x03"


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (hello("other.test"), "asks for other.test"),
        (hello(None), "asks for no host name"),
        (b"GET / HTTP/1.1\r\nHost: other.test\r\n\r\n", "for TLS only"),
        (b"", "closed the connection"),
    ],
)
async def test_a_tunnel_must_ask_tls_for_the_requested_host(harness: EgressHarness, first: bytes, reason: str) -> None:
    async with echo() as port, harness.open(always=(f"index.test:{port}",)):
        harness.names["index.test"] = ["127.0.0.1"]
        async with harness.tunnel(f"index.test:{port}") as (reader, writer):
            writer.write(first)
            writer.write_eof()
            assert await reader.read() == b""
    ((host, allowed, why),) = harness.seen
    assert (host, allowed) == (f"index.test:{port}", False)
    assert reason in why


async def test_a_refusal_says_how_to_allow_the_host(harness: EgressHarness) -> None:
    async with harness.open("good.test"):
        answer = await harness.say(b"CONNECT bad.test:443 HTTP/1.1\r\nHost: bad.test\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 Forbidden by Honk, [egress] work of honk.toml\r\n")
    assert b'[egress] work = ["bad.test"]' in answer
    assert harness.seen == [("bad.test", False, "not on the list")]
    assert harness.looked_up == []  # a look-up alone can carry a secret out


async def test_a_private_address_has_no_hint_to_allow_it(harness: EgressHarness) -> None:
    async with harness.open():
        answer = await harness.say(b"GET http://169.254.169.254/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"private" in answer
    assert b"To allow it" not in answer


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["169.254.169.254"], ["1.1.1.1", "10.0.0.1"], ["::ffff:127.0.0.1"], ["fd00::1"]]
)
async def test_a_name_with_a_private_address_is_refused_whatever_the_list_says(
    harness: EgressHarness, addresses: list[str]
) -> None:
    harness.names["rebound.test"] = addresses
    async with harness.open("*", "rebound.test"):
        for request in (b"CONNECT rebound.test:443 HTTP/1.1", b"GET http://rebound.test/ HTTP/1.1"):
            answer = await harness.say(request + b"\r\nHost: rebound.test\r\n\r\n")
            assert b" 403 " in answer
            assert b"private" in answer
    assert [allowed for _, allowed, _ in harness.seen] == [False, False]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://good.test@127.0.0.1/",
        "http://127.0.0.1#@good.test/",
        "http://127.0.0.1%2f@good.test/",
        "http://localhost./",
        "http:///",
        "http:/127.0.0.1/",
        "https://good.test/",
        "ftp://good.test/",
        "file:///etc/passwd",
        "/etc/passwd",
        "*",
    ],
)
async def test_unusual_addresses_are_refused_even_with_a_star(harness: EgressHarness, target: str) -> None:
    harness.names["localhost"] = ["127.0.0.1"]
    async with harness.open("*"):
        answer = await harness.say(f"GET {target} HTTP/1.1\r\nHost: good.test\r\n\r\n".encode())
    assert answer.split()[1] in (b"400", b"403")
    assert [allowed for _, allowed, _ in harness.seen] == [False]
    assert all(host.isprintable() and len(host) <= 101 for host, _, _ in harness.seen)


async def test_other_ports_are_closed_unless_named(harness: EgressHarness) -> None:
    async with harness.open("*"):
        for port in (22, 25, 8443):
            assert b" 403 " in await harness.say(f"CONNECT good.test:{port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert harness.looked_up == []


async def test_plain_http_is_forwarded_without_proxy_headers(harness: EgressHarness) -> None:
    harness.names["index.test"] = ["127.0.0.1"]
    async with site() as port, harness.open(always=(f"index.test:{port}",)):
        said = await harness.say(
            f"POST http://index.test:{port}/simple?x=1 HTTP/1.1\r\nHost: 169.254.169.254\r\n"
            "Proxy-Authorization: Basic c2VjcmV0\r\nConnection: close, x-private\r\nX-Private: 1\r\nX-Kept: 1\r\n"
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".encode()
        )
    assert said.startswith(b"HTTP/1.1 200")
    assert f"POST /simple?x=1 {{'host': 'index.test:{port}'".encode() in said
    assert b"'x-kept': '1'" in said
    assert b"c2VjcmV0" not in said
    assert b"x-private" not in said
    assert b"b'abc'" in said
    assert harness.seen == [(f"index.test:{port}", True, "")]


async def test_the_proxy_does_not_follow_redirects(harness: EgressHarness) -> None:
    harness.names["index.test"] = ["127.0.0.1"]
    async with site() as port, harness.open(always=(f"index.test:{port}",)):
        said = await harness.say(
            f"HEAD http://index.test:{port}/redirect HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n".encode()
        )
    assert b" 302 " in said


async def test_an_unreachable_host_is_a_502_and_not_a_403(harness: EgressHarness) -> None:
    async with echo() as port:
        pass
    harness.names["index.test"] = ["127.0.0.1"]
    async with harness.open("nowhere.test", always=(f"index.test:{port}",)):
        assert b" 502 " in await harness.say(f"GET http://index.test:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert b" 502 " in await harness.say(b"CONNECT nowhere.test:443 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [(allowed, why[:13]) for _, allowed, why in harness.seen] == [(True, "no connection")] * 2


async def test_a_host_that_does_not_speak_http_is_a_bad_gateway(harness: EgressHarness) -> None:
    harness.names["index.test"] = ["127.0.0.1"]
    async with echo() as port, harness.open(always=(f"index.test:{port}",)):
        assert b" 502 " in await harness.say(f"GET http://index.test:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())


async def test_garbage_ends_only_its_connection(harness: EgressHarness) -> None:
    async with site() as port, harness.open(always=(f"127.0.0.1:{port}",)):
        for garbage in (b"\x16\x03\x01\x00\xff", b"GET\r\n\r\n", b"A" * 100_000, b"GET http://a/ HTTP/1.1\r\n\r\n"):
            assert (await harness.say(garbage + b"\r\n\r\n")).split(b" ")[1][:1] == b"4"
        async with httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(uds=str(harness.sockets / "egress.sock"))
        ) as client:
            request = httpx2.Request("GET", "http://x/", extensions={"target": f"http://127.0.0.1:{port}/ok".encode()})
            assert "GET /ok" in (await client.send(request)).text


async def test_this_machines_proxy_is_used(harness: EgressHarness) -> None:
    asked: list[tuple[str, str, str]] = []

    async def company(exchange: http_server.Exchange) -> None:
        asked.append((exchange.method, exchange.target, exchange.header("proxy-authorization")))
        await exchange.read()
        if exchange.method != "CONNECT":
            return await exchange.answer(200, b"by proxy")
        if "forbidden" in exchange.target:
            return await exchange.answer(407, b"")
        await exchange.start(200)
        early, reader, writer = exchange.take_over()
        writer.write(early or await reader.read(65536))
        return await writer.drain()

    harness.names["inside.test"] = ["10.0.0.1"]
    async with (
        http_server.serve_tcp("127.0.0.1", 0, company) as port,
        harness.open("*", proxy=f"http://me:pw@127.0.0.1:{port}"),
    ):
        async with harness.tunnel("outside.test:443") as (reader, writer):
            writer.write(hello("outside.test"))
            assert (await reader.readexactly(1)) == b"\x16"
        assert b"by proxy" in await harness.say(
            b"GET http://outside.test/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        assert b" 403 " in await harness.say(b"CONNECT inside.test:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 502 " in await harness.say(b"CONNECT forbidden.test:443 HTTP/1.1\r\nHost: x\r\n\r\n")
    secret = "Basic bWU6cHc="
    assert asked == [
        ("CONNECT", "outside.test:443", secret),
        ("GET", "http://outside.test:80/a", secret),
        ("CONNECT", "forbidden.test:443", secret),
    ]


def test_a_malformed_list_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="https://x"):
        EgressProxy(("https://x",), frozenset(), lambda *_: None)


async def test_open_tunnels_end_with_the_session(harness: EgressHarness) -> None:
    harness.names["index.test"] = ["127.0.0.1"]
    async with echo() as port:
        async with harness.open(always=(f"index.test:{port}",)):
            reader, writer = await asyncio.open_unix_connection(harness.sockets / "egress.sock")
            writer.write(f"CONNECT index.test:{port} HTTP/1.1\r\nHost: x\r\n\r\n".encode() + hello("index.test"))
            await reader.readuntil(b"\r\n\r\n")
        await asyncio.wait_for(reader.read(), 5)
        assert reader.at_eof()
        writer.close()
        await writer.wait_closed()


async def test_this_machines_public_address_is_refused() -> None:
    """Runs in a network namespace whose loopback has a public address, which is on no list of private networks."""
    argv = ("unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", textwrap.dedent(OWN_ADDRESS))
    done = await process.run(argv)
    assert done.text.strip() == "the address belongs to this machine", done.stderr.decode()


OWN_ADDRESS = """
    import asyncio, fcntl, socket, struct
    from honk.gateway import dialer
    from honk.core.host_rules import Target

    async def main():
        async with await asyncio.start_server(lambda reader, writer: writer.close(), "0.0.0.0", 443):
            try:
                await dialer.dial(Target("9.9.9.9", 443), trusted=False, resolve=dialer.resolve, proxy="", tunnel=False)
            except dialer.PrivateAddress as error:
                print(error)

    with socket.socket() as control:
        address = struct.pack("16sH2s4s8s", b"lo", socket.AF_INET, bytes(2), socket.inet_aton("9.9.9.9"), bytes(8))
        fcntl.ioctl(control, 0x8916, address)  # SIOCSIFADDR
        fcntl.ioctl(control, 0x8914, struct.pack("16sH14s", b"lo", 0x41, bytes(14)))  # SIOCSIFFLAGS: up, running
    asyncio.run(main())
"""
