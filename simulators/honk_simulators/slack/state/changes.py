"""Every change to a workspace, whoever makes it. Each tells the events that follow from it.

Rights are not checked here: what the app may do is for `methods`, what people do is for `actor`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from honk_simulators.slack.state import api_objects, events
from honk_simulators.slack.state.workspace import (
    Channel,
    ChannelMessage,
    Json,
    SlackEvent,
    SlackWorkspace,
    WorkspaceFile,
)


def tell(workspace: SlackWorkspace, *happened: SlackEvent) -> None:
    """Deliver events, and wake up whoever looks on."""
    for event in happened:
        workspace.tell(event)
    workspace.changed()


def post(workspace: SlackWorkspace, message: ChannelMessage) -> ChannelMessage:
    """Put a message into its channel. One of an app has a `bot_id`."""
    channel = workspace.channels[message.channel]
    channel.messages.append(message)
    for each in message.files:
        if channel.id not in each.channels:
            each.channels.append(channel.id)
    tell(workspace, *events.posted(workspace, channel, message), *events.file_shared(workspace, message))
    return message


def whisper(workspace: SlackWorkspace, message: ChannelMessage) -> ChannelMessage:
    """Show a message to one person only. It is nobody's event and in no history."""
    workspace.channels[message.channel].ephemerals.append(message)
    workspace.changed()
    return message


def by_app(workspace: SlackWorkspace, channel: Channel, text: str, blocks: Sequence[Json] = ()) -> ChannelMessage:
    """A message of the app's, not posted yet."""
    app = workspace.app
    return ChannelMessage(
        ts=workspace.new_ts(),
        channel=channel.id,
        user=app.bot_user,
        text=text,
        team=workspace.id,
        blocks=list(blocks),
        bot_id=app.bot_id,
    )


def by_person(workspace: SlackWorkspace, channel: Channel, user: str, text: str) -> ChannelMessage:
    """A message of a person's, not posted yet."""
    author = workspace.users[user]
    message = ChannelMessage(workspace.new_ts(), channel.id, user, text, author.team_id, bot_id=author.bot_id)
    return message if author.bot_id else replace(message, client_msg_id=str(uuid.uuid4()))


def edit(workspace: SlackWorkspace, message: ChannelMessage, by: str, *, quiet: bool = False) -> None:
    """Tell of a message that `message` replaces: same place, same `ts`. `quiet`: not marked as edited."""
    channel = workspace.channels[message.channel]
    index = next(index for index, each in enumerate(channel.messages) if each.ts == message.ts)
    before = api_objects.message(workspace, channel.messages[index])
    if not quiet:
        message.edited = (by, workspace.new_ts().partition(".")[0] + ".000000")
    channel.messages[index] = message
    tell(workspace, *events.edited(workspace, channel, message, before))


def delete(workspace: SlackWorkspace, message: ChannelMessage) -> None:
    """Take a message away. One that has replies leaves a stone behind, so that they have a place."""
    channel = workspace.channels[message.channel]
    if message.only_to:
        channel.ephemerals.remove(message)
        return workspace.changed()
    before = api_objects.message(workspace, message)
    index = channel.messages.index(message)
    if not channel.replies(message.ts):
        del channel.messages[index]
        return tell(workspace, events.deleted(workspace, channel, before))
    stone = ChannelMessage(
        message.ts, channel.id, "USLACKBOT", "This message was deleted.", workspace.id, subtype="tombstone"
    )
    channel.messages[index] = stone
    return tell(workspace, events.changed(workspace, channel, stone, before))


def react(workspace: SlackWorkspace, message: ChannelMessage, user: str, name: str) -> None:
    """Add a reaction that is not there yet."""
    message.reactions.setdefault(name, []).append(user)
    tell(workspace, events.reaction(workspace, message, user, name, "added"))


def unreact(workspace: SlackWorkspace, message: ChannelMessage, user: str, name: str) -> None:
    """Take a reaction back that is there."""
    message.reactions[name].remove(user)
    if not message.reactions[name]:
        del message.reactions[name]
    tell(workspace, events.reaction(workspace, message, user, name, "removed"))


def join(workspace: SlackWorkspace, channel: Channel, user: str, inviter: str = "") -> None:
    """Somebody is in, which the channel says as well."""
    channel.members.append(user)
    tell(workspace, *events.member(workspace, channel, user, "joined", inviter))
    message = by_person(workspace, channel, user, f"<@{user}> has joined the channel")
    post(workspace, replace(message, subtype="channel_join", client_msg_id="", bot_id=""))


def leave(workspace: SlackWorkspace, channel: Channel, user: str) -> None:
    """Somebody is out."""
    channel.members.remove(user)
    tell(workspace, *events.member(workspace, channel, user, "left"))


def archive(workspace: SlackWorkspace, channel: Channel, user: str, archived: bool = True) -> None:
    """Nobody writes here any more; or they do again."""
    channel.archived = archived
    tell(workspace, events.of_channel(workspace, channel, "archive" if archived else "unarchive", user))


def delete_channel(workspace: SlackWorkspace, channel: Channel) -> None:
    """The channel is gone, with all that was said in it."""
    channel.deleted = True
    tell(workspace, events.of_channel(workspace, channel, "deleted"))


def rename(workspace: SlackWorkspace, channel: Channel, name: str) -> None:
    """Another name, the same channel."""
    channel.name = name
    tell(workspace, events.of_channel(workspace, channel, "rename"))


def new_channel(
    workspace: SlackWorkspace, name: str, creator: str, members: Sequence[str], *, private: bool = False
) -> Channel:
    """A channel that has always been there, with these people in it: no event tells of it."""
    channel = Channel(
        workspace.new_id("C"), name, "group" if private else "channel", creator, int(workspace.clock()), list(members)
    )
    workspace.channels[channel.id] = channel
    workspace.changed()
    return channel


def open_direct(workspace: SlackWorkspace, *users: str) -> Channel:
    """The direct messages of these users, made when there are none."""
    if found := workspace.direct(*users):
        return found
    several = len(users) > 2
    names = "--".join(workspace.users[each].name for each in users)
    channel = Channel(
        workspace.new_id("G" if several else "D"),
        f"mpdm-{names}-1" if several else "",
        "mpim" if several else "im",
        users[0],
        int(workspace.clock()),
        list(users),
    )
    workspace.channels[channel.id] = channel
    return channel


def new_file(
    workspace: SlackWorkspace,
    user: str,
    name: str,
    content: bytes,
    mimetype: str,
    *,
    title: str = "",
    alt_text: str = "",
) -> WorkspaceFile:
    """A file that is not shared yet."""
    now = workspace.clock()
    file = WorkspaceFile(
        workspace.new_id("F"), name, title, mimetype, content, user, now, now + workspace.file_seconds, alt_text
    )
    workspace.files[file.id] = file
    return file
