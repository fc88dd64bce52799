"""The guard: deterministic rules over a diff. To add a rule: one function in rules/, one line in RULES.

`block` stops the change until it is fixed; `flag` lets it pass to a person, who must look at it. A rule flags where an
honest change may look the same.

`config` and `verifiers` are those of the base commit, never of the change.
"""

from dataclasses import replace
from itertools import accumulate

from honk.core.diff import Diff, DiffLine, FileDiff
from honk.core.honk_toml import HonkToml
from honk.core.verdict import Finding
from honk.verify.base import Verifier
from honk.verify.rules import (
    assertions,
    ci_config,
    conflict_markers,
    deleted_tests,
    honk_toml_rules,
    paths,
    runner_hooks,
    secrets,
    skipped_tests,
    tool_config,
)
from honk.verify.rules.diff_hunks import MAX_LINE
from honk.verify.rules.rule_input import Rule, RuleInput

RULES: tuple[Rule, ...] = (
    deleted_tests.tests_deleted,
    deleted_tests.tests_hidden,
    skipped_tests.tests_skipped,
    skipped_tests.tests_commented_out,
    skipped_tests.tests_cut_short,
    assertions.assertions_weakened,
    assertions.assertions_trivial,
    assertions.tests_emptied,
    runner_hooks.result_forced,
    runner_hooks.program_shadowed,
    ci_config.ci_changed,
    ci_config.make_targets_changed,
    ci_config.package_scripts_changed,
    ci_config.verifier_script_changed,
    tool_config.tool_config_changed,
    tool_config.checkers_silenced,
    honk_toml_rules.honk_toml_changed,
    conflict_markers.conflict_markers_left,
    paths.protected_paths,
    paths.agent_and_tool_files,
    paths.links_and_submodules,
    paths.unreadable_files,
    secrets.secrets_added,
)

MAX_FINDINGS = 200
"""At most so many findings are returned, those that block first."""

MAX_CHARS = 4_000_000
"""At most so many characters of a diff are read; files beyond are marked as truncated."""


def check_diff(diff: Diff, config: HonkToml, verifiers: tuple[Verifier, ...] = ()) -> tuple[Finding, ...]:
    """The findings of all rules in `diff`: blocking ones first, then by path and line, one for each rule and place."""
    rule_input = RuleInput(_bounded(diff), config, verifiers)
    found: dict[tuple[str, str, int], Finding] = {}
    for rule in RULES:
        for hit in rule(rule_input):
            place = (hit.rule, hit.path, hit.line)
            if place not in found or hit.severity == "block":
                found.setdefault(place, hit)
                if found[place].severity == "flag" and hit.severity == "block":
                    found[place] = hit
    ordered = sorted(found.values(), key=lambda hit: (hit.severity != "block", hit.path, hit.line, hit.rule))
    return tuple(ordered[:MAX_FINDINGS])


def _bounded(diff: Diff) -> Diff:
    """The diff cut to MAX_CHARS, which bounds the time that the rules take."""
    left = MAX_CHARS
    files: list[FileDiff] = []
    for file in diff.files:
        size = sum(map(_weight, file.lines))
        files.append(file if size <= left else replace(file, lines=_cut(file.lines, left), truncated=True))
        left = max(0, left - size)
    return Diff(tuple(files))


def _cut(lines: tuple[DiffLine, ...], left: int) -> tuple[DiffLine, ...]:
    sizes = accumulate(map(_weight, lines))
    return tuple(line for line, size in zip(lines, sizes, strict=True) if size <= left)


def _weight(line: DiffLine) -> int:
    """The cost of reading a line, in characters; an empty line costs something, too."""
    return min(len(line.text), MAX_LINE) + 40
