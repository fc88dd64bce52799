"""A session's events as lines of text, the same in the terminal, Slack, GitHub and the web. Pure.

Text that comes from an agent, a repository or a tool is untrusted: it is flattened to one line and cut here, and each
integration escapes it for its own markup.
"""

from dataclasses import dataclass
from typing import Literal

from honk.conversation import texts
from honk.core import ci, events
from honk.core.ci import Check
from honk.core.events import Event, EventData
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.timeline import TimelineItem
from honk.core.verdict import NOTHING_CHECKED, Finding, Judgement, Verdict, blocked, checked, green

Tone = Literal["plain", "good", "bad", "faint", "ask"]

LONGEST = 400
"""Characters of untrusted text in one line of the thread; the whole is in the event log."""


_SHOWN_IN_ORDERS = (
    events.Verified,
    events.Merged,
    events.Deployed,
    events.HealthWatched,
    events.RolledBack,
    events.NoteAdded,
    events.OrderFailed,
)


@dataclass(frozen=True)
class EventLine:
    """One entry of the thread. `details` are shown below it, verbatim and in a fixed pitch."""

    speaker: str
    text: str
    tone: Tone = "plain"
    details: tuple[str, ...] = ()


def line(session: Session, event: Event) -> EventLine | None:
    """What a person reads of `event`; None when it shows elsewhere (in the card, in the totals) or nowhere."""
    data = event.data
    match data:
        case events.TurnRequested():
            return EventLine(data.person.name, data.text)
        case events.AgentSaid():
            return EventLine("agent", clip(data.text))
        case events.AgentToolUsed():
            return EventLine("agent", clip(f"{data.tool} {data.detail}".strip()), "faint")
        case events.Verified():
            return _verified(data)
        case events.ForgeChecksRead():
            return checks_line(data)
        case events.TurnEnded():
            return _ended(data)
        case (
            events.Merged()
            | events.Deployed()
            | events.HealthWatched()
            | events.RolledBack()
            | events.MergeRequested()
            | events.Approved()
        ):
            return _shipped(session, data)
        case _:
            return _worked(session, data)


def of_order(item: TimelineItem) -> list[EventLine]:
    """What a person reads of an order to merge or to roll back, below the command."""
    shown = (event for event in item.history[1:] if isinstance(event.data, _SHOWN_IN_ORDERS))
    return [found for event in shown if (found := line(item.session, event)) is not None]


def _worked(session: Session, data: EventData) -> EventLine | None:
    match data:
        case events.RepoChosen():
            return EventLine("honk", f"Working in {data.repo} ({data.why}).")
        case events.QuestionAsked():
            return EventLine("honk", data.text, "ask", tuple(f"- {choice}" for choice in data.choices))
        case events.WorkspacePrepared():
            warm = "from a warm snapshot" if data.reused else "set up from scratch"
            return EventLine("honk", f"Workspace at {data.base[:10]} {warm}, {seconds(data.seconds)}.", "faint")
        case events.TestsMeasured() if data.tests.notes:
            return EventLine("tests", clip(" ".join(data.tests.notes)), "faint")
        case events.Judged():
            return EventLine("judge", judgement_text(data.judgement), "faint")
        case events.PageViewed():
            return EventLine(
                "agent", f"looked at {viewed(data)}", "faint", (*data.console_errors, *data.failed_requests)
            )
        case events.AgentStarted():
            return EventLine("honk", texts.agent_works(data.agent, resumed=data.resumed), "faint")
        case events.ChangeProposed():
            stat = data.change.diffstat
            size = change_size(len(stat.files), stat.added, stat.deleted)
            return EventLine("honk", f"Proposed as pull request #{data.change.number} ({size}).", "good")
        case events.BudgetRaised():
            return EventLine("honk", f"{data.person.name} allows up to {texts.money(data.limit)}.", "faint")
        case events.EgressRecorded() if not data.allowed:
            more = f", {data.count} times more" if data.count > 1 else ""
            return EventLine(
                "honk", f"Blocked: the sandbox asked for {clip(data.host)}{more} ({data.reason}).", "faint"
            )
        case events.NoteAdded():
            return EventLine("honk", data.text, "bad" if data.bad else "plain")
        case events.OrderFailed():
            return EventLine("honk", data.error, "bad")
        case events.BudgetReached():
            return EventLine("honk", texts.budget_reached(data.usd, data.limit), "ask")
        case events.CancelRequested():
            return EventLine(data.person.name, "stop")
        case events.RollbackRequested() if data.person:
            return EventLine(data.person.name, "roll back")
    return None


def _verified(data: events.Verified) -> EventLine:
    summary = "  ".join(f"{mark(verdict)} {verdict.name} {seconds(verdict.seconds)}" for verdict in data.verdicts)
    ok = green(data.verdicts) and not blocked(data.findings)
    details = tuple(
        row
        for verdict in data.verdicts
        if not verdict.ok
        for row in (f"{verdict.name}: {verdict.command}", *excerpt(verdict))
    )
    guards = tuple(finding_text(finding) for finding in data.findings)
    tone: Tone = "bad" if not ok else "good" if checked(data.verdicts) else "ask"
    return EventLine("verify", summary or NOTHING_CHECKED, tone, details + guards)


def checks_line(data: events.ForgeChecksRead) -> EventLine | None:
    """What the forge's checks say, once it is settled; what is going to run once more is not."""
    red = ci.blamed(data.checks)
    if not data.checks or not ci.settled(data.checks) or not all(check.again for check in red):
        return None
    details = tuple(row for check in red for row in (f"{clip(check.name, 80)}: {check.url}", *_indented(check.excerpt)))
    return EventLine("checks", "  ".join(check_text(check) for check in data.checks), "bad" if red else "good", details)


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


def _ended(data: events.TurnEnded) -> EventLine | None:
    if data.error:
        return EventLine("honk", data.error, "ask" if data.outcome in (Phase.PAUSED, Phase.CANCELLED) else "bad")
    return None


def _shipped(session: Session, data: EventData) -> EventLine | None:
    match data:
        case events.MergeRequested():
            return EventLine(data.person.name, "merge")
        case events.Approved():
            return EventLine(data.person.name, f"approves {data.head[:10]}")
        case events.Merged():
            where = session.change.base_branch or "the base branch"
            return EventLine(
                "honk", f"Merged: {where} is now {data.sha[:10]}, with exactly the files that were tested.", "good"
            )
        case events.Deployed() if data.ok:
            return EventLine("honk", f"Deployed {data.sha[:10]} in {seconds(data.seconds)}.", "good")
        case events.Deployed():
            return EventLine("honk", f"The deploy of {data.sha[:10]} failed.", "bad", tuple(data.output.splitlines()))
        case events.HealthWatched() if data.healthy:
            return EventLine("honk", f"Live and healthy, watched for {seconds(data.seconds)}.", "good")
        case events.HealthWatched():
            return EventLine("honk", f"Not healthy: {clip(data.detail)}", "bad")
        case events.RolledBack():
            return EventLine("honk", f"Rolled back by {data.sha[:10]}: {data.reason}.", "good")
    return None


def judgement_text(judgement: Judgement) -> str:
    """The judge's answer in one line."""
    return clip(f"{judgement.scope}. {' '.join(judgement.reasons)}".strip())


def viewed(view: events.PageViewed) -> str:
    """A page that the agent looked at, in one line."""
    where = f"{clip(view.path, 80)} ({clip(view.device, 20)})"
    if view.problem:
        return f"{where}: {clip(view.problem)}"
    problems = [
        count(len(found), noun)
        for found, noun in ((view.console_errors, "console error"), (view.failed_requests, "failed request"))
        if found
    ]
    return f"{where}: {', '.join(problems) or 'no errors'}"


def excerpt(verdict: Verdict) -> tuple[str, ...]:
    """A red verdict's relevant lines, indented."""
    return _indented(verdict.excerpt)


def remark(verdict: Verdict) -> str:
    """What the mark does not say, in brackets; empty for a verifier that passed or only the change fails."""
    if verdict.state in ("unknown", "flaky"):
        return f" ({verdict.state})"
    if verdict.state == "failed" and verdict.old and verdict.new:
        return f" ({len(verdict.new)} new, {len(verdict.old)} failed before)"
    return "" if verdict.ok or verdict.blames else " (failed before)"


def mark(verdict: Verdict) -> str:
    """✓ passed, ✗ failed, ? unknown, ~ flaky, or failed before the change as well."""
    if verdict.ok or verdict.state == "unknown":
        return "✓" if verdict.ok else "?"
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


def change_size(files: int, added: int, deleted: int) -> str:
    """`2 files, +13 −1`."""
    return f"{count(files, 'file')}, +{added} −{deleted}"


def file_size(size: int) -> str:
    """`812 bytes`, `3.4 MB`."""
    if size < 1000:
        return count(size, "byte")
    for power, unit in enumerate(("kB", "MB", "GB", "TB"), 1):
        if size < 1000 ** (power + 1) or unit == "TB":
            break
    return f"{size / 1000**power:.1f} {unit}"


def clip(text: str, longest: int = LONGEST) -> str:
    """Untrusted text on one line, without control characters, cut to `longest`."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def count(number: int, noun: str) -> str:
    """`1 file`, `3 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
