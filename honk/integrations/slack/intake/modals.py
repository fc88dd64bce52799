"""Windows (modals): the changes, and the field in which changes are asked for."""

import json
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from honk.client import Call
from honk.core.errors import HonkError, UsageError
from honk.core.session import Session
from honk.integrations.slack import texts
from honk.integrations.slack.client.payloads import ButtonPress, Json
from honk.integrations.slack.client.people import AccountRefused
from honk.integrations.slack.client.thread_ref import SlackThreadRef, parse
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import mrkdwn, truncation

ASK = "honk.ask_view"
FIELD = "honk.changes"
LONGEST_REQUEST = 3000
ERROR = 150


@dataclass(frozen=True)
class ModalSubmission:
    """A submitted window. `claim` identifies it, however often it is delivered."""

    session: str
    thread: SlackThreadRef
    user: str
    user_team: str
    text: str
    claim: str


async def show_changes(deps: SlackDependencies, press: ButtonPress, session: Session) -> None:
    """Open the window with the diff. Raises HonkError when that fails."""
    await deps.client.call("views.open", trigger_id=press.trigger, view=await deps.changes(session))


async def ask_for_changes(deps: SlackDependencies, press: ButtonPress, session: Session) -> None:
    """Open the window with the field."""
    await deps.client.call("views.open", trigger_id=press.trigger, view=ask_view(session.id, press.thread))


def ask_view(session: str, thread: SlackThreadRef) -> dict[str, Any]:
    """The window with one field. Pure."""
    field = PlainTextInputElement(action_id=FIELD, multiline=True, max_length=LONGEST_REQUEST)
    return View(
        type="modal",
        callback_id=ASK,
        private_metadata=json.dumps({"s": session, "p": str(thread)}),
        title=texts.ASK_TITLE,
        submit="Send",
        close="Cancel",
        blocks=[InputBlock(block_id=FIELD, label=texts.ASK_LABEL, element=field)],
    ).to_dict()


def submission(body: Json) -> ModalSubmission | None:
    """A `view_submission` of that window; None for any other."""
    view, user, team = body.get("view"), body.get("user"), body.get("team")
    if not isinstance(view, dict) or not isinstance(user, dict) or view.get("callback_id") != ASK:
        return None
    try:
        kept = json.loads(view["private_metadata"])
        thread = parse(str(kept["p"]))
        text = str(view["state"]["values"][FIELD][FIELD]["value"] or "")
        claim = f"slack:{view['team_id']}/view/{view['id']}"
        if thread is None or not isinstance(team, dict):
            return None
        user_team = str(user.get("team_id") or thread.team)
        return ModalSubmission(str(kept["s"]), thread, str(user["id"]), user_team, text, claim)
    except (ValueError, KeyError, TypeError):
        return None


async def submit(deps: SlackDependencies, asked: ModalSubmission) -> str:
    """Make it the session's next turn. Returns what is wrong with it, for the window, or an empty string."""
    try:
        person = await deps.people.person(asked.user, asked.user_team)
        context = await deps.context_of(asked.thread)
        if not asked.text.strip():
            raise UsageError(texts.empty_mention(deps.team.bot_name))
        call = Call(asked.session, person, asked.text.strip(), claim=asked.claim, context=context)
        await deps.honk_client.command("reply", call)
    except AccountRefused as refusal:
        return truncation.plain(str(refusal), ERROR) or "…"
    except HonkError as error:
        return truncation.plain(mrkdwn.label(str(error), deps.hide), ERROR)
    return ""
