"""Running an ASGI app on sockets that are bound already, inside the event loop that runs everything else."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHUTDOWN_SECONDS = 2
"""For how long requests under way may go on when the server ends."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process belongs to the command line, not to the server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class _Farewell:
    """Ends what would never end by itself: when the server closes, streams learn that their client has left.

    Only requests that were read to their end learn it; one that is still coming in may come in. The client sees its
    stream end, whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read = streaming = False

        async def told() -> Message:
            nonlocal read
            if read:
                return await self._first(receive)
            message = await receive()
            read = not message.get("more_body", False)
            return message

        async def noted(message: Message) -> None:
            nonlocal streaming
            if message["type"] == "http.response.start":
                streaming = all(name != b"content-length" for name, _ in message["headers"])
            else:
                streaming = streaming and message.get("more_body", False)
            await send(message)

        await self._app(scope, told, noted)
        if streaming and self.closing.is_set():
            await send({"type": "http.response.body", "body": b""})

    async def _first(self, receive: Receive) -> Message:
        """The client's next message, or that it has left because we are leaving."""
        messages = asyncio.ensure_future(receive())
        closing = asyncio.ensure_future(self.closing.wait())
        try:
            await asyncio.wait({messages, closing}, return_when=asyncio.FIRST_COMPLETED)
            return messages.result() if messages.done() else {"type": "http.disconnect"}
        finally:
            messages.cancel()
            closing.cancel()


@asynccontextmanager
async def running(app: ASGIApp, sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
    """Serve `app` on `sockets` until the block is left; they are closed then."""
    polite = _Farewell(app)
    config = uvicorn.Config(
        polite, log_level="warning", lifespan="off", timeout_graceful_shutdown=SHUTDOWN_SECONDS, server_header=False
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=list(sockets)))
    try:
        yield
    finally:
        polite.closing.set()
        server.should_exit = True
        await serving
        for each in sockets:
            each.close()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError, by whose errno the caller says what is wrong."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=256)


def reachable(host: str) -> str:
    """The host name under which others reach a server on `host`: for the wildcard, this machine's own address."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; the kernel picks the address it would send from
        except OSError:
            return "localhost"
        return str(probe.getsockname()[0])


def loopback(host: str) -> str:
    """The host name under which this machine reaches a server on `host`."""
    wildcard = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104
    return wildcard.get(host) or reachable(host)
