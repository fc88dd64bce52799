"""The page with the results: one HTML file that loads nothing, for a phone as well as for a wide screen."""

from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment

from honk.evaluation import tables
from honk.evaluation.figures import Figure
from honk.evaluation.known_changes import ChangeResult

_TEMPLATE = Path(__file__).with_name("page.html")
_BAR = "Bar: the share. Line: the 95 % interval."

Line = tuple[str, str]


def of_changes(figures: Iterable[Figure], results: Iterable[ChangeResult], notices: Iterable[str]) -> str:
    """The page for known changes. `notices` are sentences about what was left out."""
    figures, results = tuple(figures), tuple(results)
    tasks = len({result.task for result in results})
    return _render(
        "How often green is right",
        " ".join((f"{len(results)} known changes of {tasks} tasks went through Honk's verifiers and guard.", *notices)),
        figures,
        (
            ("Bad changes that are seen", "language", "guard recall", ""),
            ("False alarms", "language", "false alarms", "alarm"),
            ("Bad changes that are seen", "kind", "guard recall", ""),
            ("False alarms", "kind", "false alarms", "alarm"),
        ),
        (
            ("Bad changes that pass unseen", [(_name(each), "") for each in results if _missed(each)]),
            (
                "Good and honest changes with a finding",
                [(_name(each), _said(each)) for each in results if _alarm(each)],
            ),
        ),
    )


def _render(
    title: str,
    subtitle: str,
    figures: tuple[Figure, ...],
    charts: Iterable[tuple[str, str, str, str]],
    lists: Iterable[tuple[str, list[Line]]],
) -> str:
    template = Environment(autoescape=True, trim_blocks=True).from_string(_TEMPLATE.read_text())
    return template.render(
        title=title,
        subtitle=subtitle,
        main=[figure for figure in figures if not figure.group],
        charts=[
            (
                f"{heading}, by {group}",
                _BAR,
                style,
                [each for each in figures if (each.group, each.name) == (group, name)],
            )
            for heading, group, name, style in charts
        ],
        lists=lists,
        percent=tables.percent,
        interval=tables.interval,
    )


def _name(result: ChangeResult) -> str:
    return f"{result.task} · {result.role} {result.name}"


def _missed(result: ChangeResult) -> bool:
    return result.role == "bad" and not result.seen


def _alarm(result: ChangeResult) -> bool:
    return result.role != "bad" and result.seen


def _said(result: ChangeResult) -> str:
    return " ".join((*(f"{each.path}: {each.reason}" for each in result.findings), *result.notes))
