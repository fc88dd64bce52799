"""What the app answers to an interaction: through its `response_url`, or with the acknowledgement itself."""

from dataclasses import replace
from typing import Any

from honk_simulators.slack.api import message_content, modals
from honk_simulators.slack.api.arguments import SlackRefusal
from honk_simulators.slack.block_kit import composition
from honk_simulators.slack.block_kit.validation import listing
from honk_simulators.slack.delivery.delivery import DeliveryAttempt
from honk_simulators.slack.delivery.interactions import RESPONSE_URL_USES
from honk_simulators.slack.state import changes
from honk_simulators.slack.state.workspace import ChannelMessage, Json, ResponseUrl, SlackWorkspace, View

_FIELDS = {
    *("response_type", "replace_original", "delete_original", "text", "blocks", "attachments", "thread_ts", "metadata"),
    *("mrkdwn", "unfurl_links", "unfurl_media", "markdown_text"),
}


def respond(workspace: SlackWorkspace, key: str, body: Any, *, counted: bool = True) -> None:
    """Do what was posted to a `response_url`. Raises Refused. An acknowledgement with a body is the same, uncounted."""
    url = workspace.response_urls.get(key)
    if url is None or workspace.clock() > url.expires:
        raise SlackRefusal("expired_url")
    if counted and url.used >= RESPONSE_URL_USES:
        raise SlackRefusal("used_url")
    if not isinstance(body, dict) or set(body) - _FIELDS:
        raise SlackRefusal("invalid_payload")
    if body.get("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
        raise SlackRefusal("invalid_payload")
    url.used += counted
    original = _original(workspace, url)
    if body.get("delete_original"):
        if original is not None:
            changes.delete(workspace, original)
        return
    said = message_content.parse(workspace, body)
    if said.is_empty:
        raise SlackRefusal("no_text")
    channel = workspace.channels[url.channel]
    filled: Json = {"text": said.text or "", "blocks": said.blocks or [], "attachments": said.attachments or []}
    if body.get("replace_original") and original is not None:
        _over(workspace, original, replace(original, **filled))
        return
    message = replace(changes.by_app(workspace, channel, ""), **filled)
    message = replace(message, thread_ts=body.get("thread_ts") or url.thread)
    if body.get("response_type") == "in_channel":
        changes.post(workspace, message)
    else:
        changes.whisper(workspace, replace(message, only_to=url.user))


def options(answer: Json | None) -> list[Json]:
    """The options in an answer to a suggestion. Raises Refused when Slack would not show them."""
    data = answer or {}
    groups = data.get("option_groups")
    offered = data.get("options") if groups is None else [each for group in groups for each in group["options"]]
    if offered is None:
        raise SlackRefusal("invalid_arguments", "the answer to a suggestion has neither options nor option_groups")
    if wrong := list(listing(composition.OPTION, 0, composition.OPTIONS)(offered, "/options")):
        raise SlackRefusal("invalid_arguments", *wrong)
    return list(offered)


def of_submission(workspace: SlackWorkspace, view: View, attempt: DeliveryAttempt) -> dict[str, str]:
    """What happens to a modal that was sent; returns its errors, by block id. Raises Refused for a bad answer.

    Without an acknowledgement the modal stays, with Slack's own error in it.
    """
    if not attempt.ok:
        return {"": "We had some trouble connecting. Try again?"}
    answer = attempt.answer or {}
    match answer.get("response_action"):
        case None:
            modals.close(workspace, view)
        case "clear":
            modals.close(workspace, view, everything=True)
        case "errors":
            return _errors(view, answer.get("errors"))
        case "update":
            modals.replace(workspace, view, modals.checked(workspace, answer.get("view"), but=view.id))
        case "push":
            modals.show(workspace, view.user, modals.checked(workspace, answer.get("view")), view)
        case other:
            raise SlackRefusal("invalid_arguments", f"no such response_action: {other}")
    return {}


def _errors(view: View, errors: Any) -> dict[str, str]:
    """Raises Refused for errors of blocks that are no inputs of this modal."""
    inputs = {block["block_id"] for block in view.data["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or set(errors) - inputs:
        raise SlackRefusal("invalid_arguments", f"errors must name input blocks, of which there are {sorted(inputs)}")
    return {str(block): str(text) for block, text in errors.items()}


def _original(workspace: SlackWorkspace, url: ResponseUrl) -> ChannelMessage | None:
    """The message that an interaction came from, the app's own only."""
    channel = workspace.channels[url.channel]
    for message in [*channel.messages, *channel.ephemerals]:
        if message.ts == url.message and message.bot_id == workspace.app.bot_id:
            return message
    return None


def _over(workspace: SlackWorkspace, original: ChannelMessage, message: ChannelMessage) -> None:
    channel = workspace.channels[original.channel]
    if not original.only_to:
        return changes.edit(workspace, message, workspace.app.bot_user)
    channel.ephemerals[channel.ephemerals.index(original)] = message
    return workspace.changed()
