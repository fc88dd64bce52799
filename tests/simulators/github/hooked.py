"""A receiver of webhooks, as a product would be one."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from honk_simulators.github.webhooks.emitter import signature
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from honk.web import asgi_server


@dataclass
class Received:
    event: str
    guid: str
    payload: dict[str, Any]
    genuine: bool

    @property
    def what(self) -> str:
        action = self.payload.get("action")
        return f"{self.event}.{action}" if action else self.event


@dataclass
class Receiver:
    secret: str
    url: str = ""
    status: int = 200
    got: list[Received] = field(default_factory=list)

    @property
    def what(self) -> list[str]:
        return [each.what for each in self.got]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        genuine = request.headers.get("x-hub-signature-256") == signature(self.secret, body)
        event, guid = request.headers["x-github-event"], request.headers["x-github-delivery"]
        self.got.append(Received(event, guid, json.loads(body), genuine))
        await Response("taken", self.status)(scope, receive, send)


@asynccontextmanager
async def receiving(secret: str = "a secret") -> AsyncIterator[Receiver]:
    receiver = Receiver(secret)
    socket = asgi_server.bind("127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{socket.getsockname()[1]}/hook"
    async with asgi_server.running(receiver, [socket]):
        yield receiver
