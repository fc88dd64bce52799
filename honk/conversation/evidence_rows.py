"""The evidence of a session as labelled rows, the same in Slack, on GitHub and in the terminal. Pure.

What is shown, in which order and in which words is decided here. A `Markup` makes untrusted text inert for one place,
which lays the rows out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from honk.conversation import event_lines, texts
from honk.core import evidence
from honk.core.change import FileChange
from honk.core.ci import Check
from honk.core.delivery import Artifact
from honk.core.evidence import Card
from honk.core.session import Session
from honk.core.verdict import Verdict

MOST = 10
"""Files, hosts, checks and views that are listed; the others are counted."""

INSTALLABLE = (".apk", ".ipa")
"""Builds that a phone installs from a page of theirs."""


class Markup(Protocol):
    """Untrusted text as finished markup, on one line and cut to `longest` characters."""

    def line(self, text: str, longest: int) -> str:
        """Text that does nothing."""

    def code(self, text: str, longest: int) -> str:
        """Inline code; empty stays empty."""

    def link(self, url: str, label: str) -> str:
        """A link to an address of ours; an empty address links nowhere."""

    def forge_link(self, url: str, label: str) -> str:
        """A link to an address from the forge, if it leads to the session's forge."""


@dataclass(frozen=True)
class EvidenceRow:
    """`name` identifies the row; `label` stands before it, empty for none. `parts` stand beside each other, `items`
    below them."""

    name: str
    label: str
    parts: tuple[str, ...]
    items: tuple[str, ...] = ()


def rows(session: Session, markup: Markup, *, commands: bool = False) -> list[EvidenceRow]:
    """Changed files, verifiers, checks and what was built. `commands`: with the verifiers' commands."""
    card = evidence.card(session)
    found = [*_changed(card, markup), *_verified(session, markup, commands=commands), *_delivered(card, markup)]
    return [row for row in found if row.parts or row.items]


def verdicts(found: Iterable[Verdict], markup: Markup, *, commands: bool = False) -> tuple[str, ...]:
    """Each verifier in a few words: with `event_lines.mark` and `remark`."""
    return tuple(
        f"{event_lines.mark(each)} {markup.line(each.name, 80)} {event_lines.seconds(each.seconds)}"
        + event_lines.remark(each)
        + (f"  {markup.code(each.command, 80)}" if commands else "")
        for each in found
    )


def checks(found: Sequence[Check], markup: Markup) -> tuple[str, ...]:
    """The forge's checks, those that are not green first; of many the others are counted."""
    green = [each for each in found if each.state == "green" and not each.flaky]
    shown = [each for each in found if each not in green]
    shown = [*shown, *green] if len(found) <= MOST else shown[:MOST]
    rest = [each for each in found if each not in shown]
    others, more_green = sum(each not in green for each in rest), sum(each in green for each in rest)
    return (
        *(markup.forge_link(each.url, event_lines.check_text(each)) for each in shown),
        *([f"{others} more not green"] if others else []),
        *([f"✓ {more_green} green"] if more_green else []),
    )


def same(is_same: bool) -> str:
    """Whether a page looks the same as without the change."""
    return "unchanged" if is_same else "changed"


def _changed(card: Card, markup: Markup) -> Iterator[EvidenceRow]:
    files = [file for group in card.groups for file in group.files]
    if files:
        size = event_lines.change_size(len(files), card.added, card.deleted)
        yield EvidenceRow("changed", "Changed", (size,), _listed([_file(file, markup) for file in files], "file"))
    yield EvidenceRow("unchanged", "Unchanged", (", ".join(card.untouched),) if card.untouched else ())
    yield EvidenceRow("look at", "", (markup.line(texts.unmatched(card.unmatched), 300),) if card.unmatched else ())


def _verified(session: Session, markup: Markup, *, commands: bool) -> Iterator[EvidenceRow]:
    found = verdicts(session.verdicts, markup, commands=commands)
    nothing = (texts.NOT_VERIFIED,) if session.change.number else ()
    yield EvidenceRow("verified", "Verified", found or nothing)
    yield EvidenceRow("tests", "Tests", (), tuple(markup.line(note, 600) for note in session.tests.notes))
    yield EvidenceRow("checks", "Checks of the pull request", checks(session.ci, markup))
    hosts = [f"{markup.code(row.host, 80)} ({row.phase}, {row.count}×)" for row in session.egress if not row.allowed]
    yield EvidenceRow("refused", "Network refused", _listed(hosts, "host"))


def _delivered(card: Card, markup: Markup) -> Iterator[EvidenceRow]:
    pages = [f"{markup.line(pair.path, 80)} ({same(pair.same)})" for pair in card.pages if pair.after]
    yield EvidenceRow("pictures", "Pictures", _listed(pages, "page"))
    views = [markup.line(event_lines.viewed(view), 300) for view in card.views]
    yield EvidenceRow("looked at", "The agent looked at", _listed(views, "page"))
    yield EvidenceRow("artifacts", "Artifacts", _listed([_artifact(each, markup) for each in card.artifacts], "file"))
    yield EvidenceRow("note", "", (markup.line(card.note, 1500),) if card.note else ())


def _file(file: FileChange, markup: Markup) -> str:
    what = "" if file.status == "modified" else f" {file.status}"
    size = " binary" if file.binary else f" +{file.added} −{file.deleted}"
    return f"{markup.code(file.path, 90)}{what}{size}"


def _artifact(artifact: Artifact, markup: Markup) -> str:
    install = artifact.url and artifact.name.lower().endswith(INSTALLABLE)
    url, label = (f"{artifact.url}/install", f"Install {artifact.name}") if install else (artifact.url, artifact.name)
    return f"{markup.link(url, label)}  {event_lines.file_size(artifact.size)}"


def _listed(found: list[str], noun: str) -> tuple[str, ...]:
    return (*found[:MOST], *([texts.and_more(len(found) - MOST, noun)] if len(found) > MOST else []))
