"""The input of every guard rule: the diff and the base commit's configuration. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from honk.core.diff import Diff, FileDiff
from honk.core.honk_toml import HonkToml
from honk.core.verdict import Finding, Severity
from honk.verify.base import Verifier
from honk.verify.rules import languages, single_tests
from honk.verify.rules.diff_hunks import MAX_LINE, paths, words

_CHECKS = re.compile(r"assert|expect|check")
_DEFINES = re.compile(r"\b(?:def|class|function|func|fn|interface|struct|enum|trait|module|object)\s+(\w+)")


@dataclass(frozen=True)
class RuleInput:
    """The input of a rule. `config` (honk.toml) and `verifiers` are those of the base commit."""

    diff: Diff
    config: HonkToml
    verifiers: tuple[Verifier, ...] = ()

    @cached_property
    def test_files(self) -> tuple[FileDiff, ...]:
        """Files that hold tests, before or after."""
        return tuple(file for file in self.diff.files if any(languages.is_test(path) for path in paths(file)))

    @cached_property
    def removed_words(self) -> frozenset[str]:
        """Words that the change removes from the program (tests not counted)."""
        gone: set[str] = set()
        here: set[str] = set()
        for file in self.program_files:
            tests = {
                id(line) for case in single_tests.old(file) for line in case.lines
            }  # those that live beside the code
            gone |= {word for line in file.removed if id(line) not in tests for word in words(line.text)}
            here |= {word for line in file.lines if line.sign != "-" for word in words(line.text)}
        return frozenset(word for word in gone - here if len(word) > 2)

    @cached_property
    def removed_names(self) -> frozenset[str]:
        """Functions, classes and files that the change removes from the program, in lower case."""
        gone = {
            match[1].lower()
            for file in self.program_files
            for line in file.removed
            if (match := _DEFINES.search(line.text[:MAX_LINE]))
        }
        stems = {
            PurePosixPath(file.change.path).stem.lower()
            for file in self.program_files
            if file.change.status == "deleted"
        }
        return frozenset((gone & self.removed_words) | stems)

    @cached_property
    def program_files(self) -> tuple[FileDiff, ...]:
        """Files that are not tests."""
        return tuple(file for file in self.diff.files if file not in self.test_files)

    def subject_removed(self, about: frozenset[str]) -> bool:
        """Whether the change also removes from the program what a test or assertion with these words was about."""
        return bool(about & self.removed_names) or len(about & self.removed_words) > 1

    @cached_property
    def added_texts(self) -> Counter[str]:
        """Every added line without its indentation, counted. Finds lines that were only moved."""
        return Counter(line.text.strip() for file in self.diff.files for line in file.added)

    @cached_property
    def added_checks(self) -> tuple[frozenset[str], ...]:
        """The words of every added line that asserts something or calls a checking helper."""
        return tuple({words(text) for text in self.added_texts if _CHECKS.search(text[:MAX_LINE])})

    @cached_property
    def removed_texts(self) -> Counter[str]:
        """Every removed line without its indentation, counted."""
        return Counter(line.text.strip() for file in self.diff.files for line in file.removed)


Rule = Callable[[RuleInput], Iterator[Finding]]
"""A rule: returns findings in any order."""


def finding(rule: str, path: str, line: int, severity: Severity, reason: str) -> Finding:
    """A finding. `reason` says in plain words what was seen, why it matters and what settles it."""
    return Finding(rule, path, line, severity, reason)
