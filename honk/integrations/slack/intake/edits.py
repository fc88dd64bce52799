"""A message was edited or deleted after it had become a turn: what that means is said, and nothing is used silently."""

import logging

from honk.core import events
from honk.core.errors import HonkError
from honk.core.session import Session, Turn
from honk.integrations.slack import texts
from honk.integrations.slack.client import entities
from honk.integrations.slack.client.client import Gone
from honk.integrations.slack.client.payloads import Change
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.intake.button_values import Press
from honk.integrations.slack.intake.dependencies import SlackDependencies
from honk.integrations.slack.messages import block_kit

log = logging.getLogger(__name__)


async def notice(desk: SlackDependencies, change: Change) -> None:
    """Say in the thread what a change of a message means, while its turn waits or runs. Of other messages, nothing."""
    session = desk.store.threads.session(str(change.place))
    if not session or change.user == desk.team.bot_user:
        return
    now = desk.store.session(session)
    turn = _turn(desk, now, change)
    if turn is None or turn.outcome is not None or now.cancelled_upto >= turn.number:
        return
    if not change.deleted and _same(change):
        return
    key = f"{'deleted' if change.deleted else 'edited'}-{change.ts}"
    if not desk.store.threads.begin(str(change.place), key):
        return  # said already, of this change or of an earlier one
    text = texts.deleted() if change.deleted else texts.edited(waiting=turn is not now.current)
    made = block_kit.section(text) + block_kit.actions([block_kit.button("Stop", Press("stop", now.id), "danger")])
    try:
        sent = await desk.client.call(
            "chat.postMessage",
            channel=change.place.channel,
            thread_ts=change.place.thread,
            text=text,
            blocks=made,
            metadata={"event_type": "honk_post", "event_payload": {"session": now.id, "key": key}},
        )
    except Gone as gone:  # with its only message the whole thread went
        await desk.tell(SlackThreadRef(change.place.team, change.place.channel, ""), change.user, text)
        log.info("Nothing can be said in %s any more: %s", change.place, gone.reason)
        return
    except HonkError as error:
        log.warning("What a changed message means could not be said in %s: %s", change.place, error)
        return
    desk.store.threads.sent(str(change.place), key, str(sent["ts"]), "")


def _turn(desk: SlackDependencies, session: Session, change: Change) -> Turn | None:
    """The turn that the message became. It is known by its address, which came along with it."""
    link = desk.team.permalink(change.place, change.ts)
    asked = (event.data for event in desk.store.events(session.id) if isinstance(event.data, events.Asked))
    number = next((data.turn for data in asked if data.context.link == link), 0)
    return next((turn for turn in session.turns if turn.number == number), None)


def _same(change: Change) -> bool:
    """Whether only spaces, or the way of writing it, are different."""
    return entities.decoded(change.text, {}).split() == entities.decoded(change.before, {}).split()
