"""reactions.*: emoji on messages."""

from honk_simulators.slack.api.arguments import FLAG, NEEDED, TEXT, TS, Argument, SlackRefusal
from honk_simulators.slack.api.methods import base
from honk_simulators.slack.api.methods.base import Arguments, Method
from honk_simulators.slack.block_kit import emoji
from honk_simulators.slack.state import api_objects, changes
from honk_simulators.slack.state.workspace import ChannelMessage, Json, SlackWorkspace

MOST_KINDS = 50
"""Different emoji on one message."""


def add(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """reactions.add."""
    name, message = _name(workspace, arguments), _message(workspace, arguments)
    if workspace.channels[message.channel].archived:
        raise SlackRefusal("is_archived")
    if workspace.app.bot_user in message.reactions.get(name, ()):
        raise SlackRefusal("already_reacted")
    if name not in message.reactions and len(message.reactions) >= MOST_KINDS:
        raise SlackRefusal("too_many_emoji")
    changes.react(workspace, message, workspace.app.bot_user, name)
    return {}


def remove(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """reactions.remove: one's own."""
    name, message = _name(workspace, arguments), _message(workspace, arguments)
    if workspace.app.bot_user not in message.reactions.get(name, ()):
        raise SlackRefusal("no_reaction")
    changes.unreact(workspace, message, workspace.app.bot_user, name)
    return {}


def get(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """reactions.get: a message with its reactions."""
    message = _message(workspace, arguments)
    return {"type": "message", "channel": message.channel, "message": api_objects.message(workspace, message)}


def _name(workspace: SlackWorkspace, arguments: Arguments) -> str:
    name = str(arguments["name"]).strip(":")
    if emoji.base(name) not in emoji.standard() and name not in workspace.emoji:
        raise SlackRefusal("invalid_name")
    return name


def _message(workspace: SlackWorkspace, arguments: Arguments) -> ChannelMessage:
    if not arguments.get("channel") or not arguments.get("timestamp"):
        raise SlackRefusal("no_item_specified")
    return base.message(base.joined(workspace, arguments["channel"]), arguments["timestamp"])


_ITEM = {"channel": NEEDED, "timestamp": Argument("ts", required=True)}

METHODS = {
    "reactions.add": Method(add, "3", _ITEM | {"name": NEEDED}, ("reactions:write",)),
    "reactions.remove": Method(remove, "2", _ITEM | {"name": NEEDED}, ("reactions:write",)),
    "reactions.get": Method(
        get, "3", {"channel": TEXT, "timestamp": TS, "full": FLAG}, ("reactions:read",), json=False
    ),
}
