"""A session's timeline in a terminal: one line for each event, with the time since the session began."""

from rich.console import Console as Terminal
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from honk.conversation import event_lines
from honk.conversation.event_lines import Tone
from honk.core.events import Event
from honk.core.timeline import Timeline, TimelineItem

STYLES: dict[Tone, str] = {"plain": "", "good": "green", "bad": "red", "faint": "dim", "ask": "yellow"}
MARKS = {"honk": "bold cyan", "agent": "magenta", "verify": "bold"}
SPEAKER = 9
"""Columns for who speaks."""


class Console:
    """Prints a session's timeline: a heading for each turn and order, and below it the events that belong to it."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._heading = ""
        self.timeline = Timeline("")

    def add(self, event: Event) -> None:
        """Add the session's next event to the timeline without printing it."""
        if not self.timeline.seq:
            self.timeline = Timeline(event.session)
        self.timeline.add([event])

    def log(self) -> None:
        """Print each turn and order with its outcome and duration, and with all of its events."""
        for item in self.timeline.items:
            self._head(_title(item), *_outcome(item, self.timeline.at))
            for event in item.history:
                self._print(item, event)
        self._heading = ""

    def show(self, event: Event) -> None:
        """Add the session's next event and print it, with a heading where it belongs to another turn or order than the
        event before it."""
        self.add(event)
        for item, new in self.timeline.entries(event.seq - 1):
            if event_lines.line(item.session, new) is not None and self._heading != _title(item):
                self._head(_title(item))
            self._print(item, new)

    def _head(self, title: str, *more: str) -> None:
        self._heading = title
        self._terminal.rule(Text(" · ".join((title, *more)), style="bold"), align="left", style="dim")

    def _print(self, item: TimelineItem, event: Event) -> None:
        line = event_lines.line(item.session, event)
        if line is None:
            return
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=6, justify="right", style="dim", no_wrap=True)
        grid.add_column(width=SPEAKER, no_wrap=True, overflow="ellipsis")
        grid.add_column(overflow="fold")
        speaker = Text(inert(line.speaker), style=MARKS.get(line.speaker, "bold yellow"))
        grid.add_row(clock(event.at - self.timeline.began), speaker, Text(inert(line.text), style=STYLES[line.tone]))
        for detail in line.details:
            grid.add_row("", "", Text(inert(detail), style="dim"))
        self._terminal.print(grid)


def _title(item: TimelineItem) -> str:
    return f"Turn {item.number}" if item.kind == "turn" else f"Order {item.number} · {item.kind}"


def _outcome(item: TimelineItem, now: float) -> tuple[str, ...]:
    """The phase that the item ended in and its duration, or that it has not ended."""
    if item.waiting:
        return ("waiting",)
    phase = item.turn.outcome if item.kind == "turn" and item.over else item.session.phase
    return (str(phase) if item.over else "running", clock(item.seconds(now)))


def plain(terminal: Terminal, text: str) -> None:
    """Print text without markup, and without wrapping, which would break a QR code."""
    terminal.print(escape(text), soft_wrap=True, highlight=False)


def inert(text: str) -> str:
    """`text` with a space for each control character, so that no escape sequence reaches the terminal. Line breaks
    stay."""
    lines = text.expandtabs(4).splitlines()
    return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in lines)


def clock(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
