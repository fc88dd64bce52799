"""A second sandbox: podman, as root or rootless, optionally with another runtime such as gVisor's `runsc`.

By default the root file system shows the host's programs, as in bubblewrap, so nothing is downloaded; a local image may
be named instead, which has to contain `sh` and `python3`. There is no network, a read-only root, and no capabilities.
podman makes no control group, so that everything stays in the one that Honk made. podman's own seccomp list allows
system calls that Honk's filter refuses, so the shim installs Honk's filter as well.

gVisor (`oci="runsc"`, or its path) puts a kernel of its own between the sandbox and the host's, with two limitations:
it takes over no socket from outside, so there is no app socket for previews, and memory and processes are limited by
polling only.
"""

import asyncio
import os
import platform
import resource
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from honk.core import mounted_tree
from honk.core.errors import Unavailable
from honk.core.job import HOME, WORKSPACE, Job, RunningJob
from honk.core.mounted_tree import Overlay
from honk.sandboxes import base, diagnostics, host_files, seccomp
from honk.sandboxes.host_files import RUN, UID, HostFiles, Mount
from honk.sandboxes.runtime import Runtime, SandboxCommand

_HYBRID = "/sys/fs/cgroup/unified"
_GVISOR = "runsc"
_UNUSED_IDS = 100_000
"""As root: the first host id of the range that podman requires and that no process in the sandbox uses."""

_ULIMIT = 16_384
"""The default limits of podman are higher than a process without root may set."""


@dataclass(frozen=True)
class PodmanConfig:
    """What all jobs share: the visible part of the host, and the settings of the backend."""

    host: HostFiles
    etc: Path
    image: str
    oci: str
    root: bool
    hybrid: bool


class Podman:
    """See `base.Sandbox`.

    `runtime` and `readonly` as in `Bubblewrap`. `image` names a local image, empty for the host's programs; `oci` names
    the OCI runtime (`runsc`, `runc`, `crun`), empty for podman's default.
    """

    name = "podman"

    def __init__(self, runtime: Path, readonly: tuple[Path, ...] = (), image: str = "", oci: str = "") -> None:
        gvisor = Path(oci).name == _GVISOR
        self._directory = runtime
        # gVisor's processes are not the host's: one host process stands for all of them, in podman's own control group
        self._runtime = Runtime(runtime, sealed=not gvisor, grouped=not gvisor)
        self._oci = oci
        self._readonly = readonly
        self._image = image
        self._config: PodmanConfig | None = None
        self._problem: str | None = None

    async def problem(self) -> str:
        """See `base.Sandbox`. It starts `true` once and remembers the result."""
        if self._problem is None:
            error = await base.try_start(self, self._directory)
            self._problem = diagnostics.explain_podman(error, self._oci) if error else ""
        return self._problem

    def start(self, job: Job) -> AbstractAsyncContextManager[RunningJob]:
        """See `base.Sandbox`. podman passes the two output streams separately, so they are joined inside."""
        joined = replace(job, argv=("sh", "-c", 'exec "$@" 2>&1', "sh", *job.argv))
        return self._runtime.started(joined, self._command)

    def launcher(self, job: Job) -> AbstractAsyncContextManager[base.Launcher]:
        return self._runtime.launched(job, self._command)

    async def _command(self, job: Job, directory: Path) -> SandboxCommand:
        if job.app_socket is not None and Path(self._oci).name == _GVISOR:
            raise Unavailable("gVisor cannot forward the port of a preview; use bubblewrap, or podman without gVisor.")
        if self._config is None:
            self._config = await asyncio.to_thread(
                _make_config, self._directory, self._readonly, self._image, self._oci
            )
        _prepare(directory, job, self._config)
        return SandboxCommand(argv(job, directory, self._config))


def _make_config(directory: Path, readonly: tuple[Path, ...], image: str, oci: str) -> PodmanConfig:
    host = host_files.visible(readonly)
    return PodmanConfig(
        host, host_files.copy_etc(directory, host), image, oci, os.geteuid() == 0, Path(_HYBRID).is_dir()
    )


def argv(job: Job, directory: Path, config: PodmanConfig) -> tuple[str, ...]:
    """The command line for `job`: podman with the shim and the command, in a mount namespace with the overlay.

    `directory` holds the control socket, the filter, and without an image the root file system `root/`.
    """
    python = "python3" if config.image else config.host.python
    options = (*_isolation(job, config), *_files(job, directory, config), *_environment(job, config))
    root = (config.image,) if config.image else ("--rootfs", str(directory / "root"))
    return (
        *_in_mount_namespace(job, config),
        "podman",
        *_runtime(config),
        "run",
        *options,
        *root,
        *host_files.shim_inside(job, python, "--filter", f"{RUN}/filter"),
    )


def _in_mount_namespace(job: Job, config: PodmanConfig) -> tuple[str, ...]:
    """A mount namespace for podman, with the overlay, and without the mount that makes crun refuse to start."""
    space = ("unshare", "--mount", "--propagation", "private", "--") if config.root else ("podman", "unshare", "--")
    script = ""
    arguments: tuple[str, ...] = ()
    if isinstance(job.tree, Overlay):
        script += 'mount -t overlay -o "$1" overlay "$2" && shift 2 && '
        arguments = (mounted_tree.mount_options(job.tree), str(job.tree.at))
    if config.root and config.hybrid:
        # crun refuses to start where both versions of control groups are mounted, although it is to use none
        script += f"umount {_HYBRID} && "
    return (*space, "sh", "-c", script + 'exec "$@"', "mounted", *arguments) if script else ()


def _runtime(config: PodmanConfig) -> tuple[str, ...]:
    flags = ("network=none", "host-uds=open", "ignore-cgroups") if Path(config.oci).name == _GVISOR else ()
    named = ("--runtime", config.oci) if config.oci else ()
    return (*named, *(part for flag in flags for part in ("--runtime-flag", flag)))


def _isolation(job: Job, config: PodmanConfig) -> tuple[str, ...]:
    if config.root:
        ids = tuple(
            part
            for option in ("--uidmap", "--gidmap")
            for part in (option, f"{UID}:0:1", option, f"0:{_UNUSED_IDS}:{UID}")
        )
    else:
        ids = ("--userns", f"keep-id:uid={UID},gid={UID}")
    kinds = (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC)
    files, processes = (min(resource.getrlimit(kind)[1], _ULIMIT) for kind in kinds)
    return (
        *("--rm", "--interactive", "--pull", "never", "--log-driver", "none"),
        # podman does not allow that with gVisor
        *(("--cgroups", "disabled") if Path(config.oci).name != _GVISOR else ()),
        *("--network", "none", "--no-hosts", "--passwd=false", "--hostname", "sandbox", "--user", f"{UID}:{UID}", *ids),
        *("--cap-drop", "all", "--security-opt", "no-new-privileges"),
        *("--security-opt", "mask=" + ":".join(config.host.masked)),
        *("--ulimit", f"nofile={files}:{files}", "--ulimit", f"nproc={processes}:{processes}"),
    )


def _files(job: Job, directory: Path, config: PodmanConfig) -> tuple[str, ...]:
    scratch = (job.limits.memory_mb << 20) // 2
    return (
        *("--read-only", "--read-only-tmpfs=false", "--shm-size", str(scratch)),
        *("--tmpfs", f"/tmp:rw,size={scratch},mode=1777", "--workdir", WORKSPACE),  # noqa: S108
        *(
            part
            for source, inside, writable in _mounts_of(job, directory, config)
            for part in ("-v", f"{source}:{inside}:{'rw' if writable else 'ro'}")
        ),
    )


def _mounts_of(job: Job, directory: Path, config: PodmanConfig) -> tuple[Mount, ...]:
    return (
        *(() if config.image else host_files.host_mounts(config.host, config.etc)),
        (directory / "filter", f"{RUN}/filter", False),
        *host_files.job_mounts(job, directory, host_files.SHIM),
    )


def _environment(job: Job, config: PodmanConfig) -> tuple[str, ...]:
    variables = dict(host_files.environment(job, config.host))
    if config.image:
        del variables["PATH"]  # the image has its own
    return tuple(part for name, value in variables.items() for part in ("--env", f"{name}={value}"))


def _prepare(directory: Path, job: Job, config: PodmanConfig) -> None:
    """Write into `directory` what will be mounted from there."""
    (directory / "filter").write_bytes(seccomp.program(platform.machine()))
    if not config.image:
        _make_root(directory / "root", job, config.host)


def _make_root(root: Path, job: Job, host: HostFiles) -> None:
    """Make the directories and files that serve as mount points, and the links."""
    directories = ["dev", "etc", "proc", "run/honk", "sys", "tmp", "var", "workspace", HOME.lstrip("/")]
    for path in (*host.binds, *map(Path, job.readonly)):
        source = job.readonly.get(str(path), path)
        if source.is_dir():
            directories.append(str(path).lstrip("/"))
        else:
            _touch(root, str(path))
    for directory in directories:
        (root / directory).mkdir(parents=True, exist_ok=True)
    for file in (f"{RUN}/shim", f"{RUN}/filter", f"{RUN}/control.sock"):
        _touch(root, file)
    for target, link in (*host.links, ("/tmp", "/var/tmp"), ("/run", "/var/run")):  # noqa: S108
        (root / link.lstrip("/")).symlink_to(target)


def _touch(root: Path, path: str) -> None:
    file = root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
