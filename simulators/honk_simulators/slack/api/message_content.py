"""What a message of the app's says, once Slack has found nothing wrong with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from honk_simulators.slack.api.arguments import SlackRefusal
from honk_simulators.slack.block_kit import blocks
from honk_simulators.slack.state.workspace import Json, SlackWorkspace, WorkspaceFile

MOST_TEXT = 40_000
"""Slack cuts what is longer (chat.postMessage, "Truncating content"); here it is refused, so that nothing is lost
unseen."""
MOST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100
MOST_METADATA = 8_000
"""Bytes of JSON. Slack has a limit (`metadata_too_large`) and does not say which."""

_ATTACHMENT = {
    *("author_icon", "author_link", "author_name", "blocks", "callback_id", "color", "fallback", "fields", "footer"),
    *("footer_icon", "image_url", "mrkdwn_in", "pretext", "text", "thumb_url", "title", "title_link", "ts"),
}


@dataclass(frozen=True)
class Content:
    """Text, blocks, attachments, data for machines. None for what was not given."""

    text: str | None = None
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None
    files: list[WorkspaceFile] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there would be nothing to see."""
        return not (self.text or "").strip() and not self.blocks and not self.attachments


def parse(workspace: SlackWorkspace, given: Mapping[str, Any]) -> Content:
    """From a call's arguments, or a body with the same fields. Raises Refused for what Slack would not show."""
    text: str | None = given.get("text")
    made = given.get("blocks")
    if (markdown := given.get("markdown_text")) is not None:
        if text or made:
            raise SlackRefusal("markdown_text_conflict")
        if len(markdown) > MOST_MARKDOWN:
            raise SlackRefusal("msg_too_long")
        text, made = markdown, [{"type": "markdown", "text": markdown}] if markdown else None
    if text is not None and len(text) > MOST_TEXT:
        raise SlackRefusal("msg_too_long")
    attachments = given.get("attachments")
    if attachments is not None:
        _check_attachments(workspace, attachments)
    return Content(
        text=text,
        blocks=None if made is None else _blocks(workspace, made),
        attachments=attachments,
        metadata=_metadata(given.get("metadata")),
    )


def _blocks(workspace: SlackWorkspace, made: Any, pointer: str = "/blocks") -> list[Json]:
    wrong = blocks.of_message(made, pointer)
    if not wrong and blocks.too_long(made):
        raise SlackRefusal("msg_blocks_too_long")
    if not wrong:
        wrong = [
            f"invalid slack file [json-pointer:{where}]"
            for where, named in blocks.slack_files(made)
            if not _shows(workspace, named)
        ]
    if wrong:
        raise SlackRefusal("invalid_blocks", *(f"[ERROR] {each}" for each in wrong), errors=wrong)
    return blocks.numbered(made, f"b{workspace.new_id('')[2:8].lower()}")


def _shows(workspace: SlackWorkspace, named: Json) -> bool:
    """Whether an image can be made of a file of Slack's: the app sees it, Slack has looked at it, it is a picture."""
    root = workspace.root
    for file in workspace.files.values():
        links = (f"{root}/files-pri/{workspace.id}-{file.id}/", f"{root}/files/{file.user}/{file.id}/")
        if named.get("id") != file.id and not named.get("url", "").startswith(links):
            continue
        bot = workspace.app.bot_user
        seen = file.user == bot or any(bot in workspace.channels[each].members for each in file.channels)
        ready = workspace.clock() >= file.ready_at and not file.deleted
        return seen and ready and file.mimetype in ("image/png", "image/jpeg", "image/gif")
    return False


def _check_attachments(workspace: SlackWorkspace, attachments: list[Any]) -> None:
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackRefusal("too_many_attachments")
    for index, each in enumerate(attachments):
        if not isinstance(each, dict) or set(each) - _ATTACHMENT:
            raise SlackRefusal("invalid_attachments", f"[ERROR] unknown field [json-pointer:/attachments/{index}]")
        if "blocks" in each:
            _blocks(workspace, each["blocks"], f"/attachments/{index}/blocks")


def _metadata(data: Json | None) -> Json | None:
    """Raises Refused when it is not one event's type and payload."""
    if not data:
        return data
    if not isinstance(data.get("event_type"), str) or not isinstance(data.get("event_payload"), dict):
        raise SlackRefusal("invalid_metadata_format")
    if set(data) - {"event_type", "event_payload"} or not data["event_type"]:
        raise SlackRefusal("invalid_metadata_format")
    if len(json.dumps(data)) > MOST_METADATA:
        raise SlackRefusal("metadata_too_large")
    return data
