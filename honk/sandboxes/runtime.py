"""Starting jobs and keeping them within their limits: the part of a sandbox that all backends share.

    runtime/<pid>-<random>/    private, removed when the job's block is left
        launch                 a script that joins the control group, then executes the sandbox program
        control.sock           the control channel to the shim (control_channel.py)
        …                      what the backend puts there

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
    """The command line that starts a job in a sandbox; further arguments of the job may be appended to it.

    `files` are to be open for reading, by descriptor (3 to 9).
    """

    argv: tuple[str, ...]
    files: Mapping[int, Path] = field(default_factory=dict)


BuildCommand = Callable[[Job, Path], Awaitable[SandboxCommand]]
"""The command for a job whose private directory is given."""

OUTPUT_FACTOR = 8
"""A job is stopped when it has printed so many times the output that is kept."""


class Runtime:
    """Starts jobs. `directory` is private, and its path is short because sockets are opened in it.

    `sealed`: each shim is the first process of a namespace. `grouped`: what is started stays in the control group.
    """

    def __init__(self, directory: Path, *, sealed: bool = True, grouped: bool = True) -> None:
        self._directory = directory
        self._sealed = sealed
        self._groups: cgroups.ControlGroupParents | None = None
        self._groups_searched = not grouped
        self._swept_once = False

    @asynccontextmanager
    async def started(self, job: Job, build: BuildCommand) -> AsyncIterator["StartedJob"]:
        """`Sandbox.start` for a backend whose commands `build` makes."""
        async with self._prepared(job, build) as (script, watchdog, control):
            begun = time.monotonic()
            async with process.spawn(("sh", str(script)), cwd=self._directory, stderr=subprocess.STDOUT) as child:
                watchdog.kill_unstarted = lambda: process.kill_group(child.pid)
                running = StartedJob(job, child, watchdog, control, begun)
                try:
                    yield running
                finally:
                    await running.close()

    @asynccontextmanager
    async def launched(self, job: Job, build: BuildCommand) -> AsyncIterator["JobLauncher"]:
        """`Sandbox.launcher` for a backend whose commands `build` makes."""
        async with self._prepared(job, build) as (script, watchdog, _):
            yield JobLauncher(script, watchdog)

    @asynccontextmanager
    async def _prepared(self, job: Job, build: BuildCommand) -> AsyncIterator[tuple[Path, Watchdog, ControlChannel]]:
        """The script to execute, and the watchdog and the control channel of what it starts."""
        job.home.mkdir(parents=True, exist_ok=True)
        if not self._swept_once:
            self._swept_once = True
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            await asyncio.to_thread(_sweep, self._directory)
        directory = Path(tempfile.mkdtemp(dir=self._directory, prefix=f"{os.getpid()}-"))
        group = await self._group(directory.name, job)
        control = ControlChannel(directory / "control.sock", job.app_socket, sealed=self._sealed)
        watchdog = Watchdog(job.limits, control, await asyncio.to_thread(ResourceMonitor, job, group))
        try:
            yield _write_script(directory / "launch", await build(job, directory), group), watchdog, control
        finally:
            await watchdog.end("cancelled")
            await watchdog.close()
            control.close()
            if group is not None:
                await cgroups.remove(group)
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)

    async def _group(self, name: str, job: Job) -> cgroups.ControlGroup | None:
        if not self._groups_searched:
            self._groups, self._groups_searched = await cgroups.find(), True
            if self._groups is not None:
                cgroups.sweep(self._groups)
        if self._groups is not None:
            with suppress(OSError):
                return self._groups.create(f"honk-{name}", job.limits)
        return None


class StartedJob:
    """A running job (`core.job.RunningJob`)."""

    def __init__(
        self, job: Job, child: asyncio.subprocess.Process, watchdog: Watchdog, control: ControlChannel, begun: float
    ) -> None:
        self._child = child
        self._watchdog = watchdog
        self._control = control
        self._begun = begun
        self._output = JobOutput(job.limits.output_bytes)
        self._most = job.limits.output_bytes * OUTPUT_FACTOR
        self._over = asyncio.create_task(self._finish())

    async def wait(self) -> Result:
        return await asyncio.shield(self._over)

    async def stop(self, why: Stopped = "cancelled") -> None:
        if not self._over.done():
            await self._watchdog.end(why)
            await asyncio.wait((self._over,))

    async def close(self) -> None:
        """Stop the job. Its error is marked as seen, or asyncio would report it as never retrieved."""
        await self.stop()
        if not self._over.cancelled():
            self._over.exception()

    async def _finish(self) -> Result:
        assert self._child.stdout is not None
        await process.read_chunks(self._child.stdout, self._take)
        status = process.shell_status(await self._child.wait())
        stopped = await self._watchdog.stop_reason()
        self._control.accept_waiting()
        if not self._control.any_connected and not stopped:
            raise Unavailable(f"The sandbox did not start: {self._output.text().strip()[-500:]}")
        return Result(status, self._output.text(), time.monotonic() - self._begun, stopped)

    def _take(self, chunk: bytes) -> None:
        self._output.take(chunk)
        if self._output.total > self._most:
            self._watchdog.request("output")


class JobLauncher:
    """A launcher (`base.Launcher`)."""

    def __init__(self, path: Path, watchdog: Watchdog) -> None:
        self._path = path
        self._watchdog = watchdog

    @property
    def path(self) -> Path:
        return self._path

    @property
    def stopped(self) -> Stopped:
        return self._watchdog.stopped


def _sweep(directory: Path) -> None:
    """Remove the private directories of workers that have died."""
    for path in directory.glob("[0-9]*-*"):
        if not processes.alive(path.name.split("-")[0]):
            shutil.rmtree(path, ignore_errors=True)


def _write_script(path: Path, command: SandboxCommand, group: cgroups.ControlGroup | None) -> Path:
    joining = "" if group is None else f"{{ {cgroups.join_command(group)}; }} || exit 125\n"
    files = "".join(f" {fd}<{shlex.quote(str(file))}" for fd, file in command.files.items())
    path.write_text(f'#!/bin/sh\n{joining}exec {shlex.join(command.argv)} "$@"{files}\n')
    path.chmod(0o700)
    return path
