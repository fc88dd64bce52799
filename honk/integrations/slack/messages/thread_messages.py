"""The message of each turn and order of a thread. Pure."""

from honk.core.session import Session
from honk.core.timeline import TimelineItem
from honk.integrations.slack.messages import merge_message, result_card, turn_message
from honk.integrations.slack.messages.block_kit import SlackMessage
from honk.integrations.slack.messages.renderer import MessageRenderer


def message(
    item: TimelineItem, now: Session, at: float, view: MessageRenderer, thread: str, *, no_worker: bool = False
) -> SlackMessage:
    """The message of `item`. `now` is the current session, `at` the time in seconds since the epoch."""
    if item.kind != "turn":
        return merge_message.order(item, now, at, view)
    if item.over:
        return result_card.ended(item, now, at, view, thread)
    return turn_message.running(item, now, at, view, thread, no_worker=no_worker)
