"""The contract of a sandbox, in which everything that the agent or a repository supplies is executed.

A backend is one class with the members of `Sandbox`; limits, output and the end of a run are shared by all backends.
`core.job.Job` says what each field of a job means. Every backend must pass `honk.sandboxes.conformance`.
"""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from honk.core.errors import Unavailable
from honk.core.job import Job, JobLimits, Result, RunningJob, Stopped
from honk.core.mounted_tree import Plain


class Launcher(Protocol):
    """An executable file that starts a job's program in the sandbox, with further arguments, on the caller's stdio.

    For agents whose SDK starts the program itself.
    """

    @property
    def path(self) -> Path:
        """The file to execute."""

    @property
    def stopped(self) -> Stopped:
        """Why Honk ended what was launched; empty when it did not."""


class Sandbox(Protocol):
    """One way to isolate a process. Jobs may run concurrently and share no state.

    A sandbox that does not start raises Unavailable; a command that fails is a Result.
    """

    @property
    def name(self) -> str:
        """The name in the settings."""

    async def problem(self) -> str:
        """Empty when this machine can start the sandbox; otherwise one sentence with the reason and the remedy."""

    def start(self, job: Job) -> AbstractAsyncContextManager[RunningJob]:
        """Start `job`. Leaving the block stops it, also when the task is cancelled."""

    def launcher(self, job: Job) -> AbstractAsyncContextManager[Launcher]:
        """Prepare a launcher for `job`. What it starts has the same limits and does not outlive the block."""


async def run(sandbox: Sandbox, job: Job) -> Result:
    """Run `job` to its end."""
    async with sandbox.start(job) as running:
        return await running.wait()


async def try_start(sandbox: Sandbox, scratch: Path) -> str:
    """Start `true` in `sandbox`: empty when that works, otherwise the error. `scratch` is made when missing."""
    with _empty_tree(scratch) as (tree, home):
        try:
            result = await run(sandbox, Job(("true",), tree, home, limits=JobLimits(seconds=20)))
        except Unavailable as error:
            return str(error)
    return "" if result.ok else f"`true` ended with status {result.exit} {result.stopped}: {result.output.strip()}"


@contextmanager
def _empty_tree(scratch: Path) -> Iterator[tuple[Plain, Path]]:
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        tree = Path(directory, "tree")
        tree.mkdir()
        yield Plain(tree), Path(directory, "home")
