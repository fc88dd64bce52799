"""All messages of a session's thread, as they should be now. Pure."""

from collections.abc import Sequence

from honk.core.events import Event
from honk.core.session import Session
from honk.core.timeline import Timeline, TimelineItem
from honk.integrations.slack.messages import order_message, result_card, turn_message
from honk.integrations.slack.messages.block_kit import SlackMessage
from honk.integrations.slack.messages.turn_message import MessageRenderer


def messages(
    read: Sequence[TimelineItem],
    now: Session,
    at: float,
    view: MessageRenderer,
    thread: str,
    *,
    no_worker: bool = False,
) -> tuple[tuple[TimelineItem, SlackMessage], ...]:
    """Each item with its message, oldest first. `at` is now, in seconds since the epoch."""
    return tuple((item, message(item, now, at, view, thread, no_worker=no_worker)) for item in read)


def message(
    item: TimelineItem, now: Session, at: float, view: MessageRenderer, thread: str, *, no_worker: bool = False
) -> SlackMessage:
    """One item's message. `now` is the current session."""
    if item.kind != "turn":
        return order_message.order(item, now, at, view)
    if item.over:
        return result_card.ended(item, now, at, view, thread)
    return turn_message.running(item, now, at, view, thread, no_worker=no_worker)


def of(
    session: Session, events: Sequence[Event], at: float, view: MessageRenderer, thread: str
) -> dict[str, SlackMessage]:
    """All messages by key, from the whole log."""
    return {item.key: made for item, made in messages(Timeline(session.id, events).items, session, at, view, thread)}
