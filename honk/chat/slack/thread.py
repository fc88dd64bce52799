"""A session's whole thread as messages: what should stand where, at this moment. Pure."""

from collections.abc import Sequence

from honk.chat.slack import card, chapters, outcome, shipping
from honk.chat.slack.blocks import Message
from honk.chat.slack.card import View
from honk.chat.slack.chapters import Chapter
from honk.core.facts import Event
from honk.core.session import Session


def messages(
    read: Sequence[Chapter], now: Session, at: float, view: View, place: str
) -> tuple[tuple[Chapter, Message], ...]:
    """Each chapter with its message, oldest first. `at` is now in seconds since the epoch."""
    return tuple((chapter, message(chapter, now, at, view, place)) for chapter in read)


def message(chapter: Chapter, now: Session, at: float, view: View, place: str) -> Message:
    """One chapter's message. `now` is the session as it is at this moment."""
    if chapter.kind != "turn":
        return shipping.order(chapter, now, at, view)
    return (outcome.ended if chapter.over else card.running)(chapter, now, at, view, place)


def of(session: Session, events: Sequence[Event], at: float, view: View, place: str) -> dict[str, Message]:
    """By key, from the whole log."""
    return {
        chapter.key: made for chapter, made in messages(chapters.read(session.id, events), session, at, view, place)
    }
