"""A session's whole thread as messages: what should stand where, at this moment. Pure."""

from collections.abc import Sequence

from honk.chat.slack import card, chapters, outcome, shipping
from honk.chat.slack.blocks import Message
from honk.chat.slack.card import View
from honk.chat.slack.chapters import Chapter
from honk.core.events import Event
from honk.core.session import Session


def messages(
    read: Sequence[Chapter], now: Session, at: float, view: View, place: str, *, lonely: bool = False
) -> tuple[tuple[Chapter, Message], ...]:
    """Each chapter with its message, oldest first. `at` is now in seconds since the epoch; `lonely`: no worker runs."""
    return tuple((chapter, message(chapter, now, at, view, place, lonely=lonely)) for chapter in read)


def message(chapter: Chapter, now: Session, at: float, view: View, place: str, *, lonely: bool = False) -> Message:
    """One chapter's message. `now` is the session as it is at this moment."""
    if chapter.kind != "turn":
        return shipping.order(chapter, now, at, view)
    if chapter.over:
        return outcome.ended(chapter, now, at, view, place)
    return card.running(chapter, now, at, view, place, lonely=lonely)


def of(session: Session, events: Sequence[Event], at: float, view: View, place: str) -> dict[str, Message]:
    """By key, from the whole log."""
    return {
        chapter.key: made for chapter, made in messages(chapters.read(session.id, events), session, at, view, place)
    }
