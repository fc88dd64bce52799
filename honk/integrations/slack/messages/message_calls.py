"""The calls that post, edit and find one message of Honk's in a thread. Messages are found again by their metadata."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from honk.integrations.slack.client.client import SlackClient, SlackGone, SlackRefused
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.messages import uploads
from honk.integrations.slack.messages.block_kit import SlackMessage
from honk.integrations.slack.messages.uploads import BuildUpload
from honk.storage.threads import Post

log = logging.getLogger(__name__)

EVENT = "honk_post"
"""The metadata's type on everything that is posted."""

MOST_PAGES = 10
"""Of a thread; the newest messages are last."""

_LOST = ("message_not_found", "edit_window_closed", "cant_update_message")
"""The message cannot be edited any more: its outcome is then posted as a new one."""


@dataclass(frozen=True)
class SlackMessageCalls:
    """`message` under `key` in `thread`. `ended`: it is an outcome."""

    client: SlackClient
    thread: SlackThreadRef
    session: str
    key: str
    message: SlackMessage
    ended: bool

    async def find(self, post: Post) -> str:
        """Its timestamp. Empty when it is not there, or when the thread cannot be read: then it may be posted twice,
        which is better than never."""
        return await self._newest()

    async def post(self) -> str:
        """Post it. Returns its timestamp."""
        answer = await self.client.call(
            "chat.postMessage", channel=self.thread.channel, thread_ts=self.thread.thread_ts, **self._content
        )
        return str(answer["ts"])

    async def edit(self, ref: str) -> str:
        """Edit the message `ref`. Post the outcome as a new message when Slack does not let the old one be edited."""
        try:
            return await self._update(ref)
        except (SlackGone, SlackRefused) as error:
            if (error.reason if isinstance(error, SlackGone) else error.error) not in _LOST:
                raise
        if not self.ended:
            return ref
        newest = await self._newest()
        return await self.post() if newest in ("", ref) else await self._update(newest)

    async def _update(self, ref: str) -> str:
        await self.client.call("chat.update", channel=self.thread.channel, ts=ref, **self._content)
        return ref

    async def _newest(self) -> str:
        refs = [
            str(message["ts"])
            async for message in _own_messages(self.client, self.thread)
            if _payload(message).get("key") == self.key
        ]
        return refs[-1] if refs else ""

    @property
    def _content(self) -> dict[str, Any]:
        metadata = {"event_type": EVENT, "event_payload": {"session": self.session, "key": self.key}}
        return {"text": self.message.text, "blocks": list(self.message.blocks), "metadata": metadata}


@dataclass(frozen=True)
class UploadCalls:
    """The message with the files of a build."""

    client: SlackClient
    thread: SlackThreadRef
    bundle: BuildUpload

    async def find(self, post: Post) -> str:
        """Its timestamp, as `SlackMessageCalls.find`. Uploads have no metadata: the commit is in their text."""
        async for message in _own_messages(self.client, self.thread):
            if message.get("files") and self.bundle.mark in str(message.get("text") or ""):
                return str(message["ts"])
        return ""

    async def post(self) -> str:
        """Upload the files. Returns the message's timestamp or the first file's id."""
        return await uploads.send(self.client, self.thread, self.bundle)

    async def edit(self, ref: str) -> str:
        """Nothing to do: the files of a head do not change."""
        return ref


async def _own_messages(client: SlackClient, thread: SlackThreadRef) -> AsyncIterator[dict[str, Any]]:
    """The messages of apps in the thread, oldest first; none when Slack refuses to list them."""
    where = {"channel": thread.channel, "ts": thread.thread_ts}
    try:
        async for page in client.pages("conversations.replies", MOST_PAGES, **where, include_all_metadata=True):
            for message in page.get("messages") or ():
                if isinstance(message, dict) and message.get("bot_id"):
                    yield message
    except SlackRefused as error:
        log.warning("The thread %s cannot be read: %s", thread, error)


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return payload if isinstance(payload, dict) else {}
