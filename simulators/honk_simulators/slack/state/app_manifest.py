"""What an app says of itself when it is installed: its name, scopes, events, commands and shortcuts.

The form is Slack's own app manifest (docs.slack.dev, "App manifest reference"), as a dict or a file in JSON. What Slack
would refuse when the app is made is refused here: an event without its scope, an unknown key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ShortcutKind = Literal["message", "global"]

EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "channel_archive": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "channel_left": ("channels:read",),
    "channel_rename": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "file_shared": ("files:read",),
    "group_archive": ("groups:read",),
    "group_deleted": ("groups:read",),
    "group_left": ("groups:read",),
    "group_rename": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "tokens_revoked": (),
}
"""The events that can be subscribed to here, each with the scopes of which one is needed."""

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "chat:write.customize",
    "chat:write.public",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "users:read",
    "users:read.email",
)
"""The bot scopes that anything here asks for."""

_KEYS: dict[str, frozenset[str]] = {
    "": frozenset({"_metadata", "display_information", "features", "oauth_config", "settings"}),
    "display_information": frozenset({"name", "description", "long_description", "background_color"}),
    "features": frozenset({"app_home", "bot_user", "shortcuts", "slash_commands", "unfurl_domains", "assistant_view"}),
    "oauth_config": frozenset({"redirect_urls", "scopes", "token_management_enabled", "pkce_enabled"}),
    "settings": frozenset(
        {
            "allowed_ip_address_ranges",
            "event_subscriptions",
            "hermes_app_type",
            "interactivity",
            "is_hosted",
            "org_deploy_enabled",
            "socket_mode_enabled",
            "token_rotation_enabled",
        }
    ),
}


class BadManifest(ValueError):
    """The manifest cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Shortcut:
    """An entry of the menu beside a message, or of the menu of the composer."""

    name: str
    kind: ShortcutKind
    callback_id: str


@dataclass(frozen=True)
class Manifest:
    """An app as it is installed. `commands` have their slash."""

    name: str = "Honk"
    bot_name: str = "Honk"
    scopes: frozenset[str] = frozenset(SCOPES)
    events: frozenset[str] = frozenset(EVENT_SCOPES)
    commands: tuple[str, ...] = ("/honk",)
    shortcuts: tuple[Shortcut, ...] = field(default=(Shortcut("Ask Honk", "message", "ask_honk"),))
    interactive: bool = True
    socket_mode: bool = True
    home_tab: bool = True
    messages_tab: bool = True
    events_url: str = ""
    interactivity_url: str = ""
    options_url: str = ""

    def __post_init__(self) -> None:
        for event in sorted(self.events):
            if event not in EVENT_SCOPES:
                raise BadManifest(f"bot_events: there is no event {event!r} here")
            needed = EVENT_SCOPES[event]
            if needed and not self.scopes.intersection(needed):
                raise BadManifest(f"bot_events: {event} needs the scope {' or '.join(needed)}")
        if self.commands and "commands" not in self.scopes:
            raise BadManifest("slash_commands need the scope commands")
        if any(not command.startswith("/") or " " in command for command in self.commands):
            raise BadManifest("slash_commands: a command begins with / and is one word")


def parse(data: Mapping[str, Any]) -> Manifest:
    """From Slack's form. Raises BadManifest for what Slack would refuse, unknown keys among them."""
    _known("", data)
    for section in ("display_information", "features", "oauth_config", "settings"):
        _known(section, _section(data, section))
    about, features, settings = (_section(data, key) for key in ("display_information", "features", "settings"))
    if not about.get("name"):
        raise BadManifest("display_information.name is missing")
    bot, home = _section(features, "bot_user"), _section(features, "app_home")
    subscriptions, interactivity = _section(settings, "event_subscriptions"), _section(settings, "interactivity")
    commands = features.get("slash_commands") or []
    return Manifest(
        name=str(about["name"]),
        bot_name=str(bot.get("display_name") or about["name"]),
        scopes=frozenset(_section(_section(data, "oauth_config"), "scopes").get("bot") or ()),
        events=frozenset(subscriptions.get("bot_events") or ()),
        commands=tuple(str(each["command"]) for each in commands),
        shortcuts=tuple(_shortcut(each) for each in features.get("shortcuts") or []),
        interactive=bool(interactivity.get("is_enabled")),
        socket_mode=bool(settings.get("socket_mode_enabled")),
        home_tab=bool(home.get("home_tab_enabled")),
        messages_tab=bool(home.get("messages_tab_enabled")) and not home.get("messages_tab_read_only_enabled"),
        events_url=str(subscriptions.get("request_url") or ""),
        interactivity_url=str(interactivity.get("request_url") or ""),
        options_url=str(interactivity.get("message_menu_options_url") or ""),
    )


def _section(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    section = data.get(key) or {}
    if not isinstance(section, Mapping):
        raise BadManifest(f"{key} must be an object")
    return section


def _known(section: str, data: Mapping[str, Any]) -> None:
    if unknown := sorted(set(data) - _KEYS[section]):
        raise BadManifest(f"{section or 'the manifest'} has no key {unknown[0]!r}")


def _shortcut(data: Mapping[str, Any]) -> Shortcut:
    kind = data.get("type")
    if kind not in ("message", "global"):
        raise BadManifest(f"shortcuts: type {kind!r} is neither message nor global")
    return Shortcut(str(data["name"]), kind, str(data["callback_id"]))
