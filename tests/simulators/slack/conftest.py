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
async def world() -> AsyncIterator[SlackSimulator]:
    async with slack.serve(pace=QUICK) as here:
        yield here


def client(world: SlackSimulator, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(world.bot_token if token is None else token, base_url=world.url, retry_handlers=[])


def bolt(world: SlackSimulator, **options: object) -> AsyncApp:
    return AsyncApp(client=client(world), signing_secret=world.signing_secret, **options)


Connect = Callable[[AsyncApp], Awaitable[AsyncSocketModeHandler]]


@pytest.fixture
async def connect(world: SlackSimulator) -> AsyncIterator[Connect]:
    """Connects a Bolt app by Socket Mode, for as long as the test lasts."""
    async with AsyncExitStack() as stack:

        async def run(app: AsyncApp) -> AsyncSocketModeHandler:
            before = len(world.delivery.sockets.connections)
            handler = AsyncSocketModeHandler(app, world.app_token, web_client=client(world))
            await handler.connect_async()
            stack.push_async_callback(handler.close_async)
            await world.until(lambda: len(world.delivery.sockets.connections) > before)
            return handler

        yield run


@pytest.fixture
def connect_to() -> Callable[[SlackSimulator], AbstractAsyncContextManager[aiohttp.ClientWebSocketResponse]]:
    """A bare connection by Socket Mode that acknowledges nothing by itself; `hello` is read already."""

    @asynccontextmanager
    async def run(world: SlackSimulator) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        url = (await client(world).apps_connections_open(app_token=world.app_token))["url"]
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            yield socket

    return run
