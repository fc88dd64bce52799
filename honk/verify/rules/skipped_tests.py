"""Tests that still exist but are skipped, or do not run to their end."""

import re
from collections.abc import Iterator

from honk.core.diff import DiffLine, FileDiff
from honk.core.verdict import Finding
from honk.verify.rules import languages, single_tests
from honk.verify.rules.diff_hunks import MAX_LINE, after, hunks, indent
from honk.verify.rules.languages import Language
from honk.verify.rules.rule_input import RuleInput, finding

RULE = "tests skipped"

_OPENS_STRING = re.compile(r"^\s*[rR]?(\"\"\"|''')\s*$")
_OPENS_COMMENT = re.compile(r"^\s*/\*(?!.*\*/)")
_RETURNS = re.compile(r"^\s+return\s*(?:None|;)?\s*;?\s*(?:#.*|//.*)?$")


def tests_skipped(rule_input: RuleInput) -> Iterator[Finding]:
    """Decorators and calls that skip a test."""
    for file, language in _files(rule_input):
        tests = single_tests.owners(single_tests.new(file))
        known = {case.name for case in single_tests.old(file)}
        for line in file.added:
            text = line.text[:MAX_LINE]
            if text.strip().startswith(language.comment) or rule_input.removed_texts[text.strip()]:
                continue  # moved, or indented anew
            owner = tests.get(id(line))
            fresh = file.change.status == "added" or (
                owner is not None and owner.head.sign == "+" and owner.name not in known
            )
            if hit := _judged(file, language, line, fresh):
                yield hit


def _judged(file: FileDiff, language: Language, line: DiffLine, fresh: bool) -> Finding | None:
    path, text = file.change.path, line.text[:MAX_LINE]
    if language.alone.search(text):
        return finding(
            RULE, path, line.number, "block", "This makes the runner run only one test and skip all others. Remove it."
        )
    if language.off.search(text):
        if fresh:
            return finding(
                RULE, path, line.number, "flag", "This new test is marked to be skipped, so it checks nothing."
            )
        return finding(
            RULE, path, line.number, "block", "This skips an existing test, or ignores its failure. Remove it."
        )
    if language.sometimes.search(text) and not fresh:
        return finding(
            RULE,
            path,
            line.number,
            "flag",
            "An existing test now runs only under a condition; a person must confirm that.",
        )
    return None


def tests_commented_out(rule_input: RuleInput) -> Iterator[Finding]:
    """Existing tests put into a string or a block comment."""
    for file, language in _files(rule_input):
        opens = _OPENS_STRING if language.comment == "#" else _OPENS_COMMENT
        for hunk in hunks(file):
            lines = after(hunk)
            for line, below in zip(lines, lines[1:], strict=False):
                tests = language.define.search(below.text[:MAX_LINE]) or language.check.search(below.text[:MAX_LINE])
                if line.sign == "+" and below.sign == " " and tests and opens.search(line.text[:MAX_LINE]):
                    yield finding(
                        RULE,
                        file.change.path,
                        line.number,
                        "block",
                        "The tests below are put into a comment. Restore them.",
                    )


def tests_cut_short(rule_input: RuleInput) -> Iterator[Finding]:
    """Existing tests that return early, so that the rest of the block is never run."""
    for file, _ in _files(rule_input):
        for hunk in hunks(file):
            lines = [line for line in after(hunk) if line.text.strip()]
            for line, below in zip(lines, lines[1:], strict=False):
                returns = line.sign == "+" and _RETURNS.search(line.text[:MAX_LINE])
                if returns and below.sign == " " and indent(below.text) == indent(line.text):
                    yield finding(
                        RULE,
                        file.change.path,
                        line.number,
                        "block",
                        "The test returns here, so the lines below are never run. Remove the return.",
                    )


def _files(rule_input: RuleInput) -> Iterator[tuple[FileDiff, Language]]:
    for file in rule_input.diff.files:
        path = file.change.path
        language = languages.of(path)
        inline = language is not None and language.name == "Rust"  # its tests live beside what they test
        if language and (languages.is_test(path) or inline or path.endswith("conftest.py")):
            yield file, language
