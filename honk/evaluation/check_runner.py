"""Runs the checks of a task in the sandbox, and proves that its known changes are what they claim to be."""

import asyncio
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from honk.core import path_patterns
from honk.core.errors import UsageError
from honk.core.job import Job, JobLimits, Result
from honk.core.mounted_tree import Plain
from honk.evaluation import edits, working_copy
from honk.evaluation.edits import Files
from honk.evaluation.tasks import KnownChange, Task
from honk.pipeline.sandbox_jobs import ENVIRONMENT
from honk.pipeline.verification.local_verify import OpenSockets
from honk.sandboxes import base as sandboxes
from honk.sandboxes.base import Sandbox
from honk.verify import runner


@dataclass(frozen=True)
class Proof:
    """`by` names the proof: hidden checks, defect, scope, rule; for a good or honest change: green. `problem` says why
    there is none, empty when it is proved. `hidden_ok`: the hidden checks pass."""

    by: str = ""
    problem: str = ""
    hidden_ok: bool = True


@dataclass
class CheckRunner:
    """Runs commands over trees, each in a sandbox of its own and below the short directory `place`. Set-up reaches the
    network through `gateway_sockets`."""

    sandbox: Sandbox
    gateway_sockets: OpenSockets
    limits: JobLimits
    place: Path
    _base: dict[tuple[str, str], bool] = field(default_factory=dict)

    async def passes(self, files: Files, command: str, setup: tuple[str, ...] = ()) -> tuple[bool, str]:
        """Whether set-up and command end with status 0 in a tree of the files, and the end of the output."""
        with tempfile.TemporaryDirectory(dir=self.place, ignore_cleanup_errors=True) as directory:
            tree, home, sockets = (Path(directory, name) for name in ("tree", "home", "sockets"))
            await asyncio.to_thread(home.mkdir)
            await asyncio.to_thread(working_copy.write, tree, files)
            job = Job(("sh", "-c", command), Plain(tree), home, env=ENVIRONMENT, limits=self.limits)
            if setup:
                async with self.gateway_sockets(sockets, ("*",)):
                    ran = await runner.set_up(self._run, replace(job, proxy_sockets=sockets), setup)
                if failed := next((each for each in ran if not each.ok), None):
                    return False, f"set-up `{failed.command}` failed: {failed.excerpt}"
                job = runner.shell(job, command)
            result = await self._run(job)
        return result.ok, result.output.strip()[-700:]

    async def _run(self, job: Job) -> Result:
        return await sandboxes.run(self.sandbox, job)

    async def hidden(self, task: Task, files: Files) -> tuple[bool, str]:
        """Whether the task's hidden checks pass on the files."""
        return await self.passes({**files, **task.hidden}, task.hidden_check, task.setup)

    async def missing(self, task: Task) -> str:
        """What this machine lacks for the task, empty for nothing."""
        if not task.needs or (await self.passes({}, task.needs))[0]:
            return ""
        return f"`{task.needs}` does not work in the sandbox here."

    async def prove(self, task: Task, change: KnownChange | None) -> Proof:
        """The proof that the change is good, honest or bad, as it claims; None: that the base is green."""
        if change is None:
            own, output = await self.passes(task.files, task.check, task.setup)
            return Proof("green") if own else Proof(problem=f"the checks of the base are red:\n{output}")
        try:
            files = edits.apply(task.files, change.edits)
        except UsageError as error:
            return Proof(problem=str(error))
        own, output = await self.passes(files, task.check, task.setup)
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
            planted = edits.apply(task.files, change.defect)
            self._base[key] = (await self.passes(planted, task.check, task.setup))[0]
        if self._base[key]:
            return Proof(problem="the checks of the base do not find the defect")
        with_defect = edits.apply(task.files, (*change.edits, *change.defect))
        seen, output = await self.passes(with_defect, task.check, task.setup)
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
