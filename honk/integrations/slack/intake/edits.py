"""A message was edited or deleted after it had become a turn: what that means is said, and nothing is used silently."""

import logging

from honk.core import events
from honk.core.errors import HonkError
from honk.core.session import Session, Turn
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.client import SlackGone
from honk.integrations.slack.client.payloads import MessageEdit
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.intake.button_values import ButtonValue
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import block_kit

log = logging.getLogger(__name__)


async def report_edit(deps: SlackDependencies, change: MessageEdit) -> None:
    """Say in the thread what a change of a message means, while its turn waits or runs. Of other messages, nothing."""
    session = deps.store.threads.session(str(change.thread))
    if not session or change.user == deps.team.bot_user:
        return
    now = deps.store.session(session)
    turn = _turn(deps, now, change)
    if turn is None or turn.outcome is not None or now.cancelled_upto >= turn.number:
        return
    if not change.deleted and _same(change):
        return
    key = f"{'deleted' if change.deleted else 'edited'}-{change.ts}"
    if not deps.store.threads.begin(str(change.thread), key):
        return  # said already, of this change or of an earlier one
    text = texts.deleted() if change.deleted else texts.edited(waiting=turn is not now.current)
    made = block_kit.section(text) + block_kit.actions(
        [block_kit.button("Stop", ButtonValue("stop", now.id), "danger")]
    )
    try:
        sent = await deps.client.call(
            "chat.postMessage",
            channel=change.thread.channel,
            thread_ts=change.thread.thread_ts,
            text=text,
            blocks=made,
            metadata={"event_type": "honk_post", "event_payload": {"session": now.id, "key": key}},
        )
    except SlackGone as gone:  # with its only message the whole thread went
        await deps.tell_person(SlackThreadRef(change.thread.team, change.thread.channel, ""), change.user, text)
        log.info("Nothing can be said in %s any more: %s", change.thread, gone.reason)
        return
    except HonkError as error:
        log.warning("What a changed message means could not be said in %s: %s", change.thread, error)
        return
    deps.store.threads.sent(str(change.thread), key, str(sent["ts"]), "")


def _turn(deps: SlackDependencies, session: Session, change: MessageEdit) -> Turn | None:
    """The turn that the message became. It is known by its address, which came along with it."""
    link = deps.team.permalink(change.thread, change.ts)
    asked = (event.data for event in deps.store.events(session.id) if isinstance(event.data, events.Asked))
    number = next((data.turn for data in asked if data.context.link == link), 0)
    return next((turn for turn in session.turns if turn.number == number), None)


def _same(change: MessageEdit) -> bool:
    """Whether only spaces, or the way of writing it, are different."""
    return entities.decoded(change.text, {}).split() == entities.decoded(change.before, {}).split()
