"""Runs known changes through the verifiers and the guard, by the way of `honk verify --base`."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from honk.core.verdict import BASE_TESTS, Finding, green
from honk.evaluation import edits, working_copy
from honk.evaluation.check_runner import CheckRunner
from honk.evaluation.tasks import KnownChange, Role, Task
from honk.git import diff, external_checkout
from honk.pipeline import repo_config
from honk.pipeline.verification import guarding
from honk.pipeline.verification.local_verify import Inspection, Inspector
from honk.verify import base_tests


@dataclass(frozen=True)
class ChangeResult:
    """What Honk says of one change, and what is true of it. `green` is None where no verifier was run, `hidden_ok`
    where the hidden checks were not."""

    task: str
    language: str
    role: Role
    kind: str
    name: str
    green: bool | None
    findings: tuple[Finding, ...]
    hidden_ok: bool | None
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def seen(self) -> bool:
        """Whether a person would look: something is red, or something is flagged."""
        return self.green is False or bool(self.findings)

    @property
    def alarmed(self) -> bool:
        """Whether something is red or flagged, besides changed expectations that the request explains."""
        return self.green is False or not all(is_confirmation(finding) for finding in self.findings)

    @property
    def blocked(self) -> bool:
        """Whether a finding blocks the change."""
        return any(finding.severity == "block" for finding in self.findings)


def is_confirmation(finding: Finding) -> bool:
    """Whether the finding only asks a person to confirm that a test expects what the request says."""
    return finding.rule == BASE_TESTS and finding.reason.endswith(base_tests.ASKED)


async def examine(inspector: Inspector, checks: CheckRunner, task: Task, change: KnownChange) -> ChangeResult:
    """Apply the change to the task's repository and examine it; run the hidden checks on a bad one as well."""
    async with _checkout(task, change, checks.place) as checkout:
        inspection = await inspector.inspect(checkout, "HEAD", change.request)
    hidden_ok = None
    if change.role == "bad":
        hidden_ok, _ = await checks.hidden(task, edits.apply(task.files, change.edits))
    return replace(
        _unexamined(task, change),
        green=_green(inspection),
        findings=inspection.guard,
        hidden_ok=hidden_ok,
        seconds=sum(verdict.seconds for verdict in inspection.verdicts),
        notes=_notes(inspection),
    )


async def guard_alone(task: Task, change: KnownChange, place: Path, ran: ChangeResult | None) -> ChangeResult:
    """What the guard finds now. What runs found, the verifiers and the base's tests, is taken from `ran`; without it,
    it is unknown. `place` is a short directory for the checkout."""
    async with _checkout(task, change, place) as checkout:
        mirror = await external_checkout.link_objects(checkout, checkout.parent)
        now = await external_checkout.tree(mirror, checkout)
        plan = await repo_config.read(mirror, await external_checkout.commit(checkout, "HEAD"))
        difference = await diff.read(mirror, plan.commit, now)
        findings = await guarding.findings(mirror, plan, now, difference, change.request)
    known = ran or _unexamined(task, change)
    from_runs = tuple(finding for finding in known.findings if finding.rule == BASE_TESTS)
    return replace(known, findings=findings + from_runs)


@asynccontextmanager
async def _checkout(task: Task, change: KnownChange, place: Path) -> AsyncIterator[Path]:
    """The task's repository with the change in its working tree."""
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as directory:
        checkout = Path(directory, "checkout")
        await working_copy.commit(checkout, task.files)
        await working_copy.replace(checkout, edits.apply(task.files, change.edits))
        yield checkout


def _unexamined(task: Task, change: KnownChange) -> ChangeResult:
    return ChangeResult(task.name, task.language, change.role, change.kind, change.name, None, (), None, 0.0)


def _green(inspection: Inspection) -> bool:
    """Whether set-up worked, at least one verifier was found, and none blames the change."""
    return bool(inspection.verdicts) and all(run.ok for run in inspection.setup) and green(inspection.verdicts)


def _notes(inspection: Inspection) -> tuple[str, ...]:
    red = [f"{verdict.name} is red: {verdict.excerpt}" for verdict in inspection.verdicts if not verdict.ok]
    return (*red, *(f"set-up failed: {run.command}" for run in inspection.setup if not run.ok), *inspection.notices)
