"""chat.*: what the app writes."""

import copy
from dataclasses import replace

from honk_simulators.slack.api import message_content
from honk_simulators.slack.api.arguments import FLAG, LIST, NEEDED, OBJECT, TEXT, TS, Argument, SlackRefusal
from honk_simulators.slack.api.message_content import Content
from honk_simulators.slack.api.methods import base
from honk_simulators.slack.api.methods.base import Arguments, Method
from honk_simulators.slack.state import api_objects, changes
from honk_simulators.slack.state.workspace import Channel, ChannelMessage, Json, SlackWorkspace, WorkspaceFile

NEEDED_TS = Argument("ts", required=True)
MOST_UPDATED = 4000
"""Characters of a text that replaces another: fewer than of a new one (chat.update, `msg_too_long`)."""


def post_message(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """chat.postMessage."""
    channel = writable(workspace, _target(workspace, arguments["channel"]))
    said = message_content.parse(workspace, arguments)
    if said.is_empty:
        raise SlackRefusal("no_text")
    message = _dressed(workspace, _filled(changes.by_app(workspace, channel, ""), said), arguments)
    message = replace(message, thread_ts=thread(channel, arguments))
    if arguments.get("reply_broadcast") and message.thread_ts:
        message = replace(message, broadcast=True, subtype="thread_broadcast")
    changes.post(workspace, message)
    return {"channel": channel.id, "ts": message.ts, "message": api_objects.message(workspace, message, metadata=True)}


def post_ephemeral(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """chat.postEphemeral."""
    channel = writable(workspace, base.channel(workspace, arguments["channel"]))
    if arguments["user"] not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    said = message_content.parse(workspace, arguments)
    if said.is_empty:
        raise SlackRefusal("no_text")
    message = _dressed(workspace, _filled(changes.by_app(workspace, channel, ""), said), arguments)
    message = replace(message, thread_ts=thread(channel, arguments), only_to=arguments["user"])
    changes.whisper(workspace, message)
    return {"message_ts": message.ts}


def update(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """chat.update. What is not given stays as it was, but a text without blocks takes the blocks away."""
    channel = base.channel(workspace, arguments["channel"])
    if channel.archived:
        raise SlackRefusal("is_inactive")
    message = base.message(channel, arguments["ts"])
    if message.bot_id != workspace.app.bot_id:
        raise SlackRefusal("cant_update_message")
    age = workspace.clock() - float(message.ts)
    if workspace.edit_window is not None and age > workspace.edit_window:
        raise SlackRefusal("edit_window_closed")
    if len(arguments.get("text", "")) > MOST_UPDATED:
        raise SlackRefusal("msg_too_long")
    said = message_content.parse(workspace, arguments)
    changed = _filled(copy.copy(message), said)
    if said.text is not None and said.blocks is None:
        changed = replace(changed, blocks=[])
    if "file_ids" in arguments:
        changed = replace(changed, files=[_own_file(workspace, each) for each in arguments["file_ids"]])
    if arguments.get("reply_broadcast") and changed.is_reply:
        changed = replace(changed, broadcast=True)
    if not changed.text.strip() and not changed.blocks and not changed.attachments and not changed.files:
        raise SlackRefusal("no_text")
    changes.edit(workspace, changed, workspace.app.bot_user, quiet=bool(changed.blocks))
    return {
        "channel": channel.id,
        "ts": changed.ts,
        "text": changed.text,
        "message": api_objects.message(workspace, changed, metadata=True),
    }


def delete(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """chat.delete."""
    channel = base.channel(workspace, arguments["channel"])
    message = base.message(channel, arguments["ts"])
    if message.bot_id != workspace.app.bot_id:
        raise SlackRefusal("cant_delete_message")
    changes.delete(workspace, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """chat.getPermalink."""
    channel = base.channel(workspace, arguments["channel"])
    message = base.message(channel, arguments["message_ts"])
    return {"channel": channel.id, "permalink": api_objects.permalink(workspace, message)}


def _target(workspace: SlackWorkspace, named: str) -> Channel:
    """A conversation by id, a channel by its name, or the direct messages with a person."""
    if named.startswith(("U", "W")):
        base.user(workspace, named)
        return changes.open_direct(workspace, named, workspace.app.bot_user)
    by_name = (each.id for each in workspace.channels.values() if each.name and each.name == named.lstrip("#"))
    return base.channel(workspace, next(by_name, named))


def writable(workspace: SlackWorkspace, channel: Channel) -> Channel:
    """Raises Refused when the app may not write there."""
    if channel.archived:
        raise SlackRefusal("is_archived")
    public = "chat:write.public" in workspace.app.scopes and not channel.is_private
    if workspace.app.bot_user not in channel.members and not public:
        raise SlackRefusal("not_in_channel")
    if channel.read_only:
        raise SlackRefusal("restricted_action")
    if channel.kind == "im" and not workspace.app.manifest.messages_tab:
        raise SlackRefusal("messages_tab_disabled")
    return channel


def thread(channel: Channel, arguments: Arguments) -> str:
    """The thread to post in.

    What Slack itself says in a channel has none. Neither has a reply: Slack would put the message where nobody sees it.
    """
    if not (ts := arguments.get("thread_ts")):
        return ""
    parent = channel.find(ts)
    if parent is None:
        raise SlackRefusal("thread_not_found")
    if parent.is_reply or parent.subtype.startswith("channel_"):
        raise SlackRefusal("cannot_reply_to_message")
    return str(ts)


def _filled(message: ChannelMessage, said: Content) -> ChannelMessage:
    """`message` with what was said, where something was."""
    given: Json = {
        "text": said.text,
        "blocks": said.blocks,
        "attachments": said.attachments,
        "metadata": said.metadata,
    }
    return replace(message, **{name: value for name, value in given.items() if value is not None})


def _dressed(workspace: SlackWorkspace, message: ChannelMessage, arguments: Arguments) -> ChannelMessage:
    """`message` under another name or with another icon, where one is asked for."""
    name, icon = arguments.get("username", ""), arguments.get("icon_emoji") or arguments.get("icon_url") or ""
    if not name and not icon:
        return message
    base.need(workspace, "chat:write.customize")
    return replace(message, username=name, icon=icon, subtype="bot_message", user="" if name else message.user)


def _own_file(workspace: SlackWorkspace, file_id: object) -> WorkspaceFile:
    file = workspace.files.get(str(file_id))
    if file is None or file.deleted or file.user != workspace.app.bot_user:
        raise SlackRefusal("file_not_found")
    return file


_WRITING = {
    "channel": NEEDED,
    "text": TEXT,
    "blocks": LIST,
    "attachments": LIST,
    "markdown_text": TEXT,
    "as_user": FLAG,
    "link_names": FLAG,
    "parse": TEXT,
}
_POSTING = _WRITING | {"thread_ts": TS, "icon_emoji": TEXT, "icon_url": TEXT, "username": TEXT}

METHODS = {
    "chat.postMessage": Method(
        post_message,
        "post",
        _POSTING
        | {
            "reply_broadcast": FLAG,
            "metadata": OBJECT,
            "mrkdwn": FLAG,
            "unfurl_links": FLAG,
            "unfurl_media": FLAG,
        },
        ("chat:write",),
    ),
    "chat.postEphemeral": Method(post_ephemeral, "4", _POSTING | {"user": NEEDED}, ("chat:write",)),
    "chat.update": Method(
        update,
        "3",
        _WRITING | {"ts": NEEDED_TS, "metadata": OBJECT, "file_ids": LIST, "reply_broadcast": FLAG},
        ("chat:write",),
    ),
    "chat.delete": Method(delete, "3", {"channel": NEEDED, "ts": NEEDED_TS, "as_user": FLAG}, ("chat:write",)),
    "chat.getPermalink": Method(get_permalink, "free", {"channel": NEEDED, "message_ts": NEEDED_TS}, json=False),
}
