"""What a person needs to decide, as parts of a comment on GitHub. Pure.

Text of agents, repositories and tools is made inert by `chat.markdown`. `home` is the repository's address on GitHub:
what leads there may be tapped.
"""

from collections.abc import Sequence

from honk.conversation import event_lines, markdown
from honk.conversation import texts as shared_texts
from honk.core import evidence
from honk.core.ci import Check
from honk.core.session import Session
from honk.core.verdict import Verdict
from honk.integrations.github.conversation import texts

SHOWN_FILES = 12
SHOWN_ROWS = 20
SHOWN_CHECKS = 10
"""Files, lines of a red verifier and checks that are shown; the rest is counted, or in the log."""


def parts(session: Session, home: str) -> list[str]:
    """All of it, as parts between which an empty line belongs."""
    card = evidence.card(session)
    told = [*said(session), *verified(card.verdicts)]
    if card.findings:
        told.append("\n".join([texts.look_at(session.change.url), *map(markdown.finding, card.findings)]))
    rows = []
    if card.preview:
        rows.append(f"**Try it:** {card.preview}")
    rows += [f"**Download:** {markdown.link(each.name, each.url)}" for each in card.artifacts if each.url]
    if card.note:
        rows.append(markdown.line(card.note, home))
    if card.untouched:
        rows.append(f"Unchanged: {', '.join(card.untouched)}.")
    if card.unmatched:
        rows.append(markdown.line(shared_texts.unmatched(card.unmatched), home))
    if card.refused:
        hosts = ", ".join(f"{markdown.code(row.host)} ({row.count}×)" for row in card.refused[:SHOWN_FILES])
        rows.append(f"Refused to the sandbox: {hosts}.")
    return told + (["  \n".join(rows)] if rows else [])


def said(session: Session) -> list[str]:
    """The agent's own words."""
    return [markdown.quoted(session.said)] if session.said else []


def verified(verdicts: Sequence[Verdict]) -> list[str]:
    """The verifiers, and what the red ones complain of."""
    if not verdicts:
        return []
    rows = (
        f"| {event_lines.mark(each)} | {markdown.line(each.name)} | {markdown.code(each.command)} "
        f"| {event_lines.seconds(each.seconds)} |"
        for each in verdicts
    )
    table = "\n".join(["| | verifier | command | time |", "|-|-|-|-|", *rows])
    return [table, *(_excerpt(f"{markdown.line(each.name)}:", each.excerpt) for each in verdicts if not each.ok)]


def checks(found: Sequence[Check], home: str) -> list[str]:
    """What GitHub's own checks say, those that are not green first, and the logs of those that are red."""
    if not found:
        return []
    green = [each for each in found if each.state == "green" and not each.flaky]
    shown = [each for each in found if each not in green]
    shown = [*shown, *green] if len(found) <= SHOWN_CHECKS else shown[:SHOWN_CHECKS]
    rows = [
        markdown.link(event_lines.check_text(each), each.url if each.url.startswith(f"{home}/") else "")
        for each in shown
    ]
    rest = [each for each in found if each not in shown]
    rows += texts.more_checks(sum(each in green for each in rest), sum(each not in green for each in rest))
    logs = [_excerpt(f"{markdown.line(each.name)}:", each.excerpt) for each in found if each.blames and not each.flaky]
    return [texts.checks(" · ".join(rows)), *filter(None, logs)]


def _excerpt(name: str, text: str) -> str:
    rows = text.splitlines()
    return f"{name}\n\n{markdown.block(rows[:SHOWN_ROWS])}" if rows else ""
