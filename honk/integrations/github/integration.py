"""The GitHub integration: takes webhooks, polls for what they missed, and keeps comments up to date.

A webhook is answered before it is handled. When the process dies in between, or the handling fails, the next poll finds
what the webhook was about.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from honk.client import HonkClient
from honk.conversation.publisher import Publisher, publishing
from honk.conversation.single_flight import BackgroundTasks
from honk.core.errors import HonkError, UsageError
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import dispatch, publisher, signature, webhook_events
from honk.integrations.github.conversation.comment_writer import CommentWriter
from honk.integrations.github.conversation.conversation_client import ConversationClient
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.known_repositories import Repositories
from honk.integrations.github.conversation.polling import Poll, poll_forever
from honk.integrations.github.conversation.webhook_events import GitHubEvent
from honk.settings import GitHubAccess, GitHubSettings
from honk.storage.store import Store

log = logging.getLogger("honk.github")

SLOWER = 5.0
"""With webhooks, polls are this many times rarer."""

AT_ONCE = 8
MOST_WAITING = 2_000
"""Events that are handled at the same time, and events that wait for that; more are left to the next poll."""


@dataclass(frozen=True)
class GitHubParts:
    """What the integration needs. `commit_changed` is called with a commit whose checks changed. `hook` is the address
    for webhooks, for people to read; `clock` gives seconds since the epoch."""

    honk_client: HonkClient
    store: Store
    github: ConversationClient
    access: GitHubAccess
    settings: GitHubSettings
    commit_changed: Callable[[str], None]
    hook: str = ""
    clock: Callable[[], float] = time.time


@dataclass
class GitHubIntegration:
    """The running integration. `state` is a sentence about the connection; `missed` is set when something could not be
    handled."""

    parts: GitHubParts
    deps: GitHubDependencies
    poll: Poll
    publisher: Publisher
    state: str
    missed: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    background: BackgroundTasks = field(default_factory=BackgroundTasks)

    @property
    def listens(self) -> bool:
        """Webhooks are taken."""
        return bool(self.parts.access.webhook_secret)

    async def receive(self, headers: Iterable[tuple[str, str]], body: bytes) -> tuple[int, str]:
        """Answer a delivery with a status and a text; it is handled afterwards. Raises InvalidGitHubSignature before
        anything of the body is parsed."""
        delivery = signature.verified(self.parts.access.webhook_secret, headers, body)
        try:
            event = webhook_events.parse(delivery.event, delivery.body)
        except Unreadable as error:
            return HTTPStatus.BAD_REQUEST, str(error)
        if isinstance(event, webhook_events.CheckEvent):
            self.parts.commit_changed(event.commit)
            return HTTPStatus.ACCEPTED, "Received."
        if event is None:
            return HTTPStatus.ACCEPTED, "Nothing to do."
        if len(self.background) >= MOST_WAITING:
            self.missed.set()
            return HTTPStatus.SERVICE_UNAVAILABLE, "Too many at once; polling will find it."
        self.background.run(self._handle(delivery.id, event))
        return HTTPStatus.ACCEPTED, "Received."

    async def handled(self) -> None:
        """Return once everything that was received has been handled."""
        await self.background.wait()

    async def _handle(self, delivery: str, event: GitHubEvent) -> None:
        # before anything is awaited: events of one thread are handled in the order in which they came
        async with self.deps.thread_locks.of(dispatch.thread_of(event)), self.gate:
            try:
                if await self.parts.store.claim(f"github:delivery:{delivery}", str(uuid.uuid4())):
                    await dispatch.handle(self.deps, event)
            except Unreadable as error:
                log.warning("%s cannot be handled: %s", type(event).__name__, error)
            except HonkError as error:
                log.warning("%s cannot be handled now: %s", type(event).__name__, error)
                self.missed.set()
            except Exception:
                # the boundary of the integration: the next poll finds what this was about
                log.exception("%s broke", type(event).__name__)
                self.missed.set()


def is_configured(access: GitHubAccess) -> bool:
    """Whether GitHub is configured. Raises UsageError when it is configured partly."""
    if access:
        return True
    if access.app_id or access.private_key or access.webhook_secret:
        raise UsageError(
            "GitHub is only partly configured: set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY"
            " (docs/github.md)."
        )
    return False


def make(parts: GitHubParts) -> GitHubIntegration:
    """The integration; nothing runs yet."""
    deps = GitHubDependencies(
        parts.honk_client,
        parts.store,
        CommentWriter(parts.store, parts.github, Repositories(parts.store)),
        parts.settings.mention.removeprefix("@"),
        parts.settings.label,
    )
    return GitHubIntegration(parts, deps, Poll(deps), publisher.make(deps, parts.clock), _state(parts))


@asynccontextmanager
async def open_github(parts: GitHubParts) -> AsyncIterator[GitHubIntegration]:
    """Run the integration until the block is left."""
    integration = make(parts)
    polling = asyncio.create_task(poll_forever(integration.poll, period(parts), integration.missed, parts.clock))
    try:
        async with publishing(integration.publisher):
            yield integration
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await integration.background.close()


def period(parts: GitHubParts) -> float:
    """Seconds between two polls."""
    return parts.settings.poll_seconds * (SLOWER if parts.access.webhook_secret else 1.0)


def _state(parts: GitHubParts) -> str:
    look = f"a look every {period(parts):g} s"
    how = f"by webhooks at {parts.hook} and {look}" if parts.access.webhook_secret else f"by {look}"
    return f"GitHub: as @{parts.settings.mention.removeprefix('@')}, {how}."
