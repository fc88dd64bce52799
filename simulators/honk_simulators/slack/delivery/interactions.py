"""What the app is told when people press, choose and type commands.

Source: docs.slack.dev, "Reference: interaction payloads" and "Slash commands".
"""

from typing import Any

from honk_simulators.slack.state import api_objects
from honk_simulators.slack.state.workspace import (
    Channel,
    ChannelMessage,
    Json,
    ResponseUrl,
    SlackWorkspace,
    User,
    View,
)

RESPONSE_URL_SECONDS = 1800
RESPONSE_URL_USES = 5

_KEYS = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "overflow": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
"""Where an element's choice stands."""


def pressed(workspace: SlackWorkspace, block_id: str, element: Json, label: str) -> Json:
    """The action of a button."""
    shown = element
    if element["type"] == "feedback_buttons":
        both = (element["positive_button"], element["negative_button"])
        shown = next((each for each in both if each["text"]["text"] == label), both[0])
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "text": shown["text"],
        "action_ts": workspace.new_ts(),
    }
    return action | {key: shown[key] for key in ("value", "style", "url") if key in shown}


def chosen(workspace: SlackWorkspace, where: ChannelMessage | View, block_id: str, element: Json, value: Any) -> Json:
    """The action of a menu or a field. Raises ValueError when `value` is not among what it offers."""
    key = _KEYS[element["type"]]
    several = key in ("selected_options", "selected_users", "selected_channels", "selected_conversations")
    kept = [_kept(where, element, each) for each in value] if several else _kept(where, element, value)
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        key: kept,
        "action_ts": workspace.new_ts(),
    }


def state_of(element: Json, action: Json) -> Json:
    """What a state says of a choice."""
    key = _KEYS[element["type"]]
    return {"type": element["type"], key: action[key]}


def dispatches(view: View, block_id: str) -> bool:
    """Whether a choice in this block of a view is told at once."""
    block = next(each for each in view.data["blocks"] if each.get("block_id") == block_id)
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def incomplete(view: View) -> str:
    """Why a modal cannot be sent yet; empty when it can."""
    for block in view.data["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = view.state.get(block["block_id"], {}).get(element["action_id"], {})
        value = state.get(_KEYS[element["type"]])
        if not value and not block.get("optional"):
            return f"{block['label']['text']} is required"
        if value and element["type"] == "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if not least <= len(value) <= most:
                return f"{block['label']['text']} must have {least} to {most} characters"
    return ""


def block_actions(workspace: SlackWorkspace, user: User, where: ChannelMessage | View, action: Json) -> Json:
    """Something was pressed or chosen."""
    payload = _interaction(workspace, "block_actions", user, where.id if isinstance(where, View) else "")
    payload["actions"] = [action]
    if isinstance(where, View):
        container: Json = {"type": "view", "view_id": where.id}
        return payload | {"container": container, "view": api_objects.view(workspace, where)}
    return payload | _in_message(workspace, user, where) | {"state": {"values": where.state}}


def block_suggestion(
    workspace: SlackWorkspace, user: User, where: ChannelMessage | View, block_id: str, element: Json, query: str
) -> Json:
    """Somebody types into an external menu."""
    payload = _interaction(workspace, "block_suggestion", user)
    del payload["trigger_id"]
    payload |= {"action_id": element["action_id"], "block_id": block_id, "value": query}
    if isinstance(where, View):
        return payload | {
            "container": {"type": "view", "view_id": where.id},
            "view": api_objects.view(workspace, where),
        }
    told = _in_message(workspace, user, where)
    del told["response_url"]
    return payload | told


def view_submission(workspace: SlackWorkspace, user: User, view: View) -> Json:
    """A modal was filled in."""
    payload = _interaction(workspace, "view_submission", user, view.id)
    return payload | {"view": api_objects.view(workspace, view), "response_urls": []}


def view_closed(workspace: SlackWorkspace, user: User, view: View) -> Json:
    """A modal was closed unsent."""
    payload = _interaction(workspace, "view_closed", user)
    del payload["trigger_id"]
    return payload | {"view": api_objects.view(workspace, view), "is_cleared": False}


def shortcut(workspace: SlackWorkspace, user: User, callback_id: str, message: ChannelMessage | None) -> Json:
    """A menu's entry was chosen, a message's or the composer's."""
    payload = _interaction(workspace, "shortcut" if message is None else "message_action", user)
    payload |= {"callback_id": callback_id, "action_ts": workspace.new_ts()}
    if message is None:
        return payload
    told = _in_message(workspace, user, message)
    del told["container"]
    return payload | told | {"message_ts": message.ts}


def command(workspace: SlackWorkspace, user: User, channel: Channel, name: str, text: str) -> Json:
    """A slash command, in the form's fields."""
    names = {"im": "directmessage", "mpim": channel.name, "group": "privategroup", "channel": channel.name}
    return {
        "token": workspace.app.verification_token,
        "team_id": workspace.id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": names[channel.kind],
        "user_id": user.id,
        "user_name": user.handle,
        "command": name,
        "text": text,
        "api_app_id": workspace.app.id,
        "is_enterprise_install": "false",
        "response_url": response_url(workspace, user, channel.id),
        "trigger_id": workspace.trigger(user.id),
    }


def response_url(workspace: SlackWorkspace, user: User, channel: str, message: ChannelMessage | None = None) -> str:
    """A new address where the app may answer."""
    key = workspace.new_id("R")
    workspace.response_urls[key] = ResponseUrl(
        channel,
        user.id,
        workspace.clock() + RESPONSE_URL_SECONDS,
        message.ts if message else "",
        (message.thread_ts or "") if message else "",
    )
    return f"{workspace.root}/actions/{workspace.id}/{key}"


def _kept(where: ChannelMessage | View, element: Json, value: Any) -> Any:
    """A choice in Slack's form."""
    if isinstance(value, User | Channel):
        return value.id
    if _KEYS[element["type"]] not in ("selected_option", "selected_options"):
        return value
    offered: list[Json] = list(element.get("options") or where.offered.get(element["action_id"]) or ())
    offered += [each for group in element.get("option_groups", ()) for each in group["options"]]
    if isinstance(value, dict):
        if offered and value not in offered:
            raise ValueError(f"{value} is not offered")
        return value
    for option in offered:
        if value in (option.get("value"), option["text"]["text"]):
            return option
    raise ValueError(f"{value!r} is not offered, only: {', '.join(each['text']['text'] for each in offered)}")


def _interaction(workspace: SlackWorkspace, kind: str, user: User, view: str = "") -> Json:
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": user.team_id},
        "api_app_id": workspace.app.id,
        "token": workspace.app.verification_token,
        "trigger_id": workspace.trigger(user.id, view),
        "team": {"id": workspace.id, "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _in_message(workspace: SlackWorkspace, user: User, message: ChannelMessage) -> Json:
    channel = workspace.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": bool(message.only_to),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    names = {"im": "directmessage", "group": "privategroup"}
    payload: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": names.get(channel.kind, channel.name)},
        "response_url": response_url(workspace, user, channel.id, message),
    }
    # Slack does not give the content of an ephemeral message back.
    return payload if message.only_to else payload | {"message": api_objects.message(workspace, message, metadata=True)}
