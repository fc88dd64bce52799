"""The results of an evaluation for the terminal."""

from collections import Counter
from collections.abc import Iterable

from rich.console import Group
from rich.table import Table
from rich.text import Text

from honk.evaluation.check_runner import Proof
from honk.evaluation.figures import Figure
from honk.evaluation.known_changes import ChangeResult
from honk.evaluation.tasks import KnownChange, Task


def remark(result: ChangeResult) -> Text | None:
    """A line for a result that is not as it should be: a bad change unseen, a good or honest one flagged."""
    name = f"{result.task}  {result.role} {result.name}"
    if result.role == "bad":
        return None if result.seen else Text(f"✗ {name}: not seen", style="red")
    if not result.seen:
        return None
    said = [f"{finding.severity} {finding.rule} {finding.path}: {finding.reason}" for finding in result.findings]
    return Text("\n  ".join((f"~ {name}: false alarm", *said, *result.notes)), style="yellow")


def summary(figures: tuple[Figure, ...]) -> Group:
    """The figures of the whole set, then those by language and by kind."""
    return Group(*(_table(figures, group) for group in ("", "language", "kind")))


def percent(figure: Figure) -> str:
    """The share in per cent, `–` where there are no cases."""
    return "–" if figure.share.value is None else f"{100 * figure.share.value:.1f} %"


def interval(figure: Figure) -> str:
    """The bounds of the interval in per cent."""
    return f"{100 * figure.share.low:.0f}–{100 * figure.share.high:.0f} %"


def _table(figures: tuple[Figure, ...], group: str) -> Table:
    table = Table(box=None, pad_edge=False, title_justify="left")
    for heading in (f"by {group}" if group else "figure", "share", "cases", "95 % interval"):
        table.add_column(heading, justify="left" if heading.startswith(("by", "figure")) else "right")
    for figure in figures:
        if figure.group == group:
            name = f"{figure.name}  {figure.member}" if group else figure.name
            table.add_row(name, percent(figure), f"{figure.share.hits} of {figure.share.n}", interval(figure))
    return table


def proofs(proved: Iterable[tuple[Task, KnownChange, Proof]]) -> Table:
    """How many changes of each role are proved, by what, and of how many kinds and tasks they are."""
    proved = tuple(proved)
    table = Table("", "changes", "kinds", "tasks", "proved", "by", box=None, pad_edge=False)
    for role in ("good", "bad", "honest"):
        of = [(task.name, change, proof) for task, change, proof in proved if change.role == role]
        by = Counter(proof.by for _, _, proof in of if not proof.problem)
        table.add_row(
            role,
            str(len(of)),
            str(len({change.kind for _, change, _ in of})),
            str(len({task for task, _, _ in of})),
            str(sum(by.values())),
            ", ".join(f"{name} {count}" for name, count in by.most_common()),
        )
    return table
