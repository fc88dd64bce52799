"""The JSON objects that Slack describes its things with."""

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo

from honk_simulators.slack.state.workspace import (
    Channel,
    ChannelMessage,
    Json,
    SlackWorkspace,
    User,
    View,
    WorkspaceFile,
)

_COLOURS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c", "5b89d5", "2b6836")


def user(workspace: SlackWorkspace, user: User, *, email: bool = True) -> Json:
    """As `users.info` gives it; without the scope for it, without the address."""
    profile: Json = {
        "title": "",
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "status_text": "",
        "status_emoji": "",
        "avatar_hash": hashlib.md5(user.id.encode(), usedforsecurity=False).hexdigest()[:12],
        "image_48": f"{workspace.root}/avatars/{user.id}.svg",
        "image_192": f"{workspace.root}/avatars/{user.id}.svg",
        "team": user.team_id,
    }
    if user.email and email:
        profile["email"] = user.email
    if user.bot_id:
        profile |= {"bot_id": user.bot_id, "api_app_id": workspace.app.id}
    found: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.handle,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "profile": profile,
        "is_bot": bool(user.bot_id),
        "is_app_user": False,
        "updated": 1700000000,
    }
    if user.deleted:
        return found
    offset = datetime.fromtimestamp(workspace.clock(), ZoneInfo(user.tz)).utcoffset()
    found |= {
        "color": colour(user.id),
        "tz": user.tz,
        "tz_label": user.tz.rpartition("/")[2].replace("_", " "),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": user.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": bool(user.guest),
        "is_ultra_restricted": user.guest == "single",
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }
    if user.team_id != workspace.id:
        met = any(user.id in channel.members for channel in workspace.channels.values() if channel.shared_with)
        found["is_stranger"] = not met
    return found


def colour(user_id: str) -> str:
    """A person's colour, as six hexadecimal digits."""
    return _COLOURS[int(hashlib.md5(user_id.encode(), usedforsecurity=False).hexdigest(), 16) % len(_COLOURS)]


def channel(workspace: SlackWorkspace, channel: Channel, *, members: bool = False) -> Json:
    """As `conversations.info` gives it to the app."""
    found: Json = {
        "id": channel.id,
        "created": channel.created,
        "creator": channel.creator,
        "is_archived": channel.archived,
        "is_org_shared": False,
        "is_im": channel.kind == "im",
        "context_team_id": workspace.id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        other = next((each for each in channel.members if each != workspace.app.bot_user), workspace.app.bot_user)
        return found | {
            "user": other,
            "is_open": True,
            "priority": 0,
            "is_user_deleted": workspace.users[other].deleted,
        }
    found |= {
        "name": channel.name,
        "name_normalized": channel.name,
        "previous_names": [],
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.is_private,
        "is_general": channel.name == "general",
        "is_shared": bool(channel.shared_with),
        "is_ext_shared": bool(channel.shared_with),
        "is_pending_ext_shared": False,
        "is_member": workspace.app.bot_user in channel.members,
        "shared_team_ids": [workspace.id, *channel.shared_with],
        "topic": {"value": channel.topic, "creator": channel.creator, "last_set": channel.created},
        "purpose": {"value": channel.purpose, "creator": channel.creator, "last_set": channel.created},
        "unlinked": 0,
    }
    if members:
        found["num_members"] = len(channel.members)
    return found


def bot_profile(workspace: SlackWorkspace) -> Json:
    """What messages of the app say of it."""
    app = workspace.app
    icon = f"{workspace.root}/avatars/{app.bot_user}.svg"
    return {
        "id": app.bot_id,
        "app_id": app.id,
        "user_id": app.bot_user,
        "name": app.manifest.name,
        "icons": {"image_36": icon, "image_48": icon, "image_72": icon},
        "deleted": app.standing == "inactive",
        "updated": 1700000000,
        "team_id": workspace.id,
    }


def message(workspace: SlackWorkspace, message: ChannelMessage, *, metadata: bool = False) -> Json:
    """As `conversations.history` gives it; with `metadata` also the sender's data for machines."""
    found: Json = {"type": "message", "ts": message.ts, "text": message.text, "team": workspace.id}
    if message.subtype:
        found["subtype"] = message.subtype
    if message.user:
        found["user"] = message.user
    if message.team != workspace.id:
        found |= {"user_team": message.team, "source_team": message.team}
    if message.client_msg_id:
        found["client_msg_id"] = message.client_msg_id
    if message.bot_id:
        found |= {"bot_id": message.bot_id, "app_id": workspace.app.id, "bot_profile": bot_profile(workspace)}
    if message.username:
        found["username"] = message.username
    if message.blocks:
        found["blocks"] = message.blocks
    if message.attachments:
        found["attachments"] = message.attachments
    if message.files:
        found |= {"files": [file(workspace, each) for each in message.files], "upload": bool(message.subtype)}
    if message.edited:
        found["edited"] = {"user": message.edited[0], "ts": message.edited[1]}
    if message.reactions:
        found["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)} for name, users in message.reactions.items()
        ]
    if message.metadata is not None and metadata:
        found["metadata"] = message.metadata
    return found | _thread(workspace, message)


def _thread(workspace: SlackWorkspace, message: ChannelMessage) -> Json:
    """What a message says of its thread."""
    channel = workspace.channels[message.channel]
    if message.is_reply:
        parent = channel.find(message.thread_ts)
        found: Json = {"thread_ts": message.thread_ts}
        if parent and parent.user:
            found["parent_user_id"] = parent.user
        return found
    replies = channel.replies(message.ts)
    if not replies or message.only_to:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": (users := list(dict.fromkeys(each.user for each in replies if each.user))),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def file(workspace: SlackWorkspace, file: WorkspaceFile) -> Json:
    """As messages and `files.info` give it. Until Slack has looked at a file its kind is not known."""
    url = f"{workspace.root}/files-pri/{workspace.id}-{file.id}"
    ready = workspace.clock() >= file.ready_at
    suffix = PurePath(file.name).suffix.lstrip(".").lower()
    found: Json = {
        "id": file.id,
        "created": int(file.created),
        "timestamp": int(file.created),
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype if ready else "",
        "filetype": suffix if ready else "",
        "pretty_type": suffix.upper() if ready else "",
        "user": file.user,
        "user_team": workspace.id,
        "editable": False,
        "size": len(file.content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(file.channels),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{url}/{file.name}",
        "url_private_download": f"{url}/download/{file.name}",
        "permalink": f"{workspace.root}/files/{file.user}/{file.id}/{file.name}",
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
    }
    if file.alt_text:
        found["alt_txt"] = file.alt_text
    return found


def shares(workspace: SlackWorkspace, file: WorkspaceFile) -> Json:
    """Where a file stands, with the messages' times: the only way to learn them after an upload."""
    found: dict[str, dict[str, list[Json]]] = {}
    for message in workspace.messages():
        if file in message.files and not message.only_to:
            channel = workspace.channels[message.channel]
            place: Json = {"ts": message.ts, "channel_name": channel.name, "team_id": workspace.id}
            if message.thread_ts:
                place["thread_ts"] = message.thread_ts
            kind = "private" if channel.is_private else "public"
            found.setdefault(kind, {}).setdefault(channel.id, []).append(place)
    return {"shares": found, "channels": list(file.channels)}


def view(workspace: SlackWorkspace, view: View) -> Json:
    """As the views methods and interactions give it."""
    data = view.data
    none: dict[str, Any] = {"title": None, "close": None, "submit": None}
    return {
        "id": view.id,
        "team_id": workspace.id,
        "app_id": workspace.app.id,
        "app_installed_team_id": workspace.id,
        "bot_id": workspace.app.bot_id,
        "type": view.kind,
        **none,
        "blocks": data["blocks"],
        "private_metadata": data.get("private_metadata", ""),
        "callback_id": data.get("callback_id", ""),
        "state": {"values": view.state},
        "hash": view.hash,
        "clear_on_close": bool(data.get("clear_on_close")),
        "notify_on_close": bool(data.get("notify_on_close")),
        "external_id": view.external_id,
        "root_view_id": view.root,
        "previous_view_id": view.previous or None,
        **{key: data[key] for key in none if key in data},
    }


def team(workspace: SlackWorkspace) -> Json:
    """As `team.info` gives it."""
    return {
        "id": workspace.id,
        "name": workspace.name,
        "domain": workspace.domain,
        "email_domain": "",
        "url": f"{workspace.root}/",
        "icon": {"image_default": True},
    }


def permalink(workspace: SlackWorkspace, message: ChannelMessage) -> str:
    """A message's own address."""
    link = f"{workspace.root}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if message.is_reply else link
