"""Runs known changes through the verifiers and the guard, by the way of `honk verify --base`."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from honk.core.verdict import Finding, green
from honk.evaluation import edits, working_copy
from honk.evaluation.check_runner import CheckRunner
from honk.evaluation.tasks import KnownChange, Role, Task
from honk.pipeline.verification.local_verify import Inspection, Inspector


@dataclass(frozen=True)
class ChangeResult:
    """What Honk says of one change, and what is true of it. `hidden_ok` is None where hidden checks were not run."""

    task: str
    language: str
    role: Role
    kind: str
    name: str
    green: bool
    findings: tuple[Finding, ...]
    hidden_ok: bool | None
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def seen(self) -> bool:
        """Whether a person would look: something is red, or something is flagged."""
        return not self.green or bool(self.findings)

    @property
    def blocked(self) -> bool:
        """Whether a finding blocks the change."""
        return any(finding.severity == "block" for finding in self.findings)


async def run(inspector: Inspector, checks: CheckRunner, task: Task, change: KnownChange) -> ChangeResult:
    """Apply the change to the task's repository and examine it; run the hidden checks on it as well."""
    files = edits.apply(task.files, change.edits)
    with tempfile.TemporaryDirectory(dir=checks.place, ignore_cleanup_errors=True) as directory:
        checkout = Path(directory, "checkout")
        await working_copy.commit(checkout, task.files)
        await working_copy.replace(checkout, files)
        inspection = await inspector.inspect(checkout, "HEAD", change.request)
    hidden_ok, _ = await checks.hidden(task, files)
    return ChangeResult(
        task=task.name,
        language=task.language,
        role=change.role,
        kind=change.kind,
        name=change.name,
        green=_green(inspection),
        findings=inspection.guard,
        hidden_ok=hidden_ok,
        seconds=sum(verdict.seconds for verdict in inspection.verdicts),
        notes=_notes(inspection),
    )


def _green(inspection: Inspection) -> bool:
    """Whether set-up worked, at least one verifier was found, and none blames the change."""
    return bool(inspection.verdicts) and all(run.ok for run in inspection.setup) and green(inspection.verdicts)


def _notes(inspection: Inspection) -> tuple[str, ...]:
    red = [f"{verdict.name} is red: {verdict.excerpt}" for verdict in inspection.verdicts if not verdict.ok]
    return (*red, *(f"set-up failed: {run.command}" for run in inspection.setup if not run.ok), *inspection.notices)
