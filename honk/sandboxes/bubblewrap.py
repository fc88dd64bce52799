"""The default sandbox: bubblewrap, which needs nothing but a kernel with user namespaces, as root or as anybody."""

import asyncio
import platform
import tempfile
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from honk import process
from honk.core import mounted_tree
from honk.core.job import HOME, WORKSPACE, Job
from honk.sandboxes import base, diagnostics, host_files, seccomp
from honk.sandboxes.host_files import RUN, UID, HostFiles
from honk.sandboxes.runtime import Runtime, SandboxCommand

_FILTER = 9
"""The descriptor on which bubblewrap finds the system call filter."""


@dataclass(frozen=True)
class BubblewrapConfig:
    """What is the same for all jobs on one machine.

    `etc` is the directory for /etc, `shim` the compiled shim, `filter` the system call filter (None where we know none
    for the machine), `options` what `bwrap --help` says, because versions differ.
    """

    host: HostFiles
    etc: Path
    shim: Path
    filter: Path | None
    options: str


class Bubblewrap:
    """See `base.Sandbox`.

    `runtime`: a private directory with a short path, for what belongs to a job. `readonly`: further directories of the
    host that are visible, such as toolchains; their `bin` is in PATH.
    """

    name = "bubblewrap"

    def __init__(self, runtime: Path, readonly: tuple[Path, ...] = ()) -> None:
        self._directory = runtime
        self._runtime = Runtime(runtime)
        self._readonly = readonly
        self._kit: BubblewrapConfig | None = None
        self._problem: str | None = None
        self._once = asyncio.Lock()

    async def problem(self) -> str:
        """See `base.Sandbox`: starts `true` once and remembers how that went."""
        if self._problem is None:
            said = await base.try_start(self, self._directory)
            self._problem = diagnostics.explain_bubblewrap(said, diagnostics.host_restrictions()) if said else ""
        return self._problem

    def start(self, job: Job) -> AbstractAsyncContextManager[base.RunningJob]:
        """See `base.Sandbox`."""
        return self._runtime.started(job, self._plan)

    def launcher(self, job: Job) -> AbstractAsyncContextManager[base.Launcher]:
        """See `base.Sandbox`."""
        return self._runtime.launched(job, self._plan)

    async def _plan(self, job: Job, place: Path) -> SandboxCommand:
        async with self._once:
            if self._kit is None:
                self._kit = _kit(self._directory, self._readonly, (await process.run(("bwrap", "--help"))).text)
        return SandboxCommand(
            argv(job, place, self._kit), {} if self._kit.filter is None else {_FILTER: self._kit.filter}
        )


def _kit(directory: Path, readonly: tuple[Path, ...], options: str) -> BubblewrapConfig:
    """Put together what all jobs share; its files go into `directory`."""
    shim, filter_ = directory / "shim.pyc", directory / "filter"
    host_files.compile_shim(shim)
    program = seccomp.program(platform.machine())
    with tempfile.NamedTemporaryFile(dir=directory, delete=False) as file:  # another process may be reading it
        file.write(program)
    Path(file.name).replace(filter_)
    host = host_files.visible(readonly)
    return BubblewrapConfig(host, host_files.copy_etc(directory, host), shim, filter_ if program else None, options)


def argv(job: Job, place: Path, kit: BubblewrapConfig) -> tuple[str, ...]:
    """The command line for `job`: the overlay is mounted, bubblewrap entered, the shim started with the command.

    `place` holds the control socket.
    """
    inside = ("bwrap", *_walls(kit), *_files(job, place, kit), *_environment(job, kit.host))
    return mounted_tree.mounted(job.tree, (*inside, "--", *host_files.shim_inside(job, kit.host.python)))


def _walls(kit: BubblewrapConfig) -> tuple[str, ...]:
    """Namespaces of its own, nobody's rights, and no life beyond ours."""
    known = ("--seccomp", str(_FILTER)) if kit.filter else ()
    instead = ("--disable-userns",) if not kit.filter and "--disable-userns" in kit.options else ()
    return (
        *("--unshare-all", "--unshare-user", "--uid", str(UID), "--gid", str(UID), "--hostname", "sandbox"),
        *("--cap-drop", "ALL", "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv", *known, *instead),
    )


def _files(job: Job, place: Path, kit: BubblewrapConfig) -> tuple[str, ...]:
    """The file system: the host's programs read-only, a small scratch area, the workspace and the home.

    /proc/sys is covered although its files belong to root: when Honk runs as root, so, to the kernel, does all in here,
    and one of those files names a program that the kernel runs on the host. (Tried: bubblewrap 0.8 leaves it open.)
    """
    scratch = ("--size", str((job.limits.memory_mb << 20) // 2)) if "--size" in kit.options else ()
    arguments = ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"]
    for file in kit.host.masked:
        arguments += ("--ro-bind", "/dev/null", file)
    arguments += ("--dev", "/dev", *scratch, "--tmpfs", "/dev/shm", "--remount-ro", "/dev")  # noqa: S108
    arguments += (*scratch, "--tmpfs", "/tmp", "--symlink", "/tmp", "/var/tmp", "--symlink", "/run", "/var/run")  # noqa: S108
    arguments += ("--ro-bind", str(kit.etc), "/etc")
    for path in kit.host.binds:
        arguments += ("--ro-bind", str(path), str(path))
    for target, link in kit.host.links:
        arguments += ("--symlink", target, link)
    for hidden in kit.host.hidden:
        arguments += ("--tmpfs", hidden, "--remount-ro", hidden)
    arguments += ("--ro-bind", str(kit.shim), f"{RUN}/shim")
    arguments += ("--bind", str(place / "control.sock"), f"{RUN}/control.sock")
    if job.proxy_sockets is not None:
        arguments += ("--ro-bind", str(job.proxy_sockets), f"{RUN}/proxies")
    arguments += ("--bind" if job.writable else "--ro-bind", str(mounted_tree.location(job.tree)), WORKSPACE)
    arguments += ("--bind", str(job.home), HOME)
    for path_inside, path in job.readonly.items():
        arguments += ("--ro-bind", str(path), path_inside)
    return (*arguments, "--remount-ro", "/", "--chdir", WORKSPACE)


def _environment(job: Job, host: HostFiles) -> tuple[str, ...]:
    return tuple(
        part for name, value in host_files.environment(job, host).items() for part in ("--setenv", name, value)
    )
