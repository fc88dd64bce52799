"""The Slack integration: takes messages in and keeps threads up to date from the moment Honk opens until it closes.

When Slack does not answer at the start, Honk works without it and tries again until it does.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from honk.core.errors import HonkError, UsageError
from honk.integrations.slack.client import client, signature, socket_mode, team
from honk.integrations.slack.client.channel_privacy import ChannelPrivacy
from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.downloads import Downloads
from honk.integrations.slack.client.manifest import EVENTS_PATH
from honk.integrations.slack.client.people import SlackPeople
from honk.integrations.slack.client.team import SlackTeam
from honk.integrations.slack.intake import bolt_app
from honk.integrations.slack.intake.dependencies import SlackDependencies, SlackParts
from honk.integrations.slack.intake.thread_context import ThreadContextReader
from honk.settings import SlackAccess, SlackSettings

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds until the next attempt to reach Slack, doubled each time."""

_PARTLY = "Slack is only partly configured: {} (docs/slack.md)."

Transport = Literal["socket", "http"]


@dataclass(frozen=True)
class SlackHttpReply:
    """The answer to an HTTP request of Slack's."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass
class SlackIntegration:
    """The running integration. `state` is a sentence about the connection; `tried` is set after the first attempt."""

    transport: Transport
    secret: str = field(repr=False)
    state: str = "Slack: not reached yet."
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    app: AsyncApp | None = None

    async def answer(self, headers: Iterable[tuple[str, str]], body: bytes, now: float) -> SlackHttpReply:
        """The answer to a signed request. Raises InvalidSlackSignature before anything of the body is parsed."""
        rows = tuple((name.lower(), value) for name, value in headers)
        signature.check(self.secret, rows, body, now)
        if self.app is None:
            return SlackHttpReply(503, body="Not connected yet.")
        if (request := readable(rows, body)) is None:
            log.info("Slack sent something unreadable (%d bytes).", len(body))
            return SlackHttpReply(400, body="Unreadable.")
        answer = await self.app.async_dispatch(request)
        names = ((name, value) for name, values in answer.headers.items() for value in values)
        return SlackHttpReply(answer.status, tuple(names), answer.body or "")


def readable(headers: Iterable[tuple[str, str]], body: bytes) -> AsyncBoltRequest | None:
    """The request for Bolt; None unless the body is a JSON object, a form, or a form with a JSON object as payload."""
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
    """How Slack's events arrive; None when Slack is not configured. Raises UsageError when it is configured partly."""
    if not access.bot_token:
        if access.app_token or access.signing_secret:
            raise UsageError(_PARTLY.format("set SLACK_BOT_TOKEN"))
        return None
    match settings.transport:
        case "socket" | "auto" if access.app_token:
            return "socket"
        case "http" | "auto" if access.signing_secret:
            return "http"
        case "socket":
            raise UsageError(_PARTLY.format('[slack] transport is "socket", so set SLACK_APP_TOKEN'))
        case "http":
            raise UsageError(_PARTLY.format('[slack] transport is "http", so set SLACK_SIGNING_SECRET'))
    raise UsageError(_PARTLY.format("set SLACK_APP_TOKEN (for Socket Mode) or SLACK_SIGNING_SECRET (for HTTP)"))


@asynccontextmanager
async def open_slack(parts: SlackParts) -> AsyncIterator[SlackIntegration | None]:
    """Run the integration until the block is left; None when Slack is not configured. Raises as `transport`."""
    chosen = transport(parts.access, parts.settings)
    if chosen is None:
        yield None
        return
    integration = SlackIntegration(chosen, parts.access.signing_secret)
    running = asyncio.create_task(_run(parts, integration))
    try:
        yield integration
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _run(parts: SlackParts, integration: SlackIntegration) -> None:
    """Try to connect until Slack answers, then run until cancelled."""
    wait = FIRST_WAIT
    async with client.connected(parts.access, proxy=parts.proxy) as slack, AsyncExitStack() as stack:
        while True:
            try:
                await _connect(parts, integration, slack, stack)
                break
            except HonkError as error:
                integration.state = f"Slack: {error}"
                integration.tried.set()
                log.warning("%s The next attempt is in %g s.", error, wait)
            except BaseException as error:
                integration.state = f"Slack: stopped by an error in Honk ({type(error).__name__}), see the log."
                integration.tried.set()
                raise
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)
        integration.tried.set()
        await asyncio.Event().wait()


async def _connect(
    parts: SlackParts, integration: SlackIntegration, slack: SlackClient, opened: AsyncExitStack
) -> None:
    """Start everything on `opened`, or nothing when a step fails."""
    workspace = await team.read(slack)
    deps = _dependencies(parts, slack, workspace)
    app = bolt_app.make(deps)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(deps.background.close)
        stack.push_async_callback(deps.single_flight.close)
        await stack.enter_async_context(parts.publish(slack, workspace))
        if integration.transport == "socket":
            await stack.enter_async_context(socket_mode.listening(app, slack, parts.access.app_token))
        opened.push_async_exit(stack.pop_all())
    integration.app = app
    deps.background.run(deps.people.warm())
    how = "Socket Mode" if integration.transport == "socket" else f"HTTP at {EVENTS_PATH}"
    integration.state = f"Slack: workspace {workspace.name} as @{workspace.bot_name}, by {how}."


def _dependencies(parts: SlackParts, slack: SlackClient, workspace: SlackTeam) -> SlackDependencies:
    people = SlackPeople(slack, workspace.id, parts.settings, parts.accounts)
    privacy = ChannelPrivacy(slack)
    most = parts.settings.context_messages
    return SlackDependencies(
        **vars(parts),
        client=slack,
        team=workspace,
        people=people,
        privacy=privacy,
        context=ThreadContextReader(slack, people, privacy, workspace.root, workspace.bot_user, most),
        downloads=Downloads(slack, parts.blobs, parts.settings.largest_file_mb),
    )
