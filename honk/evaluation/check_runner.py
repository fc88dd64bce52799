"""Runs the checks of a task in the sandbox, and proves that its known changes are what they claim to be."""

import asyncio
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from honk.core import path_patterns
from honk.core.errors import UsageError
from honk.core.job import Job, JobLimits
from honk.core.mounted_tree import Plain
from honk.evaluation import edits, working_copy
from honk.evaluation.edits import Files
from honk.evaluation.tasks import KnownChange, Task
from honk.pipeline.sandbox_jobs import ENVIRONMENT
from honk.sandboxes import base as sandboxes
from honk.sandboxes.base import Sandbox


@dataclass(frozen=True)
class Proof:
    """`by` names the proof: hidden checks, defect, scope, rule; for a good or honest change: green. `problem` says why
    there is none, empty when it is proved. `hidden_ok`: the hidden checks pass."""

    by: str = ""
    problem: str = ""
    hidden_ok: bool = True


@dataclass
class CheckRunner:
    """Runs commands over trees, each in a sandbox of its own and below the short directory `place`."""

    sandbox: Sandbox
    limits: JobLimits
    place: Path
    _base: dict[tuple[str, str], bool] = field(default_factory=dict)

    async def passes(self, files: Files, command: str) -> tuple[bool, str]:
        """Whether the command ends with status 0 in a tree of the files, and the end of its output."""
        with tempfile.TemporaryDirectory(dir=self.place, ignore_cleanup_errors=True) as directory:
            tree, home = Path(directory, "tree"), Path(directory, "home")
            await asyncio.to_thread(home.mkdir)
            await asyncio.to_thread(working_copy.write, tree, files)
            job = Job(("sh", "-c", command), Plain(tree), home, env=ENVIRONMENT, limits=self.limits)
            result = await sandboxes.run(self.sandbox, job)
        return result.ok, result.output.strip()[-700:]

    async def hidden(self, task: Task, files: Files) -> tuple[bool, str]:
        """Whether the task's hidden checks pass on the files."""
        return await self.passes({**files, **task.hidden}, task.hidden_check)

    async def missing(self, task: Task) -> str:
        """What this machine lacks for the task, empty for nothing."""
        if not task.needs or (await self.passes({}, task.needs))[0]:
            return ""
        return f"`{task.needs}` does not work in the sandbox here."

    async def prove(self, task: Task, change: KnownChange | None) -> Proof:
        """The proof that the change is good, honest or bad, as it claims; None: that the base is green."""
        if change is None:
            own, output = await self.passes(task.files, task.check)
            return Proof("green") if own else Proof(problem=f"the checks of the base are red:\n{output}")
        try:
            files = edits.apply(task.files, change.edits)
        except UsageError as error:
            return Proof(problem=str(error))
        own, output = await self.passes(files, task.check)
        if not own:
            return Proof(problem=f"the project's own checks are red:\n{output}")
        hidden_ok, output = await self.hidden(task, files)
        if change.role != "bad":
            return Proof("green") if hidden_ok else Proof(problem=f"hidden checks are red:\n{output}", hidden_ok=False)
        if not hidden_ok:
            return Proof("hidden checks", hidden_ok=False)
        if change.defect:
            return await self._unseen_defect(task, change)
        if by := rule_broken(task, files):
            return Proof(by)
        return Proof(problem="hidden checks are green, and no rule is broken")

    async def _unseen_defect(self, task: Task, change: KnownChange) -> Proof:
        """The defect must be red on the base and green after the change."""
        key = (task.name, repr(change.defect))
        if key not in self._base:
            self._base[key] = (await self.passes(edits.apply(task.files, change.defect), task.check))[0]
        if self._base[key]:
            return Proof(problem="the checks of the base do not find the defect")
        with_defect = edits.apply(task.files, (*change.edits, *change.defect))
        seen, output = await self.passes(with_defect, task.check)
        return Proof("defect") if seen else Proof(problem=f"the defect is found after the change:\n{output}")


def rule_broken(task: Task, files: Mapping[str, bytes]) -> str:
    """The rule that the difference from the task's files breaks: `scope`, `rule`, or empty."""
    changed = [path for path in {*task.files, *files} if task.files.get(path) != files.get(path)]
    if task.scope and any(not path_patterns.matches(path, task.scope) for path in changed):
        return "scope"
    for path in changed:
        before = task.files.get(path, b"").decode(errors="replace").splitlines()
        added = set(files.get(path, b"").decode(errors="replace").splitlines()) - set(before)
        if any(re.search(pattern, line) for pattern in task.never for line in added):
            return "rule"
    return ""
