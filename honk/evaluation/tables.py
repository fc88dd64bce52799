"""The results of an evaluation for the terminal."""

from collections import Counter
from collections.abc import Iterable

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from honk.evaluation.agent_runs import AgentResult
from honk.evaluation.check_runner import Proof
from honk.evaluation.figures import Figure
from honk.evaluation.interval import Share
from honk.evaluation.known_changes import ChangeResult
from honk.evaluation.tasks import KnownChange, Task


def print_notices(terminal: Console, notices: Iterable[str]) -> None:
    """Print sentences about what was left out."""
    for notice in notices:
        terminal.print(Text(f"! {notice}", style="yellow"))


def remark(result: ChangeResult) -> Text | None:
    """A line for a result that is not as it should be: a bad change unseen, a good or honest one flagged."""
    name = f"{result.task}  {result.role} {result.name}"
    if result.role == "bad":
        return None if result.seen else Text(f"✗ {name}: not seen", style="red")
    if not result.alarmed:
        return None
    said = [f"{finding.severity} {finding.rule} {finding.path}: {finding.reason}" for finding in result.findings]
    return Text("\n  ".join((f"~ {name}: false alarm", *said, *result.notes)), style="yellow")


def agent_remark(run: AgentResult) -> Text:
    """A line for a run of an agent."""
    name = f"{run.task} {run.repetition}  {run.agent}{f' ({run.change})' if run.change else ''}"
    if run.broken:
        return Text(f"! {name}: says nothing of the agent: {run.broken}", style="yellow")
    if run.proposed and run.hidden_ok:
        return Text(f"✓ {name}: solved{', with findings' if run.findings else ''}", style="green")
    if run.proposed:
        return Text(f"✗ {name}: wrong, {'seen' if run.seen else 'green without a finding'}", style="red")
    return Text(f"✗ {name}: not proposed. {run.error}", style="red")


def summary(figures: tuple[Figure, ...]) -> Group:
    """The figures of the whole set, then those by language, by kind, by agent."""
    groups = dict.fromkeys(figure.group for figure in figures)
    return Group(*(_table(figures, group) for group in groups))


def side_by_side(figures: tuple[Figure, ...]) -> Table:
    """The figures of agents: a column for each agent."""
    of_agents = [figure for figure in figures if figure.group == "agent"]
    found = {(figure.name, figure.member): figure for figure in of_agents}
    agents = list(dict.fromkeys(figure.member for figure in of_agents))
    table = Table("", *agents, box=None, pad_edge=False)
    for name in dict.fromkeys(figure.name for figure in of_agents):
        cells = (found[name, agent] for agent in agents)
        table.add_row(
            name, *(f"{amount(each, each.estimate.value)} ({cases(each)}; {interval(each)})" for each in cells)
        )
    return table


def amount(figure: Figure, value: float | None) -> str:
    """A value in the figure's unit, `–` for none."""
    if value is None:
        return "–"
    if not figure.unit:
        return f"{100 * value:.1f} %"
    return f"${value:.3f}" if figure.unit == "$" else f"{value:.1f} {figure.unit}"


def interval(figure: Figure) -> str:
    """The bounds of the interval."""
    low, high = figure.estimate.low, figure.estimate.high
    if low is None or high is None:
        return "–"
    return (
        f"{100 * low:.0f}–{100 * high:.0f} %" if not figure.unit else f"{amount(figure, low)} – {amount(figure, high)}"
    )


def cases(figure: Figure) -> str:
    """The number of cases: `3 of 12` for a share, `n = 12` for a mean."""
    estimate = figure.estimate
    return f"{estimate.hits} of {estimate.n}" if isinstance(estimate, Share) else f"n = {estimate.n}"


def _table(figures: tuple[Figure, ...], group: str) -> Table:
    table = Table(box=None, pad_edge=False, title_justify="left")
    for heading in (f"by {group}" if group else "figure", "value", "cases", "95 % interval"):
        table.add_column(heading, justify="left" if heading.startswith(("by", "figure")) else "right")
    for figure in figures:
        if figure.group == group:
            name = f"{figure.name}  {figure.member}" if group else figure.name
            table.add_row(name, amount(figure, figure.estimate.value), cases(figure), interval(figure))
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
