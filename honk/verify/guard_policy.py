"""What a repository's `[policy]` says about the guard: severities of rules, and findings that are allowed with a
reason."""

from collections.abc import Iterable
from dataclasses import replace

from honk.core.honk_toml import FILENAME, PolicySettings
from honk.core.verdict import Finding

RULE_IDS = frozenset(
    {
        "agent-file",
        "answer-hard-coded",
        "assertions-removed",
        "assertions-trivial",
        "assertions-weakened",
        "base-tests",
        "beyond-request",
        "binary-file",
        "check-command-weakened",
        "check-scope-narrowed",
        "checker-removed",
        "checker-rule-off",
        "checker-silenced",
        "ci-rights",
        "ci-weakened",
        "comparison-normalised",
        "conflict-left",
        "coverage-excluded",
        "dependency-lowered",
        "dependency-source",
        "error-widened",
        "errors-hidden",
        "expected-value-changed",
        "failure-swallowed",
        "findings-left-out",
        "generated-file",
        "honk-toml-changed",
        "huge-change",
        "ownership",
        "program-depends-on-date",
        "program-detects-tests",
        "protected-path",
        "rule-failed",
        "secret",
        "snapshot-changed",
        "stray-file",
        "submodule",
        "symlink-outside",
        "test-cases-removed",
        "test-ends-early",
        "test-file-unreadable",
        "test-retried",
        "test-runner-changed",
        "tests-deleted",
        "tests-not-collected",
        "tests-skipped",
        "threshold-lowered",
        "tolerance-widened",
        "tool-file",
        "trusted-script-changed",
        "unit-replaced",
        "vendored-code",
    }
)
"""The ids of all rules; docs/guard.md has a section for each."""

FIXED = frozenset({"findings-left-out", "honk-toml-changed", "protected-path", "rule-failed", "trusted-script-changed"})
"""Rules that no policy switches off: they protect the policy itself, and what runs with secrets."""


def applied(findings: Iterable[Finding], policy: PolicySettings) -> tuple[Finding, ...]:
    """The judged findings, and one for each entry of the policy that has no effect: an unknown rule or severity, or no
    reason."""
    return (*judged(findings, policy), *_not_understood(policy))


def judged(findings: Iterable[Finding], policy: PolicySettings) -> tuple[Finding, ...]:
    """The findings with the severities of `policy.guard`, without those that `policy.allow` accepts."""
    kept = []
    for hit in findings:
        severity = policy.guard.get(hit.rule, hit.severity)
        fixed = hit.rule in FIXED
        allowed = len(policy.allow.get(f"{hit.rule} {hit.path}", "").strip()) > 0
        if fixed or (severity != "off" and not allowed):
            wanted = "block" if severity == "block" else "flag" if severity == "flag" and not fixed else hit.severity
            kept.append(replace(hit, severity=wanted))
    return tuple(kept)


def _not_understood(policy: PolicySettings) -> Iterable[Finding]:
    for rule, severity in policy.guard.items():
        if rule not in RULE_IDS or severity not in ("block", "flag", "off"):
            yield _without_effect(f"policy.guard has `{rule} = {severity}`")
    for place, reason in policy.allow.items():
        if place.split(" ", 1)[0] not in RULE_IDS or " " not in place or not reason.strip():
            yield _without_effect(f"policy.allow has `{place}`")


def _without_effect(what: str) -> Finding:
    reason = (
        f"{what}, which has no effect: it needs a rule of docs/guard.md, and block, flag, off or a reason. Correct it."
    )
    return Finding("honk-toml-changed", FILENAME, 0, "flag", reason)
