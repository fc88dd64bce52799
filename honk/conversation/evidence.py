"""A session's evidence as text for a terminal, and the session as one JSON object. Pure."""

from collections.abc import Iterable
from typing import Any

from honk.conversation import event_lines, texts
from honk.core import evidence, serialization
from honk.core.change import FileChange
from honk.core.evidence import Card
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.verdict import Verdict

SHOWN_FILES = 12
"""More files than this are counted, not listed."""


def as_json(session: Session) -> dict[str, Any]:
    """The public shape of a session (docs/design.md, "Contracts"); everything else of it is there too."""
    data: dict[str, Any] = serialization.dump(session)
    data["request"] = session.request
    data["summary"] = session.summary
    stat = session.change.diffstat
    data["change"]["diffstat"] = {**data["change"]["diffstat"], "added": stat.added, "deleted": stat.deleted}
    data["untouched"] = list(evidence.card(session).untouched)
    return data


def text(session: Session) -> str:
    """The evidence as lines: request, result, changed files, checks, findings, preview, cost, and the next command."""
    card = evidence.card(session)
    rows = [f"{session.id} · {session.repo or 'no repository yet'} · {session.phase.replace('_', ' ')}", ""]
    rows += _rows("request", (event_lines.clip(turn.text, 200) for turn in session.turns))
    rows += _rows("done", [event_lines.clip(session.said, 600)] if session.said else [])
    rows += _changed(session, card)
    rows += _rows("unchanged", [", ".join(card.untouched)] if card.untouched else [])
    rows += _rows("look at", [texts.unmatched(card.unmatched)] if card.unmatched else [])
    rows += _rows("verified", (_verdict(verdict) for verdict in session.verdicts))
    rows += _rows("checks", (f"{event_lines.check_text(check)}  {check.url}".rstrip() for check in session.ci))
    rows += _rows("judge", (event_lines.judgement_text(each.judgement) for each in session.judged[-1:]))
    rows += _rows("look at", (event_lines.finding_text(found) for found in session.guard))
    rows += _delivered(session, card)
    cost = session.cost
    if cost.usd:
        model = f", {session.model}" if session.model else ""
        rows += _rows("cost", [f"{money(session)}, {cost.input_tokens:,} tokens in, {cost.output_tokens:,} out{model}"])
    rows += _rows("error", [session.error] if session.error else [])
    return "\n".join([*rows, "", *_rows("next", [next_step(session)])])


def next_step(session: Session) -> str:
    """What the person can do now, as a command."""
    match session.phase:
        case Phase.REVIEW:
            looked = " --looked" if session.guard else ""
            return f'honk merge {session.id}{looked}   or   honk reply {session.id} "…"'
        case Phase.LIVE if session.ship.untested:
            return f"honk merge {session.id}   or   honk rollback {session.id}"
        case Phase.LIVE:
            return f"honk rollback {session.id}"
        case Phase.ROLLED_BACK | Phase.CLOSED:
            return 'honk ask "…"'
        case Phase.ASKING | Phase.FAILED | Phase.PAUSED | Phase.CANCELLED:
            return f'honk reply {session.id} "…"'
        case _:
            return f"honk log {session.id} --follow"


def money(session: Session) -> str:
    """What the session has cost, in dollars."""
    return texts.money(session.cost.usd)


def _rows(label: str, texts: Iterable[str]) -> list[str]:
    """Lines under one label, which stands before the first."""
    return [f"{label if number == 0 else '':<11}{text}" for number, text in enumerate(texts)]


def _changed(session: Session, card: Card) -> list[str]:
    files = [file for group in card.groups for file in group.files]
    if not files:
        return []
    rows = [f"{event_lines.count(len(files), 'file')}, +{card.added} −{card.deleted}, on {session.change.branch}"]
    rows += [
        f"{file.status:<9} {event_lines.clip(file.path, 90)}  +{file.added} −{file.deleted}"
        for file in files[:SHOWN_FILES]
    ]
    if len(files) > SHOWN_FILES:
        rows.append(f"and {len(files) - SHOWN_FILES} more")
    return _rows("changed", rows)


def _file(file: FileChange) -> str:
    return f"{file.status:<9} {event_lines.clip(file.path, 90)}  +{file.added} −{file.deleted}"


def _verdict(verdict: Verdict) -> str:
    before = "" if verdict.ok or verdict.blames else " (red before this change as well)"
    return f"{event_lines.mark(verdict)} {verdict.name}{before}  {event_lines.clip(verdict.command, 80)}"


def _delivered(session: Session, card: Card) -> list[str]:
    rows = _rows("preview", [card.preview] if card.preview else [])
    pages = [pair for pair in card.pages if pair.after]
    if pages:
        seen = ", ".join(f"{pair.path} ({'unchanged' if pair.same else 'changed'})" for pair in pages)
        rows += _rows("pictures", [seen])
    rows += _rows("looked at", (event_lines.viewed(view) for view in card.views))
    rows += _rows("artifacts", (f"{each.name}  {each.size:,} bytes  {each.url}" for each in card.artifacts))
    rows += _rows("note", [card.note] if card.note else [])
    rows += _rows("pull", [session.change.url] if session.change.url else [])
    return rows + _rows(
        "refused", (f"{event_lines.clip(row.host, 80)} ({row.phase}, {row.count}×)" for row in card.refused)
    )
