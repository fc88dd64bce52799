"""The default sandbox: bubblewrap, which needs nothing but a kernel with user namespaces, as root or as anybody."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from honk import process
from honk.core import tree
from honk.core.execution import HOME, WORKSPACE, Job
from honk.sandboxes import base, remedy, system
from honk.sandboxes.runtime import Runtime
from honk.sandboxes.system import RUN, UID, System

_OPTIONAL = ("--disable-userns", "--size")


class Bubblewrap:
    """See `base.Sandbox`.

    `readonly`: further directories of the host that are visible, such as toolchains; their `bin` is in PATH.
    `runtime`: a private directory with a short path for what belongs to a job.
    """

    name = "bubblewrap"

    def __init__(self, runtime: Path, readonly: tuple[Path, ...] = ()) -> None:
        self._directory = runtime
        self._runtime = Runtime(runtime)
        self._host = system.visible(readonly)
        self._shim = runtime / "shim.pyc"
        self._options: frozenset[str] | None = None
        self._problem: str | None = None
        self._trying = asyncio.Lock()

    async def problem(self) -> str:
        """See `base.Sandbox`: starts `true` once and remembers how that went."""
        async with self._trying:
            if self._problem is None:
                said = await base.trial(self, self._directory)
                self._problem = remedy.sentence(said, remedy.facts()) if said else ""
        return self._problem

    def start(self, job: Job) -> AbstractAsyncContextManager[base.Running]:
        """See `base.Sandbox`."""
        return self._runtime.started(job, self._plan)

    def launcher(self, job: Job) -> AbstractAsyncContextManager[base.Launcher]:
        """See `base.Sandbox`."""
        return self._runtime.launched(job, self._plan)

    async def _plan(self, job: Job, place: Path) -> tuple[str, ...]:
        if self._options is None:
            known = (await process.run(("bwrap", "--help"))).text
            self._options = frozenset(option for option in _OPTIONAL if option in known)
            system.compile_shim(self._shim)
        system.write_files(place)
        return argv(job, place, self._host, self._shim, self._options)


def argv(job: Job, place: Path, host: System, shim: Path, options: frozenset[str]) -> tuple[str, ...]:
    """The command line for `job`: the overlay is mounted, bubblewrap entered, the shim started with the command.

    `place` holds the control socket and `etc/`, `shim` is the compiled shim, `options` are those of its options that the
    installed bubblewrap knows.
    """
    inside = ("bwrap", *_walls(options), *_files(job, place, host, shim, options), *_environment(job, host))
    command = (host.python, "-I", "-S", f"{RUN}/shim", *system.shim_arguments(job))
    return tree.mounted(job.tree, (*inside, "--", *command))


def _walls(options: frozenset[str]) -> tuple[str, ...]:
    """Namespaces of its own, nobody's rights, and no life beyond ours."""
    return (
        *("--unshare-all", "--unshare-user", "--uid", str(UID), "--gid", str(UID), "--hostname", "sandbox"),
        *(("--disable-userns",) if "--disable-userns" in options else ()),
        *("--cap-drop", "ALL", "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv"),
    )


def _files(job: Job, place: Path, host: System, shim: Path, options: frozenset[str]) -> tuple[str, ...]:
    """The file system: the host's programs read-only, a small scratch area, the workspace and the home."""
    scratch = ("--size", str((job.limits.memory_mb << 20) // 2)) if "--size" in options else ()
    arguments: list[str] = []
    for path in host.binds:
        arguments += ("--ro-bind", str(path), str(path))
    for target, link in host.links:
        arguments += ("--symlink", target, link)
    for hidden in host.hidden:
        arguments += ("--tmpfs", hidden, "--remount-ro", hidden)
    for file in system.FILES:
        arguments += ("--ro-bind", str(place) + file, file)
    arguments += ("--proc", "/proc", "--dev", "/dev", *scratch, "--tmpfs", "/dev/shm", "--remount-ro", "/dev")  # noqa: S108
    arguments += (*scratch, "--tmpfs", "/tmp", "--symlink", "/tmp", "/var/tmp", "--symlink", "/run", "/var/run")  # noqa: S108
    arguments += ("--ro-bind", str(shim), f"{RUN}/shim", "--bind", str(place / "control.sock"), f"{RUN}/control.sock")
    if job.wire is not None:
        arguments += ("--ro-bind", str(job.wire), f"{RUN}/wire")
    arguments += ("--bind" if job.writable else "--ro-bind", str(tree.location(job.tree)), WORKSPACE)
    arguments += ("--bind", str(job.home), HOME)
    for path_inside, path in job.readonly.items():
        arguments += ("--ro-bind", str(path), path_inside)
    return (*arguments, "--remount-ro", "/", "--chdir", WORKSPACE)


def _environment(job: Job, host: System) -> tuple[str, ...]:
    return tuple(part for name, value in system.environment(job, host).items() for part in ("--setenv", name, value))
