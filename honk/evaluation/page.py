"""The page with the results: one HTML file that loads nothing, for a phone as well as for a wide screen."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment

from honk.evaluation import tables
from honk.evaluation.agent_runs import AgentResult
from honk.evaluation.figures import Figure
from honk.evaluation.known_changes import ChangeResult

_TEMPLATE = Path(__file__).with_name("page.html")

Line = tuple[str, str]


def of_changes(figures: Iterable[Figure], results: Iterable[ChangeResult], notices: Iterable[str]) -> str:
    """The page for known changes. `notices` are sentences about what was left out."""
    figures, results = tuple(figures), tuple(results)
    tasks = len({result.task for result in results})
    return _render(
        "How often green is right",
        (f"{len(results)} known changes of {tasks} tasks went through Honk's verifiers and guard.", *notices),
        [figure for figure in figures if not figure.group],
        (
            _chart("Bad changes that are seen, by language", figures, "guard recall", "language"),
            _chart("False alarms, by language", figures, "false alarms", "language"),
            _chart("Bad changes that are seen, by kind", figures, "guard recall", "kind"),
            _chart("False alarms, by kind", figures, "false alarms", "kind"),
        ),
        (
            ("Bad changes that pass unseen", [(_name(each), "") for each in results if _missed(each)]),
            (
                "False alarms on good and honest changes",
                [(_name(each), _said(each)) for each in results if _alarm(each)],
            ),
        ),
    )


def of_agents(figures: Iterable[Figure], results: Iterable[AgentResult], notices: Iterable[str]) -> str:
    """The page for agents, side by side."""
    figures, results = tuple(figures), tuple(results)
    by_agent = tuple(dict.fromkeys(figure.name for figure in figures if figure.group == "agent"))
    return _render(
        "Agents side by side",
        (f"{len(results)} runs of {len({result.task for result in results})} tasks through all of Honk.", *notices),
        [],
        (
            *(_chart(_ABOUT_AGENTS[name], figures, name, "agent") for name in by_agent),
            _chart("Solved, by language", figures, "solved", "agent and language"),
        ),
        (
            ("Wrong, green and without a finding", [(_run_name(each), "") for each in results if _green_wrong(each)]),
            ("Not proposed", [(_run_name(each), each.error) for each in results if not each.proposed]),
        ),
    )


_ABOUT_AGENTS = {
    "solved": "Solved: proposed, and the hidden checks pass",
    "proposed": "Proposed",
    "green but wrong": "Green but wrong: of the proposals without a finding, the hidden checks fail",
    "red handed over": "Red handed over: the verifiers are red at the end",
    "guard recall": "Wrong changes that are seen",
    "false alarms": "Right changes with a finding",
    "rounds": "Examinations by verifiers and guard in a run",
    "cost": "Cost of a run",
    "time": "Time of a run, with the checks",
}


@dataclass(frozen=True)
class _Chart:
    """One bar for each figure. `scale` is the value at the right end."""

    heading: str
    style: str
    figures: tuple[Figure, ...]
    scale: float


def _chart(heading: str, figures: tuple[Figure, ...], name: str, group: str) -> _Chart:
    shown = tuple(figure for figure in figures if (figure.group, figure.name) == (group, name))
    ends = [end for each in shown for end in (each.estimate.value, each.estimate.high) if end is not None]
    scale = max(ends, default=1.0) if any(each.unit for each in shown) else 1.0
    return _Chart(heading, "alarm" if name in _BAD else "", shown, scale or 1.0)


_BAD = ("false alarms", "green but wrong", "red handed over")


def _render(
    title: str,
    about: Iterable[str],
    main: Iterable[Figure],
    charts: Iterable[_Chart],
    lists: Iterable[tuple[str, list[Line]]],
) -> str:
    template = Environment(autoescape=True, trim_blocks=True).from_string(_TEMPLATE.read_text())
    return template.render(
        title=title, about=about, main=main, charts=charts, lists=lists, amount=tables.amount, tables=tables
    )


def _run_name(run: AgentResult) -> str:
    return f"{run.task} {run.repetition} · {run.agent}{f' · {run.change}' if run.change else ''}"


def _green_wrong(run: AgentResult) -> bool:
    return run.proposed and not run.seen and not run.hidden_ok


def _name(result: ChangeResult) -> str:
    return f"{result.task} · {result.role} {result.name}"


def _missed(result: ChangeResult) -> bool:
    return result.role == "bad" and not result.seen


def _alarm(result: ChangeResult) -> bool:
    return result.role != "bad" and result.alarmed


def _said(result: ChangeResult) -> str:
    return " ".join((*(f"{each.path}: {each.reason}" for each in result.findings), *result.notes))
