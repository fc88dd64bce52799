"""Results of the verifiers and findings of the guard."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "flag"]
"""`block` stops the change; `flag` lets it through to a person, who must look at it."""


@dataclass(frozen=True)
class Verdict:
    """One verifier's result. `name` is format, lint, build or test, or the name of the Make/just target.

    `source` says where the command came from (`honk.toml`, `package.json`, …). `excerpt` holds the relevant lines of a
    failure, one short line for a success. `base_ok` is the same verifier's result on the base commit before the agent
    started, None when it was not run there: what was red before is not blamed on the change.
    """

    name: str
    ok: bool
    seconds: float
    command: str
    source: str
    excerpt: str = ""
    base_ok: bool | None = None

    @property
    def blames(self) -> bool:
        """Whether it failed now and did not fail on the base: the change broke it."""
        return not self.ok and self.base_ok is not False


@dataclass(frozen=True)
class SetupRun:
    """One set-up command that was run before the verifiers."""

    command: str
    ok: bool
    seconds: float
    excerpt: str = ""


@dataclass(frozen=True)
class Finding:
    """What a guard rule found in the diff. `line` is in the new file, 0 where there is none (a deleted file)."""

    rule: str
    path: str
    line: int
    severity: Severity
    reason: str


def green(verdicts: tuple[Verdict, ...]) -> bool:
    """Whether no verifier blames the change."""
    return not any(verdict.blames for verdict in verdicts)


def blocked(findings: tuple[Finding, ...]) -> bool:
    """Whether at least one finding blocks the change."""
    return any(finding.severity == "block" for finding in findings)
