"""A workspace in memory: people, channels, messages, files, views and the one app that is installed."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from honk_simulators.slack.state.app_manifest import Manifest

Json = dict[str, Any]
ChannelKind = Literal["channel", "group", "im", "mpim"]
"""Public, private, a direct message, a direct message of several."""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass
class User:
    """Somebody who writes messages: a person, a guest, a stranger of another workspace, a bot.

    `name` is what others see beside their messages.
    """

    id: str
    name: str
    real_name: str
    team_id: str
    email: str = ""
    bot_id: str = ""
    deleted: bool = False
    guest: Literal["", "multi", "single"] = ""
    admin: bool = False
    tz: str = "Europe/Berlin"

    @property
    def handle(self) -> str:
        """The name in small letters that Slack's API calls `name`."""
        return self.name.lower().replace(" ", ".")

    @property
    def mention(self) -> str:
        """As it stands in a message's text."""
        return f"<@{self.id}>"


@dataclass
class WorkspaceFile:
    """Something that was uploaded. It is private until it is shared; `ready_at` is when Slack has looked at it."""

    id: str
    name: str
    title: str
    mimetype: str
    content: bytes
    user: str
    created: float
    ready_at: float
    alt_text: str = ""
    channels: list[str] = field(default_factory=list)
    deleted: bool = False


@dataclass
class ChannelMessage:
    """One message. `bot_id` is empty for people's; `only_to` is the one reader of an ephemeral message.

    `state` holds what was chosen in its menus: block id → action id → value, in Slack's form;
    `offered` what the app suggested for external menus, by action id.
    """

    ts: str
    channel: str
    user: str
    text: str
    team: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    subtype: str = ""
    bot_id: str = ""
    username: str = ""
    icon: str = ""
    files: list[WorkspaceFile] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    metadata: Json | None = None
    edited: tuple[str, str] | None = None
    client_msg_id: str = ""
    broadcast: bool = False
    only_to: str = ""
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    offered: dict[str, list[Json]] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """In a thread, and not its first message."""
        return bool(self.thread_ts) and self.thread_ts != self.ts


@dataclass
class Channel:
    """A conversation. `messages` are in the order of their `ts`; `ephemerals` are seen by one person each."""

    id: str
    name: str
    kind: ChannelKind
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    archived: bool = False
    deleted: bool = False
    read_only: bool = False
    shared_with: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    messages: list[ChannelMessage] = field(default_factory=list)
    ephemerals: list[ChannelMessage] = field(default_factory=list)

    @property
    def is_private(self) -> bool:
        """Not to be seen by those who are not in it."""
        return self.kind != "channel"

    def find(self, ts: str) -> ChannelMessage | None:
        """The message of that `ts`."""
        return next((message for message in reversed(self.messages) if message.ts == ts), None)

    def thread(self, ts: str) -> list[ChannelMessage]:
        """A message and its replies."""
        return [message for message in self.messages if ts in (message.ts, message.thread_ts)]

    def replies(self, ts: str) -> list[ChannelMessage]:
        """The replies alone."""
        return [message for message in self.messages if message.thread_ts == ts and message.ts != ts]


@dataclass
class View:
    """A modal or a person's home tab of the app. `state` is what was filled in so far."""

    id: str
    user: str
    data: Json
    hash: str
    root: str
    previous: str = ""
    external_id: str = ""
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    offered: dict[str, list[Json]] = field(default_factory=dict)
    open: bool = True

    @property
    def kind(self) -> str:
        """`modal` or `home`."""
        return str(self.data["type"])


@dataclass
class Trigger:
    """What an interaction gives the app, so that it may open a view: once, and soon. `view` is where it was made."""

    user: str
    expires: float
    used: bool = False
    view: str = ""


@dataclass
class ResponseUrl:
    """Where the app may answer an interaction: five times within half an hour."""

    channel: str
    user: str
    expires: float
    message: str = ""
    thread: str = ""
    used: int = 0


@dataclass
class SlackApp:
    """The installed app, with its credentials. `standing` says whether they still open anything."""

    manifest: Manifest
    id: str
    bot_id: str
    bot_user: str
    scopes: set[str]
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    verification_token: str = field(repr=False)
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    standing: Literal["good", "revoked", "inactive"] = "good"


@dataclass(frozen=True)
class SlackEvent:
    """Something that happened. `kind` is the name that apps subscribe to; `channel` is empty where there is none."""

    kind: str
    data: Json
    channel: str = ""


@dataclass
class SlackWorkspace:
    """Everything there is. `clock` gives seconds since the epoch; `root` is the address of the server.

    `tell` is called for each event, `changed` whenever somebody who looks on would see something new.
    """

    name: str
    id: str
    domain: str
    clock: Callable[[], float]
    root: str = ""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, WorkspaceFile] = field(default_factory=dict)
    uploads: dict[str, WorkspaceFile] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    emoji: dict[str, str] = field(default_factory=dict)
    edit_window: float | None = None
    file_seconds: float = 0.0
    trigger_seconds: float = 3.0
    tell: Callable[[SlackEvent], None] = field(default=lambda event: None)
    changed: Callable[[], None] = field(default=lambda: None)
    _app: SlackApp | None = None
    _number: int = 0
    _last_ts: int = 0

    @property
    def app(self) -> SlackApp:
        """The installed app."""
        if self._app is None:
            raise LookupError("no app is installed in this workspace")
        return self._app

    @app.setter
    def app(self, app: SlackApp) -> None:
        self._app = app

    @property
    def bot(self) -> User:
        """The app's user."""
        return self.users[self.app.bot_user]

    def new_id(self, prefix: str) -> str:
        """One that looks like Slack's, such as `C0A4K7XQ02Z`, never given before in this workspace."""
        self._number += 1
        value, text = self._number * 2_654_435_761 % 32**7, ""
        for _ in range(7):
            value, digit = divmod(value, 32)
            text = _LETTERS[digit] + text
        return f"{prefix}0A{text}{_LETTERS[self._number % 32]}"

    def new_ts(self) -> str:
        """The time as Slack writes it; each is later than the one before."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 100)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def trigger(self, user: str, view: str = "") -> str:
        """A new trigger id for an interaction of `user`."""
        key = f"{self._number}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[key] = Trigger(user, self.clock() + self.trigger_seconds, view=view)
        return key

    def visible(self, channel: Channel, user: str) -> bool:
        """Whether `user` may know of `channel`."""
        if channel.deleted:
            return False
        return not channel.is_private or user in channel.members

    def direct(self, *users: str) -> Channel | None:
        """The direct messages of exactly these users."""
        wanted = set(users)
        for channel in self.channels.values():
            if channel.kind in ("im", "mpim") and set(channel.members) == wanted:
                return channel
        return None

    def messages(self) -> Iterator[ChannelMessage]:
        """All of them, ephemeral ones too."""
        for channel in self.channels.values():
            yield from channel.messages
            yield from channel.ephemerals
