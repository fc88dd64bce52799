"""A workspace, and the real Slack libraries against it: they were made for the server that it stands for."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from honk_simulators import slack
from honk_simulators.slack import SlackSimulator, Timing
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

QUICK = Timing(retries=(0.0, 0.05, 0.05), refresh=0.2)


@pytest.fixture
async def simulator() -> AsyncIterator[SlackSimulator]:
    async with slack.serve(pace=QUICK) as here:
        yield here


def client(simulator: SlackSimulator, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(simulator.bot_token if token is None else token, base_url=simulator.url, retry_handlers=[])


def bolt(simulator: SlackSimulator, **options: object) -> AsyncApp:
    return AsyncApp(client=client(simulator), signing_secret=simulator.signing_secret, **options)


Connect = Callable[[AsyncApp], Awaitable[AsyncSocketModeHandler]]


@pytest.fixture
async def connect(simulator: SlackSimulator) -> AsyncIterator[Connect]:
    """Connects a Bolt app by Socket Mode, for as long as the test lasts."""
    async with AsyncExitStack() as stack:

        async def run(app: AsyncApp) -> AsyncSocketModeHandler:
            before = len(simulator.delivery.sockets.connections)
            handler = AsyncSocketModeHandler(app, simulator.app_token, web_client=client(simulator))
            await handler.connect_async()
            stack.push_async_callback(handler.close_async)
            await simulator.until(lambda: len(simulator.delivery.sockets.connections) > before)
            return handler

        yield run


@pytest.fixture
def connect_to() -> Callable[[SlackSimulator], AbstractAsyncContextManager[aiohttp.ClientWebSocketResponse]]:
    """A bare connection by Socket Mode that acknowledges nothing by itself; `hello` is read already."""

    @asynccontextmanager
    async def run(simulator: SlackSimulator) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        url = (await client(simulator).apps_connections_open(app_token=simulator.app_token))["url"]
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            yield socket

    return run
