"""Tests that the change deletes, comments out, or renames so that the runner no longer finds them.

A test that was moved, renamed or merged into another does not count as deleted. A deleted test blocks the change,
unless the program also lost what it tested: then a person is asked.
"""

from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules import languages, single_tests
from honk.verify.rules.diff_hunks import names
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.single_tests import SingleTest

RULE = "tests deleted"

SAME = 0.65
"""A test that has at least this share of another one's words counts as its replacement."""

MOVED = 0.4
"""The same share for a test with the same name in another file."""

MOST = 600
"""Replacements are looked for among the first added tests only, at most so many."""

_HELPERS = ("helper", "util", "fixture", "factory", "factories", "base", "common", "support")


def tests_deleted(rule_input: RuleInput) -> Iterator[Finding]:
    """Tests that the diff removes."""
    added = [case for file in rule_input.diff.files for case in single_tests.new(file) if case.head.sign == "+"][:MOST]
    for file in rule_input.diff.files:
        lost = list(_missing(file, added))
        for severity in ("block", "flag"):
            hits = [case for case in lost if _severity(rule_input, case) == severity]
            if hits:
                yield _finding(file, hits, severity)


def _missing(file: FileDiff, added: list[SingleTest]) -> Iterator[SingleTest]:
    for case in single_tests.old(file):
        if case.head.sign == "-" and _is_case(case) and not any(_succeeds(file, other, case) for other in added):
            yield case


def _is_case(case: SingleTest) -> bool:
    """Functions by the name of test are tests in a file of tests; where a marker makes the test, anywhere."""
    language = languages.of(case.path)
    return languages.is_test(case.path) or bool(language and language.marker)


def _succeeds(file: FileDiff, new: SingleTest, old: SingleTest) -> bool:
    """Whether `new` is `old` again (by name, or moved), or says most of what it said."""
    share = len(old.words & new.words) / max(1, len(old.words))
    if new.name == old.name:
        return new.path == file.change.path or share >= MOVED
    return share >= SAME


def _severity(rule_input: RuleInput, case: SingleTest) -> Severity:
    return "flag" if rule_input.subject_removed(case.words) else "block"


def _finding(file: FileDiff, lost: list[SingleTest], severity: Severity) -> Finding:
    listed = names(case.name for case in lost)
    commented = any(case.name in line.text and _is_comment(file, line.text) for line in file.added for case in lost)
    whole = file.change.status == "deleted"
    if whole:
        what = f"This file is deleted, and with it {_number(len(lost))} ({listed})."
    else:
        verb = "commented out" if commented else "deleted"
        what = f"{_number(len(lost)).capitalize()} {'is' if len(lost) == 1 else 'are'} {verb} ({listed})."
    remedy = (
        "What they tested seems to be deleted too; a person must confirm that."
        if severity == "flag"
        else f"Restore or replace {'it' if len(lost) == 1 else 'them'}."
    )
    path = lost[0].path if whole else file.change.path
    line = 0 if whole else _place(file, lost[0])
    return finding(RULE, path, line, severity, f"{what} {remedy}")


def _is_comment(file: FileDiff, text: str) -> bool:
    language = languages.of(file.change.path)
    return bool(language) and text.strip().startswith((language.comment if language else "#", "/*", "*"))


def _place(file: FileDiff, case: SingleTest) -> int:
    """The line of the new file at which the test would be."""
    number = 0
    for line in file.lines:
        if line is case.head:
            break
        number = line.number if line.sign != "-" else number
    return number + 1


def _number(count: int) -> str:
    return "one test" if count == 1 else f"{count} tests"


def tests_hidden(rule_input: RuleInput) -> Iterator[Finding]:
    """Files of tests that were renamed so that the runner no longer finds them, or deleted without a readable diff."""
    for file in rule_input.diff.files:
        path, was = file.change.path, file.change.old_path
        if file.change.status == "renamed" and languages.is_test(was) and not languages.is_test(path):
            helper = any(word in path.lower() for word in _HELPERS)
            reason = f"This file was {was}; the test runner does not find tests under the new name. Rename it back."
            yield finding(RULE, path, 0, "flag" if helper else "block", reason)
        elif file.change.status == "deleted" and languages.is_test(path) and (file.truncated or file.change.binary):
            yield finding(RULE, path, 0, "block", "This file of tests is deleted. Restore it.")
