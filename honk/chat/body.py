"""The text of a pull request, from the evidence. Markdown; untrusted text is quoted line by line. Pure."""

from honk.chat import render, words
from honk.core.session import Session, Turn
from honk.core.verdict import Verdict


def pull_request(session: Session) -> str:
    """What was asked, what was done, what was checked, what it cost."""
    askers = {asker.id for asker in session.askers}
    turns = [turn for turn in session.turns if turn.person.id in askers]
    asked = "\n".join(f"- {turn.person.name}: {_asked(turn)}" for turn in turns)
    parts = [f"## Asked\n\n{asked}"]
    if session.said:
        parts.append(f"## Done\n\n{quoted(session.said)}")
    rows = "\n".join(_row(verdict) for verdict in session.verdicts)
    parts.append(f"## Verified\n\n| | verifier | command | time |\n|-|-|-|-|\n{rows}" if rows else _unverified())
    if session.guard:
        found = "\n".join(f"- {render.finding_text(finding)}" for finding in session.guard)
        parts.append(f"## Please look at\n\n{found}")
    cost = session.cost
    parts.append(
        f"Session {session.id} · {session.agent} · {words.money(cost.usd)},"
        f" {cost.input_tokens:,} tokens in and {cost.output_tokens:,} out"
    )
    return "\n\n".join(parts) + "\n"


def _asked(turn: Turn) -> str:
    return words.asked_in_private() if turn.private else render.clip(turn.text, 2000)


def quoted(text: str) -> str:
    """Untrusted text as a Markdown quotation: it can start no heading, list or table of ours."""
    return "\n".join(f"> {render.clip(row, 1000)}" for row in text.strip().splitlines())


def _row(verdict: Verdict) -> str:
    command = verdict.command.replace("|", "\\|").replace("`", "'").replace("\n", " ")
    return f"| {render.mark(verdict)} | {verdict.name} | `{command}` | {render.seconds(verdict.seconds)} |"


def _unverified() -> str:
    return "## Verified\n\nNo verifier was found in this repository, so nothing was checked but the guard's rules."
