"""What the methods share: their description, and looking things up the way Slack lets an app see them."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from honk_simulators.slack.api.arguments import Argument, SlackRefusal
from honk_simulators.slack.rate_limits import Tier
from honk_simulators.slack.state.workspace import Channel, ChannelMessage, Json, SlackWorkspace, User

Arguments = Mapping[str, Any]
Item = TypeVar("Item")
Run = Callable[[SlackWorkspace, Arguments], Json]

READ = {"channel": "channels:read", "group": "groups:read", "im": "im:read", "mpim": "mpim:read"}
HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history", "mpim": "mpim:history"}
"""The scope for a conversation, by its kind."""


@dataclass(frozen=True)
class Method:
    """One method of the Web API. It needs all of `scopes`; more may depend on the arguments.

    `caller` is the kind of token. `json`: whether it takes a body in JSON. Those that only read take forms alone.
    """

    run: Run
    tier: Tier
    arguments: Mapping[str, Argument]
    scopes: tuple[str, ...] = ()
    caller: Literal["bot", "app", "anybody"] = "bot"
    json: bool = True


def need(workspace: SlackWorkspace, scope: str) -> None:
    """Raises Refused with `missing_scope` when the app was installed without it."""
    if scope not in workspace.app.scopes:
        raise SlackRefusal("missing_scope", needed=scope, provided=",".join(sorted(workspace.app.scopes)))


def channel(workspace: SlackWorkspace, channel_id: str) -> Channel:
    """A conversation that the app may know of. Raises Refused with `channel_not_found`."""
    found = workspace.channels.get(channel_id)
    if found is None or not workspace.visible(found, workspace.app.bot_user):
        raise SlackRefusal("channel_not_found")
    return found


def joined(workspace: SlackWorkspace, channel_id: str) -> Channel:
    """A conversation that the app is in. Raises Refused with `channel_not_found` or `not_in_channel`."""
    found = channel(workspace, channel_id)
    if workspace.app.bot_user not in found.members:
        raise SlackRefusal("not_in_channel")
    return found


def message(channel: Channel, ts: str) -> ChannelMessage:
    """A message that everybody in the channel sees. Raises Refused with `message_not_found`."""
    found = channel.find(ts)
    if found is None or found.subtype == "tombstone":
        raise SlackRefusal("message_not_found")
    return found


def user(workspace: SlackWorkspace, user_id: str) -> User:
    """Raises Refused with `user_not_found`."""
    if user_id not in workspace.users:
        raise SlackRefusal("user_not_found")
    return workspace.users[user_id]


def page(
    items: Sequence[Item], key: Callable[[Item], str], arguments: Arguments, default: int, most: int
) -> tuple[list[Item], str]:
    """The items that a cursor asks for, and the next cursor, empty at the end.

    A cursor names the item that comes next, so that what is added meanwhile moves nothing. Raises Refused with
    `invalid_cursor` or `invalid_limit`.
    """
    limit = int(arguments.get("limit") or default)
    if limit < 0:
        raise SlackRefusal("invalid_limit")
    start, cursor = 0, str(arguments.get("cursor") or "")
    if cursor:
        wanted = _decode(cursor)
        start = next((index for index, item in enumerate(items) if key(item) == wanted), -1)
        if start < 0:
            raise SlackRefusal("invalid_cursor")
    end = start + min(limit, most)
    following = _encode(key(items[end])) if end < len(items) else ""
    return list(items[start:end]), following


def _encode(key: str) -> str:
    return base64.urlsafe_b64encode(f"next:{key}".encode()).decode()


def _decode(cursor: str) -> str:
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        raise SlackRefusal("invalid_cursor") from None
    if not text.startswith("next:"):
        raise SlackRefusal("invalid_cursor")
    return text.removeprefix("next:")
