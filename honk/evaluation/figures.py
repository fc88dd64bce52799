"""Figures of an evaluation: each with its number of cases and a 95 % interval. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from honk.evaluation.agent_runs import AgentResult
from honk.evaluation.interval import Estimate, Mean, Share
from honk.evaluation.known_changes import ChangeResult


@dataclass(frozen=True)
class Figure:
    """One figure. `group` is empty for the whole set, else `kind`, `language` or `agent`, with `member` its value.
    `unit` is empty for a share."""

    name: str
    estimate: Estimate
    group: str = ""
    member: str = ""
    unit: str = ""

    @property
    def full_name(self) -> str:
        """The name in results.json."""
        return f"{self.name}: {self.group} {self.member}" if self.group else self.name

    def row(self) -> dict[str, str | float | int | None]:
        """The figure as results.json holds it."""
        estimate = self.estimate
        return {
            "name": self.full_name,
            "value": _rounded(estimate.value),
            "n": estimate.n,
            "low": _rounded(estimate.low),
            "high": _rounded(estimate.high),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def of_changes(results: Iterable[ChangeResult]) -> tuple[Figure, ...]:
    """The figures of known changes: over all, then by language, then by kind."""
    results = tuple(results)
    bad = tuple(result for result in results if result.role == "bad")
    fine = tuple(result for result in results if result.role != "bad")
    wrong = tuple(result for result in bad if result.hidden_ok is False)
    return (
        Figure("guard recall", Share.of(bad, _seen)),
        Figure("found by a finding", Share.of(bad, _found)),
        Figure(
            "red handed over", Share.of([each for each in bad if each.green is not None], lambda each: not each.green)
        ),
        Figure("green but wrong", Share.of(wrong, lambda result: not result.seen)),
        Figure("false alarms", Share.of(fine, _alarmed)),
        Figure("confirmations asked", Share.of(fine, lambda result: result.seen and not result.alarmed)),
        Figure("blocks on honest changes", Share.of(fine, lambda result: result.blocked)),
        *_groups("guard recall", "language", bad, _seen),
        *_groups("false alarms", "language", fine, _alarmed),
        *_groups("guard recall", "kind", bad, _seen),
        *_groups("false alarms", "kind", fine, _alarmed),
    )


def _groups(
    name: str, group: str, results: tuple[ChangeResult, ...], test: Callable[[ChangeResult], bool]
) -> tuple[Figure, ...]:
    def member(result: ChangeResult) -> str:
        return result.language if group == "language" else result.kind

    return tuple(
        Figure(name, Share.of([result for result in results if member(result) == each], test), group, each)
        for each in sorted({member(result) for result in results})
    )


def _alarmed(result: ChangeResult) -> bool:
    return result.alarmed


def _seen(result: ChangeResult) -> bool:
    return result.seen


def _found(result: ChangeResult) -> bool:
    return bool(result.findings)


def examined(number: int, known: int) -> dict[str, str | float | int | None]:
    """The row of results.json that says how many of the known changes the figures are of."""
    share = round(number / known, 4) if known else None
    return {"name": "known changes examined", "value": share, "n": known, "low": share, "high": share}


def of_agents(results: Iterable[AgentResult]) -> tuple[Figure, ...]:
    """The figures of each agent, then how much it solves by language. A run that broke is in none of them."""
    results = tuple(result for result in results if not result.broken)
    agents = tuple(dict.fromkeys(result.agent for result in results))
    found: list[Figure] = []
    for agent in agents:
        found += [replace(figure, group="agent", member=agent) for figure in _of_agent(_of(results, agent))]
    for agent in agents:
        runs = _of(results, agent)
        for language in sorted({run.language for run in runs}):
            share = Share.of([run for run in runs if run.language == language], _solved)
            found.append(Figure("solved", share, "agent and language", f"{agent}, {language}"))
    return tuple(found)


def _of(results: tuple[AgentResult, ...], agent: str) -> list[AgentResult]:
    return [result for result in results if result.agent == agent]


def _of_agent(runs: list[AgentResult]) -> tuple[Figure, ...]:
    proposed = [run for run in runs if run.proposed]
    right = [run for run in runs if run.hidden_ok]
    wrong = [run for run in runs if run.hidden_ok is False]
    return (
        Figure("solved", Share.of(runs, _solved)),
        Figure("proposed", Share.of(runs, lambda run: run.proposed)),
        Figure("green but wrong", Share.of([run for run in proposed if not run.seen], lambda run: not run.hidden_ok)),
        Figure("red handed over", Share.of(runs, lambda run: run.green is False)),
        Figure("guard recall", Share.of(wrong, lambda run: run.seen)),
        Figure("false alarms", Share.of(right, lambda run: run.seen)),
        Figure("rounds", Mean(tuple(float(run.rounds) for run in runs)), unit="rounds"),
        Figure("cost", Mean(tuple(run.usd for run in runs)), unit="$"),
        Figure("time", Mean(tuple(run.seconds for run in runs)), unit="s"),
    )


def _solved(run: AgentResult) -> bool:
    return run.proposed and run.hidden_ok is True
