"""A session's whole thread as messages: what should stand where, at this moment. Pure."""

from collections.abc import Sequence

from honk.core.events import Event
from honk.core.session import Session
from honk.core.timeline import Timeline, TimelineItem
from honk.integrations.slack.messages import order_message, result_card, turn_message
from honk.integrations.slack.messages.block_kit import Message
from honk.integrations.slack.messages.turn_message import View


def messages(
    read: Sequence[TimelineItem], now: Session, at: float, view: View, place: str, *, lonely: bool = False
) -> tuple[tuple[TimelineItem, Message], ...]:
    """Each chapter with its message, oldest first. `at` is now in seconds since the epoch; `lonely`: no worker runs."""
    return tuple((chapter, message(chapter, now, at, view, place, lonely=lonely)) for chapter in read)


def message(chapter: TimelineItem, now: Session, at: float, view: View, place: str, *, lonely: bool = False) -> Message:
    """One chapter's message. `now` is the session as it is at this moment."""
    if chapter.kind != "turn":
        return order_message.order(chapter, now, at, view)
    if chapter.over:
        return result_card.ended(chapter, now, at, view, place)
    return turn_message.running(chapter, now, at, view, place, lonely=lonely)


def of(session: Session, events: Sequence[Event], at: float, view: View, place: str) -> dict[str, Message]:
    """By key, from the whole log."""
    return {
        chapter.key: made for chapter, made in messages(Timeline(session.id, events).items, session, at, view, place)
    }
