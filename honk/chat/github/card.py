"""A session as comments on GitHub: one for each turn, where it was asked; one for each order; a short one on the pull
request of what was asked elsewhere. Pure.

A comment is edited in place while its turn runs, and ends with the evidence. Text of agents, repositories and tools is
made inert by `markdown`; everything else is ours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from honk.chat import render
from honk.chat import words as flow_words
from honk.chat.github import markdown, words
from honk.chat.github.place import SURFACE
from honk.core import evidence, facts
from honk.core.facts import Event, Fact
from honk.core.person import AGENT
from honk.core.phase import WORKING, Phase
from honk.core.session import Session, apply
from honk.core.verdict import Verdict, blocked, green

SHOWN_FILES = 12
SHOWN_ROWS = 20
SHOWN_NOTES = 5
"""Files, lines of a red verifier and notes that are shown; the rest is counted, or in the log."""

_TOLD_IN_ORDERS = (
    *(facts.MergeAsked, facts.RollbackAsked, facts.Merged, facts.Deployed, facts.Watched, facts.RolledBack),
    *(facts.Noted, facts.OrderFailed),
)


@dataclass(frozen=True)
class Comment:
    """One comment as it should be. `place` and `key` name it for ever; `final`: nothing more will be said in it unless
    somebody speaks."""

    place: str
    key: str
    text: str
    final: bool


def comments(session: Session, events: Sequence[Event], pull: str, mention: str) -> tuple[Comment, ...]:
    """Everything that should stand on GitHub about a session. `pull` is the place of its pull request, empty while it
    has none; `mention` is the name to which people speak."""
    told = _asked(events, pull)
    last = {where(asked, pull): asked.turn for asked in told}
    found = [
        _turn(session, events, asked, where(asked, pull), mention, last=last[where(asked, pull)] == asked.turn)
        for asked in told
    ]
    if pull:
        found += _orders(session, events, pull, mention)
        first = next((event.fact.around for event in events if isinstance(event.fact, facts.Asked)), None)
        if first is not None and first.place != pull:
            found.append(_short(session, pull, "" if first.private else first.link, mention))
    return tuple(found)


def where(asked: facts.Asked, pull: str) -> str:
    """Where a turn is told: where it was asked; Honk's own turns on the pull request. Empty: not here."""
    if asked.around.place.startswith(f"{SURFACE}:"):
        return asked.around.place
    return pull if asked.person == AGENT else ""


def evidence_of(session: Session) -> list[str]:
    """What a person needs to decide, as parts between which an empty line belongs."""
    card = evidence.card(session)
    parts = []
    if session.said:
        parts.append(markdown.quoted(session.said))
    if card.verdicts:
        parts.append(_table(card.verdicts))
    parts += [_excerpt(verdict) for verdict in card.verdicts if not verdict.ok and verdict.excerpt]
    if card.findings:
        found = (f"- {markdown.line(render.finding_text(finding))}" for finding in card.findings)
        parts.append("\n".join(["**Please look at**", *found]))
    rows = []
    if card.preview:
        rows.append(f"**Try it:** {card.preview}")
    rows += [f"**Download:** [{markdown.code(each.name)}]({each.url})" for each in card.artifacts if each.url]
    if card.note:
        rows.append(markdown.line(card.note))
    if card.untouched:
        rows.append(f"Not touched: {', '.join(card.untouched)}.")
    if card.refused:
        hosts = ", ".join(f"{markdown.code(row.host)} ({row.count}×)" for row in card.refused[:SHOWN_FILES])
        rows.append(f"Refused to the sandbox: {hosts}.")
    return parts + (["  \n".join(rows)] if rows else [])


def state(session: Session, mention: str) -> list[str]:
    """What has become of the change by now, and what to do next."""
    rows = []
    ship = session.ship
    if ship.merged_sha:
        done = [f"Merged as {ship.merged_sha[:10]}"]
        done += ["deployed"] if ship.deployed else ["**the deploy failed**"] if ship.deployed is False else []
        done += ["healthy"] if ship.healthy else ["**not healthy**"] if ship.healthy is False else []
        done += [f"taken back by {ship.reverted_sha[:10]}"] if ship.reverted_sha else []
        rows.append(f"{', '.join(done)}.")
    elif session.phase in (Phase.MERGE, Phase.DEPLOY, Phase.WATCH, Phase.ROLLBACK):
        rows.append(words.STAGES[session.phase])
    elif session.ci:
        rows.append(words.checks(", ".join(markdown.line(render.check_text(check)) for check in session.ci)))
    if session.error and session.error != session.turns[-1].error:
        rows.append(_error(session.error))
    if step := words.next_step(session.phase, mention, flagged=bool(session.guard)):
        rows.append(f"**Next:** {step}")
    return rows


def _asked(events: Sequence[Event], pull: str) -> list[facts.Asked]:
    return [event.fact for event in events if isinstance(event.fact, facts.Asked) and where(event.fact, pull)]


def _turn(
    session: Session, events: Sequence[Event], asked: facts.Asked, place: str, mention: str, *, last: bool
) -> Comment:
    """A turn that has ended is told as it was then; the `last` one of its place with what has come of it since."""
    key = f"turn-{asked.turn}"
    ended = next((n for n, event in enumerate(events) if _ends(event.fact, asked.turn)), None)
    if ended is None:
        return Comment(place, key, _running(session, events, asked), final=False)
    then = _fold(session.id, events[: ended + 1])
    parts = [_outcome(then, asked), *(evidence_of(then) if then.phase == Phase.REVIEW else [])]
    parts += [words.newer()] if asked.turn != session.turns[-1].number else []
    if last:
        parts += [_notes(events, ended), "  \n".join(state(session, mention))]
    parts.append(_foot(then))
    # the last one goes on being told while an order is carried out
    return Comment(place, key, _joined(parts), final=not last or not session.busy)


def _notes(events: Sequence[Event], after: int) -> str:
    """What Honk had to say since a turn ended, besides what the comments about orders tell."""
    rows, ordered, checks = [], False, ""
    for event in events[after + 1 :]:
        if isinstance(event.fact, facts.ChecksSeen):
            line = render.checks_line(event.fact)
            checks = f"**Checks:** {markdown.line(line.text)}" if line else ""
        ordered = _is_order(event.fact) or (ordered and not _waits(event.fact))
        if isinstance(event.fact, facts.Noted) and not ordered:
            rows.append(markdown.line(event.fact.text))
    return "  \n".join([*rows[-SHOWN_NOTES:], *filter(None, [checks])])


def _running(session: Session, events: Sequence[Event], asked: facts.Asked) -> str:
    current = session.current
    if current is None or current.number != asked.turn:
        return words.waits()
    rows = [words.STAGES.get(session.phase, "")]
    begun = max((n for n, event in enumerate(events) if _begins(event.fact)), default=0)
    checked = [event.fact for event in events[begun:] if isinstance(event.fact, facts.Verified)]
    if checked:
        rows.append(_verified(checked[-1]))
    notes = (event.fact.text for event in events[begun:] if isinstance(event.fact, facts.Noted))
    rows += [markdown.line(note) for note in notes]
    return _joined([words.on_it(_code(session.repo)), "  \n".join(row for row in rows if row)])


def _outcome(then: Session, asked: facts.Asked) -> str:
    """The first line of a turn that has ended."""
    turn = then.turns[asked.turn - 1]
    if turn.error:
        return _error(turn.error)
    if then.phase == Phase.ASKING and then.question:
        choices = [f"- {_code(choice)}" for choice in then.question.choices]
        return "\n".join([f"**{then.question.text}**", *choices])
    if not then.change.number:
        return "Done; nothing had to be changed."
    stat = then.change.diffstat
    size = f"{render.count(len(stat.files), 'file')}, +{stat.added} −{stat.deleted}"
    return f"**Proposed** as #{then.change.number} at {then.change.head[:10]} ({size})."


def _orders(session: Session, events: Sequence[Event], pull: str, mention: str) -> list[Comment]:
    """One for each word to merge or to roll back: its lines, up to the next one or the next turn's beginning."""
    starts = [n for n, event in enumerate(events) if _is_order(event.fact)]
    found = []
    for number, start in enumerate(starts, start=1):
        end = starts[number] if number < len(starts) else len(events)
        rows, busy = _order(session, events[:end], start)
        last = number == len(starts)
        if last:
            rows += [words.STAGES.get(session.phase, "")] if busy else state(session, mention)[-1:]
        found.append(Comment(pull, f"order-{number}", "  \n".join(row for row in rows if row), not (last and busy)))
    return found


def _order(session: Session, events: Sequence[Event], start: int) -> tuple[list[str], bool]:
    """The lines of an order, and whether it is still being carried out."""
    rows = []
    for event in events[start:]:
        line = render.line(session, event) if _told_in_order(event.fact) else None
        if line is not None:
            text = markdown.line(line.text)
            rows.append(f"**{markdown.line(line.speaker)}:** {text}" if line.speaker != "honk" else text)
            rows += [markdown.block(line.details[-SHOWN_ROWS:])] if line.details and line.tone == "bad" else []
        if _waits(event.fact):
            return rows, False
    return rows, True


def _short(session: Session, pull: str, link: str, mention: str) -> Comment:
    """On the pull request: where it was asked, and what can be done here. The evidence is in its body."""
    rows = [words.asked_at(link), *state(session, mention)]
    rows += [words.STAGES[session.phase]] if session.current is not None and session.phase in words.STAGES else []
    return Comment(pull, "pull", _joined(["  \n".join(rows), _foot(session)]), final=not session.busy)


def _table(verdicts: Iterable[Verdict]) -> str:
    rows = [
        f"| {render.mark(each)} | {markdown.line(each.name)} | {markdown.code(each.command)} "
        f"| {render.seconds(each.seconds)} |"
        for each in verdicts
    ]
    return "\n".join(["| | verifier | command | time |", "|-|-|-|-|", *rows])


def _excerpt(verdict: Verdict) -> str:
    return f"{markdown.line(verdict.name)}:\n\n{markdown.block(verdict.excerpt.splitlines()[:SHOWN_ROWS])}"


def _verified(fact: facts.Verified) -> str:
    names = "  ".join(f"{render.mark(each)} {markdown.line(each.name)}" for each in fact.verdicts)
    good = green(fact.verdicts) and not blocked(fact.findings)
    return f"Verified: {names}" if good or not fact.verdicts else f"Not green yet: {names}"


def _error(text: str) -> str:
    first, *rest = text.strip().splitlines() or [""]
    return _joined([f"**{markdown.line(first)}**", markdown.block(rest[:SHOWN_ROWS]) if rest else ""])


def _foot(session: Session) -> str:
    cost = f" · {flow_words.money(session.cost.usd)}" if session.cost.usd else ""
    return f"<sub>Session {session.id}{cost}</sub>"


def _fold(session: str, events: Sequence[Event]) -> Session:
    now = Session(session)
    for event in events:
        now = apply(now, event.fact)
    return replace(now, id=session)


def _ends(fact: Fact, turn: int) -> bool:
    return isinstance(fact, facts.TurnEnded) and fact.turn == turn


def _begins(fact: Fact) -> bool:
    return isinstance(fact, facts.Entered) and fact.phase == Phase.INTAKE


def _waits(fact: Fact) -> bool:
    """The session has come to a phase in which somebody is waited for."""
    return isinstance(fact, facts.Entered) and fact.phase not in WORKING


def _is_order(fact: Fact) -> bool:
    return isinstance(fact, facts.MergeAsked) or (isinstance(fact, facts.RollbackAsked) and fact.person is not None)


def _told_in_order(fact: Fact) -> bool:
    return isinstance(fact, _TOLD_IN_ORDERS) or (isinstance(fact, facts.Verified) and fact.by == "merge")


def _code(text: str) -> str:
    return markdown.code(text)


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)
