"""What one run of a verifier reported: the number of tests, and each failure. Built by the readers of this package."""

from dataclasses import dataclass, replace

from honk.core.verdict import Failure


@dataclass(frozen=True)
class Report:
    """`tests` ran (None: not said), `failed` of them failed (None: not said), and `failures` are those that are named.

    `cut` is a sentence on why there may be failures that are not named: the run stopped early, or the listing is
    shorter than its own total. Empty where the listing is complete.
    """

    tests: int | None = None
    failed: int | None = None
    failures: tuple[Failure, ...] = ()
    cut: str = ""

    @property
    def all_listed(self) -> bool:
        """Whether `failures` names every failure of the run."""
        return bool(self.failures) and not self.cut and (self.failed is None or len(self.failures) >= self.failed)


def joined(first: Report, second: Report) -> Report:
    """One report of two runners that the same command ran."""
    return Report(
        _sum(first.tests, second.tests),
        _sum(first.failed, second.failed),
        first.failures + second.failures,
        first.cut or second.cut,
    )


def distinct(report: Report) -> Report:
    """The report with each failure once: runners that repeat their failures in a summary."""
    return replace(
        report, failures=tuple({failure.id: failure for failure in reversed(report.failures)}.values())[::-1]
    )


def _sum(first: int | None, second: int | None) -> int | None:
    return second if first is None else first if second is None else first + second
