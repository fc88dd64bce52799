"""Slack as a whole: opened with the house, it hears and tells until it is closed.

A Slack that does not answer when the house opens is tried again until it does; the house works meanwhile.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from honk.conversation.base import HonkClient
from honk.core.errors import HonkError, UsageError
from honk.integrations.slack.client import client, signature, socket_mode, team
from honk.integrations.slack.client.channel_privacy import ChannelPrivacy
from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.downloads import Downloads
from honk.integrations.slack.client.people import SlackPeople
from honk.integrations.slack.client.team import SlackTeam
from honk.integrations.slack.intake import bolt_app
from honk.integrations.slack.intake.dependencies import Changes, Objection, SlackDependencies
from honk.integrations.slack.intake.thread_context import ThreadContextReader
from honk.settings import SlackAccess, SlackSettings
from honk.storage.blobs import Blobs
from honk.storage.store import Store

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before Slack is tried again, doubled each time."""

Transport = Literal["socket", "http"]


StartPublisher = Callable[[SlackClient, SlackTeam], AbstractAsyncContextManager[object]]
"""Keeps the workspace's threads up to date, until the block is left."""


@dataclass(frozen=True)
class SlackParts:
    """What Slack is opened with. `tell` keeps threads up to date, `changes` makes the window with a session's changes,
    `objection` says who may not merge, `page` gives a session's address in the console; `origins` are where links may
    lead, `hide` what is never said."""

    honk_client: HonkClient
    store: Store
    blobs: Blobs
    access: SlackAccess
    settings: SlackSettings
    accounts: Mapping[str, str]
    tell: StartPublisher
    changes: Changes
    objection: Objection
    page: Callable[[str], str]
    origins: Collection[str] = ()
    hide: Collection[str] = field(repr=False, default=())
    proxy: str = field(repr=False, default="")


@dataclass(frozen=True)
class SlackHttpReply:
    """What is answered to a request of Slack's."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass
class SlackIntegration:
    """Slack, as the server sees it. `state` is a sentence on how it stands; `tried` is set after the first try to
    reach it."""

    transport: Transport
    secret: str = field(repr=False)
    state: str = "Slack: not reached yet."
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    app: AsyncApp | None = None

    async def answer(self, headers: Iterable[tuple[str, str]], body: bytes, now: float) -> SlackHttpReply:
        """The answer to a signed request. Raises Forged for one that is not Slack's; nothing of it was read then."""
        rows = tuple((name.lower(), value) for name, value in headers)
        signature.check(self.secret, rows, body, now)
        if self.app is None:
            return SlackHttpReply(503, body="Not connected yet.")
        if (request := readable(rows, body)) is None:
            log.info("Slack sent something unreadable (%d bytes).", len(body))
            return SlackHttpReply(400, body="Unreadable.")
        said = await self.app.async_dispatch(request)
        names = ((name, value) for name, values in said.headers.items() for value in values)
        return SlackHttpReply(said.status, tuple(names), said.body or "")


def readable(headers: Iterable[tuple[str, str]], body: bytes) -> AsyncBoltRequest | None:
    """A request of one of Slack's forms: a JSON object, a form, a form with a JSON object in it; None for any other."""
    try:
        text = body.decode()
        inner = text if text.lstrip()[:1] in '{["' else parse_qs(text, strict_parsing=True).get("payload", ["{}"])[0]
        data = json.loads(inner)
        if not isinstance(data, dict) or (data.get("type") == "block_actions" and not data.get("actions")):
            return None
        return AsyncBoltRequest(body=text, headers=dict(headers))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None  # Bolt looks into objects before it knows what they are


def transport(access: SlackAccess, settings: SlackSettings) -> Transport | None:
    """How Slack is heard; None where nobody has set it up. Raises UsageError for half a configuration."""
    if not access.bot_token:
        if access.app_token or access.signing_secret:
            raise UsageError("Slack is set up by half: SLACK_BOT_TOKEN is missing or empty. Set it, or unset the rest.")
        return None
    match settings.transport:
        case "socket" | "auto" if access.app_token:
            return "socket"
        case "http" | "auto" if access.signing_secret:
            return "http"
        case "socket":
            raise UsageError("Slack is set up by half: [slack] transport is socket, and SLACK_APP_TOKEN is missing.")
        case "http":
            raise UsageError("Slack is set up by half: [slack] transport is http, and SLACK_SIGNING_SECRET is missing.")
    raise UsageError(
        "Slack is set up by half: besides SLACK_BOT_TOKEN it takes SLACK_APP_TOKEN (Socket Mode) or"
        " SLACK_SIGNING_SECRET (HTTP)."
    )


@asynccontextmanager
async def open_slack(parts: SlackParts) -> AsyncIterator[SlackIntegration | None]:
    """Slack until the block is left; None where it is not set up. Raises UsageError as `transport`."""
    how = transport(parts.access, parts.settings)
    if how is None:
        yield None
        return
    surface = SlackIntegration(how, parts.access.signing_secret)
    running = asyncio.create_task(_run(parts, surface))
    try:
        yield surface
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _run(parts: SlackParts, surface: SlackIntegration) -> None:
    """Reach Slack, again and again until it is there, and stay."""
    wait = FIRST_WAIT
    async with client.connected(parts.access, proxy=parts.proxy) as slack, AsyncExitStack() as stack:
        while True:
            try:
                await _open(parts, surface, slack, stack)
                break
            except HonkError as error:
                surface.state = f"Slack: {error}"
                surface.tried.set()
                log.warning("%s Trying again in %g s.", error, wait)
            except BaseException as error:
                surface.state = f"Slack: out of order ({type(error).__name__}), see the log."
                surface.tried.set()
                raise
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)
        surface.tried.set()
        await asyncio.Event().wait()


async def _open(parts: SlackParts, surface: SlackIntegration, slack: SlackClient, open_slack: AsyncExitStack) -> None:
    """Everything or, where it fails on the way, nothing."""
    where = await team.read(slack)
    async with AsyncExitStack() as stack:
        await _start(parts, surface, slack, where, stack)
        open_slack.push_async_exit(stack.pop_all())
    how = "Socket Mode" if surface.transport == "socket" else "HTTP at /slack/events"
    surface.state = f"Slack: workspace {where.name} as @{where.bot_name}, by {how}."


async def _start(
    parts: SlackParts, surface: SlackIntegration, slack: SlackClient, where: SlackTeam, stack: AsyncExitStack
) -> None:
    deps = _desk(parts, slack, where)
    made = bolt_app.make(deps)
    stack.push_async_callback(deps.background.close)
    stack.push_async_callback(deps.single_flight.close)
    await stack.enter_async_context(parts.tell(slack, where))
    if surface.transport == "socket":
        await stack.enter_async_context(socket_mode.listening(made, slack, parts.access.app_token))
    surface.app = made
    deps.background.run(deps.people.warm())


def _desk(parts: SlackParts, slack: SlackClient, where: SlackTeam) -> SlackDependencies:
    people = SlackPeople(slack, where.id, parts.settings, parts.accounts)
    privacy = ChannelPrivacy(slack)
    return SlackDependencies(
        honk_client=parts.honk_client,
        store=parts.store,
        client=slack,
        team=where,
        settings=parts.settings,
        people=people,
        privacy=privacy,
        context=ThreadContextReader(
            slack, people, privacy, where.root, where.bot_user, parts.settings.context_messages
        ),
        downloads=Downloads(slack, parts.blobs, parts.settings.largest_file_mb),
        changes=parts.changes,
        objection=parts.objection,
        page=parts.page,
        origins=parts.origins,
        hide=parts.hide,
    )
