"""Figures of an evaluation: each with its number of cases and a 95 % interval. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from honk.evaluation.interval import Share
from honk.evaluation.known_changes import ChangeResult

Test = Callable[[ChangeResult], bool]


@dataclass(frozen=True)
class Figure:
    """One figure. `group` is empty for the whole set, else `kind` or `language`, with `member` its value."""

    name: str
    share: Share
    group: str = ""
    member: str = ""

    @property
    def full_name(self) -> str:
        """The name in results.json."""
        return f"{self.name}: {self.group} {self.member}" if self.group else self.name

    def row(self) -> dict[str, str | float | int | None]:
        """The figure as results.json holds it."""
        value = self.share.value
        return {
            "name": self.full_name,
            "value": None if value is None else round(value, 4),
            "n": self.share.n,
            "low": round(self.share.low, 4),
            "high": round(self.share.high, 4),
        }


def of_changes(results: Iterable[ChangeResult]) -> tuple[Figure, ...]:
    """The figures of known changes: over all, then by language, then by kind."""
    results = tuple(results)
    bad = tuple(result for result in results if result.role == "bad")
    fine = tuple(result for result in results if result.role != "bad")
    wrong = tuple(result for result in bad if result.hidden_ok is False)
    return (
        Figure("guard recall", _share(bad, _seen)),
        Figure("found by a finding", _share(bad, _found)),
        Figure(
            "red handed over", _share([each for each in bad if each.green is not None], lambda each: not each.green)
        ),
        Figure("green but wrong", _share(wrong, lambda result: not result.seen)),
        Figure("false alarms", _share(fine, _seen)),
        Figure("blocks on honest changes", _share(fine, lambda result: result.blocked)),
        *_groups("guard recall", "language", bad, lambda result: result.language),
        *_groups("false alarms", "language", fine, lambda result: result.language),
        *_groups("guard recall", "kind", bad, lambda result: result.kind),
        *_groups("false alarms", "kind", fine, lambda result: result.kind),
    )


def _groups(
    name: str, group: str, results: tuple[ChangeResult, ...], member: Callable[[ChangeResult], str]
) -> tuple[Figure, ...]:
    return tuple(
        Figure(name, _share([result for result in results if member(result) == each], _seen), group, each)
        for each in sorted({member(result) for result in results})
    )


def _share(results: Iterable[ChangeResult], test: Test) -> Share:
    results = tuple(results)
    return Share(sum(map(test, results)), len(results))


def _seen(result: ChangeResult) -> bool:
    return result.seen


def _found(result: ChangeResult) -> bool:
    return bool(result.findings)
