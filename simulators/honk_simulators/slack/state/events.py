"""What happens in a workspace, as events for apps. Source: docs.slack.dev, "Events API" and each event's page."""

import re
from typing import Any

from honk_simulators.slack.state import api_objects
from honk_simulators.slack.state.workspace import Channel, ChannelMessage, Json, SlackEvent, SlackWorkspace

MESSAGE_KINDS = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


def posted(workspace: SlackWorkspace, channel: Channel, message: ChannelMessage) -> list[SlackEvent]:
    """A new message: a `message` event, and an `app_mention` beside it when the app is named."""
    data = api_objects.message(workspace, message) | _place(channel, message.ts)
    return [SlackEvent(MESSAGE_KINDS[channel.kind], data, channel.id), *mention(workspace, channel, message)]


def edited(workspace: SlackWorkspace, channel: Channel, message: ChannelMessage, before: Json) -> list[SlackEvent]:
    """A changed message. An edited mention is a mention again, with `edited` (slack-go/slack pull 1256)."""
    changed = _hidden(
        workspace,
        channel,
        "message_changed",
        message=api_objects.message(workspace, message),
        previous_message=before,
    )
    return [changed, *mention(workspace, channel, message)]


def changed(workspace: SlackWorkspace, channel: Channel, message: ChannelMessage, before: Json) -> SlackEvent:
    """A message that is another now without an edit: it was deleted but has replies, or was posted over."""
    now = api_objects.message(workspace, message)
    return _hidden(workspace, channel, "message_changed", message=now, previous_message=before)


def deleted(workspace: SlackWorkspace, channel: Channel, before: Json) -> SlackEvent:
    """A message that is gone."""
    return _hidden(workspace, channel, "message_deleted", deleted_ts=before["ts"], previous_message=before)


def reaction(workspace: SlackWorkspace, message: ChannelMessage, user: str, name: str, verb: str) -> SlackEvent:
    """`verb` is `added` or `removed`."""
    data: Json = {
        "type": f"reaction_{verb}",
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "event_ts": workspace.new_ts(),
    }
    if message.user:
        data["item_user"] = message.user
    return SlackEvent(f"reaction_{verb}", data, message.channel)


def member(workspace: SlackWorkspace, channel: Channel, user: str, verb: str, inviter: str = "") -> list[SlackEvent]:
    """`verb` is `joined` or `left`. The app itself also learns that it is out."""
    is_app = user == workspace.app.bot_user
    data: Json = {
        "type": f"member_{verb}_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": workspace.users[user].team_id,
        "event_ts": workspace.new_ts(),
    }
    if inviter:
        data["inviter"] = inviter
    found = [SlackEvent(f"member_{verb}_channel", data, "" if is_app else channel.id)]
    if is_app and verb == "left":
        found.append(of_channel(workspace, channel, "left"))
    return found


def of_channel(workspace: SlackWorkspace, channel: Channel, verb: str, user: str = "") -> SlackEvent:
    """`verb` is `archive`, `unarchive`, `deleted`, `left` or `rename`. Public channels concern everybody."""
    kind = f"{'group' if channel.is_private else 'channel'}_{verb}"
    place: Any = channel.id
    if verb == "rename":
        place = {"id": channel.id, "name": channel.name, "created": channel.created, "creator": channel.creator}
    data: Json = {"type": kind, "channel": place, "event_ts": workspace.new_ts()}
    if user:
        data["user"] = user
    outsiders_too = not channel.is_private or verb in ("left", "deleted")
    return SlackEvent(kind, data, "" if outsiders_too else channel.id)


def home_opened(workspace: SlackWorkspace, user: str, channel: str, tab: str, view: Json | None) -> SlackEvent:
    """Somebody looks at the app's own place. `tab` is `home` or `messages`."""
    data: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel,
        "tab": tab,
        "event_ts": workspace.new_ts(),
    }
    if view is not None:
        data["view"] = view
    return SlackEvent("app_home_opened", data)


def file_shared(workspace: SlackWorkspace, message: ChannelMessage) -> list[SlackEvent]:
    """One for each file of a message."""
    return [
        SlackEvent(
            "file_shared",
            {
                "type": "file_shared",
                "file_id": each.id,
                "user_id": message.user,
                "file": {"id": each.id},
                "channel_id": message.channel,
                "event_ts": workspace.new_ts(),
            },
            message.channel,
        )
        for each in message.files
    ]


def tokens_revoked(workspace: SlackWorkspace) -> SlackEvent:
    """The app's token opens nothing any more."""
    data: Json = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [workspace.app.bot_user]}}
    return SlackEvent("tokens_revoked", data | {"event_ts": workspace.new_ts()})


def uninstalled(workspace: SlackWorkspace) -> SlackEvent:
    """The app was thrown out."""
    return SlackEvent("app_uninstalled", {"type": "app_uninstalled", "event_ts": workspace.new_ts()})


def _place(channel: Channel, ts: str) -> Json:
    return {"channel": channel.id, "channel_type": channel.kind, "event_ts": ts}


def _hidden(workspace: SlackWorkspace, channel: Channel, subtype: str, **data: Any) -> SlackEvent:
    ts = workspace.new_ts()
    told = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, **_place(channel, ts), **data}
    return SlackEvent(MESSAGE_KINDS[channel.kind], told, channel.id)


def mention(workspace: SlackWorkspace, channel: Channel, message: ChannelMessage) -> list[SlackEvent]:
    """The `app_mention` of a message that names the app; none in direct messages, and none for the app's own."""
    bot = workspace.app.bot_user
    if channel.kind == "im" or message.user == bot or message.bot_id == workspace.app.bot_id:
        return []
    if not re.search(rf"<@{bot}(\|[^>]*)?>", message.text):
        return []
    data = {key: value for key, value in api_objects.message(workspace, message).items() if key != "subtype"}
    told = data | {"type": "app_mention", "channel": channel.id, "event_ts": message.ts}
    return [SlackEvent("app_mention", told, channel.id)]
