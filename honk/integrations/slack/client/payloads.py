"""Slack's payloads, parsed once: messages, edits of messages, pressed buttons. Pure.

Source: docs.slack.dev, "Events API" (message, app_mention), "Interaction payloads". The parsers return None for a
payload with missing fields or fields of another type: Honk does not answer it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from honk.integrations.slack.client.thread_ref import SlackThreadRef

Json = Mapping[str, Any]
ConversationKind = Literal["", "channel", "group", "im", "mpim"]
"""Empty when the event does not name it."""

_KINDS: Mapping[str, ConversationKind] = {"channel": "channel", "group": "group", "mpim": "mpim", "im": "im"}

WRITTEN_BY_PEOPLE = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that a person wrote."""

_TS = re.compile(r"\d{1,12}\.\d{1,6}")


@dataclass(frozen=True)
class SlackFile:
    """A file of a message. `size` is in bytes; fields that Slack leaves out are empty or 0."""

    id: str
    name: str
    kind: str
    size: int
    url: str


@dataclass(frozen=True)
class ReceivedSlackMessage:
    """A person's message. `user_team` is the workspace that its author belongs to."""

    thread: SlackThreadRef
    ts: str
    user: str
    user_team: str
    text: str
    kind: ConversationKind
    files: tuple[SlackFile, ...] = ()

    @property
    def claim(self) -> str:
        """Identifies the message, however often it is delivered."""
        return self.thread.message(self.ts)

    @property
    def first(self) -> bool:
        """It is the first message of its thread."""
        return self.ts == self.thread.thread_ts


@dataclass(frozen=True)
class MessageEdit:
    """An edited or deleted message. `text` is the new text, `before` the old one."""

    thread: SlackThreadRef
    ts: str
    user: str
    deleted: bool
    text: str = ""
    before: str = ""


@dataclass(frozen=True)
class ButtonPress:
    """A pressed button or a choice in a menu. `claim` identifies the press, however often it is delivered."""

    thread: SlackThreadRef
    user: str
    user_team: str
    action: str
    value: str
    claim: str
    trigger: str


def message(team: str, event: Json) -> ReceivedSlackMessage | None:
    """A `message` or `app_mention` event, or a message as `conversations.replies` gives it with `channel` added.

    None for what no person wrote: messages of bots and of Honk, joins, topics, edits.
    """
    channel, ts, user = event.get("channel"), event.get("ts"), event.get("user")
    if not (isinstance(channel, str) and isinstance(ts, str) and isinstance(user, str) and channel and user):
        return None
    thread = str(event.get("thread_ts") or ts)
    if not (_TS.fullmatch(ts) and _TS.fullmatch(thread)):
        return None
    if event.get("bot_id") or event.get("app_id") or str(event.get("subtype") or "") not in WRITTEN_BY_PEOPLE:
        return None
    return ReceivedSlackMessage(
        thread=SlackThreadRef(team, channel, thread),
        ts=ts,
        user=user,
        user_team=str(event.get("user_team") or event.get("source_team") or team),
        text=str(event.get("text") or ""),
        kind=_kind(event),
        files=files_of(event.get("files")),
    )


def files_of(files: object) -> tuple[SlackFile, ...]:
    """The files of a message."""
    rows = [each for each in files if isinstance(each, dict)] if isinstance(files, list) else []
    return tuple(
        SlackFile(
            id=str(row.get("id") or ""),
            name=str(row.get("name") or row.get("title") or row.get("id") or "file"),
            kind=str(row.get("mimetype") or ""),
            size=row["size"] if isinstance(row.get("size"), int) else 0,
            url=str(row.get("url_private_download") or row.get("url_private") or ""),
        )
        for row in rows
        if row.get("mode") != "tombstone"
    )


def message_edit(team: str, event: Json) -> MessageEdit | None:
    """A `message_changed` or `message_deleted` event about a person's message; None when its text is the same."""
    channel, before = event.get("channel"), event.get("previous_message")
    if not isinstance(channel, str) or not isinstance(before, dict) or before.get("bot_id") or not before.get("user"):
        return None
    now = event.get("message")
    ts = str(before.get("ts") or event.get("deleted_ts") or "")
    thread = SlackThreadRef(team, channel, str(before.get("thread_ts") or ts))
    deleted = event.get("subtype") == "message_deleted" or (isinstance(now, dict) and now.get("subtype") == "tombstone")
    if deleted:
        return MessageEdit(thread, ts, str(before["user"]), deleted=True, before=str(before.get("text") or ""))
    if not isinstance(now, dict) or now.get("text") == before.get("text"):
        return None  # an unfurled link, a new reply below it
    texts = str(now.get("text") or ""), str(before.get("text") or "")
    return MessageEdit(thread, ts, str(before["user"]), False, *texts)


def button_press(team: str, body: Json) -> ButtonPress | None:
    """A `block_actions` payload's action in a message."""
    container, actions = _section(body, "container"), body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    channel, user = str(container.get("channel_id") or ""), _section(body, "user")
    ts = str(container.get("message_ts") or "")
    if not (channel and ts and user.get("id") and action.get("action_id")):
        return None
    thread = SlackThreadRef(
        team, channel, str(container.get("thread_ts") or _section(body, "message").get("thread_ts") or ts)
    )
    name = str(action["action_id"])
    chosen = _section(action, "selected_option").get("value")
    return ButtonPress(
        thread=thread,
        user=str(user["id"]),
        user_team=str(user.get("team_id") or team),
        action=name,
        value=str(chosen if chosen is not None else action.get("value") or ""),
        claim=f"{thread.message(ts)}/{action.get('action_ts') or ''}/{name}",
        trigger=str(body.get("trigger_id") or ""),
    )


def _kind(event: Json) -> ConversationKind:
    """The kind of the conversation. An id `D…` is a direct message; other ids do not tell."""
    kind = _KINDS.get(str(event.get("channel_type")), "")
    return kind or ("im" if str(event.get("channel") or "").startswith("D") else "")


def _section(data: Json, key: str) -> Json:
    found = data.get(key)
    return found if isinstance(found, dict) else {}
