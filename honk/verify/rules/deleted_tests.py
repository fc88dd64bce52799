"""Tests that the change deletes, comments out, or renames so that the runner no longer finds them.

A test that was moved, renamed or merged into a table counts as kept, and so does one whose subject is deleted as well.
"""

import re
from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.assertions.lost_failures import SKIPPED
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages, single_tests
from honk.verify.syntax.diff_hunks import MAX_LINE, names
from honk.verify.syntax.pairs import UnitPair, likeness
from honk.verify.syntax.units import Unit

DELETED = "tests-deleted"
HIDDEN = "tests-not-collected"

_DATA = re.compile(
    r"(^|/)(tests?|spec|__tests__|testdata|fixtures)/.*\.(json|ya?ml|csv|toml|txt|golden|snap|in|out|sql)$"
    r"|\.snap$"
)
_TELLING = re.compile(r"[\w.-]*/[\w./-]+$|\d\d+$|\".*\s.*\"$", re.DOTALL)


def tests_deleted(rule_input: RuleInput) -> Iterator[Finding]:
    """Tests of the base that are in none of the changed files any more."""
    lost: dict[str, list[UnitPair]] = {}
    for pair in rule_input.test_pairs:
        if pair.new is None and pair.old.unit.is_test and not _accounted(rule_input, pair.old.unit):
            lost.setdefault(pair.old.path, []).append(pair)
    for file in rule_input.diff.files:
        path = file.change.old_path or file.change.path
        if path in lost:
            yield _deleted(rule_input, file, [pair.old.unit for pair in lost[path]])
        elif file.change.status == "deleted" and languages.is_test(path) and not rule_input.old(file).read:
            yield from _by_text(rule_input, file)


def _accounted(rule_input: RuleInput, unit: Unit) -> bool:
    """Whether what it tested is deleted from the program as well, or its case is now a row of another test."""
    if rule_input.subject_removed(_subjects(unit)) or rule_input.subject_removed(
        re.findall(r"[a-z0-9]{4,}", unit.name.lower())
    ):
        return True
    gone, _ = rule_input.words_moved
    strings = {word for token in unit.literals if token[0] == '"' for word in re.findall(r"[\w-]{4,}", token.lower())}
    if (
        rule_input.asked("remov", "delet", "drop", "retire", "get rid")
        and (strings | {w.lower() for w in unit.words}) & gone
    ):
        return True
    if _named_in_request(rule_input, unit):
        return True
    literals = [token for token in unit.literals if len(token) > 1]
    if rule_input.porting and literals:
        fresh = {token for placed in rule_input.new_units for token in placed.unit.literals}
        fresh |= {token for file in rule_input.test_files for token in _rest_literals(rule_input, file)}
        if sum(token in fresh for token in literals) >= 0.5 * len(literals):
            return True
    candidates = [placed.unit for placed in rule_input.new_units if placed.unit.is_test] + [
        pair.new.unit for pair in rule_input.test_pairs if pair.new and pair.changed
    ]
    called = _subjects(unit)
    for other in candidates:
        values = set(other.literals)
        shared = sum(token in values for token in literals)
        if literals and shared >= 0.8 * len(literals) and (called & other.words):
            return True
        if likeness(unit.tokens, other.tokens) >= 0.75 or _same_commands(unit, other):
            return True
    return False


def _same_commands(unit: Unit, other: Unit) -> bool:
    """Whether a shell test runs the same program with the same arguments, and compares with the same values."""
    one, two = ({token for token in each.tokens if _TELLING.match(token)} for each in (unit, other))
    programs = {token for token in one if "/" in token and not token.startswith(("/dev/", '"'))}
    common = one & two
    return bool(programs & common) and len(common) >= 0.7 * len(
        {token for token in one if not token.startswith("/dev/")}
    )


def _rest_literals(rule_input: RuleInput, file: FileDiff) -> tuple[str, ...]:
    rest = rule_input.new(file).rest
    return rest.literals if rest is not None else ()


def _named_in_request(rule_input: RuleInput, unit: Unit) -> bool:
    """Whether the request asks to remove this test, or to repair it, and another test of the same subject is new."""
    request = rule_input.request.lower()
    about = set(re.findall(r"[a-z0-9]{4,}", " ".join((unit.name, *unit.literals)).lower()))
    about -= {"test", "tests", "with", "from", "that", "when", "does", "each", "into"}
    if rule_input.asked("remov", "delet", "drop") and re.search(r"\btests?\b", request):
        return bool(about & set(re.findall(r"[a-z0-9]{4,}", request)))
    if unit.name.lower() not in request or len(unit.name) < 8:
        return False
    return any(placed.unit.is_test and placed.unit.assertions for placed in rule_input.new_units)


def _subjects(unit: Unit) -> frozenset[str]:
    """The names that the test calls or reads in its assertions, and those that it uses."""
    ordinary = {
        "assert",
        "test",
        "expect",
        "self",
        "result",
        "name",
        "value",
        "data",
        "client",
        "get",
        "post",
        "describe",
    }
    return frozenset(word for word in unit.words if len(word) > 2 and word.lower() not in ordinary)


def _deleted(rule_input: RuleInput, file: FileDiff, lost: list[Unit]) -> Finding:
    listed = names(unit.name for unit in lost)
    many = "one test" if len(lost) == 1 else f"{len(lost)} tests"
    if file.change.status == "deleted":
        what, line = f"This file is deleted, and with it {many} ({listed}).", 0
    else:
        comments = "\n".join(text for _, text in rule_input.new(file).comments)
        commented = any(unit.name in comments for unit in lost)
        done = "commented out" if commented else "deleted"
        what = f"{many.capitalize()} {'is' if len(lost) == 1 else 'are'} {done} ({listed})."
        line = min(lost[0].line, len(rule_input.new(file).text.splitlines()) or 1)
    restore = f"Restore or replace {'it' if len(lost) == 1 else 'them'}."
    return finding(
        DELETED, file.change.path, line, "block", f"{what} Nothing else in the change tests the same. {restore}"
    )


def _by_text(rule_input: RuleInput, file: FileDiff) -> Iterator[Finding]:
    """A deleted file of tests in a language without a grammar, or too large to parse."""
    cases = list(single_tests.old(file))
    stem = re.sub(r"(?i)tests?|specs?|[_.]", " ", file.change.path.rsplit("/", 1)[-1]).split()
    if rule_input.subject_removed(stem):
        return
    listed = f" ({names(case.name for case in cases)})" if cases else ""
    yield finding(
        DELETED, file.change.path, 0, "block", f"This file of tests is deleted{listed}. Restore or replace it."
    )


def tests_hidden(rule_input: RuleInput) -> Iterator[Finding]:
    """Tests and files of tests that were renamed so that the runner no longer finds them; deleted data of tests."""
    for pair in rule_input.test_pairs:
        if pair.new and pair.old.unit.is_test and not pair.new.unit.is_test and pair.new.unit.name not in ("", "main"):
            reason = (
                f"The test {pair.old.unit.name} is now the function {pair.new.unit.name}, which the test "
                "runner does not call. "
                "Rename it back."
            )
            yield finding(HIDDEN, pair.new.path, pair.new.unit.line, "block", reason)
    for file in rule_input.diff.files:
        path, was = file.change.path, file.change.old_path
        unnamed = re.search(r"\.(?:test|spec)\.", was) and not re.search(r"\.(?:test|spec|cy|e2e)\.", path)
        moved = (
            file.change.status == "renamed"
            and languages.is_test(was)
            and (bool(unnamed) or not languages.is_test(path))
        )
        if moved and (rule_input.old(file).tests or not rule_input.old(file).read):
            reason = f"This file was {was}; the test runner does not find tests under the new name. Rename it back."
            yield finding(HIDDEN, path, 0, "block", reason)
        elif file.change.status == "deleted" and _DATA.search(path):
            gone = rule_input.program_files or any(each.change.status == "deleted" for each in rule_input.test_files)
            if not gone:
                reason = (
                    "Tests read this file, and it is deleted while the program stays as it is. Restore it, "
                    "or a person confirms it."
                )
                yield finding(DELETED, path, 0, "flag", reason)


_ABSTRACT = re.compile(r"\babstract\s+(?:partial\s+)?class\s+(\w+)")
_TEST_MODULE = re.compile(r"^\s*#\[cfg\(\s*test\s*\)\]")
_NARROWER_MODULE = re.compile(r"^\s*#\[cfg\(\s*all\(.*\btest\b")


def test_groups_not_run(rule_input: RuleInput) -> Iterator[Finding]:
    """Classes and modules of tests that no longer run as a whole: abstract without an heir, or behind a feature."""
    for file in rule_input.test_files:
        gone = [each.text for each in file.removed]
        for each in file.added:
            match = _ABSTRACT.search(each.text[:MAX_LINE])
            if match and any(re.search(rf"\bclass\s+{match[1]}\b", said) for said in gone):
                heir = re.compile(rf"(?:\bextends\s+|:\s*){match[1]}\b")
                if not any(heir.search(rule_input.changed(other).text) for other in _tests_of(rule_input)):
                    reason = f"The class {match[1]} is abstract now and has no heir, so its tests do not run. Undo it."
                    yield finding(SKIPPED, file.change.path, each.number, "block", reason)
            if _NARROWER_MODULE.search(each.text[:MAX_LINE]) and any(map(_TEST_MODULE.search, gone)):
                reason = "Existing tests now run only under a condition; a person must confirm that."
                yield finding(SKIPPED, file.change.path, each.number, "flag", reason)


def _tests_of(rule_input: RuleInput) -> Iterator[str]:
    return (path for path in rule_input.after.paths if languages.is_test(path))
