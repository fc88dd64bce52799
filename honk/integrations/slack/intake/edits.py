"""Edits and deletions of messages that had become turns: Honk answers what they mean, and never uses them silently."""

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
    """Answer in the thread while the message's turn waits or runs; edits of other messages are ignored."""
    session = await deps.store.threads.session(str(change.thread))
    if not session or change.user == deps.team.bot_user:
        return
    now = await deps.honk_client.session(session)
    turn = await _turn(deps, now, change)
    if turn is None or turn.outcome is not None or now.cancelled_upto >= turn.number:
        return
    if not change.deleted and _same(change):
        return
    key = f"{'deleted' if change.deleted else 'edited'}-{change.ts}"
    if not await deps.store.threads.begin(str(change.thread), key):
        return  # answered already, for this edit or an earlier one
    text = texts.DELETED if change.deleted else texts.edited(waiting=turn is not now.current)
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
    except SlackGone as gone:  # the thread was deleted together with its only message
        await deps.show_to(SlackThreadRef(change.thread.team, change.thread.channel, ""), change.user, text)
        log.info("Nothing can be posted in %s any more: %s", change.thread, gone.reason)
        return
    except HonkError as error:
        log.warning("The answer to an edited message could not be posted in %s: %s", change.thread, error)
        return
    await deps.store.threads.sent(str(change.thread), key, str(sent["ts"]), "")


async def _turn(deps: SlackDependencies, session: Session, change: MessageEdit) -> Turn | None:
    """The turn that the message became, found by its link."""
    link = deps.team.permalink(change.thread, change.ts)
    async for _, event in deps.honk_client.events(session.id):
        if isinstance(event.data, events.TurnRequested) and event.data.context.link == link:
            return next((turn for turn in session.turns if turn.number == event.data.turn), None)
    return None


def _same(change: MessageEdit) -> bool:
    """Whether the texts differ in spaces or markup only."""
    return entities.decoded(change.text, {}).split() == entities.decoded(change.before, {}).split()
