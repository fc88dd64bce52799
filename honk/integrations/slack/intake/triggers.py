"""Requests by emoji or message menu: Honk does what the message says, for the person who chose it."""

from honk.core.errors import HonkError
from honk.integrations.slack.client import payloads as parsing
from honk.integrations.slack.client.payloads import Json
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.intake import intake
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import markdown


async def on_reaction(deps: SlackDependencies, event: Json) -> None:
    """A `reaction_added` event."""
    item, user = event.get("item"), str(event.get("user") or "")
    name = str(event.get("reaction") or "").partition("::")[0]  # with a tone of skin
    if not deps.settings.reaction or name != deps.settings.reaction or user in ("", deps.team.bot_user):
        return
    if not isinstance(item, dict) or item.get("type") != "message":
        return
    channel, ts = str(item.get("channel") or ""), str(item.get("ts") or "")
    try:
        found = await deps.context.message(channel, ts)
    except HonkError as error:
        await deps.show_to(SlackThreadRef(deps.team.id, channel, ts), user, markdown.to_mrkdwn(str(error), deps.hide))
        return
    if found is not None:
        await _take(deps, {**found, "channel": channel}, user, str(event.get("user_team") or ""))


async def on_shortcut(deps: SlackDependencies, body: Json) -> None:
    """A `message_action` payload."""
    message, channel, user = body.get("message"), body.get("channel"), body.get("user")
    if isinstance(message, dict) and isinstance(channel, dict) and isinstance(user, dict):
        data = {**message, "channel": channel.get("id")}
        await _take(deps, data, str(user.get("id") or ""), str(user.get("team_id") or ""))


async def _take(deps: SlackDependencies, data: Json, user: str, user_team: str) -> None:
    """A message of another program may be chosen as well, an alert for example; a message of Honk's may not."""
    if data.get("user") == deps.team.bot_user or (data.get("bot_id") and data.get("bot_id") == deps.team.bot):
        return
    found = parsing.message(deps.team.id, {**data, "bot_id": None, "subtype": None, "user": data.get("user") or user})
    if found is not None:
        await intake.take_pointed_message(deps, found, user, user_team)
