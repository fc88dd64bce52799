"""The guard: deterministic rules over a change.

To add a rule: one function in rules/, one line in RULES, one section in docs/guard.md.

`block` stops the change until it is fixed; `flag` lets it pass to a person, who must look at it. A rule flags where an
honest change may look the same.

`config`, `verifiers` and `before` are those of the base commit, never of the change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from honk.core.diff import Diff, DiffLine, FileDiff
from honk.core.honk_toml import HonkToml
from honk.core.verdict import Finding, blocked
from honk.verify import guard_policy
from honk.verify.base import Listing, Verifier
from honk.verify.rules import (
    beyond_request,
    conflict_markers,
    deleted_tests,
    dependencies,
    expectations,
    honk_toml_rules,
    paths,
    program_shortcuts,
    replaced_units,
    runner_hooks,
    secrets,
    shell_checks,
    skipped_tests,
    suppressions,
    test_awareness,
    test_programs,
    trusted_files,
    unparsed,
)
from honk.verify.rules.assertions.rule import assertions_weakened
from honk.verify.rules.ci_config.make_targets import make_targets_changed
from honk.verify.rules.ci_config.rule import ci_changed
from honk.verify.rules.ci_config.scripts import scripts_changed
from honk.verify.rules.rule_input import Rule, RuleInput
from honk.verify.rules.tool_config.compiler_flags import compiler_flags_changed
from honk.verify.rules.tool_config.rule import tool_config_changed
from honk.verify.syntax.diff_hunks import MAX_LINE

RULES: tuple[Rule, ...] = (
    deleted_tests.tests_deleted,
    deleted_tests.tests_hidden,
    deleted_tests.test_groups_not_run,
    skipped_tests.tests_skipped,
    skipped_tests.tests_cut_short,
    skipped_tests.tests_commented_out,
    assertions_weakened,
    expectations.expectations_changed,
    expectations.cases_removed,
    expectations.snapshots_changed,
    replaced_units.units_replaced,
    shell_checks.shell_checks_changed,
    test_awareness.program_detects_tests,
    program_shortcuts.answers_hard_coded,
    program_shortcuts.errors_hidden,
    suppressions.checkers_silenced,
    test_programs.test_programs_changed,
    runner_hooks.result_forced,
    runner_hooks.program_shadowed,
    runner_hooks.exit_status_lost,
    ci_changed,
    make_targets_changed,
    scripts_changed,
    tool_config_changed,
    compiler_flags_changed,
    dependencies.dependencies_changed,
    trusted_files.trusted_changed,
    honk_toml_rules.honk_toml_changed,
    conflict_markers.conflict_markers_left,
    paths.protected_paths,
    paths.agent_and_tool_files,
    paths.links_and_submodules,
    paths.unreadable_files,
    paths.stray_files,
    beyond_request.beyond_request,
    secrets.secrets_added,
    unparsed.tests_unparsed,
)

RULE_FAILED = "rule-failed"

MAX_FINDINGS = 200
"""At most so many findings are listed, those that block first; one more says how many were left out."""

LEFT_OUT = "findings-left-out"

MAX_CHARS = 4_000_000
"""At most so many characters of a diff are read; files beyond are marked as truncated."""


def check_diff(
    diff: Diff,
    config: HonkToml,
    verifiers: tuple[Verifier, ...] = (),
    before: Listing | None = None,
    after: Listing | None = None,
    request: str = "",
) -> tuple[Finding, ...]:
    """The findings of all rules in `diff`: blocking ones first, then by path and line, one for each rule and place.

    `before` and `after` list and read the files of both sides; `request` is what was asked for. A rule that fails is
    itself a finding.
    """
    nothing = Listing(frozenset(), lambda _: b"")
    rule_input = RuleInput(_bounded(diff), config, verifiers, before or nothing, after or nothing, request)
    found: dict[tuple[str, str, int], Finding] = {}
    for rule in RULES:
        for hit in _applied(rule, rule_input):
            place = (hit.rule, hit.path, hit.line)
            if place not in found or (found[place].severity == "flag" and hit.severity == "block"):
                found[place] = hit
    elsewhere = {(hit.path, hit.line) for hit in found.values() if hit.rule != expectations.CHANGED}
    kept = [hit for hit in found.values() if hit.rule != expectations.CHANGED or (hit.path, hit.line) not in elsewhere]
    ordered = sorted(
        guard_policy.applied(kept, config.policy),
        key=lambda hit: (hit.severity != "block", hit.path, hit.line, hit.rule),
    )
    return (*ordered[:MAX_FINDINGS], *_left_out(ordered[MAX_FINDINGS:]))


def _left_out(rest: Sequence[Finding]) -> Iterator[Finding]:
    """One finding for those beyond the limit: a list that was cut must not read as a whole one."""
    if rest:
        reason = (
            f"{len(rest)} more findings are not listed, because at most {MAX_FINDINGS} are. Settle the listed ones, or"
            " make the change smaller, to see the others."
        )
        yield Finding(LEFT_OUT, rest[0].path, 0, "block" if blocked(tuple(rest)) else "flag", reason)


def _applied(rule: Rule, rule_input: RuleInput) -> list[Finding]:
    """The rule's findings. Whatever it raises is a finding, so that no change can switch a rule off."""
    try:
        return list(rule(rule_input))
    except Exception as error:  # noqa: BLE001 - the text is untrusted; a failing rule is said, not hidden
        path = rule_input.diff.files[0].change.path if rule_input.diff.files else ""
        name = getattr(rule, "__name__", "a rule").replace("_", " ")
        reason = (
            f"The rule about {name} failed on this change ({type(error).__name__}), so what it looks for is "
            "not known. A person must look at it."
        )
        return [Finding(RULE_FAILED, path, 0, "flag", reason)]


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
