"""Forward one WebSocket to an app behind a unix socket, message by message in both directions."""

import asyncio
from pathlib import Path

from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Origin, Subprotocol

from honk.previews import http_proxy
from honk.previews.http_proxy import NoAnswer

_CONNECT_SECONDS = 5.0
_LARGEST = 16 << 20
_GOING_AWAY, _ABNORMAL = 1001, 1006


async def forward(socket: Path, scope: Scope, receive: Receive, send: Send, target: bytes) -> None:
    """Connect client and app until one of them closes. Raises NoAnswer when the app refuses the connection."""
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in http_proxy.to_app(scope)
        if not name.startswith(b"sec-websocket-") and name not in (b"host", b"origin", b"user-agent")
    ]
    sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        app = await unix_connect(
            str(socket),
            f"ws://{sent.get('host', 'localhost')}{target.decode('latin-1')}",
            origin=Origin(sent["origin"]) if "origin" in sent else None,
            subprotocols=[Subprotocol(name) for name in scope.get("subprotocols", ())] or None,
            additional_headers=headers,
            user_agent_header=sent.get("user-agent"),
            compression=None,
            open_timeout=_CONNECT_SECONDS,
            ping_interval=None,  # our server answers the client's pings; the app is local
            max_size=_LARGEST,
        )
    except (OSError, InvalidHandshake, InvalidMessage, TimeoutError) as error:
        raise NoAnswer(str(error)) from error
    async with app:
        await receive()  # the connect event of the client
        await send({"type": "websocket.accept", "subprotocol": app.subprotocol})
        tasks = {asyncio.create_task(_up(app, receive)), asyncio.create_task(_down(app, send))}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()


async def _up(app: ClientConnection, receive: Receive) -> None:
    """Copy from the client to the app, until the client closes."""
    while (message := await receive())["type"] == "websocket.receive":
        text = message.get("text")
        try:
            await app.send(message["bytes"] if text is None else text)
        except ConnectionClosed:
            return
    code = message.get("code", _GOING_AWAY)
    await app.close(code if _is_sendable(code) else _GOING_AWAY)


async def _down(app: ClientConnection, send: Send) -> None:
    """Copy from the app to the client, until the app closes."""
    try:
        while True:
            message = await app.recv()
            kind = "text" if isinstance(message, str) else "bytes"
            await send({"type": "websocket.send", kind: message})
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else _GOING_AWAY
        await send({"type": "websocket.close", "code": code if _is_sendable(code) else _GOING_AWAY})


def _is_sendable(code: int) -> bool:
    """Whether the close code may be sent: some only describe a local state (RFC 6455, 7.4)."""
    return code in (1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000))
