"""Starting jobs and keeping them within their limits: the half of a sandbox that all backends share.

    runtime/<pid>-<random>/    private, removed when the job's block is left
        launch                 the script that joins the control group and becomes the sandbox program
        control.sock           the line to the shim (see control.py)
        …                      whatever the backend puts there

A backend is a function from a job and that directory to a command line that runs the shim with the job's command.
"""

import asyncio
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from honk import process
from honk.core.errors import Unavailable
from honk.core.job import Job, Result, Stopped
from honk.sandboxes import cgroups, processes
from honk.sandboxes.control_channel import ControlChannel
from honk.sandboxes.limits import ResourceMonitor
from honk.sandboxes.output import JobOutput
from honk.sandboxes.watchdog import Watchdog


@dataclass(frozen=True)
class SandboxCommand:
    """How a sandbox is entered: a command line to which further arguments of the job may be appended, and files that
    it wants to find open for reading, by descriptor (3 to 9)."""

    argv: tuple[str, ...]
    files: Mapping[int, Path] = field(default_factory=dict)


BuildCommand = Callable[[Job, Path], Awaitable[SandboxCommand]]
"""The entry for a job whose private directory is given."""

FAR_BEYOND = 8
"""A job is stopped when it has printed this many times what is kept of its output."""


class Runtime:
    """Where and how jobs are started. `directory` is private and its path short (sockets are opened in it).

    `sealed`: shims are the first process of a namespace. `grouped`: what is started stays in the control group.
    """

    def __init__(self, directory: Path, *, sealed: bool = True, grouped: bool = True) -> None:
        self._directory = directory
        self._sealed = sealed
        self._groups: cgroups.ControlGroupParents | None = None
        self._sought = not grouped
        self._swept = False

    @asynccontextmanager
    async def started(self, job: Job, plan: BuildCommand) -> AsyncIterator["StartedJob"]:
        """`Sandbox.start` for a backend that plans with `plan`."""
        async with self._prepared(job, plan) as (script, guard, control):
            begun = time.monotonic()
            async with process.spawn(("sh", str(script)), cwd=self._directory, stderr=subprocess.STDOUT) as child:
                guard.abandon = lambda: process.kill_group(child.pid)
                running = StartedJob(job, child, guard, control, begun)
                try:
                    yield running
                finally:
                    await running.leave()

    @asynccontextmanager
    async def launched(self, job: Job, plan: BuildCommand) -> AsyncIterator["JobLauncher"]:
        """`Sandbox.launcher` for a backend that plans with `plan`."""
        async with self._prepared(job, plan) as (script, guard, _):
            yield JobLauncher(script, guard)

    @asynccontextmanager
    async def _prepared(self, job: Job, plan: BuildCommand) -> AsyncIterator[tuple[Path, Watchdog, ControlChannel]]:
        """The script to execute, and the guard over whatever it starts."""
        job.home.mkdir(parents=True, exist_ok=True)
        if not self._swept:
            self._swept = True
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sweep(self._directory)
        place = Path(tempfile.mkdtemp(dir=self._directory, prefix=f"{os.getpid()}-"))
        group = await self._group(place.name, job)
        control = ControlChannel(place / "control.sock", job.app_socket, sealed=self._sealed)
        guard = Watchdog(job.limits, control, await asyncio.to_thread(ResourceMonitor, job, group))
        try:
            yield _write_script(place / "launch", await plan(job, place), group), guard, control
        finally:
            await guard.end("cancelled")
            await guard.close()
            control.close()
            if group is not None:
                await cgroups.remove(group)
            shutil.rmtree(place, ignore_errors=True)

    async def _group(self, name: str, job: Job) -> cgroups.ControlGroup | None:
        if not self._sought:
            self._groups, self._sought = await cgroups.find(), True
            if self._groups is not None:
                cgroups.sweep(self._groups)
        if self._groups is not None:
            with suppress(OSError):
                return self._groups.create(f"honk-{name}", job.limits)
        return None


class StartedJob:
    """A running job (`base.Running`)."""

    def __init__(
        self, job: Job, child: asyncio.subprocess.Process, guard: Watchdog, control: ControlChannel, begun: float
    ) -> None:
        self._child = child
        self._guard = guard
        self._control = control
        self._begun = begun
        self._output = JobOutput(job.limits.output_bytes)
        self._most = job.limits.output_bytes * FAR_BEYOND
        self._over = asyncio.create_task(self._finish())

    async def wait(self) -> Result:
        """See `base.Running`."""
        return await asyncio.shield(self._over)

    async def stop(self, why: Stopped = "cancelled") -> None:
        """See `base.Running`."""
        if not self._over.done():
            await self._guard.end(why)
            await asyncio.wait((self._over,))

    async def leave(self) -> None:
        """Stop, and let nobody miss an error that nobody waits for."""
        await self.stop()
        if not self._over.cancelled():
            self._over.exception()

    async def _finish(self) -> Result:
        assert self._child.stdout is not None
        await process.read_chunks(self._child.stdout, self._take)
        status = process.shell_status(await self._child.wait())
        stopped = await self._guard.verdict()
        self._control.admit()
        if not self._control.seen and not stopped:
            raise Unavailable(f"The sandbox did not start: {self._output.text().strip()[-500:]}")
        return Result(status, self._output.text(), time.monotonic() - self._begun, stopped)

    def _take(self, chunk: bytes) -> None:
        self._output.take(chunk)
        if self._output.total > self._most:
            self._guard.request("output")


class JobLauncher:
    """A launcher (`base.Launcher`)."""

    def __init__(self, path: Path, guard: Watchdog) -> None:
        self._path = path
        self._guard = guard

    @property
    def path(self) -> Path:
        """See `base.Launcher`."""
        return self._path

    @property
    def stopped(self) -> Stopped:
        """See `base.Launcher`."""
        return self._guard.stopped


def _sweep(directory: Path) -> None:
    """Remove the private directories that workers which are dead have left."""
    for path in directory.glob("[0-9]*-*"):
        if not processes.alive(path.name.split("-")[0]):
            shutil.rmtree(path, ignore_errors=True)


def _write_script(path: Path, entry: SandboxCommand, group: cgroups.ControlGroup | None) -> Path:
    joining = "" if group is None else f"{{ {cgroups.join_command(group)}; }} || exit 125\n"
    files = "".join(f" {fd}<{shlex.quote(str(file))}" for fd, file in entry.files.items())
    path.write_text(f'#!/bin/sh\n{joining}exec {shlex.join(entry.argv)} "$@"{files}\n')
    path.chmod(0o700)
    return path
