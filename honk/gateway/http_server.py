"""An HTTP/1.1 server that is small enough to run once per session.

h11 implements the protocol. An ASGI server was tried first: it wakes up ten times a second per instance, takes over the
process's signals, and cannot answer CONNECT, which the egress proxy needs.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import h11

Headers = tuple[tuple[str, str], ...]
"""Header fields in their order; names are lower-case."""

_CHUNK = 65536
_AHEAD = 1_000_000  # bytes that a client may send before its response; a limit on our memory


class TooLarge(Exception):
    """A body is longer than allowed."""


class Exchange:
    """One request and its response.

    Call `body` or `read` at most once; then `answer`, or `start`, any number of `send`, and `end`. Every method that
    writes raises ConnectionError when the client has closed the connection.
    """

    def __init__(
        self,
        conn: h11.Connection,
        request: h11.Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._conn, self._reader, self._writer = conn, reader, writer
        self.method = request.method.decode("ascii")
        self.target = request.target.decode("latin-1")
        self.headers: Headers = tuple(
            (name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers
        )
        self.started = False

    def header(self, name: str) -> str:
        """The first value of a field, empty when it is absent. `name` is lower-case."""
        return next((value for field, value in self.headers if field == name), "")

    async def body(self) -> AsyncIterator[bytes]:
        """The request's body in pieces, as they arrive."""
        if self._conn.they_are_waiting_for_100_continue:
            await self._write(h11.InformationalResponse(status_code=100, headers=[]))
        while not isinstance(event := await next_event(self._conn, self._reader), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise ConnectionResetError("the request ended before its body did")
            yield bytes(event.data)

    async def read(self, most: int = 64_000_000) -> bytes:
        """The whole body. Raises TooLarge when it has more than `most` bytes."""
        taken = bytearray()
        async for piece in self.body():
            taken += piece
            if len(taken) > most:
                raise TooLarge(f"the body has more than {most} bytes")
        return bytes(taken)

    async def start(self, status: int, headers: Headers = (), reason: str = "") -> None:
        """Send status and headers. Without a content-length, the body is sent chunked."""
        self.started = True
        await self._write(h11.Response(status_code=status, headers=list(headers), reason=reason.encode("ascii")))

    async def send(self, data: bytes) -> None:
        await self._write(h11.Data(data=data))

    async def end(self) -> None:
        await self._write(h11.EndOfMessage())

    async def answer(self, status: int, body: bytes, headers: Headers = (), reason: str = "") -> None:
        """Send the whole response."""
        await self.start(status, (*headers, ("content-length", str(len(body)))), reason)
        if self.method != "HEAD":
            await self.send(body)
        await self.end()

    def cut(self) -> None:
        self._writer.transport.abort()

    def take_over(self) -> tuple[bytes, asyncio.StreamReader, asyncio.StreamWriter]:
        """After a 2xx response to CONNECT: the bytes already read beyond the request, and both ends of the stream."""
        return bytes(self._conn.trailing_data[0]), self._reader, self._writer

    async def while_connected(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work`; cancel it and raise ConnectionResetError when the client closes the connection first.

        Call it after the request's body has been read.
        """
        doing = asyncio.ensure_future(work)
        watching = asyncio.ensure_future(self._closed_by_client())
        try:
            await asyncio.wait((doing, watching), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise ConnectionResetError("the client closed the connection")
            doing.result()
        finally:
            doing.cancel()
            watching.cancel()
            await asyncio.gather(doing, watching, return_exceptions=True)

    async def _closed_by_client(self) -> None:
        ahead = 0
        while ahead < _AHEAD and (data := await self._reader.read(_CHUNK)):
            self._conn.receive_data(data)  # the client already sends its next request
            ahead += len(data)

    async def _write(self, event: h11.Event) -> None:
        if data := self._conn.send(event):
            self._writer.write(data)
            await self._writer.drain()


Handle = Callable[[Exchange], Awaitable[None]]


@asynccontextmanager
async def serve_unix(path: Path, handle: Handle, most: int = 128) -> AsyncIterator[None]:
    """Serve HTTP on the unix socket `path` until the block is left; then every connection is closed.

    At most `most` connections are open at once, because the client may be hostile and descriptors are limited.

    The socket is for this user alone, replaces an older one, and is removed at the end. Its path may exceed the 107
    bytes that the kernel allows: it is bound through a descriptor of its directory.
    """
    with _bound(path) as sock:
        async with _serving(sock, handle, most):
            yield


def private_directory(path: Path) -> None:
    """Make the directory `path` if it is missing, and restrict it to this user."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)


@asynccontextmanager
async def serve_tcp(host: str, port: int, handle: Handle) -> AsyncIterator[int]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=256) as sock:
        # connections inherit it; asyncio sets it only for sockets made with an explicit protocol; without it, every
        # response in pieces waits 40 ms for an acknowledgement
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with _serving(sock, handle, 1024):
            yield int(sock.getsockname()[1])


@contextlib.contextmanager
def _bound(path: Path) -> Iterator[socket.socket]:
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            sock.bind(f"/proc/self/fd/{directory}/{path.name}")
        finally:
            os.close(directory)
        try:
            path.chmod(0o600)
            yield sock
        finally:
            path.unlink(missing_ok=True)


@asynccontextmanager
async def _serving(sock: socket.socket, handle: Handle, most: int) -> AsyncIterator[None]:
    connections: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()

    def finished(task: asyncio.Task[None]) -> None:
        connections.discard(task)
        if not task.cancelled() and (error := task.exception()):
            loop.call_exception_handler({"message": "a connection's handler failed", "exception": error})

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(connections) >= most:
            writer.transport.abort()
            return
        task = loop.create_task(_serve_connection(handle, reader, writer))
        connections.add(task)
        task.add_done_callback(finished)

    start = asyncio.start_unix_server if sock.family == socket.AF_UNIX else asyncio.start_server
    server = await start(connected, sock=sock, backlog=256)
    try:
        yield
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


async def _serve_connection(handle: Handle, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Handle requests one after another until one side closes the connection."""
    conn = h11.Connection(h11.SERVER)
    try:
        while isinstance(event := await next_event(conn, reader), h11.Request):
            await handle(Exchange(conn, event, reader, writer))
            if conn.our_state is not h11.DONE or conn.their_state is not h11.DONE:
                break
            conn.start_next_cycle()
    except h11.RemoteProtocolError as error:
        if conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            head = h11.Response(status_code=error.error_status_hint, headers=[("content-length", "0")])
            writer.write(conn.send(head) or b"")
    except ConnectionError:
        pass  # the client has closed the connection
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def next_event(conn: h11.Connection, reader: asyncio.StreamReader) -> Any:
    """The next event of `conn`; reads from `reader` as needed."""
    while (event := conn.next_event()) is h11.NEED_DATA:
        conn.receive_data(await reader.read(_CHUNK))
    return event
