import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest

from honk.core.cost import Cost
from honk.gateway import gateway as gateways
from honk.gateway.base import Notify
from honk.gateway.gateway import Gateway
from honk.gateway.model_proxy import ModelProxy
from honk.settings import ModelCredential
from honk.testing import model
from honk.testing.model import Fault, Model
from honk.testing.script import Step, ToolCall

KEY = "sk-real-key-that-no-sandbox-sees"
SCRIPTS = {"fix the greeting": (Step("I look at it.", (ToolCall("Read", {"file_path": "/a"}),)), Step("All done now."))}


@dataclass
class CountingMeter:
    """A CostMeter that adds up costs."""

    limit: float = float("inf")
    entries: list[tuple[Cost, str]] = field(default_factory=list)

    @property
    def usd(self) -> float:
        return sum(cost.usd for cost, _ in self.entries)

    def refusal(self) -> str:
        return "The budget of $1.00 is used up." if self.usd >= self.limit else ""

    async def spent(self, cost: Cost, model: str) -> None:
        self.entries.append((cost, model))


@dataclass
class Session:
    """A session of the gateway, as its sandbox uses it."""

    gateway: Gateway
    stand_in: Model
    proxy: ModelProxy
    meter: CountingMeter
    client: httpx2.AsyncClient
    notices: list[str]

    async def ask(self, text: str = "fix the greeting", **more: Any) -> httpx2.Response:
        return await self.client.post("/v1/messages", json=question(text, **more), headers=PLACEHOLDER)


PLACEHOLDER = {"x-api-key": "honk-placeholder", "anthropic-version": "2023-06-01"}


def question(text: str = "fix the greeting", **more: Any) -> dict[str, Any]:
    tools = [{"name": "Read", "input_schema": {"type": "object"}}]
    asked = [{"role": "user", "content": text}]
    return {"model": "claude-opus-5-5", "max_tokens": 100, "messages": asked, "tools": tools, "stream": True, **more}


@asynccontextmanager
async def session(
    sockets: Path, *faults: Fault, key: str = KEY, patience: float = 20.0, limit: float = float("inf"), **opened: Any
) -> AsyncIterator[Session]:
    """A scripted model, a gateway in front of it, one open session, and a client on its socket."""
    meter, notices = CountingMeter(limit), []
    async with (
        model.serve(SCRIPTS, faults=faults, key=KEY) as stand_in,
        gateways.connected(ModelCredential(stand_in.url, key), patience=patience) as gateway,
        gateway.open(sockets, **{"meter": meter, "notify": notify_by(notices.append), **opened}) as proxy,
        client_of(sockets) as client,
    ):
        assert proxy is not None
        yield Session(gateway, stand_in, proxy, meter, client, notices)


def notify_by(take: Callable[[str], object]) -> Notify:
    """A Notify that calls `take`."""

    async def notify(sentence: str) -> None:
        take(sentence)

    return notify


def client_of(sockets: Path) -> httpx2.AsyncClient:
    transport = httpx2.AsyncHTTPTransport(uds=str(sockets / "model.sock"))
    return httpx2.AsyncClient(transport=transport, base_url="http://model", timeout=20)


@pytest.fixture
def kit() -> ModuleType:
    """The functions and classes of this file, for test modules, which cannot import each other."""
    return sys.modules[__name__]


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A short path: clients, unlike our server, cannot connect to sockets whose path has more than 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="honk-"))
    yield directory / "sockets"
    shutil.rmtree(directory)
