"""What can be pressed below a turn or an order: each bound to the commit that is shown with it. Pure."""

from collections.abc import Iterator

from honk.conversation import event_lines
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.timeline import TimelineItem
from honk.integrations.slack.intake.button_values import ButtonValue
from honk.integrations.slack.messages import block_kit, message_texts, mrkdwn
from honk.integrations.slack.messages.block_kit import Block

MOST_CHOICES = 5
"""Likely repositories that get a button; the menu has all."""


def of_turn(item: TimelineItem, now: Session, origins: frozenset[str]) -> list[Block]:
    """The row below a turn's message. `now` is the session as it is at this moment; an older turn has none."""
    if not item.latest:
        return []
    if not item.over:
        return [] if now.cancelled_upto >= item.number else [block_kit.button(message_texts.STOP, _press("stop", now))]
    if now.busy:
        return []
    return list(_after(item, now, origins))


def of_order(item: TimelineItem, now: Session) -> list[Block]:
    """The row below an order's message."""
    live = now.ship.merged_sha and not now.ship.reverted_sha
    if not item.over or not item.latest or now.busy or not live or now.phase != Phase.LIVE:
        return []
    title, text, yes = message_texts.confirm_rollback()
    sure = block_kit.confirm(title, text, yes, message_texts.NO, "danger")
    press = ButtonValue("rollback", now.id, now.ship.merged_sha or "")
    back = block_kit.button(message_texts.ROLL_BACK, press, "danger", sure)
    return [_deploy(now), back] if now.ship.untested else [back]


def _after(item: TimelineItem, now: Session, origins: frozenset[str]) -> Iterator[Block]:
    match now.phase:
        case Phase.REVIEW if now.change.number:
            yield merge(now)
            opened = block_kit.link_button(message_texts.OPEN, now.preview.url, now.id, "preview", origins)
            if opened:
                yield opened
            yield block_kit.button(message_texts.CHANGES, _press("changes", now))
            yield block_kit.button(message_texts.ASK, _press("ask", now))
        case Phase.ASKING:
            yield from _choices(now)
        case Phase.PAUSED:
            yield block_kit.button(message_texts.GO_ON, _press("go_on", now), "primary")
        case Phase.FAILED | Phase.CANCELLED:
            yield block_kit.button(message_texts.RETRY, _press("retry", now), "primary")
            if item.session.change.head:
                yield block_kit.button(message_texts.CHANGES, _press("changes", now))
            yield block_kit.button(message_texts.ASK, _press("ask", now))


def merge(now: Session) -> Block:
    """Merge, with the question that comes first: where something was flagged, that."""
    looked = bool(now.guard)
    if looked:
        title, text, yes = message_texts.confirm_flagged([event_lines.finding_text(found) for found in now.guard])
    else:
        title, text, yes = message_texts.confirm_merge(now.change.head, now.change.base_branch)
    press = ButtonValue("merge", now.id, now.change.head, looked=looked)
    sure = block_kit.confirm(title, text, yes, message_texts.NO, "danger" if looked else "primary")
    return block_kit.button(message_texts.MERGE, press, "primary", sure)


def _deploy(now: Session) -> Block:
    """The word to merge once more, where the forge has merged it with something that was not tested with it."""
    title, text, yes = message_texts.confirm_deploy(now.change.base_branch)
    press = ButtonValue("merge", now.id, now.change.head, looked=bool(now.guard))
    return block_kit.button(
        message_texts.DEPLOY, press, "primary", block_kit.confirm(title, text, yes, message_texts.NO, "primary")
    )


def _choices(now: Session) -> Iterator[Block]:
    choices = now.question.choices if now.question else ()
    for name in choices[:MOST_CHOICES]:
        yield block_kit.button(mrkdwn.label(name), ButtonValue("pick", now.id, pick=name))
    yield block_kit.menu(message_texts.PICK)


def _press(verb: str, now: Session) -> ButtonValue:
    return ButtonValue(verb, now.id, now.change.head)  # type: ignore[arg-type]
