"""A session's evidence as text for a terminal, and the session as one JSON object. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from honk.conversation import event_lines, evidence_rows, texts
from honk.conversation.next_steps import Step, next_steps
from honk.core import evidence, serialization
from honk.core.session import Session

_COMMANDS: Mapping[Step, str] = {
    "merge": "honk merge {}",
    "merge looked": "honk merge {} --looked",
    "change": 'honk reply {} "…"',
    "deploy": "honk merge {}",
    "rollback": "honk rollback {}",
    "new": 'honk ask "…"',
    "go on": 'honk reply {} "go on"',
    "answer": 'honk reply {} "…"',
    "try again": 'honk reply {} "…"',
    "continue": 'honk reply {} "…"',
}


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
    preview, cost = session.preview.url, session.cost
    rows = [f"{session.id} · {session.repo or 'no repository yet'} · {session.phase.replace('_', ' ')}", ""]
    rows += _rows("request", (event_lines.clip(turn.text, 200) for turn in session.turns))
    rows += _rows("done", [event_lines.clip(session.said, 600)] if session.said else [])
    for row in evidence_rows.rows(session, _PlainText(), commands=True):
        rows += _rows(row.name, [*row.parts, *row.items])
    rows += _rows("judge", (event_lines.judgement_text(each.judgement) for each in session.judged[-1:]))
    rows += _rows("look at", (event_lines.finding_text(found) for found in session.guard))
    rows += _rows("preview", [preview] if preview else [])
    rows += _rows("branch", [session.change.branch] if session.change.head else [])
    rows += _rows("pull", [session.change.url] if session.change.url else [])
    if cost.usd:
        model = f", {session.model}" if session.model else ""
        rows += _rows(
            "cost", [f"{texts.money(cost.usd)}, {cost.input_tokens:,} tokens in, {cost.output_tokens:,} out{model}"]
        )
    rows += _rows("error", [session.error] if session.error else [])
    return "\n".join([*rows, "", *_rows("next", [next_step(session)])])


def next_step(session: Session) -> str:
    """What the person can do now, as a command."""
    steps = next_steps(session.phase, flagged=bool(session.guard), untested=session.ship.untested)
    commands = dict.fromkeys(_COMMANDS[step].format(session.id) for step in steps)
    return "   or   ".join(commands) or f"honk log {session.id} --follow"


def _rows(label: str, texts: Iterable[str]) -> list[str]:
    """Lines under one label, which stands before the first."""
    return [f"{label if number == 0 else '':<11}{text}" for number, text in enumerate(texts)]


class _PlainText:
    """Text for a terminal, which escapes control characters itself."""

    def line(self, text: str, longest: int) -> str:
        return event_lines.clip(text, longest)

    def code(self, text: str, longest: int) -> str:
        return event_lines.clip(text, longest)

    def link(self, url: str, label: str) -> str:
        return f"{event_lines.clip(label)}  {url}".rstrip()

    def forge_link(self, url: str, label: str) -> str:
        return self.link(url, label)
