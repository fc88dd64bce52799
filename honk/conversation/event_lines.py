"""A session's events as the lines of a thread. Pure: the console, Slack and the web show the same words.

Text that comes from an agent, a repository or a tool is untrusted: it is flattened to one line and cut here, and each
surface escapes it for its own markup.
"""

from dataclasses import dataclass
from typing import Literal

from honk.conversation import texts
from honk.core import ci, events
from honk.core.ci import Check
from honk.core.events import Event, Fact
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.verdict import Finding, Verdict, blocked, green

Tone = Literal["plain", "good", "bad", "faint", "ask"]

LONGEST = 400
"""Characters of untrusted text in one line of the thread; the whole is in the event log."""


@dataclass(frozen=True)
class Line:
    """One entry of the thread. `details` are shown below it, verbatim and in a fixed pitch."""

    speaker: str
    text: str
    tone: Tone = "plain"
    details: tuple[str, ...] = ()


def line(session: Session, event: Event) -> Line | None:
    """What a person reads of `event`; None when it shows elsewhere (in the card, in the totals) or nowhere."""
    fact = event.fact
    match fact:
        case events.Asked():
            return Line(fact.person.name, fact.text)
        case events.AgentSaid():
            return Line("agent", clip(fact.text))
        case events.AgentDid():
            return Line("agent", clip(f"{fact.tool} {fact.detail}".strip()), "faint")
        case events.Verified():
            return _verified(fact)
        case events.ChecksSeen():
            return checks_line(fact)
        case events.TurnEnded():
            return _ended(fact)
        case (
            events.Merged()
            | events.Deployed()
            | events.Watched()
            | events.RolledBack()
            | events.MergeAsked()
            | events.Approved()
        ):
            return _shipped(session, fact)
        case _:
            return _worked(session, fact)


def _worked(session: Session, fact: Fact) -> Line | None:
    match fact:
        case events.RepoChosen():
            return Line("honk", f"On it, in {fact.repo} ({fact.why}).")
        case events.Questioned():
            return Line("honk", fact.text, "ask", tuple(f"- {choice}" for choice in fact.choices))
        case events.Prepared():
            warm = "from a warm snapshot" if fact.reused else "set up from scratch"
            return Line("honk", f"Workspace at {fact.base[:10]} {warm}, {seconds(fact.seconds)}.", "faint")
        case events.AgentStarted():
            return Line("honk", f"{fact.agent} {'goes on' if fact.resumed else 'starts'}.", "faint")
        case events.Proposed():
            stat = fact.change.diffstat
            size = f"{count(len(stat.files), 'file')}, +{stat.added} −{stat.deleted}"
            return Line("honk", f"Proposed as pull request #{fact.change.number} ({size}).", "good")
        case events.BudgetRaised():
            return Line("honk", f"{fact.person.name} allows up to {texts.money(fact.limit)}.", "faint")
        case events.EgressSeen() if not fact.allowed:
            more = f", {fact.count} times more" if fact.count > 1 else ""
            return Line("honk", f"Refused: the sandbox asked for {clip(fact.host)}{more} ({fact.reason}).", "faint")
        case events.Noted():
            return Line("honk", fact.text, "bad" if fact.bad else "plain")
        case events.OrderFailed():
            return Line("honk", fact.error, "bad")
        case events.BudgetReached():
            return Line("honk", texts.budget_reached(fact.usd, fact.limit), "ask")
        case events.CancelAsked():
            return Line(fact.person.name, "stop")
        case events.RollbackAsked() if fact.person:
            return Line(fact.person.name, "roll back")
    return None


def _verified(fact: events.Verified) -> Line:
    summary = "  ".join(f"{mark(verdict)} {verdict.name} {seconds(verdict.seconds)}" for verdict in fact.verdicts)
    ok = green(fact.verdicts) and not blocked(fact.findings)
    details = tuple(
        row
        for verdict in fact.verdicts
        if not verdict.ok
        for row in (f"{verdict.name}: {verdict.command}", *excerpt(verdict))
    )
    guards = tuple(finding_text(finding) for finding in fact.findings)
    return Line("verify", summary or "no verifier found in this repository", "good" if ok else "bad", details + guards)


def checks_line(fact: events.ChecksSeen) -> Line | None:
    """What the forge's checks say, once it is settled; what is going to run once more is not."""
    red = ci.blamed(fact.checks)
    if not fact.checks or not ci.settled(fact.checks) or not all(check.again for check in red):
        return None
    details = tuple(row for check in red for row in (f"{clip(check.name, 80)}: {check.url}", *_indented(check.excerpt)))
    return Line("checks", "  ".join(check_text(check) for check in fact.checks), "bad" if red else "good", details)


def check_text(check: Check) -> str:
    """One of the forge's checks in a few words."""
    marks = {"green": "✓", "red": "✗", "skipped": "–", "unknown": "?"}
    why = (
        " (on the base branch as well)"
        if check.on_base
        else " (flaky: green when run once more)"
        if check.flaky
        else ""
    )
    sign = "~" if check.state == "red" and not check.blames else marks.get(check.state, "…")
    return f"{sign} {clip(check.name, 80)}{why}"


def _indented(text: str) -> tuple[str, ...]:
    return tuple(f"  {row}" for row in text.splitlines())


def _ended(fact: events.TurnEnded) -> Line | None:
    if fact.error:
        return Line("honk", fact.error, "ask" if fact.outcome in (Phase.PAUSED, Phase.CANCELLED) else "bad")
    return None


def _shipped(session: Session, fact: Fact) -> Line | None:
    match fact:
        case events.MergeAsked():
            return Line(fact.person.name, "merge")
        case events.Approved():
            return Line(fact.person.name, f"approves {fact.head[:10]}")
        case events.Merged():
            where = session.change.base_branch or "the base branch"
            return Line(
                "honk", f"Merged: {where} is now {fact.sha[:10]}, with exactly the files that were tested.", "good"
            )
        case events.Deployed() if fact.ok:
            return Line("honk", f"Deployed {fact.sha[:10]} in {seconds(fact.seconds)}.", "good")
        case events.Deployed():
            return Line("honk", f"The deploy of {fact.sha[:10]} failed.", "bad", tuple(fact.output.splitlines()))
        case events.Watched() if fact.healthy:
            return Line("honk", f"Live and healthy, watched for {seconds(fact.seconds)}.", "good")
        case events.Watched():
            return Line("honk", f"Not healthy: {clip(fact.detail)}", "bad")
        case events.RolledBack():
            return Line("honk", f"Rolled back by {fact.sha[:10]}: {fact.reason}.", "good")
    return None


def excerpt(verdict: Verdict) -> tuple[str, ...]:
    """A red verdict's relevant lines, indented."""
    return _indented(verdict.excerpt)


def mark(verdict: Verdict) -> str:
    """✓ green, ✗ red, ~ red but so it was before."""
    if verdict.ok:
        return "✓"
    return "✗" if verdict.blames else "~"


def finding_text(finding: Finding) -> str:
    """A guard's finding in one line."""
    where = f"{finding.path}:{finding.line}" if finding.line else finding.path
    return f"{'blocked' if finding.severity == 'block' else 'please look'}: {where}: {finding.reason}"


def seconds(value: float) -> str:
    """A duration for people: `12 ms`, `0.8 s`, `2 min 5 s`."""
    if value < 0.1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def clip(text: str, longest: int = LONGEST) -> str:
    """Untrusted text on one line, without control characters, cut to `longest`."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def count(number: int, noun: str) -> str:
    """`1 file`, `3 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
