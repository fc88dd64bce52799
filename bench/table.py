"""What is seen in the terminal: what is being measured now, and in the end the tables."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from bench.row import Row


class Progress:
    """A line that says what is being measured. Where there is no terminal, a line for each."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("", console=console) if console.is_terminal else None

    def shown(self) -> AbstractContextManager[object]:
        """The line is there while the block lasts."""
        return self._status or nullcontext()

    def __call__(self, what: str) -> None:
        """Say what is measured now."""
        if self._status:
            self._status.update(what)
        else:
            self._console.print(what, style="dim", highlight=False)


def results(rows: Sequence[Row]) -> Table:
    """All rows, with the goal and whether it is met."""
    table = Table(
        "what", "honk", "alternative", "", "ratio", "n", "goal", "", box=None, header_style="dim", padding=(0, 1)
    )
    for column in (1, 3, 4, 5, 6):
        table.columns[column].justify = "right"
    for row in rows:
        table.add_row(
            row.name,
            _amount(row.ours, row.unit),
            row.alternative,
            _amount(row.theirs, row.unit),
            f"{row.ratio:.3f}" if row.ratio < 1 else f"{row.ratio:.2f}",
            str(row.n),
            "" if row.goal is None else f"≤ {row.goal:g} {row.unit}",
            _verdict(row.met),
        )
    return table


def parts(title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]]) -> Table:
    """Where time goes: one row a part, in milliseconds."""
    table = Table(
        "", *columns, title=title, title_justify="left", title_style="", box=None, header_style="dim", padding=(0, 1)
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for name, values in rows:
        table.add_row(name, *(f"{value:,.0f}" for value in values))
    return table


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1
    return f"{value:,.{digits}f} {unit}"


def _verdict(met: bool | None) -> Text:
    if met is None:
        return Text("")
    return Text("met", style="green") if met else Text("not met", style="red")
