"""Which conversations are private. What is not known counts as private."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from honk.core.errors import HonkError
from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.payloads import ConversationKind

KEPT_SECONDS = 300.0
"""How long an answer is kept: a public channel can be made private. Events that name the kind renew it."""

ASK_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass
class ChannelPrivacy:
    """Remembers the kind of each conversation."""

    client: SlackClient
    clock: Callable[[], float] = time.monotonic
    _public: dict[str, tuple[float, bool]] = field(default_factory=dict)

    def learn(self, channel: str, kind: ConversationKind) -> None:
        """Remember the kind that an event named."""
        if kind:
            self._public[channel] = (self.clock(), kind == "channel")

    async def is_private(self, channel: str) -> bool:
        """Whether only some people of the workspace may read it."""
        at, public = self._public.get(channel, (float("-inf"), False))
        if self.clock() - at < KEPT_SECONDS:
            return not public
        try:
            async with asyncio.timeout(ASK_SECONDS):
                about = (await self.client.call("conversations.info", channel=channel))["channel"]
        except (HonkError, TimeoutError) as error:
            log.info("Slack does not say whether %s is private, so Honk treats it as private: %s", channel, error)
            return True
        public = bool(about.get("is_channel")) and not about.get("is_private")
        self._public[channel] = (self.clock(), public)
        return not public
