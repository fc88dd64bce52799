"""GitHub as a place to talk: opened with the house, it hears and tells until it is closed.

    signature events   what a webhook brings            shapes fields   what there is, parsed
    mention            when a text speaks to Honk       quotes          what stands around it
    intake orders reviews pulls standing                what becomes of what is heard
    poll               looks for what no webhook brought
    card markdown words                                 what is said
    desk teller        when and where it is said

An event is answered before it is handled: should we die in between, the next look at GitHub finds what it was about.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar
from weakref import WeakValueDictionary

from honk.client import HonkClient
from honk.conversation.publisher import Publisher, publishing
from honk.core.errors import HonkError, UsageError
from honk.integrations.github.client.typed_json import Unreadable
from honk.integrations.github.conversation import (
    publisher,
    pull_request_events,
    repo_status,
    reviews,
    signature,
    webhook_events,
)
from honk.integrations.github.conversation.comment_writer import CommentWriter
from honk.integrations.github.conversation.conversation_client import ConversationClient
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.intake import Intake
from honk.integrations.github.conversation.known_repositories import Repositories
from honk.integrations.github.conversation.polling import Poll
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef
from honk.integrations.github.conversation.webhook_events import GitHubEvent
from honk.settings import GitHubAccess, GitHubSettings
from honk.storage.store import Store

log = logging.getLogger("honk.github")

T = TypeVar("T")

BESIDE = 5.0
"""So many times slower is GitHub looked at where webhooks come."""

RETRY_SECONDS = 30.0
LOOKING = "github:looking"
PERIODS = 2.0
"""Who has looked may look again, and nobody else, for so many periods."""

AT_ONCE = 8
MOST_WAITING = 2_000
"""Events that are handled at the same time, and that wait for it; what is more is left to the next look."""


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
    """GitHub, as the server sees it. `state` says how it listens. `turns` keeps events about one issue in the order in
    which they came; `missed` is set when something could not be handled."""

    parts: GitHubParts
    intake: Intake
    poll: Poll
    publisher: Publisher
    state: str
    missed: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    work: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def listens(self) -> bool:
        """Webhooks are taken."""
        return bool(self.parts.access.webhook_secret)

    async def receive(self, headers: Iterable[tuple[str, str]], body: bytes) -> tuple[int, str]:
        """The status and the words with which a delivery is answered; it is handled after that. Raises
        `signature.InvalidGitHubSignature` for one that is not GitHub's: nothing of it was read then."""
        delivery = signature.verified(self.parts.access.webhook_secret, headers, body)
        try:
            event = webhook_events.parse(delivery.event, delivery.body)
        except Unreadable as error:
            return HTTPStatus.BAD_REQUEST, str(error)
        if isinstance(event, webhook_events.CheckEvent):
            self.parts.commit_changed(event.commit)
            return HTTPStatus.ACCEPTED, "Heard."
        if event is None:
            return HTTPStatus.ACCEPTED, "Nothing to do."
        if not await self.parts.store.claim(f"github:delivery:{delivery.id}", str(uuid.uuid4())):
            return HTTPStatus.ACCEPTED, "Heard before."
        if len(self.work) >= MOST_WAITING:
            self.missed.set()
            return HTTPStatus.SERVICE_UNAVAILABLE, "Too many at once; it will be found."
        task = asyncio.create_task(self._handle(event))
        self.work.add(task)
        task.add_done_callback(self.work.discard)
        return HTTPStatus.ACCEPTED, "Heard."

    async def handled(self) -> None:
        """Return once everything that was received has been handled."""
        while self.work:
            await asyncio.wait(self.work)

    async def _handle(self, event: GitHubEvent) -> None:
        lock = self.turns.setdefault(_thread_of(event), asyncio.Lock())
        async with lock, self.gate:
            try:
                await handle(self.intake, event)
            except Unreadable as error:
                log.warning("%s cannot be handled: %s", type(event).__name__, error)
            except HonkError as error:
                log.warning("%s cannot be handled now: %s", type(event).__name__, error)
                self.missed.set()
            except Exception:
                # the boundary of the surface: the next look finds what this was about
                log.exception("%s broke", type(event).__name__)
                self.missed.set()


def _thread_of(event: GitHubEvent) -> str:
    """The issue or pull request that an event is about; all repositories are one."""
    match event:
        case webhook_events.RepositoryEvent() | webhook_events.CheckEvent():
            return "repositories"
        case webhook_events.ReviewEvent() | webhook_events.PullRequestEvent():
            return str(GitHubThreadRef(event.repository.id, event.number))
        case _:
            return str(GitHubThreadRef(event.repository.id, event.issue.number))


async def handle(intake: Intake, event: GitHubEvent) -> None:
    """What becomes of an event. Raises what GitHub's answers mean; Unavailable: it is to be looked for again."""
    deps = intake.deps
    match event:
        case webhook_events.CommentEvent():
            await intake.on_comment(event)
        case webhook_events.OpenedEvent():
            await intake.on_opened(event)
        case webhook_events.LabelEvent():
            await intake.on_label(event)
        case webhook_events.RepositoryEvent():
            for repo, number in await deps.repositories.all():
                if number in event.repositories:
                    await repo_status.refresh(deps, repo, number)
        case webhook_events.ReviewEvent() | webhook_events.PullRequestEvent():
            repo_ = await deps.repositories.find(event.repository.id)
            thread = GitHubThreadRef(event.repository.id, event.number)
            if repo_ is not None and isinstance(event, webhook_events.ReviewEvent):
                await reviews.take_review(intake, repo_, thread, event.review)
            elif repo_ is not None:
                await pull_request_events.update_session(deps, repo_, thread)


def is_configured(access: GitHubAccess) -> bool:
    """Whether GitHub is set up. Raises UsageError for half a configuration."""
    if access:
        return True
    if access.app_id or access.private_key or access.webhook_secret:
        raise UsageError(
            "GitHub is set up by half: it takes GITHUB_TOKEN, or GITHUB_APP_ID with GITHUB_APP_PRIVATE_KEY; besides,"
            " GITHUB_WEBHOOK_SECRET for webhooks."
        )
    return False


def make(parts: GitHubParts) -> GitHubIntegration:
    """The surface, put together; nothing runs yet."""
    deps = GitHubDependencies(
        parts.honk_client,
        parts.store,
        CommentWriter(parts.store, parts.github, Repositories(parts.store)),
        parts.settings.mention.removeprefix("@"),
        parts.settings.label,
    )
    intake = Intake(deps)
    return GitHubIntegration(parts, intake, Poll(intake), publisher.make(deps, parts.clock), _state(parts))


@asynccontextmanager
async def open_github(parts: GitHubParts) -> AsyncIterator[GitHubIntegration]:
    """GitHub until the block is left."""
    integration = make(parts)
    polling = asyncio.create_task(_poll_forever(integration))
    try:
        async with publishing(integration.publisher):
            yield integration
    finally:
        for task in (polling, *integration.work):
            task.cancel()
        await asyncio.gather(polling, *integration.work, return_exceptions=True)


def period(parts: GitHubParts) -> float:
    """Seconds between two looks at GitHub."""
    return parts.settings.poll_seconds * (BESIDE if parts.access.webhook_secret else 1.0)


def _state(parts: GitHubParts) -> str:
    look = f"a look every {period(parts):g} s"
    how = f"by webhooks at {parts.hook} and {look}" if parts.access.webhook_secret else f"by {look}"
    return f"GitHub: as @{parts.settings.mention.removeprefix('@')}, {how}."


async def _poll_forever(integration: GitHubIntegration) -> None:
    """Look for news again and again; sooner where something could not be handled.

    Of several processes one looks. Each does so once when it begins: what died before it may have left something.
    """
    holder, every = str(uuid.uuid4()), period(integration.parts)
    sooner = True
    try:
        while True:
            good = await _logged(_poll_once(integration, holder, sooner=sooner), otherwise=False)
            wait = every if good else min(RETRY_SECONDS, every)
            sooner = not good
            if await _set_within(integration.missed, wait):
                integration.missed.clear()
                sooner = True
                await asyncio.sleep(min(RETRY_SECONDS, wait))  # what was out of order a moment ago still is
    finally:
        await integration.parts.store.lease(LOOKING, holder, 0.0)  # ours ends now


async def _poll_once(integration: GitHubIntegration, holder: str, *, sooner: bool) -> bool:
    """One look, if it is this process's turn or cannot wait for that; whether all is well."""
    lease = await integration.parts.store.lease(LOOKING, holder, period(integration.parts) * PERIODS)
    if lease is None and not sooner:
        return True
    return await integration.poll.tick(integration.parts.clock())


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _logged(step: Awaitable[T], otherwise: T) -> T:
    try:
        return await step
    except HonkError as error:
        log.warning("GitHub: %s", error)
    except Exception:
        # the boundary of the surface: a fault of our own must not end the loop
        log.exception("GitHub: a step broke")
    return otherwise
