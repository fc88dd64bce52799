"""The message of a turn that ended: the evidence for a decision, or what went wrong and what to do. Pure."""

from honk.conversation import event_lines, evidence_rows, texts
from honk.conversation.evidence_rows import EvidenceRow
from honk.core import events
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.timeline import TimelineItem
from honk.core.verdict import Finding
from honk.integrations.slack.messages import block_kit, buttons, message_texts, mrkdwn, renderer, turn_message
from honk.integrations.slack.messages.block_kit import Block, SlackMessage
from honk.integrations.slack.messages.renderer import MessageRenderer

SUMMARY = 1500
ERROR = 1500
FINDINGS = 6
"""Findings that are listed; more are counted."""


def ended(item: TimelineItem, now: Session, at: float, view: MessageRenderer, thread: str) -> SlackMessage:
    """The message. `now` is the current session, which decides the buttons; `at` is in seconds since the epoch."""
    then = item.session
    view = view.trusting(then.change.url)
    outcome = item.turn.outcome or Phase.FAILED
    headline = message_texts.ended(outcome)
    if item.turn.error and outcome == Phase.REVIEW:
        headline = message_texts.ended(Phase.FAILED)
    asks = turn_asks(item)
    if asks:
        headline = message_texts.ended(Phase.ASKING)
    body = _evidence(item, view) if _has_change(item) else _problem(item, view)
    row = buttons.of_turn(item, now, view.origins)
    if outcome == Phase.REVIEW and not row and not item.turn.error:
        headline = message_texts.PROPOSED
    hint = (message_texts.ANSWER_HINT if asks else _hint(item, now)) if row or item.latest else ""
    made = [
        *turn_message.quoted(item, view, thread),
        *block_kit.section(f"*{headline}*"),
        *body,
        *block_kit.context(_footer(item, at, view)),
        *block_kit.context(hint),
        *block_kit.actions(row),
    ]
    return block_kit.message(_fallback(item, headline, view), made, message_texts.shortened(view.console(now.id)))


def turn_asks(item: TimelineItem) -> bool:
    """Whether the turn ended with a question of the agent's instead of a change."""
    said = item.session.said
    return texts.asks(said) and item.turn.error == texts.changed_nothing(said)


def _has_change(item: TimelineItem) -> bool:
    return not item.turn.error and item.turn.outcome == Phase.REVIEW and bool(item.session.change.head)


def _evidence(item: TimelineItem, view: MessageRenderer) -> list[Block]:
    then = item.session
    return [
        *block_kit.section(view.markdown(item.turn.summary or then.said, SUMMARY)),
        *block_kit.section("\n".join(map(_row, evidence_rows.rows(then, view)))),
        *_flagged(then, view),
        *block_kit.section(_links(then, view)),
        *_notes(item, view),
    ]


def _row(row: EvidenceRow) -> str:
    beside = "  ·  ".join(row.parts)
    first = f"*{row.label}*  {beside}" if row.label else beside
    return "\n".join([first, *(f"• {item}" for item in row.items)])


def _problem(item: TimelineItem, view: MessageRenderer) -> list[Block]:
    then, turn = item.session, item.turn
    made: list[Block] = []
    if turn.outcome == Phase.ASKING and then.question:
        made += block_kit.section(view.prose(then.question.text, ERROR))
    if turn.error:
        made += block_kit.section(view.markdown(then.said if turn_asks(item) else turn.error, ERROR))
    reached = item.last(events.BudgetReached)
    if turn.outcome == Phase.PAUSED and not turn.error and isinstance(reached, events.BudgetReached):
        made += block_kit.section(texts.budget_reached(reached.usd, reached.limit))
    made += _notes(item, view)
    found = item.last(events.Verified)
    if turn.outcome == Phase.FAILED and isinstance(found, events.Verified):
        made += block_kit.context(turn_message.verdicts(found.verdicts, view))
        made += turn_message.excerpts(found.verdicts, view)
    return made


def _flagged(then: Session, view: MessageRenderer) -> list[Block]:
    if not then.guard:
        return []
    rows = [f"• {view.line(_finding(found), 300)}" for found in then.guard[:FINDINGS]]
    if len(then.guard) > FINDINGS:
        rows.append(texts.and_more(len(then.guard) - FINDINGS, "finding"))
    return block_kit.section("\n".join(["*⚠ Please look at this*", *rows]))


def _finding(found: Finding) -> str:
    # the title says already that it is to be looked at
    return event_lines.finding_text(found).removeprefix("please look: ")


def _links(then: Session, view: MessageRenderer) -> str:
    links = [view.link(then.preview.url, message_texts.OPEN)] if then.preview.url else []
    if then.change.number:
        links.append(view.forge_link(then.change.url, f"Pull request #{then.change.number}"))
    return "  ·  ".join([*links, view.console(then.id)])


def _notes(item: TimelineItem, view: MessageRenderer) -> list[Block]:
    noted = dict.fromkeys(event.data for event in item.history if isinstance(event.data, events.NoteAdded))
    rows = [f"{'⚠ ' if note.bad else ''}{view.markdown(note.text, renderer.LINE)}" for note in noted]
    seen = item.last(events.ForgeChecksRead)
    if isinstance(seen, events.ForgeChecksRead) and (line := event_lines.checks_line(seen)) is not None:
        rows.append(f"*Checks*  {view.line(line.text, renderer.LINE)}")
    return [block for row in rows for block in block_kit.context(row)]


def _hint(item: TimelineItem, now: Session) -> str:
    if now.busy or now.phase in (Phase.LIVE, Phase.ROLLED_BACK) and item.turn.outcome == Phase.REVIEW:
        return ""
    return message_texts.next_step(now.phase, flagged=bool(now.guard), untested=False)


def _footer(item: TimelineItem, at: float, view: MessageRenderer) -> str:
    then = item.session
    parts = [turn_message.elapsed(item, at)]
    if then.cost.usd:
        parts.append(texts.money(then.cost.usd))
    if then.model:
        parts.append(mrkdwn.line(then.model[:60]))  # not redacted: a model's name may look like a key
    if then.change.head and _has_change(item):
        parts.append(f"commit {view.code(then.change.head[:10])}")
    if approved := [given.person.name for given in then.approvals if given.head == then.change.head]:
        parts.append(f"approved by {view.line(', '.join(approved), 120)}")
    if not _has_change(item):
        parts.append(view.console(then.id))
    return "  ·  ".join(parts)


def _fallback(item: TimelineItem, headline: str, view: MessageRenderer) -> str:
    turn = item.turn
    question = item.session.question.text if turn.outcome == Phase.ASKING and item.session.question else ""
    question = item.session.said if turn_asks(item) else question
    said = view.plain_line(question or turn.error or turn.summary, 300)
    return f"{headline}: {said}" if said else headline
