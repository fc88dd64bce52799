"""The finding that CI checks less."""

from honk.core.diff import FileDiff
from honk.core.verdict import Finding, Severity
from honk.verify.rules.rule_input import finding
from honk.verify.rules.tool_config.added_line import line_of

WEAKENED = "ci-weakened"


def checks_less(file: FileDiff, key: str, now: object, severity: Severity, what: str) -> Finding:
    value = now if isinstance(now, tuple | str) else None
    return finding(
        WEAKENED, file.change.path, line_of(file, key, value), severity, f"{what}. Restore it, or a person confirms it."
    )
