"""The sealed place where anything that the agent or a repository supplies is executed.

A backend is one class with the three members of `Sandbox`; everything else (running to the end, limits, output) is
shared. What a job means is written on `core.execution.Job`. Every backend must pass `honk.sandboxes.conformance`.
"""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from honk.core.errors import Unavailable
from honk.core.job import Job, JobLimits, Result, Stopped
from honk.core.mounted_tree import Plain


class RunningJob(Protocol):
    """A job that was started and is not yet over."""

    async def wait(self) -> Result:
        """Its result, when it ends by itself or was stopped. May be awaited more than once."""

    async def stop(self, why: Stopped = "cancelled") -> None:
        """End everything in the sandbox now (within 2 s); returns when nothing of it is left. Harmless when over."""


class Launcher(Protocol):
    """An executable file that starts a job's program in the sandbox with any further arguments, on our stdio.

    For agents whose SDK insists on starting the program itself.
    """

    @property
    def path(self) -> Path:
        """What to execute."""

    @property
    def stopped(self) -> Stopped:
        """Why Honk ended it (a limit), empty while it did not."""


class Sandbox(Protocol):
    """One way of sealing a process in. Safe to use concurrently; holds no state between jobs.

    Our own failures (the backend does not start) raise Unavailable; a failing command is a Result.
    """

    @property
    def name(self) -> str:
        """How settings name it."""

    async def problem(self) -> str:
        """Empty when this machine can start the sandbox; otherwise the reason and the remedy, in a sentence."""

    def start(self, job: Job) -> AbstractAsyncContextManager[RunningJob]:
        """Start `job`. Leaving the block stops what still runs, also when the task is cancelled."""

    def launcher(self, job: Job) -> AbstractAsyncContextManager[Launcher]:
        """Prepare a launcher for `job`; what it starts is under the same limits and does not outlive the block."""


async def run(sandbox: Sandbox, job: Job) -> Result:
    """Run `job` to its end."""
    async with sandbox.start(job) as running:
        return await running.wait()


async def try_start(sandbox: Sandbox, scratch: Path) -> str:
    """Start `true` in `sandbox`; empty when that works, otherwise what was said. `scratch` is made when missing."""
    with _empty(scratch) as (tree, home):
        try:
            result = await run(sandbox, Job(("true",), tree, home, limits=JobLimits(seconds=20)))
        except Unavailable as error:
            return str(error)
    return "" if result.ok else f"`true` ended with status {result.exit} {result.stopped}: {result.output.strip()}"


@contextmanager
def _empty(scratch: Path) -> Iterator[tuple[Plain, Path]]:
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=scratch) as place:
        tree = Path(place, "tree")
        tree.mkdir()
        yield Plain(tree), Path(place, "home")
