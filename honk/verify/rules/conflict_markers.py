"""Conflict markers of git that were left in files."""

from collections.abc import Iterator

from honk.core.diff import FileDiff
from honk.core.verdict import Finding
from honk.verify.rules.rule_input import RuleInput, finding

_MARKERS = ("<<<<<<< ", "=======", ">>>>>>> ")


def conflict_markers_left(rule_input: RuleInput) -> Iterator[Finding]:
    """Files in which all three markers were added, one after another."""
    for file in rule_input.diff.files:
        if line := _first(file):
            reason = "This file holds conflict markers of a merge. Resolve the conflict and remove them."
            yield finding("conflict-left", file.change.path, line, "block", reason)


def _first(file: FileDiff) -> int:
    """The line of the first marker, 0 when they are not all there."""
    wanted, first = list(_MARKERS), 0
    for line in file.added:
        if line.text.startswith(wanted[0]):
            first = first or line.number
            wanted.pop(0)
        if not wanted:
            return first
    return 0
