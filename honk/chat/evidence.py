"""What a person needs to decide on a phone: the evidence card as text, and the session as one JSON object. Pure."""

from typing import Any

from honk.chat import render, words
from honk.core import wire
from honk.core.phase import Phase
from honk.core.session import Session

SHOWN_FILES = 12
"""More files than this are counted, not listed."""


def as_json(session: Session) -> dict[str, Any]:
    """The public shape of a session (docs/design.md, "Contracts"); everything else of it is there too."""
    data: dict[str, Any] = wire.dump(session)
    data["request"] = session.request
    data["summary"] = session.summary
    stat = session.change.diffstat
    data["change"]["diffstat"] = {**data["change"]["diffstat"], "added": stat.added, "deleted": stat.deleted}
    return data


def text(session: Session) -> str:
    """The card: asked, done, changed, verified, to look at, preview, cost, and what to do next."""
    rows = [f"{session.id} · {session.repo or 'no repository yet'} · {session.phase.replace('_', ' ')}", ""]
    rows += [f"asked     {render.clip(turn.text, 200)}" for turn in session.turns]
    if session.said:
        rows.append(f"done      {render.clip(session.said, 600)}")
    rows += _changed(session)
    rows += [f"{_label('verified', n)}{_verdict(session, n)}" for n in range(len(session.verdicts))]
    rows += [f"{_label('look at', n)}{render.finding_text(found)}" for n, found in enumerate(session.guard)]
    rows += _delivered(session)
    cost = session.cost
    if cost.usd:
        rows.append(f"cost      {money(session)}, {cost.input_tokens:,} tokens in, {cost.output_tokens:,} out")
    if session.error:
        rows.append(f"error     {session.error}")
    return "\n".join([*rows, "", f"next      {next_step(session)}"])


def next_step(session: Session) -> str:
    """What the person can do now, as a command."""
    match session.phase:
        case Phase.REVIEW:
            looked = " --looked" if session.guard else ""
            return f'honk merge {session.id}{looked}   or   honk reply {session.id} "…"'
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
    return words.money(session.cost.usd)


def _changed(session: Session) -> list[str]:
    stat, change = session.change.diffstat, session.change
    if not stat.files:
        return []
    rows = [f"changed   {len(stat.files)} files, +{stat.added} −{stat.deleted}, on {change.branch}"]
    for file in stat.files[:SHOWN_FILES]:
        rows.append(f"          {file.status:<9} {render.clip(file.path, 90)}  +{file.added} −{file.deleted}")
    if len(stat.files) > SHOWN_FILES:
        rows.append(f"          and {len(stat.files) - SHOWN_FILES} more")
    return rows


def _verdict(session: Session, number: int) -> str:
    verdict = session.verdicts[number]
    before = "" if verdict.ok or verdict.blames else " (red before this change as well)"
    return f"{render.mark(verdict)} {verdict.name}{before}  {render.clip(verdict.command, 80)}"


def _delivered(session: Session) -> list[str]:
    rows = [f"preview   {session.preview.url}"] if session.preview.url else []
    rows += [f"artifact  {each.name}  {each.size:,} bytes  {each.url}" for each in session.preview.artifacts]
    rows += [f"note      {session.preview.note}"] if session.preview.note else []
    if session.change.url:
        rows.append(f"pull      {session.change.url}")
    refused = [row for row in session.egress if not row.allowed]
    rows += [f"refused   {render.clip(row.host, 80)} ({row.phase}, {row.count}×)" for row in refused]
    return rows


def _label(name: str, number: int) -> str:
    return f"{name if number == 0 else '':<10}"
