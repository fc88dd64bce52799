"""The default sandbox: bubblewrap. It needs a kernel with user namespaces and no privilege."""

import asyncio
import platform
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from honk import files, process
from honk.core import mounted_tree
from honk.core.job import WORKSPACE, Job, RunningJob
from honk.sandboxes import base, diagnostics, host_files, seccomp
from honk.sandboxes.host_files import UID, HostFiles, Mount
from honk.sandboxes.runtime import Runtime, SandboxCommand

_FILTER = 9
"""The descriptor on which bubblewrap finds the system call filter."""


@dataclass(frozen=True)
class BubblewrapConfig:
    """What all jobs on one machine share.

    `etc` is the directory for /etc, `shim` the compiled shim, `filter` the system call filter (None where none is known
    for the machine), `options` the output of `bwrap --help`, because versions differ.
    """

    host: HostFiles
    etc: Path
    shim: Path
    filter: Path | None
    options: str


class Bubblewrap:
    """See `base.Sandbox`.

    `runtime` is a private directory with a short path, for the files of jobs. `readonly` are further directories of the
    host that are visible, such as toolchains; their `bin` is in PATH.
    """

    name = "bubblewrap"

    def __init__(self, runtime: Path, readonly: tuple[Path, ...] = ()) -> None:
        self._directory = runtime
        self._runtime = Runtime(runtime)
        self._readonly = readonly
        self._config: BubblewrapConfig | None = None
        self._problem: str | None = None
        self._config_lock = asyncio.Lock()

    async def problem(self) -> str:
        """See `base.Sandbox`. It starts `true` once and remembers the result."""
        if self._problem is None:
            error = await base.try_start(self, self._directory)
            self._problem = diagnostics.explain_bubblewrap(error, diagnostics.host_restrictions()) if error else ""
        return self._problem

    def start(self, job: Job) -> AbstractAsyncContextManager[RunningJob]:
        return self._runtime.started(job, self._command)

    def launcher(self, job: Job) -> AbstractAsyncContextManager[base.Launcher]:
        return self._runtime.launched(job, self._command)

    async def _command(self, job: Job, directory: Path) -> SandboxCommand:
        async with self._config_lock:
            if self._config is None:
                options = (await process.run(("bwrap", "--help"))).text
                self._config = await asyncio.to_thread(_make_config, self._directory, self._readonly, options)
        return SandboxCommand(
            argv(job, directory, self._config), {} if self._config.filter is None else {_FILTER: self._config.filter}
        )


def _make_config(directory: Path, readonly: tuple[Path, ...], options: str) -> BubblewrapConfig:
    """What all jobs share; its files are written to `directory`."""
    shim, filter_ = directory / "shim.pyc", directory / "filter"
    host_files.compile_shim(shim)
    program = seccomp.program(platform.machine())
    files.write(filter_, program)  # atomically, because another process may be reading it
    host = host_files.visible(readonly)
    return BubblewrapConfig(host, host_files.copy_etc(directory, host), shim, filter_ if program else None, options)


def argv(job: Job, directory: Path, config: BubblewrapConfig) -> tuple[str, ...]:
    """The command line for `job`: mount the overlay, enter bubblewrap, start the shim with the command.

    `directory` holds the control socket.
    """
    inside = ("bwrap", *_isolation(config), *_files(job, directory, config), *_environment(job, config.host))
    return mounted_tree.mounted(job.tree, (*inside, "--", *host_files.shim_inside(job, config.host.python)))


def _isolation(config: BubblewrapConfig) -> tuple[str, ...]:
    """Own namespaces, no capabilities, and an end together with the worker."""
    known = ("--seccomp", str(_FILTER)) if config.filter else ()
    instead = ("--disable-userns",) if not config.filter and "--disable-userns" in config.options else ()
    return (
        *("--unshare-all", "--unshare-user", "--uid", str(UID), "--gid", str(UID), "--hostname", "sandbox"),
        *("--cap-drop", "ALL", "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv", *known, *instead),
    )


def _files(job: Job, directory: Path, config: BubblewrapConfig) -> tuple[str, ...]:
    """The file system: the host's programs read-only, a small scratch area, the workspace and the home.

    /proc/sys is read-only although its files belong to root: when Honk runs as root, the kernel takes everything in
    here for root too, and one of the files names a program that the kernel runs on the host (core_pattern). (Tried:
    bubblewrap 0.8 leaves it writable.)
    """
    scratch = ("--size", str((job.limits.memory_mb << 20) // 2)) if "--size" in config.options else ()
    arguments = ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"]
    for file in config.host.masked:
        arguments += ("--ro-bind", "/dev/null", file)
    arguments += ("--dev", "/dev", *scratch, "--tmpfs", "/dev/shm", "--remount-ro", "/dev")  # noqa: S108
    arguments += (*scratch, "--tmpfs", "/tmp", "--symlink", "/tmp", "/var/tmp", "--symlink", "/run", "/var/run")  # noqa: S108
    arguments += _binds(host_files.host_mounts(config.host, config.etc))
    for target, link in config.host.links:
        arguments += ("--symlink", target, link)
    for hidden in config.host.hidden:
        arguments += ("--tmpfs", hidden, "--remount-ro", hidden)
    arguments += _binds(host_files.job_mounts(job, directory, config.shim))
    return (*arguments, "--remount-ro", "/", "--chdir", WORKSPACE)


def _binds(mounts: Iterable[Mount]) -> tuple[str, ...]:
    return tuple(
        word
        for source, inside, writable in mounts
        for word in ("--bind" if writable else "--ro-bind", str(source), inside)
    )


def _environment(job: Job, host: HostFiles) -> tuple[str, ...]:
    return tuple(
        part for name, value in host_files.environment(job, host).items() for part in ("--setenv", name, value)
    )
