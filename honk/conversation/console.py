"""The thread in a terminal, live: one line an event, with the time since the session began."""

from rich.console import Console as Terminal
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from honk.conversation import event_lines
from honk.conversation.event_lines import EventLine, Tone
from honk.core.events import Event
from honk.core.session import Session

STYLES: dict[Tone, str] = {"plain": "", "good": "green", "bad": "red", "faint": "dim", "ask": "yellow"}
MARKS = {"honk": "bold cyan", "agent": "magenta", "verify": "bold"}
SPEAKER = 9
"""Columns for who speaks."""


class Console:
    """Shows each event once. `began` is when elapsed times start, seconds since the epoch; None: at the first event."""

    def __init__(self, terminal: Terminal, began: float | None = None) -> None:
        self._terminal = terminal
        self._began = began

    async def show(self, session: Session, event: Event) -> None:
        """Print the event's line, if it has one."""
        if self._began is None:
            self._began = event.at
        line = event_lines.line(session, event)
        if line is not None:
            self.say(line, event.at - self._began)

    def say(self, line: EventLine, elapsed: float) -> None:
        """Print one line of the thread."""
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=6, justify="right", style="dim", no_wrap=True)
        grid.add_column(width=SPEAKER, no_wrap=True, overflow="ellipsis")
        grid.add_column(overflow="fold")
        speaker = Text(inert(line.speaker), style=MARKS.get(line.speaker, "bold yellow"))
        grid.add_row(clock(elapsed), speaker, Text(inert(line.text), style=STYLES[line.tone]))
        for detail in line.details:
            grid.add_row("", "", Text(inert(detail), style="dim"))
        self._terminal.print(grid)

    def plain(self, text: str) -> None:
        """Print text as it is: no markup, no wrapping in the middle of a QR code."""
        self._terminal.print(escape(text), soft_wrap=True, highlight=False)


def inert(text: str) -> str:
    """`text` without what a terminal would obey: control characters and escape sequences, but for new lines."""
    lines = text.expandtabs(4).splitlines()
    return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in lines)


def clock(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
