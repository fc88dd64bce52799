"""Socket Mode: the app's WebSocket connections. Source: docs.slack.dev, "Using Socket Mode"."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from honk_simulators.slack.state.workspace import Json, SlackWorkspace

MOST = 10
"""Connections at a time."""
LIFETIME = 3600
"""What `hello` says of a connection's age at which it is refreshed, in seconds."""

_GONE = 1001
_BROKEN = 1011


class NotAcknowledged(Exception):
    """The app did not acknowledge; the message is Slack's word for why."""


@dataclass(eq=False)
class Connection:
    """One WebSocket. `leaving` means that it was told to go, and gets nothing new."""

    socket: WebSocket
    waiting: dict[str, asyncio.Future[Json | None]] = field(default_factory=dict)
    leaving: bool = False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, data: Json) -> None:
        """Raises NotTaken when the connection is gone."""
        async with self._turn:
            if self.socket.application_state is not WebSocketState.CONNECTED:
                raise NotAcknowledged("timeout")
            try:
                await self.socket.send_text(json.dumps(data))
            except (RuntimeError, WebSocketDisconnect):
                raise NotAcknowledged("timeout") from None

    async def ask(self, kind: str, data: Json, timeout: float, *, drop: bool = False) -> Json | None:
        """Send an envelope and wait for what comes back with its acknowledgement. Raises NotTaken.

        `drop`: the connection breaks when the envelope is out, before it could be acknowledged.
        """
        envelope = str(uuid.uuid4())
        answer: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self.waiting[envelope] = answer
        try:
            await self.send({"envelope_id": envelope, "type": kind, **data})
            if drop:
                await self.close(_BROKEN)
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError:
            raise NotAcknowledged("timeout") from None
        finally:
            self.waiting.pop(envelope, None)

    def received(self, text: str) -> None:
        """What the app sent: acknowledgements. Others, and late ones, are ignored, as Slack does."""
        try:
            data = json.loads(text)
        except ValueError:
            return
        answer = self.waiting.get(data.get("envelope_id", "")) if isinstance(data, dict) else None
        if answer is not None and not answer.done():
            payload = data.get("payload")
            answer.set_result(payload if isinstance(payload, dict) else None)

    def lost(self) -> None:
        """The connection is gone, and with it every acknowledgement that was waited for."""
        for answer in self.waiting.values():
            if not answer.done():
                answer.set_exception(NotAcknowledged("timeout"))

    async def close(self, code: int = _GONE) -> None:
        """Say goodbye."""
        self.lost()
        async with self._turn:
            if self.socket.application_state is WebSocketState.CONNECTED:
                await self.socket.close(code)


class Sockets:
    """All connections of the app. `changed` is called whenever one comes or goes."""

    def __init__(self, workspace: SlackWorkspace, changed: Callable[[], None]) -> None:
        self._workspace = workspace
        self._changed = changed
        self._came = asyncio.Event()
        self._turn = 0
        self.connections: list[Connection] = []

    async def serve(self, socket: WebSocket) -> None:
        """One connection from its beginning to its end."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._workspace.tickets:
            return await socket.close()
        self._workspace.tickets.remove(ticket)
        await socket.accept()
        connection = Connection(socket)
        if not self._workspace.app.manifest.socket_mode:
            return await self._turn_away(connection, "link_disabled")
        if len(self.connections) >= MOST:
            return await self._turn_away(connection, "too_many_websockets")
        self.connections.append(connection)
        try:
            await connection.send(self._hello())
            self._came.set()
            self._changed()
            while True:
                connection.received(await socket.receive_text())
        except (WebSocketDisconnect, RuntimeError, NotAcknowledged):
            connection.lost()
        finally:
            self._forget(connection)
        return None

    async def next(self, timeout: float, but: Connection | None = None) -> Connection:
        """The connection that is to get the next envelope, waited for. Raises NotTaken when none comes in time."""
        try:
            async with asyncio.timeout(timeout):
                while not (ready := [each for each in self.connections if not each.leaving]):
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise NotAcknowledged("timeout") from None
        others = [each for each in ready if each is not but] or ready
        self._turn += 1
        return others[self._turn % len(others)]

    async def refresh(self, connection: Connection, seconds: float) -> None:
        """Tell a connection to make way for a new one, which it has `seconds` to do."""
        connection.leaving = True
        with contextlib.suppress(NotAcknowledged):
            await connection.send(_farewell("refresh_requested"))
            await asyncio.sleep(seconds)
            await connection.close()

    async def close(self) -> None:
        """Break all of them off."""
        for each in list(self.connections):
            await each.close()
            self._forget(each)

    async def _turn_away(self, connection: Connection, reason: str) -> None:
        with contextlib.suppress(NotAcknowledged):
            await connection.send(_farewell(reason))
            await connection.close()

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self._changed()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": self._workspace.app.id},
            "debug_info": {"host": "applink", "build_number": 1, "approximate_connection_time": LIFETIME},
        }


def _farewell(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink"}}
