"""Compares a verifier's result with the same verifier's result on the base, failure by failure. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from honk.core.diff import Diff
from honk.core.verdict import Failure, Verdict, comparison
from honk.verify.reports.read import WHOLE_OUTPUT
from honk.verify.syntax import languages

MAX_SHARE_LOST = 0.02
"""Fewer tests than on the base by more than this share, and by one at least, need a reason in the diff."""

_UNCLEAR = "The base fails as well, and the failures cannot be told apart: it is unknown what this change breaks."


def with_base(
    verdicts: Iterable[Verdict], base: Mapping[str, Verdict], removes_tests: bool = False
) -> tuple[Verdict, ...]:
    """The verdicts, each compared with the one of its name in `base` where there is one.

    `removes_tests` says that the change deletes, moves or edits tests, so that fewer of them may run.
    """
    compared = (_compared(each, base[each.name]) if each.name in base else each for each in verdicts)
    counted = (
        _counted(each, base[each.name]) if each.name in base and not removes_tests else each for each in compared
    )
    return tuple(each if each.ok else _explained(each) for each in counted)


def _explained(verdict: Verdict) -> Verdict:
    """The verdict with its comparison above the excerpt, so that whoever reads that sees the new failures first."""
    note = [verdict.note] if verdict.note and not verdict.excerpt.startswith(verdict.note) else []
    return replace(verdict, excerpt="\n".join([*note, *comparison(verdict), verdict.excerpt]))


def wanted(verdicts: Iterable[Verdict]) -> frozenset[str]:
    """The names of the verifiers that must run on the base as well: tests, and what is not green."""
    return frozenset(verdict.name for verdict in verdicts if verdict.kind == "test" or not verdict.ok)


def removes_tests(diff: Diff) -> bool:
    """Whether the change touches a test that was there: the guard reads what it does to it."""
    paths = ((file.change.old_path or file.change.path) for file in diff.files if file.change.status != "added")
    return any(languages.is_test(path) for path in paths)


def _compared(now: Verdict, base: Verdict) -> Verdict:
    base_ok = None if base.state == "unknown" else base.state != "failed"
    now = replace(now, base_ok=base_ok)
    if base_ok is not False or now.state not in ("failed", "passed"):
        return replace(now, new=now.failures if now.state == "failed" else ())
    new, old = _split(now.failures, base.failures)
    fixed, _ = _split(base.failures, now.failures)
    if now.state == "passed":
        return replace(now, fixed=tuple(failure for failure in fixed if not _is_whole(failure)))
    told_apart = now.all_listed and base.all_listed and not (new and any(map(_is_whole, (*new, *fixed))))
    if not told_apart:
        return replace(now, state="unknown", note=_UNCLEAR, new=tuple(each for each in new if not _is_whole(each)))
    return replace(now, new=new, old=old, fixed=fixed)


def _counted(now: Verdict, base: Verdict) -> Verdict:
    """Unknown where clearly fewer tests ran than on the base."""
    if not base.tests or now.blames or now.tests is not None and now.tests >= base.tests:
        return now
    if now.tests is not None and base.tests - now.tests < base.tests * MAX_SHARE_LOST:
        return now
    ran = "The output does not say how many tests ran" if now.tests is None else f"Only {_tests(now.tests)} ran"
    note = f"{ran}; on the base {_tests(base.tests)} ran, and this change removes none. The result is unknown."
    return replace(now, state="unknown", note=note)


def _tests(number: int) -> str:
    return f"{number} test" if number == 1 else f"{number} tests"


def _is_whole(failure: Failure) -> bool:
    return failure.id.startswith(WHOLE_OUTPUT)


def _split(these: Iterable[Failure], those: Iterable[Failure]) -> tuple[tuple[Failure, ...], tuple[Failure, ...]]:
    """Of `these`, the failures that `those` lacks and the ones that it has as well. Equal ones are counted."""
    left = Counter(failure.id for failure in those)
    new: list[Failure] = []
    old: list[Failure] = []
    for failure in these:
        (old if left[failure.id] > 0 else new).append(failure)
        left[failure.id] -= 1
    return tuple(new), tuple(old)
