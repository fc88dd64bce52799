"""What a person needs to decide, as parts of a comment on GitHub, between which an empty line belongs. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from honk.conversation import event_lines, evidence_rows, markdown
from honk.conversation.evidence_rows import EvidenceRow
from honk.core.ci import Check
from honk.core.session import Session
from honk.core.verdict import Verdict
from honk.integrations.github.conversation import texts

SHOWN_ROWS = 20
"""Lines of a failed verifier's output."""

_ELSEWHERE = ("changed", "verified", "checks")
"""Rows of the evidence that GitHub shows by itself, or that have a part of their own here."""


@dataclass(frozen=True)
class GitHubMarkup:
    """Untrusted text made inert. Links lead to Honk's own addresses, and to pages of the repository at `home`."""

    home: str

    def line(self, text: str, longest: int) -> str:
        return markdown.line(text, self.home, longest)

    def code(self, text: str, longest: int) -> str:
        return markdown.code(event_lines.clip(text, longest))

    def link(self, url: str, label: str) -> str:
        return markdown.link(label, url)

    def forge_link(self, url: str, label: str) -> str:
        return markdown.link(label, url if url.startswith(f"{self.home}/") else "")


def parts(session: Session, home: str) -> list[str]:
    """All of it."""
    found = [*summary(session), *verified(session.verdicts)]
    if session.guard:
        found.append("\n".join([texts.look_at(session.change.url), *map(markdown.finding, session.guard)]))
    rows = [f"**Try it:** {session.preview.url}"] if session.preview.url else []
    shown = evidence_rows.rows(session, GitHubMarkup(home))
    rows += [_row(row) for row in shown if row.name not in _ELSEWHERE]
    return found + (["  \n".join(rows)] if rows else [])


def summary(session: Session) -> list[str]:
    """The agent's own words."""
    return [markdown.quoted(session.said)] if session.said else []


def verified(verdicts: Sequence[Verdict]) -> list[str]:
    """The verifiers, and the output of those that failed."""
    return [markdown.verdict_table(verdicts), *_excerpts(each for each in verdicts if not each.ok)] if verdicts else []


def checks(found: Sequence[Check], home: str) -> list[str]:
    """GitHub's own checks, and the logs of those that failed."""
    if not found:
        return []
    shown = " · ".join(evidence_rows.checks(found, GitHubMarkup(home)))
    return [f"**GitHub's checks:** {shown}", *_excerpts(each for each in found if each.blames and not each.flaky)]


def _row(row: EvidenceRow) -> str:
    shown = " · ".join([*row.parts, *row.items])
    return f"**{row.label}:** {shown}" if row.label else shown


def _excerpts(found: Iterable[Verdict | Check]) -> list[str]:
    return [
        f"{markdown.line(each.name)}:\n\n{markdown.block(each.excerpt.splitlines()[:SHOWN_ROWS])}"
        for each in found
        if each.excerpt
    ]
