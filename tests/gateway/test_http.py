import asyncio
import contextlib
import gc
import socket
import stat
from pathlib import Path

import httpx2
import pytest

from honk.gateway import http_server
from tests import waiting


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def repeat(exchange: http_server.Exchange) -> None:
    await exchange.answer(200, await exchange.read(100), (("x-target", exchange.target),))


async def test_connections_are_kept_and_answers_come_in_order() -> None:
    async with http_server.serve_tcp("127.0.0.1", 0, repeat) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        writer.write(b"HEAD /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        text = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
    assert [line for line in text.splitlines() if "x-target" in line] == [f"x-target: /{n}" for n in (1, 2, 3)]
    assert text.count("\r\n\r\nhi") == 1


async def test_expect_100_continue_is_answered() -> None:
    async with http_server.serve_tcp("127.0.0.1", 0, repeat) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert b"100" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"ok")
        assert b"200" in await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(2) == b"ok"
        writer.close()
        await writer.wait_closed()


async def test_a_body_has_a_size_limit() -> None:
    seen: list[str] = []

    async def small(exchange: http_server.Exchange) -> None:
        try:
            await exchange.read(100)
        except http_server.TooLarge as error:
            seen.append(str(error))
            await exchange.answer(413, b"")

    async with http_server.serve_tcp("127.0.0.1", 0, small) as port, httpx2.AsyncClient() as client:
        answer = await client.post(f"http://127.0.0.1:{port}", content=b"x" * 101)
    assert answer.status_code == 413
    assert seen == ["the body has more than 100 bytes"]


async def test_work_stops_when_the_client_disconnects() -> None:
    stopped = asyncio.Event()

    async def forever(exchange: http_server.Exchange) -> None:
        await exchange.read()
        try:
            await exchange.while_connected(asyncio.Event().wait())
        finally:
            stopped.set()

    async with http_server.serve_tcp("127.0.0.1", 0, forever) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(stopped.wait(), 5)


async def test_work_goes_on_when_the_client_sends_its_next_request_early() -> None:
    working, sent = asyncio.Event(), asyncio.Event()

    async def slow(exchange: http_server.Exchange) -> None:
        await exchange.read()

        async def work() -> None:
            working.set()
            await sent.wait()
            await exchange.answer(200, exchange.target.encode())

        await exchange.while_connected(work())

    async with http_server.serve_tcp("127.0.0.1", 0, slow) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        await working.wait()
        writer.write(b"GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await waiting.settle()  # the server sees it
        sent.set()
        text = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert text.count(b"HTTP/1.1 200") == 2
    assert text.endswith(b"/b")


async def test_an_error_in_a_handler_ends_one_connection() -> None:
    reported: list[BaseException] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))

    async def broken(exchange: http_server.Exchange) -> None:
        await exchange.read()
        if exchange.target == "/":
            raise ZeroDivisionError
        await exchange.answer(200, b"")

    async with http_server.serve_tcp("127.0.0.1", 0, broken) as port, httpx2.AsyncClient() as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get(f"http://127.0.0.1:{port}/")
        assert (await client.get(f"http://127.0.0.1:{port}/fine")).status_code == 200
    assert [type(error) for error in reported] == [ZeroDivisionError]


async def test_connections_are_limited(sockets: Path) -> None:
    http_server.private_directory(sockets)
    async with http_server.serve_unix(sockets / "s", repeat, most=2):
        streams = [await asyncio.open_unix_connection(sockets / "s") for _ in range(3)]
        streams[1][1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in await streams[1][0].readline()
        with contextlib.suppress(ConnectionResetError):
            assert await streams[2][0].read() == b""
        for _, writer in streams:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
    assert not (sockets / "s").exists()


async def test_a_stale_socket_is_replaced(sockets: Path) -> None:
    http_server.private_directory(sockets)
    (sockets / "s").touch()
    async with http_server.serve_unix(sockets / "s", repeat):
        assert stat.S_ISSOCK((sockets / "s").stat().st_mode)


async def test_hundreds_of_idle_servers_use_few_descriptors(sockets: Path) -> None:
    """300 servers use one descriptor each, no thread and no timer, and release all descriptors."""
    http_server.private_directory(sockets)
    gc.collect()
    before = descriptors()
    async with asyncio.TaskGroup() as group:
        done = asyncio.Event()

        async def hold(number: int, ready: asyncio.Semaphore) -> None:
            async with http_server.serve_unix(sockets / f"s{number}", repeat):
                ready.release()
                await done.wait()

        ready = asyncio.Semaphore(0)
        for number in range(300):
            group.create_task(hold(number, ready))
        for _ in range(300):
            await ready.acquire()
        assert descriptors() - before == 300
        done.set()
    assert descriptors() == before


async def test_small_pieces_are_sent_at_once() -> None:
    waits: list[int] = []

    async def look(exchange: http_server.Exchange) -> None:
        peer = exchange._writer.get_extra_info("socket")
        waits.append(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await repeat(exchange)

    async with http_server.serve_tcp("127.0.0.1", 0, look) as port, httpx2.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{port}")
    assert waits == [1]
