"""One measured comparison, as `results.json` has it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """`ours` and `theirs` are medians of `n` in `unit`, from the same run; `ratio` is ours over theirs.

    `goal` is the most that `ours` should be (None: none was set); it is shown and not part of the results.
    """

    name: str
    unit: str
    ours: float
    alternative: str
    theirs: float
    n: int
    goal: float | None = field(default=None, compare=False)

    @property
    def ratio(self) -> float:
        """How many times as much as the alternative."""
        return self.ours / self.theirs if self.theirs else 0.0

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached, None where there is none."""
        return None if self.goal is None else self.ours <= self.goal


def write(rows: Sequence[Row], path: Path) -> None:
    """Keep the rows as JSON."""
    path.write_text(json.dumps([_as_json(row) for row in rows], indent=1) + "\n")


def _as_json(row: Row) -> dict[str, object]:
    data = asdict(row)
    del data["goal"]
    return {**data, "ours": round(row.ours, 2), "theirs": round(row.theirs, 2), "ratio": round(row.ratio, 3)}
