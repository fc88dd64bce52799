"""Honk's own messages in a thread, found by their metadata."""

from collections.abc import AsyncIterator
from typing import Any

from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.messages.uploads import BuildUpload

MOST_PAGES = 10
"""Of a thread; the newest messages are last."""


async def ref(client: SlackClient, thread: SlackThreadRef, key: str, bundle: BuildUpload | None = None) -> str:
    """The timestamp of our message `key` in the thread, empty when it is not there. Raises as `SlackClient.call`."""
    async for message in _replies(client, thread):
        if bundle is not None and message.get("bot_id") and message.get("files") and bundle.mark in _text(message):
            return str(message["ts"])
        payload = _payload(message)
        if bundle is None and message.get("bot_id") and payload.get("key") == key:
            return str(message["ts"])
    return ""


async def _replies(client: SlackClient, thread: SlackThreadRef) -> AsyncIterator[dict[str, Any]]:
    where = {"channel": thread.channel, "ts": thread.thread_ts}
    async for page in client.pages("conversations.replies", MOST_PAGES, **where, include_all_metadata=True):
        for message in page.get("messages") or ():
            if isinstance(message, dict):
                yield message


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return payload if isinstance(payload, dict) else {}


def _text(message: dict[str, Any]) -> str:
    return str(message.get("text") or "")
