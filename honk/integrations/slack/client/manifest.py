"""The app's manifest: the scopes and events that Honk uses, and no others. Pure.

Source of the form and of which event needs which scope: docs.slack.dev, "App manifest reference" and each event's page.
"""

from typing import Any

NAME = "Honk"
COMMAND = "/honk"
SHORTCUT = "honk_do"
"""The callback id of "Honk: do this" in a message's menu."""

EVENTS_PATH = "/slack/events"
"""The path of Honk's server for all requests of Slack's."""

SCOPES: dict[str, str] = {
    "app_mentions:read": "mentions of @Honk",
    "channels:history": "the thread above a request, replies without a mention, linked messages; public channels",
    "channels:read": "whether a channel is private, archived, or shared",
    "chat:write": "to answer",
    "commands": "/honk and the shortcut “Honk: do this”",
    "files:read": "files and pictures that come with a request",
    "files:write": "builds, screenshots and QR codes in the thread",
    "groups:history": "as channels:history, in private channels that Honk was invited to",
    "groups:read": "as channels:read, in private channels that Honk was invited to",
    "im:history": "direct messages to Honk",
    "im:read": "that a conversation is a direct message",
    "reactions:read": "the emoji that asks Honk to do what a message says",
    "reactions:write": "the emoji with which Honk says that it has seen a message",
    "users:read": "who asks: name, guest, bot, other workspace",
    "users:read.email": "to know a person again by the address that Slack has confirmed",
}
"""Each scope of the bot, and what Honk uses it for."""

EVENTS: tuple[str, ...] = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "group_archive",
    "group_deleted",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "tokens_revoked",
)


def manifest(base_url: str = "") -> dict[str, Any]:
    """The manifest for Socket Mode; with `base_url`, the public address of Honk's server, for HTTP."""
    address = f"{base_url.rstrip('/')}{EVENTS_PATH}" if base_url else ""
    request = {"request_url": address} if address else {}
    interactivity = {"is_enabled": True, **request, **({"message_menu_options_url": address} if address else {})}
    command = {
        "command": COMMAND,
        "description": "Ask for a change, or bind this channel to a repository",
        "usage_hint": "what should change | bind REPOSITORY | status | help",
        "should_escape": True,
        **({"url": address} if address else {}),
    }
    return {
        "display_information": {
            "name": NAME,
            "description": "Turns a sentence into a merged and deployed change.",
            "background_color": "#d4561c",
        },
        "features": {
            "app_home": {"home_tab_enabled": False, "messages_tab_enabled": True},
            "bot_user": {"display_name": NAME, "always_online": True},
            "shortcuts": [
                {
                    "name": "Honk: do this",
                    "type": "message",
                    "callback_id": SHORTCUT,
                    "description": "Do what this message asks for",
                }
            ],
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**request, "bot_events": list(EVENTS)},
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": False,
        },
    }
