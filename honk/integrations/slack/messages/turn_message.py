"""The message of a running turn, and what it shares with the messages of ended turns and orders. Pure.

Short lines for a phone. Text of people, agents, repositories and tools goes through `mrkdwn`.
"""

from honk.conversation import event_lines, evidence_rows, texts
from honk.core import events
from honk.core.person import AGENT
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.timeline import TimelineItem
from honk.core.verdict import Verdict
from honk.integrations.slack.messages import block_kit, buttons, message_texts, mrkdwn, renderer, truncation
from honk.integrations.slack.messages.block_kit import Block, SlackMessage
from honk.integrations.slack.messages.renderer import MessageRenderer

TICK = 15.0
"""Step of the displayed duration while something runs, in seconds: few enough edits for Slack's limits."""

QUOTED = 600
BRIEF = 250

EXCERPT_ROWS, EXCERPT = 12, 900
"""Lines and characters of a failed verifier's output; the rest is in the full session."""


def elapsed(item: TimelineItem, now: float) -> str:
    """The duration so far or in all; while it runs in steps of TICK, empty before the first."""
    taken = item.seconds(now)
    if not item.over:
        taken = taken // TICK * TICK
        return f"{int(taken)} s" if 0 < taken < 60 else event_lines.seconds(taken) if taken else ""
    return event_lines.seconds(taken)


def quoted(item: TimelineItem, view: MessageRenderer, thread: str) -> list[Block]:
    """The request, unless its message is in this thread: it came from a window, a button, another chat. A request made
    in private elsewhere is not repeated."""
    asked = item.asked
    if asked.person == AGENT:
        return _quotation(message_texts.ASKED_BY_HONK, truncation.cut(view.line(asked.text), BRIEF))
    here = asked.context.thread == thread
    if here and asked.context.link:
        return []
    text = asked.text if here or not asked.context.private else texts.asked_in_private()
    return _quotation(view.line(message_texts.asked_elsewhere(asked.person.name), 120), view.prose(text, QUOTED))


def _quotation(title: str, text: str) -> list[Block]:
    rows = (f"&gt; {row.lstrip(mrkdwn.JOINER)}" for row in text.split("\n"))
    return block_kit.section("\n".join([f"*{title}*", *rows]))


def running(
    item: TimelineItem, now: Session, at: float, view: MessageRenderer, thread: str, *, no_worker: bool = False
) -> SlackMessage:
    """A turn that has not ended. `no_worker`: no worker runs that could continue it."""
    if item.waiting:
        headline, progress = message_texts.QUEUED, []
    else:
        phase = now.phase if now.phase in _PHASES else Phase.INTAKE
        stopping = now.cancelled_upto >= item.number
        headline = message_texts.STOPPING if stopping else message_texts.in_progress(phase, now.repo)
        progress = block_kit.context(steps(message_texts.TURN_STEPS, phase))
    time = elapsed(item, at)
    made = [
        *quoted(item, view, thread),
        *block_kit.section(f"*{view.line(headline)}…*" + (f"  {time}" if time else "")),
        *progress,
        *(block_kit.context(message_texts.NO_WORKER) if no_worker else []),
        *_said(item, view),
        *_verified(item, view),
        *block_kit.actions(buttons.of_turn(item, now, view.origins)),
    ]
    return block_kit.message(f"{view.line(headline)}…", made, message_texts.shortened(view.console(now.id)))


def steps(all_steps: tuple[tuple[str, frozenset[Phase]], ...], phase: Phase) -> str:
    """All steps in one line, the current one marked."""
    at = next((index for index, (_, phases) in enumerate(all_steps) if phase in phases), len(all_steps))
    rows = [
        f"✓ {name}" if index < at else f"*● {name}*" if index == at else f"○ {name}"
        for index, (name, _) in enumerate(all_steps)
    ]
    return "  ".join(rows)


def verdicts(found: tuple[Verdict, ...], view: MessageRenderer) -> str:
    """All verifiers in one line."""
    return "  ·  ".join(evidence_rows.verdicts(found, view))


def excerpts(found: tuple[Verdict, ...], view: MessageRenderer) -> list[Block]:
    """The beginning of the failed ones' output."""
    made: list[Block] = []
    for verdict in found:
        if not verdict.blames:
            continue
        rows = verdict.excerpt.strip("\n").split("\n")
        shown = "\n".join([*rows[:EXCERPT_ROWS], *(["…"] if len(rows) > EXCERPT_ROWS else [])])
        title = f"✗ {view.line(verdict.name, 80)}: {view.code(verdict.command, 120)}"
        block = truncation.cut(mrkdwn.fenced(renderer.begin(shown, EXCERPT), view.hide), EXCERPT)
        made += block_kit.section(f"{title}\n{block}" if block else title)
    return made


def _said(item: TimelineItem, view: MessageRenderer) -> list[Block]:
    """The agent's last sentence and its last action."""
    said, did = item.last(events.AgentSaid), item.last(events.AgentToolUsed)
    made = block_kit.section(view.markdown(said.text, renderer.LINE)) if isinstance(said, events.AgentSaid) else []
    if isinstance(did, events.AgentToolUsed):
        made += block_kit.context(view.code(f"{did.tool} {did.detail}", 160))
    return made


def _verified(item: TimelineItem, view: MessageRenderer) -> list[Block]:
    """The last results of the verifiers in this turn."""
    found = item.last(events.Verified)
    if not isinstance(found, events.Verified) or not found.verdicts:
        return []
    return [*block_kit.context(verdicts(found.verdicts, view)), *excerpts(found.verdicts, view)]


_PHASES = frozenset(phase for _, phases in message_texts.TURN_STEPS for phase in phases)
