"""Test files that have no syntax tree: of another language, too large, or not parseable. They are compared by their
text."""

from collections.abc import Iterator

from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding
from honk.verify.syntax import languages, single_tests
from honk.verify.syntax.diff_hunks import MAX_LINE, names

RULE = "test-file-unreadable"


def tests_unparsed(rule_input: RuleInput) -> Iterator[Finding]:
    """Fewer assertions or tests by the text; a parser's error that the base did not have."""
    for file in rule_input.diff.files:
        path = file.change.path
        language = languages.of(path)
        if language is None or not languages.is_test(path) or file.change.status == "deleted":
            continue
        old, new = rule_input.old(file), rule_input.new(file)
        if new.read and (not new.source.broken or old.source.broken or not old.text):
            continue
        if new.read:
            reason = (
                "This file of tests does not parse any more, so what it asserts is not known. Correct it, or "
                "a person looks at it."
            )
            yield finding(RULE, path, 1, "flag", reason)
            continue
        asserting = [
            line
            for line in file.removed
            if language.check.search(line.text[:MAX_LINE]) and not rule_input.added_texts[line.text.strip()]
        ]
        added = [
            line
            for line in file.added
            if language.check.search(line.text[:MAX_LINE]) and not rule_input.removed_texts[line.text.strip()]
        ]
        gone = {case.name for case in single_tests.old(file) if case.head.sign == "-"} - {
            case.name for case in single_tests.new(file)
        }
        if gone or asserting:
            what = (
                f"tests are gone ({names(sorted(gone))})"
                if gone
                else f"{len(asserting)} assertions are changed or removed, {len(added)} are added"
            )
            reason = f"Honk cannot parse this file of tests; by its text, {what}. A person must look at it."
            yield finding(RULE, path, file.added[0].number if file.added else 1, "flag", reason)
