"""A session as comments on GitHub: one for each turn, in the thread where it was asked for; one for each order; and a
short one on the pull request of what was asked elsewhere. Pure.

Text of agents, repositories and tools is made inert by `markdown`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from honk.conversation import event_lines, evidence_rows, markdown
from honk.conversation import texts as shared_texts
from honk.core import events
from honk.core.person import AGENT
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.timeline import Timeline, TimelineItem
from honk.core.verdict import blocked, green
from honk.integrations.github.conversation import evidence_parts, texts
from honk.integrations.github.conversation.evidence_parts import SHOWN_ROWS, GitHubMarkup
from honk.integrations.github.conversation.thread_ref import INTEGRATION

SHOWN_NOTES = 5
"""Notes that came after a turn; the others are in the log."""

_SENTENCE = re.compile(r"[.!?](?= )")


@dataclass(frozen=True)
class Comment:
    """One comment as it should be. `thread` and `key` identify it; `final`: it changes only when a person acts."""

    thread: str
    key: str
    text: str
    final: bool


@dataclass(frozen=True)
class Frame:
    """Where a session is shown. `pull` is the thread of its pull request, empty while it has none; `mention` is Honk's
    name on GitHub, `home` the repository's address."""

    pull: str
    mention: str
    home: str


def comments(timeline: Timeline, frame: Frame) -> tuple[Comment, ...]:
    """All comments about a session."""
    session, pull, items = timeline.session, frame.pull, timeline.items
    threads = {item.number: thread_of(item.asked, pull) for item in items if item.kind == "turn"}
    last = {thread: number for number, thread in threads.items()}
    found = [
        _turn(session, item, thread, frame, last=last[thread] == item.number)
        for item in items
        if item.kind == "turn" and (thread := threads[item.number])
    ]
    if pull:
        first = items[0].asked.context if items else None
        if first is not None and first.thread != pull:
            found.append(_short(session, "" if first.private else first.link, frame))
        found += [_order(session, item, frame) for item in items if item.kind != "turn"]
    return tuple(found)


def thread_of(asked: events.TurnRequested, pull: str) -> str:
    """The thread that shows a turn: where it was asked for, or the pull request for Honk's own turns. Empty: none."""
    if asked.context.thread.startswith(f"{INTEGRATION}:"):
        return asked.context.thread
    return pull if asked.person == AGENT else ""


def state(session: Session, frame: Frame) -> list[str]:
    """What has become of the change by now, and what to do next, as parts between which an empty line belongs."""
    parts = []
    ship = session.ship
    if ship.merged_sha:
        done = [f"Merged as {ship.merged_sha[:10]}"]
        done += ["deployed"] if ship.deployed else ["**the deploy failed**"] if ship.deployed is False else []
        done += ["healthy"] if ship.healthy else ["**not healthy**"] if ship.healthy is False else []
        done += [f"rolled back by {ship.reverted_sha[:10]}"] if ship.reverted_sha else []
        parts.append(f"{', '.join(done)}.")
    elif session.phase in (Phase.MERGE, Phase.DEPLOY, Phase.WATCH, Phase.ROLLBACK):
        parts.append(_working(session))
    else:
        parts += evidence_parts.checks(session.ci, frame.home)
    if session.error and session.error != session.turns[-1].error:
        parts.append(_error(session.error, frame.home))
    return [*parts, *_next(session, frame)]


def _next(session: Session, frame: Frame) -> list[str]:
    flagged, untested = bool(session.guard), session.ship.untested
    step = texts.next_step(session.phase, frame.mention, flagged=flagged, untested=untested)
    return [f"**Next:** {step}"] if step else []


def _turn(session: Session, item: TimelineItem, thread: str, frame: Frame, *, last: bool) -> Comment:
    """A turn that has ended is shown as it was then, the `last` one of its thread with what has come of it since."""
    if not item.over:
        return Comment(thread, item.key, _running(session, item, frame.home), final=False)
    parts = [_outcome(item, frame.home), *_proof(item, frame.home)]
    parts += [texts.SUPERSEDED] if not item.latest else []
    if last:
        parts += [_notes(item, frame.home), *state(session, frame)]
    parts.append(_foot(item.session))
    # the last one changes while an order is carried out
    return Comment(thread, item.key, _joined(parts), final=not last or not session.busy)


def _proof(item: TimelineItem, home: str) -> list[str]:
    """The evidence of a turn that proposed a change; of another one the results of the verifiers."""
    then = item.session
    if item.turn.outcome == Phase.REVIEW:
        return evidence_parts.parts(then, home)
    measured = any(isinstance(event.data, events.Verified) and event.data.by == "gate" for event in item.history)
    return [*evidence_parts.summary(then), *evidence_parts.verified(then.verdicts)] if measured else []


def _notes(item: TimelineItem, home: str) -> str:
    """Honk's notes that belong to a turn and came after its end."""
    noted = (event.data for event in item.afterwards)
    rows = [markdown.line(data.text, home) for data in noted if isinstance(data, events.NoteAdded)]
    return "  \n".join(rows[-SHOWN_NOTES:])


def _running(session: Session, item: TimelineItem, home: str) -> str:
    if item.waiting:
        return texts.QUEUED
    rows = [_working(session)]
    checked = item.last(events.Verified)
    if isinstance(checked, events.Verified):
        rows.append(_verified(checked))
    rows += [markdown.line(event.data.text, home) for event in item.history if isinstance(event.data, events.NoteAdded)]
    return _joined([texts.working(markdown.code(session.repo)), "  \n".join(row for row in rows if row)])


def _outcome(item: TimelineItem, home: str) -> str:
    """The first line of a turn that has ended."""
    turn, then = item.turn, item.session
    if turn.error:
        return _error(turn.error, home)
    if turn.outcome == Phase.ASKING and then.question:
        choices = [f"- {markdown.code(choice)}" for choice in then.question.choices]
        return "\n".join([f"**{markdown.line(then.question.text, home)}**", "", *choices]).strip()
    if not then.change.number:
        return "Done; nothing had to be changed."
    stat = then.change.diffstat
    size = event_lines.change_size(len(stat.files), stat.added, stat.deleted)
    return f"**Proposed** as #{then.change.number} at {then.change.head[:10]} ({size})."


def _order(session: Session, item: TimelineItem, frame: Frame) -> Comment:
    """A command to merge or to roll back: its lines, and below the latest one what to do next."""
    command = event_lines.line(item.session, item.history[0])
    rows = [f"**{markdown.line(command.speaker)}:** {command.text}"] if command is not None else []
    for line in event_lines.of_order(item):
        rows.append(markdown.line(line.text, frame.home))
        rows += [markdown.block(line.details[-SHOWN_ROWS:])] if line.details and line.tone == "bad" else []
    if item.latest:
        rows += _next(session, frame) if item.over else [_working(session)]
    return Comment(frame.pull, item.key, "  \n".join(row for row in rows if row), final=item.over)


def _short(session: Session, link: str, frame: Frame) -> Comment:
    """On the pull request: where it was asked, and what can be done here. The evidence is in its body."""
    parts = [texts.asked_at(link), *state(session, frame)]
    parts += [_working(session)] if session.current is not None else []
    return Comment(frame.pull, "pull", _joined([*parts, _foot(session)]), final=not session.busy)


def _verified(data: events.Verified) -> str:
    names = "  ".join(evidence_rows.verdicts(data.verdicts, GitHubMarkup("")))
    good = green(data.verdicts) and not blocked(data.findings)
    return f"Verified: {names}" if good or not data.verdicts else f"Not green yet: {names}"


def _error(text: str, home: str) -> str:
    """The first sentence in bold, the rest of its line, and the output of a program as a block."""
    first, *rest = text.strip().splitlines() or [""]
    ends = (found.end() for found in _SENTENCE.finditer(first) if first[: found.end()].count("`") % 2 == 0)
    end = next(ends, len(first))
    shown = f"**{markdown.line(first[:end], home)}** {markdown.line(first[end:], home)}".rstrip()
    return _joined([shown, markdown.block(rest[:SHOWN_ROWS]) if rest else ""])


def _foot(session: Session) -> str:
    cost = f" · {shared_texts.money(session.cost.usd)}" if session.cost.usd else ""
    return f"<sub>Session {session.id}{cost}</sub>"


def _working(session: Session) -> str:
    """What Honk is doing; empty while it waits for people."""
    return f"{shared_texts.PHASES[session.phase]}." if session.phase in shared_texts.PHASES else ""


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)
