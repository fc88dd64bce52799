"""The buttons below a turn or an order, each for the commit that is shown with it. Pure."""

from collections.abc import Iterator

from honk.conversation import event_lines
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.timeline import TimelineItem
from honk.core.verdict import BASE_TESTS
from honk.integrations.slack.intake.button_values import ButtonValue
from honk.integrations.slack.messages import block_kit, message_texts, mrkdwn
from honk.integrations.slack.messages.block_kit import Block

MOST_CHOICES = 5
"""Repositories that get a button; the menu has all."""


def of_turn(item: TimelineItem, now: Session, origins: frozenset[str]) -> list[Block]:
    """The row below a turn's message. `now` is the session as it is at this moment; an older turn has none."""
    if not item.latest:
        return []
    if not item.over:
        return [] if now.cancelled_upto >= item.number else [block_kit.button(message_texts.STOP, _value("stop", now))]
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
    value = ButtonValue("rollback", now.id, now.ship.merged_sha or "")
    back = block_kit.button(message_texts.ROLL_BACK, value, "danger", sure)
    return [_deploy(now), back] if now.ship.untested else [back]


def _after(item: TimelineItem, now: Session, origins: frozenset[str]) -> Iterator[Block]:
    match now.phase:
        case Phase.REVIEW if now.change.number:
            yield merge(now)
            opened = block_kit.link_button(message_texts.OPEN, now.preview.url, now.id, "preview", origins)
            if opened:
                yield opened
            yield block_kit.button(message_texts.CHANGES, _value("changes", now))
            yield block_kit.button(message_texts.ASK, _value("ask", now))
        case Phase.ASKING:
            yield from _choices(now)
        case Phase.PAUSED:
            yield block_kit.button(message_texts.GO_ON, _value("go_on", now), "primary")
        case Phase.FAILED | Phase.CANCELLED:
            yield block_kit.button(message_texts.RETRY, _value("retry", now), "primary")
            if item.session.change.head:
                yield block_kit.button(message_texts.CHANGES, _value("changes", now))
            yield block_kit.button(message_texts.ASK, _value("ask", now))


def merge(now: Session) -> Block:
    """Merge, with a question first that names what was flagged."""
    looked = bool(now.guard)
    expectations = all(found.rule == BASE_TESTS for found in now.guard)
    if looked:
        ask = message_texts.confirm_expectations if expectations else message_texts.confirm_flagged
        title, text, yes = ask([event_lines.finding_text(found) for found in now.guard])
    else:
        title, text, yes = message_texts.confirm_merge(now.change.head, now.change.base_branch)
    value = ButtonValue("merge", now.id, now.change.head, looked=looked)
    sure = block_kit.confirm(title, text, yes, message_texts.NO, "primary" if expectations else "danger")
    return block_kit.button(message_texts.MERGE, value, "primary", sure)


def _deploy(now: Session) -> Block:
    """Merge once more: the forge merged the change together with something that it was not tested with."""
    title, text, yes = message_texts.confirm_deploy(now.change.base_branch)
    value = ButtonValue("merge", now.id, now.change.head, looked=bool(now.guard))
    return block_kit.button(
        message_texts.DEPLOY, value, "primary", block_kit.confirm(title, text, yes, message_texts.NO, "primary")
    )


def _choices(now: Session) -> Iterator[Block]:
    choices = now.question.choices if now.question else ()
    for name in choices[:MOST_CHOICES]:
        yield block_kit.button(mrkdwn.label(name), ButtonValue("pick", now.id, pick=name))
    yield block_kit.menu(message_texts.PICK)


def _value(verb: str, now: Session) -> ButtonValue:
    return ButtonValue(verb, now.id, now.change.head)  # type: ignore[arg-type]
