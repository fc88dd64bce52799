"""Runs an ASGI app on a bound socket, inside the running event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHUTDOWN_SECONDS = 2
"""How long open requests may take after the server was asked to end."""


class _QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers, which belong to the program that runs the simulator."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no handlers."""
        yield


class _Closing:
    """Reports every client as gone once the server closes. Event streams then end, with a last empty chunk."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read = streaming = False

        async def receive_or_close() -> Message:
            nonlocal read
            if read:
                return await self._next(receive)
            message = await receive()
            read = not message.get("more_body", False)
            return message

        async def send_noting(message: Message) -> None:
            nonlocal streaming
            if message["type"] == "http.response.start":
                streaming = all(name != b"content-length" for name, _ in message["headers"])
            else:
                streaming = streaming and message.get("more_body", False)
            await send(message)

        await self._app(scope, receive_or_close, send_noting)
        if streaming and self.closing.is_set():
            await send({"type": "http.response.body", "body": b""})

    async def _next(self, receive: Receive) -> Message:
        message, closing = asyncio.ensure_future(receive()), asyncio.ensure_future(self.closing.wait())
        try:
            await asyncio.wait({message, closing}, return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else {"type": "http.disconnect"}
        finally:
            message.cancel()
            closing.cancel()


@asynccontextmanager
async def running(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve `app` on `listener` until the block is left; the socket is closed then."""
    wrapped = _Closing(app)
    config = uvicorn.Config(
        wrapped, log_level="warning", lifespan="off", timeout_graceful_shutdown=SHUTDOWN_SECONDS, server_header=False
    )
    server = _QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        wrapped.closing.set()
        server.should_exit = True
        await serving
        listener.close()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=256)


def origin(host: str, listener: socket.socket) -> str:
    """The address of a server on `host`, as `http://host:port`: this machine's loopback address for a wildcard."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}"
