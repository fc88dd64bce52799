"""conversations.*: which there are, who is in them, what was said."""

from honk_simulators.slack.api.arguments import FLAG, INTEGER, NAMES, NEEDED, TEXT, TS, Argument, SlackRefusal
from honk_simulators.slack.api.methods import base
from honk_simulators.slack.api.methods.base import HISTORY, READ, Arguments, Method
from honk_simulators.slack.state import api_objects, changes
from honk_simulators.slack.state.workspace import Channel, ChannelKind, ChannelMessage, Json, SlackWorkspace

MOST_MESSAGES = 999
MOST_CHANNELS = 1000

_TYPES: dict[str, ChannelKind] = {
    "public_channel": "channel",
    "private_channel": "group",
    "im": "im",
    "mpim": "mpim",
}


def info(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """conversations.info."""
    channel = base.channel(workspace, arguments["channel"])
    base.need(workspace, READ[channel.kind])
    return {"channel": api_objects.channel(workspace, channel, members=bool(arguments.get("include_num_members")))}


def history(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """conversations.history: the newest first, replies not among them unless they were sent to the channel too."""
    channel = base.joined(workspace, arguments["channel"])
    base.need(workspace, HISTORY[channel.kind])
    shown = [each for each in channel.messages if not each.is_reply or each.broadcast]
    shown = _between(shown, arguments)
    found, cursor = base.page(list(reversed(shown)), lambda each: each.ts, arguments, 100, MOST_MESSAGES)
    return _messages(workspace, found, cursor, arguments) | {"pin_count": 0}


def replies(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """conversations.replies: the oldest first.

    The thread's first message comes first whatever `oldest` says. Whether it begins the later pages too is reported
    both ways; here it does, so that who counts it twice is found out.
    """
    channel = base.joined(workspace, arguments["channel"])
    base.need(workspace, HISTORY[channel.kind])
    named = channel.find(arguments["ts"])
    if named is None:
        raise SlackRefusal("thread_not_found")
    first = channel.find(named.thread_ts) if named.is_reply else named
    if first is None:
        raise SlackRefusal("thread_not_found")
    rest = _between(channel.replies(first.ts), arguments)
    found, cursor = base.page(rest, lambda each: each.ts, arguments, MOST_MESSAGES, MOST_MESSAGES)
    return _messages(workspace, [first, *found], cursor, arguments)


def listing(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """conversations.list: what the app may know of."""
    kinds: list[ChannelKind] = []
    for name in arguments.get("types") or ["public_channel"]:
        if name not in _TYPES:
            raise SlackRefusal("invalid_types")
        base.need(workspace, READ[_TYPES[name]])
        kinds.append(_TYPES[name])
    seen = [
        each
        for each in workspace.channels.values()
        if each.kind in kinds
        and workspace.visible(each, workspace.app.bot_user)
        and not (arguments.get("exclude_archived") and each.archived)
    ]
    found, cursor = base.page(seen, lambda each: each.id, arguments, 100, MOST_CHANNELS)
    return {
        "channels": [api_objects.channel(workspace, each, members=True) for each in found],
        "response_metadata": {"next_cursor": cursor},
    }


def members(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """conversations.members."""
    channel = base.channel(workspace, arguments["channel"])
    base.need(workspace, READ[channel.kind])
    found, cursor = base.page(channel.members, str, arguments, 100, MOST_CHANNELS)
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


def join(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """conversations.join: public channels only."""
    channel = base.channel(workspace, arguments["channel"])
    if channel.kind != "channel":
        raise SlackRefusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackRefusal("is_archived")
    if workspace.app.bot_user not in channel.members:
        changes.join(workspace, channel, workspace.app.bot_user)
        return {"channel": api_objects.channel(workspace, channel)}
    return {"channel": api_objects.channel(workspace, channel), "warning": "already_in_channel"}


def opening(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """conversations.open: direct messages with one person or several."""
    if "channel" in arguments:
        channel = base.channel(workspace, arguments["channel"])
        base.need(workspace, "im:write" if channel.kind == "im" else "mpim:write")
        return _opened(workspace, channel, arguments, known=True)
    users = [each for each in arguments.get("users") or [] if each]
    if not users:
        raise SlackRefusal("users_list_not_supplied")
    base.need(workspace, "im:write" if len(users) == 1 else "mpim:write")
    if len(users) > 8:
        raise SlackRefusal("too_many_users")
    for each in users:
        if base.user(workspace, each).deleted:
            raise SlackRefusal("user_disabled")
    everybody = (*users, workspace.app.bot_user)
    known = workspace.direct(*everybody) is not None
    return _opened(workspace, changes.open_direct(workspace, *everybody), arguments, known=known)


def _opened(workspace: SlackWorkspace, channel: Channel, arguments: Arguments, *, known: bool) -> Json:
    whole = bool(arguments.get("return_im"))
    found: Json = {"channel": api_objects.channel(workspace, channel) if whole else {"id": channel.id}}
    return found | {"no_op": True, "already_open": True} if known else found


def _between(messages: list[ChannelMessage], arguments: Arguments) -> list[ChannelMessage]:
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    inclusive = arguments.get("inclusive", False)
    return [
        each for each in messages if oldest < (ts := float(each.ts)) < latest or (inclusive and ts in (oldest, latest))
    ]


def _messages(workspace: SlackWorkspace, found: list[ChannelMessage], cursor: str, arguments: Arguments) -> Json:
    metadata = bool(arguments.get("include_all_metadata"))
    answer: Json = {
        "messages": [api_objects.message(workspace, each, metadata=metadata) for each in found],
        "has_more": bool(cursor),
    }
    return answer | {"response_metadata": {"next_cursor": cursor}} if cursor else answer


_PAGED = {"cursor": TEXT, "limit": INTEGER}
_READING = _PAGED | {
    "channel": NEEDED,
    "include_all_metadata": FLAG,
    "inclusive": FLAG,
    "latest": TS,
    "oldest": TS,
}

METHODS = {
    "conversations.info": Method(
        info,
        "3",
        {"channel": NEEDED, "include_locale": FLAG, "include_num_members": FLAG},
        json=False,
    ),
    "conversations.history": Method(history, "3", _READING, json=False),
    "conversations.replies": Method(replies, "3", _READING | {"ts": Argument("ts", required=True)}, json=False),
    "conversations.list": Method(listing, "2", _PAGED | {"exclude_archived": FLAG, "types": NAMES}, json=False),
    "conversations.members": Method(members, "4", _PAGED | {"channel": NEEDED}, json=False),
    "conversations.join": Method(join, "3", {"channel": NEEDED}, ("channels:join",)),
    "conversations.open": Method(
        opening,
        "3",
        {"channel": TEXT, "users": NAMES, "return_im": FLAG, "prevent_creation": FLAG},
    ),
}
