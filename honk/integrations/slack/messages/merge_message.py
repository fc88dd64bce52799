"""The message of an order: merge, deploy and watch, or roll back. Pure."""

from collections.abc import Iterator

from honk.conversation import event_lines
from honk.core import events
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.timeline import TimelineItem
from honk.integrations.slack.messages import block_kit, buttons, message_texts, mrkdwn, truncation, turn_message
from honk.integrations.slack.messages.block_kit import Block, SlackMessage
from honk.integrations.slack.messages.renderer import MessageRenderer

OUTPUT = 1200
ROW = 1000
_SIGNS = {"good": "✓ ", "bad": "✗ "}


def order(item: TimelineItem, now: Session, at: float, view: MessageRenderer) -> SlackMessage:
    """A merge or a rollback. `now` is the session as it is at this moment."""
    view = view.trusting(now.change.url)
    headline = _headline(item)
    time = turn_message.elapsed(item, at)
    made = [
        *block_kit.section(f"*{view.line(headline)}*" + (f"  {time}" if time else "")),
        *_events(item, view),
        *_steps(item, now),
        *block_kit.context(_hint(item, now)),
        *(block_kit.context(view.console(now.id)) if _failed(item) else []),
        *block_kit.actions(buttons.of_order(item, now)),
    ]
    return block_kit.message(_fallback(item, headline, view), made, message_texts.shortened(view.console(now.id)))


def _headline(item: TimelineItem) -> str:
    if item.over:
        then = item.session
        return message_texts.order_ended(item.kind, then.phase, failed=_failed(item), untested=then.ship.untested)
    word = item.history[0].data
    name = (
        word.person.name
        if isinstance(word, events.MergeRequested | events.RollbackRequested) and word.person
        else "Honk"
    )
    return message_texts.order_in_progress(item.kind, name)


def _failed(item: TimelineItem) -> bool:
    return item.last(events.OrderFailed) is not None


def _events(item: TimelineItem, view: MessageRenderer) -> Iterator[Block]:
    for line in event_lines.of_order(item):
        text = f"{_SIGNS.get(line.tone, '')}{view.markdown(line.text, ROW - 10)}"
        yield from block_kit.section(truncation.cut(text, ROW))
        if line.details:
            details = mrkdwn.fenced("\n".join(line.details[-turn_message.EXCERPT_ROWS :]), view.hide)
            yield from block_kit.section(truncation.cut(details, OUTPUT))


def _steps(item: TimelineItem, now: Session) -> list[Block]:
    """The steps, the current one marked."""
    if item.over:
        return []
    back = now.phase == Phase.ROLLBACK or item.kind == "rollback"
    return block_kit.context(
        turn_message.steps(message_texts.ROLLBACK_STEPS if back else message_texts.MERGE_STEPS, now.phase)
    )


def _hint(item: TimelineItem, now: Session) -> str:
    if not item.over or not item.latest or now.busy:
        return ""
    if item.session.phase == Phase.REVIEW:
        return message_texts.NOT_MERGED_HINT if _failed(item) else ""
    return message_texts.next_step(item.session.phase, flagged=False, untested=item.session.ship.untested)


def _fallback(item: TimelineItem, headline: str, view: MessageRenderer) -> str:
    failed = item.last(events.OrderFailed)
    said = failed.error if isinstance(failed, events.OrderFailed) else ""
    shown = f"{view.line(headline)}"
    return f"{shown}: {view.plain_line(said, 300)}" if said else shown
