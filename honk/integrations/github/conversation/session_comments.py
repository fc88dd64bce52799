"""A session as comments on GitHub: one for each turn, where it was asked; one for each order; a short one on the pull
request of what was asked elsewhere. Pure.

A comment is edited in place while its turn runs, and ends with the evidence. Text of agents, repositories and tools is
made inert by `markdown`; everything else is ours.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from honk.conversation import event_lines, markdown
from honk.conversation import texts as flow_words
from honk.core import events
from honk.core.events import Event, EventData
from honk.core.person import AGENT
from honk.core.phase import WORKING, Phase
from honk.core.session import Session, apply
from honk.core.verdict import blocked, green
from honk.integrations.github.conversation import evidence_parts, texts
from honk.integrations.github.conversation.evidence_parts import SHOWN_ROWS
from honk.integrations.github.conversation.thread_ref import SURFACE

SHOWN_NOTES = 5
"""Sentences of ours about what came after a turn; the rest is in the log."""

_SENTENCE = re.compile(r"[.!?](?= )")

_TOLD_IN_ORDERS = (
    *(events.MergeAsked, events.RollbackAsked, events.Merged, events.Deployed, events.Watched, events.RolledBack),
    *(events.Noted, events.OrderFailed),
)


@dataclass(frozen=True)
class Comment:
    """One comment as it should be. `place` and `key` name it for ever; `final`: nothing more will be said in it unless
    somebody speaks."""

    place: str
    key: str
    text: str
    final: bool


@dataclass(frozen=True)
class Frame:
    """Where a session is shown. `pull` is the place of its pull request, empty while it has none; `mention` is the name
    to which people speak; `home` the repository's address."""

    pull: str
    mention: str
    home: str


def comments(session: Session, history: Sequence[Event], frame: Frame) -> tuple[Comment, ...]:
    """Everything that should stand on GitHub about a session."""
    pull = frame.pull
    told = _asked(history, pull)
    last = {where(asked, pull): asked.turn for asked in told}
    found = [
        _turn(session, history, asked, where(asked, pull), frame, last=last[where(asked, pull)] == asked.turn)
        for asked in told
    ]
    if pull:
        first = next((event.data.context for event in history if isinstance(event.data, events.Asked)), None)
        if first is not None and first.place != pull:
            found.append(_short(session, "" if first.private else first.link, frame))
        found += _orders(session, history, frame)
    return tuple(found)


def where(asked: events.Asked, pull: str) -> str:
    """Where a turn is told: where it was asked; Honk's own turns on the pull request. Empty: not here."""
    if asked.context.place.startswith(f"{SURFACE}:"):
        return asked.context.place
    return pull if asked.person == AGENT else ""


def state(session: Session, frame: Frame) -> list[str]:
    """What has become of the change by now, and what to do next, as parts between which an empty line belongs."""
    parts = []
    ship = session.ship
    if ship.merged_sha:
        done = [f"Merged as {ship.merged_sha[:10]}"]
        done += ["deployed"] if ship.deployed else ["**the deploy failed**"] if ship.deployed is False else []
        done += ["healthy"] if ship.healthy else ["**not healthy**"] if ship.healthy is False else []
        done += [f"taken back by {ship.reverted_sha[:10]}"] if ship.reverted_sha else []
        parts.append(f"{', '.join(done)}.")
    elif session.phase in (Phase.MERGE, Phase.DEPLOY, Phase.WATCH, Phase.ROLLBACK):
        parts.append(texts.STAGES[session.phase])
    else:
        parts += evidence_parts.checks(session.ci, frame.home)
    if session.error and session.error != session.turns[-1].error:
        parts.append(_error(session.error, frame.home))
    return [*parts, *_next(session, frame)]


def _next(session: Session, frame: Frame) -> list[str]:
    flagged, untested = bool(session.guard), session.ship.untested
    step = texts.next_step(session.phase, frame.mention, flagged=flagged, untested=untested)
    return [f"**Next:** {step}"] if step else []


def _asked(history: Sequence[Event], pull: str) -> list[events.Asked]:
    return [event.data for event in history if isinstance(event.data, events.Asked) and where(event.data, pull)]


def _turn(
    session: Session, history: Sequence[Event], asked: events.Asked, place: str, frame: Frame, *, last: bool
) -> Comment:
    """A turn that has ended is told as it was then; the `last` one of its place with what has come of it since."""
    key = f"turn-{asked.turn}"
    ended = next((n for n, event in enumerate(history) if _ends(event.data, asked.turn)), None)
    if ended is None:
        return Comment(place, key, _running(session, history, asked, frame.home), final=False)
    then = _fold(session.id, history[: ended + 1])
    parts = [_outcome(then, asked, frame.home), *_proof(then, _run(history[: ended + 1]), frame.home)]
    parts += [texts.newer()] if asked.turn != session.turns[-1].number else []
    if last:
        parts += [_notes(history[ended + 1 :], frame.home), *state(session, frame)]
    parts.append(_foot(then))
    # the last one goes on being told while an order is carried out
    return Comment(place, key, _joined(parts), final=not last or not session.busy)


def _run(history: Sequence[Event]) -> Sequence[Event]:
    """The last turn's own events."""
    return history[max((n for n, event in enumerate(history) if _begins(event.data)), default=0) :]


def _proof(then: Session, run: Sequence[Event], home: str) -> list[str]:
    """The evidence of a turn; where it proposed nothing, what it was measured by."""
    if then.phase == Phase.REVIEW:
        return evidence_parts.parts(then, home)
    measured = any(isinstance(event.data, events.Verified) and event.data.by == "gate" for event in run)
    return [*evidence_parts.said(then), *evidence_parts.verified(then.verdicts)] if measured else []


def _notes(history: Iterable[Event], home: str) -> str:
    """What Honk had to say since a turn ended, besides what the comments about orders tell."""
    rows, ordered = [], False
    for event in history:
        ordered = _is_order(event.data) or (ordered and not _waits(event.data))
        if isinstance(event.data, events.Noted) and not ordered:
            rows.append(markdown.line(event.data.text, home))
    return "  \n".join(rows[-SHOWN_NOTES:])


def _running(session: Session, history: Sequence[Event], asked: events.Asked, home: str) -> str:
    current = session.current
    if current is None or current.number != asked.turn:
        return texts.waits()
    rows = [texts.STAGES.get(session.phase, "")]
    run = _run(history)
    checked = [event.data for event in run if isinstance(event.data, events.Verified)]
    if checked:
        rows.append(_verified(checked[-1]))
    rows += [markdown.line(event.data.text, home) for event in run if isinstance(event.data, events.Noted)]
    return _joined([texts.on_it(markdown.code(session.repo)), "  \n".join(row for row in rows if row)])


def _outcome(then: Session, asked: events.Asked, home: str) -> str:
    """The first line of a turn that has ended."""
    turn = then.turns[asked.turn - 1]
    if turn.error:
        return _error(turn.error, home)
    if then.phase == Phase.ASKING and then.question:
        choices = [f"- {markdown.code(choice)}" for choice in then.question.choices]
        return "\n".join([f"**{markdown.line(then.question.text, home)}**", "", *choices]).strip()
    if not then.change.number:
        return "Done; nothing had to be changed."
    stat = then.change.diffstat
    size = f"{event_lines.count(len(stat.files), 'file')}, +{stat.added} −{stat.deleted}"
    return f"**Proposed** as #{then.change.number} at {then.change.head[:10]} ({size})."


def _orders(session: Session, history: Sequence[Event], frame: Frame) -> list[Comment]:
    """One for each word to merge or to roll back: its lines, up to the next one or the next turn's beginning."""
    starts = [n for n, event in enumerate(history) if _is_order(event.data)]
    found = []
    for number, start in enumerate(starts, start=1):
        end = starts[number] if number < len(starts) else len(history)
        rows, busy = _order(session, history[:end], start, frame.home)
        last = number == len(starts)
        if last:
            rows += [texts.STAGES.get(session.phase, "")] if busy else _next(session, frame)
        text = "  \n".join(row for row in rows if row)
        found.append(Comment(frame.pull, f"order-{number}", text, not (last and busy)))
    return found


def _order(session: Session, history: Sequence[Event], start: int, home: str) -> tuple[list[str], bool]:
    """The lines of an order, and whether it is still being carried out."""
    rows = []
    for event in history[start:]:
        line = event_lines.line(session, event) if _told_in_order(event.data) else None
        if line is not None:
            text = markdown.line(line.text, home)
            rows.append(f"**{markdown.line(line.speaker)}:** {text}" if line.speaker != "honk" else text)
            rows += [markdown.block(line.details[-SHOWN_ROWS:])] if line.details and line.tone == "bad" else []
        if _waits(event.data):
            return rows, False
    return rows, True


def _short(session: Session, link: str, frame: Frame) -> Comment:
    """On the pull request: where it was asked, and what can be done here. The evidence is in its body."""
    parts = [texts.asked_at(link), *state(session, frame)]
    parts += [texts.STAGES[session.phase]] if session.current is not None and session.phase in texts.STAGES else []
    return Comment(frame.pull, "pull", _joined([*parts, _foot(session)]), final=not session.busy)


def _verified(data: events.Verified) -> str:
    names = "  ".join(f"{event_lines.mark(each)} {markdown.line(each.name)}" for each in data.verdicts)
    good = green(data.verdicts) and not blocked(data.findings)
    return f"Verified: {names}" if good or not data.verdicts else f"Not green yet: {names}"


def _error(text: str, home: str) -> str:
    """What happened stands out, what to do about it follows, and what a program said of it stands below."""
    first, *rest = text.strip().splitlines() or [""]
    ends = (found.end() for found in _SENTENCE.finditer(first) if first[: found.end()].count("`") % 2 == 0)
    end = next(ends, len(first))
    told = f"**{markdown.line(first[:end], home)}** {markdown.line(first[end:], home)}".rstrip()
    return _joined([told, markdown.block(rest[:SHOWN_ROWS]) if rest else ""])


def _foot(session: Session) -> str:
    cost = f" · {flow_words.money(session.cost.usd)}" if session.cost.usd else ""
    return f"<sub>Session {session.id}{cost}</sub>"


def _fold(session: str, history: Sequence[Event]) -> Session:
    now = Session(session)
    for event in history:
        now = apply(now, event.data)
    return replace(now, id=session)


def _ends(data: EventData, turn: int) -> bool:
    return isinstance(data, events.TurnEnded) and data.turn == turn


def _begins(data: EventData) -> bool:
    return isinstance(data, events.Entered) and data.phase == Phase.INTAKE


def _waits(data: EventData) -> bool:
    """The session has come to a phase in which somebody is waited for."""
    return isinstance(data, events.Entered) and data.phase not in WORKING


def _is_order(data: EventData) -> bool:
    return isinstance(data, events.MergeAsked) or (isinstance(data, events.RollbackAsked) and data.person is not None)


def _told_in_order(data: EventData) -> bool:
    return isinstance(data, _TOLD_IN_ORDERS) or (isinstance(data, events.Verified) and data.by == "merge")


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)
