"""The Bolt app: leads Slack's events, buttons, menus, windows and commands to their handlers.

Bolt runs a handler to its end before it acknowledges (`process_before_response`), so a message is acknowledged when it
is stored. If this process dies before, Slack delivers it again; the claims make sure that it is handled once.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from honk.integrations.slack import texts
from honk.integrations.slack.client import manifest, payloads
from honk.integrations.slack.client.payloads import Json
from honk.integrations.slack.intake import (
    button_presses,
    edits,
    intake,
    modals,
    repo_menu,
    slash_command,
    triggers,
    welcome,
)
from honk.integrations.slack.intake.dependencies import SlackDependencies

log = logging.getLogger(__name__)
_bolt = logging.getLogger(f"{__name__}.bolt")

_ANY = re.compile("")

_LOGGED: Mapping[str, str] = {
    "tokens_revoked": "Slack says that Honk's token was revoked. Install the app again and restart with the new one.",
    "app_uninstalled": "Slack says that Honk was uninstalled. Sessions stay; install the app again to go on with them.",
    "channel_archive": "A channel was archived; its sessions stay.",
    "group_archive": "A channel was archived; its sessions stay.",
    "channel_deleted": "A channel was deleted; its sessions stay.",
    "group_deleted": "A channel was deleted; its sessions stay.",
}
"""Events that are logged and nothing else."""


def make(deps: SlackDependencies) -> AsyncApp:
    """The app, with all its listeners."""
    # its warnings are about settings in the environment that it does not use
    _bolt.setLevel(logging.ERROR)

    async def authorize() -> AuthorizeResult:
        team = deps.team
        return AuthorizeResult(
            enterprise_id=None,
            team_id=team.id,
            bot_user_id=team.bot_user,
            bot_id=team.bot,
            bot_token=deps.client.token,
        )

    app = AsyncApp(
        name="honk",
        logger=_bolt,
        client=deps.client.web,
        authorize=authorize,
        signing_secret="",
        request_verification_enabled=False,  # `signature` has done it, over the raw bytes
        process_before_response=True,
        raise_error_for_unhandled_request=True,
    )
    _listen(app, deps)

    async def failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
        return await _failed(deps, error, body)

    app.error(failed)
    return app


def _listen(app: AsyncApp, deps: SlackDependencies) -> None:
    async def event(event: dict[str, Any]) -> None:
        await dispatch_event(deps, event)

    async def action(ack: AsyncAck, body: dict[str, Any]) -> None:
        press = payloads.button_press(deps.team.id, body)
        if press is not None:
            await button_presses.run_button(deps, press)
        await ack()

    async def options(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack(options=repo_menu.options(await deps.honk_client.repos(), str(body.get("value") or "")))

    async def submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = modals.submission(body)
        problem = "" if submitted is None else await modals.submit(deps, submitted)
        if problem:
            await ack(response_action="errors", errors={modals.FIELD: problem})
        else:
            await ack()

    async def closed(ack: AsyncAck) -> None:
        await ack()

    async def shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        if body.get("callback_id") == manifest.SHORTCUT:
            await triggers.on_shortcut(deps, body)
        await ack()

    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        answer = await slash_command.run(deps, body)
        await (ack(text=answer, response_type="ephemeral") if answer else ack())

    app.event(_ANY)(event)
    app.action(_ANY)(action)
    app.options(_ANY)(options)
    app.view_submission(_ANY)(submission)
    app.view_closed(_ANY)(closed)
    app.shortcut(_ANY)(shortcut)
    app.command(_ANY)(command)


async def dispatch_event(deps: SlackDependencies, event: Json) -> None:
    """Lead an event to its handler; an unknown one is logged by its type alone."""
    kind, subtype = str(event.get("type") or ""), str(event.get("subtype") or "")
    if kind == "message" and subtype in ("message_changed", "message_deleted"):
        change = payloads.message_edit(deps.team.id, event)
        if change is not None:
            await edits.report_edit(deps, change)
        return
    if answer := _ANSWERS.get(kind):
        await answer(deps, event)
    elif text := _LOGGED.get(kind):
        log.warning("%s (%s)", text, event.get("channel") or deps.team.name)
    else:
        log.info("Slack sent an event that is not for Honk: %.80s", kind)


async def _message(deps: SlackDependencies, event: Json) -> None:
    found = payloads.message(deps.team.id, event)
    if found is not None and found.user != deps.team.bot_user:
        await intake.take_message(deps, found)


async def _left(deps: SlackDependencies, event: Json) -> None:
    if event.get("user") == deps.team.bot_user:
        log.warning("Honk was removed from the channel %s; its sessions stay. Invite it again.", event.get("channel"))


_ANSWERS: Mapping[str, Callable[[SlackDependencies, Json], Awaitable[None]]] = {
    "message": _message,
    "app_mention": _message,
    "reaction_added": triggers.on_reaction,
    "app_home_opened": welcome.greet,
    "member_left_channel": _left,
}


async def _failed(deps: SlackDependencies, error: Exception, body: Json) -> BoltResponse:
    """Acknowledge what is unknown, so that it does not come again; not what failed, so that it does. Slack does not
    repeat presses: the person sees that it failed. No content is logged."""
    if isinstance(error, BoltUnhandledRequestError):
        log.info("Slack sent something that is not for Honk: %.80s", body.get("type"))
        return BoltResponse(status=200)
    log.error("An event of Slack's could not be handled: %s", type(error).__name__, exc_info=error)
    if body.get("type") == "block_actions" and (pressed := payloads.button_press(deps.team.id, body)) is not None:
        await deps.show_to(pressed.thread, pressed.user, texts.failed(error))
    return BoltResponse(status=500)
