"""Failures that go away when the same tests are run again on the same files. Pure."""

from dataclasses import replace

from honk.core.verdict import Verdict
from honk.verify.reports.read import WHOLE_OUTPUT

SHOWN = 3
"""So many flaky tests are named in a sentence; the rest is counted."""


def again(first: Verdict, second: Verdict) -> Verdict:
    """A failed verdict after the same verifier ran once more on the same files.

    Where the second run passed, the verdict is flaky. Where only some failures are gone, it stays failed with the
    others. A second run that is unknown settles nothing.
    """
    if second.state == "passed":
        return replace(
            second, state="flaky", failures=first.failures, excerpt=first.excerpt, note=sentence(first, first)
        )
    if second.state != "failed" or not (first.all_listed and second.all_listed):
        return first
    still = {failure.id for failure in second.failures}
    gone = replace(first, failures=tuple(failure for failure in first.failures if failure.id not in still))
    if not gone.failures:
        return first
    kept = tuple(failure for failure in first.failures if failure.id in still)
    if not kept:  # each run fails in another place: none of these failures is the same twice, and none passed
        return first
    return replace(first, failures=kept, note=sentence(first, gone))


def sentence(verdict: Verdict, gone: Verdict) -> str:
    """Which tests failed once and passed when run again."""
    names = [failure.id for failure in gone.failures]
    if not names or names[0].startswith(WHOLE_OUTPUT):
        return f"{verdict.name} failed once and passed when run again."
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more} failed once and passed when run again."
