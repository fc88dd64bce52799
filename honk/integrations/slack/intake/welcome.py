"""The welcome message, when somebody opens their direct messages with Honk for the first time."""

import logging

from honk.core.errors import HonkError
from honk.integrations.slack import texts
from honk.integrations.slack.client.payloads import Json
from honk.integrations.slack.intake.dependencies import SlackDependencies

log = logging.getLogger(__name__)


async def greet(deps: SlackDependencies, event: Json) -> None:
    """An `app_home_opened` event."""
    user, channel = str(event.get("user") or ""), str(event.get("channel") or "")
    if not user or not channel or event.get("tab") != "messages" or not await deps.first(f"slack:welcome:{user}"):
        return
    try:
        await deps.client.call("chat.postMessage", channel=channel, text=texts.welcome(deps.team.bot_name))
    except HonkError as error:
        log.info("%s could not be welcomed: %s", user, error)
