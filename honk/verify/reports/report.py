"""What one run of a verifier reported: the number of tests, and each failure. Built by the readers of this package."""

import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from honk.core.verdict import Failure

MAX_BYTES = 50_000_000
"""A larger report is not read."""


class UnreadableReport(Exception):
    """The report is missing, too large, or not of the form that it should have. The message is one sentence."""


class MissingReport(UnreadableReport):
    """There is no report."""


@dataclass(frozen=True)
class Report:
    """`tests` ran (None: not said), `failed` of them failed (None: not said), and `failures` are those that are named.

    `skipped` tests did not run; only reports that a runner wrote say it. `cut` is a sentence on why there may be
    failures that are not named: the run stopped early, or the listing is shorter than its own total. Empty where the
    listing is complete.
    """

    tests: int | None = None
    failed: int | None = None
    failures: tuple[Failure, ...] = ()
    cut: str = ""
    skipped: int = 0

    @property
    def all_listed(self) -> bool:
        """Whether `failures` names every failure of the run."""
        return bool(self.failures) and not self.cut and (self.failed is None or len(self.failures) >= self.failed)


def content(path: Path) -> bytes:
    """The content of the report that a run wrote to `path`. Links are not followed. Raises UnreadableReport."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise MissingReport("The test runner did not write its report.") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableReport("The test runner's report is no file.")
        if status.st_size > MAX_BYTES:
            raise UnreadableReport(f"The test runner's report is larger than {MAX_BYTES} bytes.")
        return file.read(MAX_BYTES)


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
