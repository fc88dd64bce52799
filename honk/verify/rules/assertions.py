"""Tests that still run but check less than before."""

import re
from collections.abc import Iterator

from honk.core.diff import DiffLine, FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules import languages, single_tests
from honk.verify.rules.diff_hunks import MAX_LINE, Hunk, hunks, words
from honk.verify.rules.languages import SWALLOW, TRIVIAL, Language
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.rules.single_tests import SingleTest

RULE = "assertions weakened"

_HOLLOW = re.compile(
    r"\s*(?:pass|\.\.\.|return|None|[)}\];]+|[rR]?(?:\"\"\"|\'\'\').*(?:\"\"\"|\'\'\')|#.*|//.*)?;?\s*$"
)
_EXACT = re.compile(
    r"==|assertEqual|assertDictEqual|assertListEqual|toBe\(|toEqual\(|toStrictEqual|assert_eq!|\.equal\("
)
_LOOSE = re.compile(
    r"assertTrue|assertIsNotNone|assertIsInstance|assertGreater|assertLess|assertNotEqual|toBeTruthy|toBeDefined"
    r"|\.not\.|toBeGreater|toBeLess|is not None|isinstance\(|>=|<=|!=|\bassert\s+[\w.()\[\]'\"]+\s*$"
)


def assertions_weakened(rule_input: RuleInput) -> Iterator[Finding]:
    """Assertions removed, commented out, made trivial or loosened in tests that stay."""
    for file in rule_input.test_files:
        language = languages.of(file.change.path)
        if language and file.change.status in ("modified", "renamed"):
            fresh = {id(line) for case in _fresh(file) for line in case}
            dropped = {id(line) for case in single_tests.old(file) if case.head.sign == "-" for line in case.lines}
            for hunk in hunks(file):
                yield from _in_hunk(
                    rule_input,
                    file,
                    language,
                    tuple(
                        line
                        for line in hunk
                        if not (line.sign == "+" and id(line) in fresh)
                        and not (line.sign == "-" and id(line) in dropped)
                    ),
                )


def assertions_trivial(rule_input: RuleInput) -> Iterator[Finding]:
    """Assertions that cannot fail, and code that hides their failure."""
    for file in rule_input.test_files:
        tests = single_tests.owners(single_tests.new(file))
        fresh = {id(line) for case in _fresh(file) for line in case}
        for line in file.added:
            text = line.text[:MAX_LINE]
            if rule_input.removed_texts[text.strip()]:
                continue
            severity: Severity = "flag" if id(line) in fresh or file.change.status == "added" else "block"
            if TRIVIAL.search(text):
                yield finding(
                    RULE,
                    file.change.path,
                    line.number,
                    severity,
                    "This assertion can never fail, so it checks nothing. Assert the real result.",
                )
            elif SWALLOW.search(text) and ("AssertionError" in text or id(line) in tests):
                reason = "This hides a failing assertion. Let the assertion fail the test."
                yield finding(RULE, file.change.path, line.number, severity, reason)


def tests_emptied(rule_input: RuleInput) -> Iterator[Finding]:
    """Existing tests whose body was emptied."""
    for file in rule_input.test_files:
        had = {
            case.name for case in single_tests.old(file) if any(not _HOLLOW.match(line.text) for line in _body(case))
        }
        for case in single_tests.new(file):
            body = _body(case)
            if case.name in had and body and all(_HOLLOW.match(line.text[:MAX_LINE]) for line in body):
                reason = f"The test {case.name} is now empty. Restore its body."
                yield finding(RULE, file.change.path, case.head.number, "block", reason)


def _body(case: SingleTest) -> list[DiffLine]:
    return list(case.lines[case.lines.index(case.head) + 1 :])


def _fresh(file: FileDiff) -> Iterator[tuple[DiffLine, ...]]:
    known = {case.name for case in single_tests.old(file)}
    for case in single_tests.new(file):
        if case.head.sign == "+" and case.name not in known:
            yield case.lines


def _in_hunk(rule_input: RuleInput, file: FileDiff, language: Language, hunk: Hunk) -> Iterator[Finding]:
    here = [line for line in hunk if line.sign == "+"]
    added = [line for line in here if _checks(language, line)]
    removed = [
        line
        for line in hunk
        if line.sign == "-" and _checks(language, line) and not rule_input.added_texts[line.text.strip()]
    ]
    if not removed:
        return
    place = _place(hunk, removed[0])
    commented = [line for line in removed if _commented(hunk, language, line)]
    if commented:
        yield finding(
            RULE,
            file.change.path,
            place,
            "block",
            f"{_number(len(commented))} commented out. Restore what was asserted.",
        )
        return
    lost = len(removed) - len(added)
    if lost > 0:
        about = frozenset(word for line in removed for word in words(line.text))
        severity: Severity = (
            "flag" if added or _goes_on(rule_input, removed) or rule_input.subject_removed(about) else "block"
        )
        yield finding(
            RULE,
            file.change.path,
            place,
            severity,
            f"{_number(lost)} removed from existing tests. Restore or replace what was asserted.",
        )
    elif any(map(_exact, removed)) and not any(map(_exact, here)) and any(map(_loose, added)):
        yield finding(
            RULE,
            file.change.path,
            place,
            "flag",
            "An exact comparison was replaced by a looser one; a person must confirm that.",
        )


def _checks(language: Language, line: DiffLine) -> bool:
    text = line.text[:MAX_LINE]
    return not text.strip().startswith(language.comment) and bool(language.check.search(text))


def _commented(hunk: Hunk, language: Language, line: DiffLine) -> bool:
    text = line.text.strip()
    return any(
        each.sign == "+" and each.text.strip().startswith(language.comment) and text in each.text for each in hunk
    )


def _goes_on(rule_input: RuleInput, removed: list[DiffLine]) -> bool:
    """Whether an added line asserts the same: the assertion was rewritten, or moved to a helper."""
    about = frozenset(word for line in removed for word in words(line.text))
    return any(about and len(about & check) >= 0.65 * len(about) for check in rule_input.added_checks)


def _exact(line: DiffLine) -> bool:
    return bool(_EXACT.search(line.text[:MAX_LINE]))


def _loose(line: DiffLine) -> bool:
    return bool(_LOOSE.search(line.text[:MAX_LINE]))


def _place(hunk: Hunk, target: DiffLine) -> int:
    number = 0
    for line in hunk:
        if line is target:
            break
        number = line.number if line.sign != "-" else number
    return number + 1


def _number(count: int) -> str:
    return "One assertion is" if count == 1 else f"{count} assertions are"
