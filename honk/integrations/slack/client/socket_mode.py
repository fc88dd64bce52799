"""Socket Mode: Honk calls Slack and is told over that line, so that no public address is needed.

Several server processes may each have a line: Slack tells one of them, and the store's claims hold where it tells two.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from honk.integrations.slack.client.client import SlackClient

PING_SECONDS = 3.0
"""Between two looks at the line: a lost one is replaced within this time and a bit."""

_sdk = logging.getLogger(__name__)


@asynccontextmanager
async def listening(
    app: AsyncApp, client: SlackClient, app_token: str, ping: float = PING_SECONDS
) -> AsyncIterator[None]:
    """Hear what Slack says to `app` until the block is left; lines that break are replaced.

    Raises what `Client.call` raises when there is no first line.
    """
    _sdk.setLevel(logging.CRITICAL)  # it logs every lost line with a trace, and gets a new one by itself
    opened = await replace(client, token=app_token).call("apps.connections.open")
    handler = AsyncSocketModeHandler(app, app_token, logger=_sdk, web_client=client.web, ping_interval=ping)
    handler.client.proxy = client.proxy or None  # it has helped itself from the environment
    handler.client.wss_uri = str(opened["url"])
    try:
        await handler.client.connect()  # type: ignore[no-untyped-call]
        yield
    finally:
        await handler.client.close()  # type: ignore[no-untyped-call]
