"""Socket Mode: Honk opens a websocket to Slack and receives events over it, so that it needs no public address.

Several server processes may each have a connection. Slack delivers an event to one of them; when it delivers to two,
the claims in the store make sure that it is handled once.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from honk.integrations.slack.client.client import SlackClient

PING_SECONDS = 3.0
"""Between two pings: a lost connection is replaced soon after this time."""

_sdk = logging.getLogger(__name__)


@asynccontextmanager
async def listening(
    app: AsyncApp, client: SlackClient, app_token: str, ping: float = PING_SECONDS
) -> AsyncIterator[None]:
    """Deliver Slack's events to `app` until the block is left; a broken connection is replaced.

    Raises as `SlackClient.call` when the first connection cannot be opened.
    """
    _sdk.setLevel(logging.CRITICAL)  # it logs each lost connection with a trace, and opens a new one by itself
    opened = await replace(client, token=app_token).call("apps.connections.open")
    handler = AsyncSocketModeHandler(app, app_token, logger=_sdk, web_client=client.web, ping_interval=ping)
    handler.client.proxy = client.proxy or None  # slack_sdk has read one from the environment
    handler.client.wss_uri = str(opened["url"])
    try:
        await handler.client.connect()  # type: ignore[no-untyped-call]
        yield
    finally:
        await handler.client.close()  # type: ignore[no-untyped-call]
