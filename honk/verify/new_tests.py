"""Whether the tests of a fix fail without it. Pure.

New and changed tests run on the program of the base. One that passes there does not show what was wrong.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from honk.core.diff import Diff
from honk.core.verdict import Verdict
from honk.verify import base_tests
from honk.verify.syntax import languages, single_tests
from honk.verify.syntax.diff_hunks import names
from honk.verify.syntax.single_tests import SingleTest

_FIX = re.compile(
    r"\b(?:fix\w*|bug\w*|broken|wrong\w*|crash\w*|regression\w*|incorrect\w*|fails?|defect\w*|typo|fault\w*"
    r"|(?:does|is|do|are)(?:n't| not)|no longer works?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NewTests:
    """New and changed tests over the program of the base: those that pass there, and those that fail."""

    passing: tuple[str, ...]
    failing: tuple[str, ...]

    @property
    def prove_nothing(self) -> bool:
        """None of them fails without the change."""
        return bool(self.passing) and not self.failing

    @property
    def note(self) -> str:
        """What a person should know of it; empty where every test fails without the change."""
        if not self.passing:
            return ""
        listed = names(f"`{name}`" for name in self.passing)
        if self.prove_nothing:
            return f"No new or changed test shows what was fixed. They pass without this change, too: {listed}."
        return f"Some new or changed tests pass without this change, too: {listed}. Others fail there, as they should."


def asks_for_fix(request: str) -> bool:
    """Whether the request speaks of something that is wrong."""
    return bool(_FIX.search(request))


def named(diff: Diff) -> tuple[str, ...]:
    """The names of the tests that the change adds or edits."""
    files = (file for file in diff.files if file.change.status != "deleted" and languages.is_test(file.change.path))
    cases = (case for file in files for case in single_tests.new(file))
    return tuple(dict.fromkeys(case.name for case in cases if _edited(case)))


def _edited(case: SingleTest) -> bool:
    return any(line.sign == "+" and line.text.strip() for line in case.lines)


def over_base(tests: tuple[str, ...], verdicts: Iterable[Verdict]) -> NewTests | None:
    """What the runs over the base's program say of `tests`. None where it is not known: a run was stopped, ran no test,
    or does not list its failures."""
    failed: list[str] = []
    for verdict in verdicts:
        if verdict.state == "passed":
            continue
        if verdict.state != "failed" or not verdict.all_listed:
            return None
        ids = [failure.id for failure in verdict.failures]
        failed += [test for test in tests if any(base_tests.same_test(test, each) for each in ids)]
        if not any(test in failed for test in tests):
            return None  # a file that cannot be loaded: which of its tests would fail is not known
    return NewTests(tuple(test for test in tests if test not in failed), tuple(dict.fromkeys(failed)))
