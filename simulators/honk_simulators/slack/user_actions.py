"""What people do in the workspace: write, press, choose, fill in, invite. It is refused where Slack's client would."""

import asyncio
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from honk_simulators.slack.api import modals, response_urls
from honk_simulators.slack.block_kit import blocks, mrkdwn
from honk_simulators.slack.delivery import interactions
from honk_simulators.slack.delivery.delivery import DeliveryAttempt, EventDelivery
from honk_simulators.slack.state import changes
from honk_simulators.slack.state.workspace import (
    Channel,
    ChannelMessage,
    Json,
    SlackWorkspace,
    User,
    View,
    WorkspaceFile,
)

Where = ChannelMessage | View


class NotPossible(Exception):
    """Slack's client would not let a person do that; the message says why."""


def say(
    workspace: SlackWorkspace,
    user: User,
    channel: Channel,
    text: str,
    *,
    thread: str = "",
    files: Sequence[WorkspaceFile] = (),
    broadcast: bool = False,
) -> ChannelMessage:
    """Write a message. Mentions are written `<@U…>`; the rest is escaped and linked as Slack does it."""
    may_write(workspace, user, channel)
    parent = channel.find(thread)
    if thread and (parent is None or parent.is_reply):
        raise NotPossible(f"there is no thread {thread} in {channel.name or channel.id}")
    kept = mrkdwn.typed(text)
    message = changes.by_person(workspace, channel, user.id, kept)
    subtype = "file_share" if files else "thread_broadcast" if broadcast else ""
    message = replace(message, thread_ts=thread, files=list(files), broadcast=broadcast, subtype=subtype)
    if kept:
        message = replace(message, blocks=mrkdwn.rich_text(workspace, kept))
    return changes.post(workspace, message)


def complete(text: str, names: Mapping[str, str]) -> str:
    """With every name (`@Ada`, `#room`) as the mention that Slack's composer makes of it; the longest name wins."""
    known = {name.lower(): mention for name, mention in names.items()}
    choice = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    return re.sub(rf"(?<![\w<])({choice})(?!\w)", lambda found: known[found[0].lower()], text, flags=re.I)


def may_write(workspace: SlackWorkspace, user: User, channel: Channel) -> None:
    """Raises NotPossible."""
    place = channel.name or "these direct messages"
    if user.deleted:
        raise NotPossible(f"{user.name} is deactivated")
    if channel.archived or channel.deleted:
        raise NotPossible(f"{place} is archived or deleted")
    if user.id not in channel.members:
        raise NotPossible(f"{user.name} is not in {place}")
    if channel.kind == "im" and workspace.app.bot_user in channel.members and not workspace.app.manifest.messages_tab:
        raise NotPossible("the app takes no messages")


def upload(workspace: SlackWorkspace, user: User, given: Sequence[Any]) -> list[WorkspaceFile]:
    """Files of a person's: each a File, or a name with bytes, or these with a media type."""
    found = []
    for each in given:
        if isinstance(each, WorkspaceFile):
            found.append(each)
            continue
        name, content, *kind = each
        mimetype = kind[0] if kind else mimetypes.guess_type(name)[0] or "application/octet-stream"
        found.append(changes.new_file(workspace, user.id, name, content, mimetype))
    return found


def edit(workspace: SlackWorkspace, user: User, message: ChannelMessage, text: str) -> None:
    """Write one's own message anew."""
    if message.user != user.id:
        raise NotPossible(f"{user.name} did not write that")
    kept = mrkdwn.typed(text)
    changes.edit(workspace, replace(message, text=kept, blocks=mrkdwn.rich_text(workspace, kept)), user.id)


async def press(
    workspace: SlackWorkspace, delivery: EventDelivery, user: User, where: Where, label: str, times: int = 1
) -> list[DeliveryAttempt]:
    """Press a button, by its action id or by what is written on it; several times at once."""
    block_id, element = find(where, label, ("button", "icon_button", "feedback_buttons"))
    may_press(workspace, user, where)
    action = interactions.pressed(workspace, block_id, element, label)
    payloads = [interactions.block_actions(workspace, user, where, action) for _ in range(times)]
    return list(await asyncio.gather(*(delivery.interact("interactive", each) for each in payloads)))


async def choose(
    workspace: SlackWorkspace, delivery: EventDelivery, user: User, where: Where, action_id: str, value: Any
) -> list[DeliveryAttempt]:
    """Choose in a menu, or fill in a field. In a modal most fields are told with the whole, and not by themselves."""
    block_id, element = find(where, action_id, ())
    may_press(workspace, user, where)
    action = interactions.chosen(workspace, where, block_id, element, value)
    if blocks.has_state(element):
        state = interactions.state_of(element, action)
        where.state.setdefault(block_id, {})[element["action_id"]] = state
    workspace.changed()
    if isinstance(where, View) and not interactions.dispatches(where, block_id):
        return []
    return [await delivery.interact("interactive", interactions.block_actions(workspace, user, where, action))]


async def suggest(
    workspace: SlackWorkspace, delivery: EventDelivery, user: User, where: Where, action_id: str, query: str
) -> list[Json]:
    """The options that the app has for what was typed into an external menu."""
    block_id, element = find(where, action_id, ("external_select", "multi_external_select"))
    may_press(workspace, user, where)
    if len(query) < element.get("min_query_length", 3):
        return []
    payload = interactions.block_suggestion(workspace, user, where, block_id, element, query)
    attempt = await delivery.interact("interactive", payload)
    offered = response_urls.options(attempt.answer) if attempt.ok else []
    where.offered[element["action_id"]] = offered
    return offered


async def submit(
    workspace: SlackWorkspace, delivery: EventDelivery, user: User, view: View, values: Mapping[str, Any]
) -> tuple[DeliveryAttempt, dict[str, str]]:
    """Fill in a modal, by block id (or action id), and send it. Returns the errors that it was given back with."""
    if not view.open or view.user != user.id:
        raise NotPossible(f"{user.name} does not see that modal")
    for name, value in values.items():
        block_id, element = find(view, name, ())
        action = interactions.chosen(workspace, view, block_id, element, value)
        view.state.setdefault(block_id, {})[element["action_id"]] = interactions.state_of(element, action)
    if lacking := interactions.incomplete(view):
        raise NotPossible(f"the modal cannot be sent: {lacking}")
    attempt = await delivery.interact("interactive", interactions.view_submission(workspace, user, view))
    return attempt, response_urls.of_submission(workspace, view, attempt)


async def dismiss(workspace: SlackWorkspace, delivery: EventDelivery, user: User, view: View) -> list[DeliveryAttempt]:
    """Close a modal without sending it."""
    modals.close(workspace, view)
    if not view.data.get("notify_on_close"):
        return []
    return [await delivery.interact("interactive", interactions.view_closed(workspace, user, view))]


async def slash(
    workspace: SlackWorkspace, delivery: EventDelivery, user: User, channel: Channel, command: str, text: str
) -> DeliveryAttempt:
    """Type a command."""
    if command not in workspace.app.manifest.commands:
        raise NotPossible(f"{command} is not a valid command")
    may_write(workspace, user, channel)
    payload = interactions.command(workspace, user, channel, command, text)
    attempt = await delivery.interact("slash_commands", payload)
    if attempt.ok and attempt.answer:
        response_urls.respond(workspace, payload["response_url"].rpartition("/")[2], attempt.answer, counted=False)
    return attempt


async def shortcut(
    workspace: SlackWorkspace,
    delivery: EventDelivery,
    user: User,
    callback_id: str,
    message: ChannelMessage | None = None,
) -> DeliveryAttempt:
    """Choose an entry of a message's menu, or of the composer's when there is no message."""
    kind = "global" if message is None else "message"
    known = [each.callback_id for each in workspace.app.manifest.shortcuts if each.kind == kind]
    if callback_id not in known:
        raise NotPossible(f"the app has no {kind} shortcut {callback_id}")
    payload = interactions.shortcut(workspace, user, callback_id, message)
    return await delivery.interact("interactive", payload)


def may_press(workspace: SlackWorkspace, user: User, where: Where) -> None:
    """Raises NotPossible."""
    if not workspace.app.manifest.interactive:
        raise NotPossible("interactivity is switched off in the app's settings")
    if isinstance(where, View):
        if where.user != user.id or not where.open:
            raise NotPossible(f"{user.name} does not see that view")
        return
    if where.only_to not in ("", user.id) or user.id not in workspace.channels[where.channel].members:
        raise NotPossible(f"{user.name} does not see that message")


def find(where: Where, label: str, kinds: Sequence[str]) -> tuple[str, Json]:
    """An element with its block's id: by action id, block id, or what is written on it. Raises NotPossible."""
    made = where.data["blocks"] if isinstance(where, View) else where.blocks
    if not isinstance(where, View):
        made = [*made, *(each for attachment in where.attachments for each in attachment.get("blocks", ()))]
    offered = [(block_id, each) for block_id, each in blocks.interactive(made) if not kinds or each["type"] in kinds]
    for matches in (_has_id, _is_in_block, _is_labelled, _contains):
        if found := [(block_id, each) for block_id, each in offered if matches(block_id, each, label)]:
            return found[0]
    seen = ", ".join(_written(each) or each.get("action_id", "?") for _, each in offered)
    raise NotPossible(f"there is nothing like {label!r} here, only: {seen or 'nothing'}")


def _has_id(block_id: str, element: Json, label: str) -> bool:
    return element.get("action_id") == label


def _is_in_block(block_id: str, element: Json, label: str) -> bool:
    return block_id == label


def _is_labelled(block_id: str, element: Json, label: str) -> bool:
    return label in _written(element).split("\n")


def _contains(block_id: str, element: Json, label: str) -> bool:
    return label.lower() in _written(element).lower()


def _written(element: Json) -> str:
    if element["type"] == "feedback_buttons":
        return "\n".join(element[each]["text"]["text"] for each in ("positive_button", "negative_button"))
    words: Json = element.get("text") or element.get("placeholder") or {}
    return str(words.get("text", ""))
