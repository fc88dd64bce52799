"""A second sandbox: podman, as root or rootless, optionally with another runtime such as gVisor's `runsc`.

By default the root file system is the host's own programs, as in bubblewrap, so nothing is downloaded; a local image
may be named instead, which has to contain `sh` and `python3`. No network, a read-only root, no capabilities. podman is
told to make no control group, so that everything stays in the one that we have made (or under our watch). Its own list
of system calls lets through what ours is there for, so the shim adds ours.

gVisor (`oci="runsc"`, or its path) puts a kernel of its own between the sandbox and the host's, at a price: it takes
over no socket from outside, so there is no door, and memory and processes are limited by watching alone.
"""

import os
import platform
import resource
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from honk.core import mounted_tree
from honk.core.errors import Unavailable
from honk.core.job import HOME, WORKSPACE, Job
from honk.core.mounted_tree import Overlay
from honk.sandboxes import base, diagnostics, host_files, seccomp
from honk.sandboxes.host_files import RUN, UID, HostFiles
from honk.sandboxes.runtime import Runtime, SandboxCommand

_HYBRID = "/sys/fs/cgroup/unified"
_GVISOR = "runsc"
_OTHERS = 100_000
"""As root: where on the host the ids begin that nobody in the sandbox has, but that podman wants to exist."""


_MODEST = 16_384
"""podman's own limits are more than a process may have that is not root in the whole machine."""


@dataclass(frozen=True)
class PodmanConfig:
    """What is the same for all jobs: the visible host, and the settings of the backend."""

    host: HostFiles
    etc: Path
    image: str
    oci: str
    root: bool
    hybrid: bool


class Podman:
    """See `base.Sandbox`.

    `runtime` and `readonly` as in `Bubblewrap`. `image` names a local image, empty for the host's own programs; `oci`
    names the program that makes the container (`runsc`, `runc`, `crun`), empty for podman's default.
    """

    name = "podman"

    def __init__(self, runtime: Path, readonly: tuple[Path, ...] = (), image: str = "", oci: str = "") -> None:
        gvisor = Path(oci).name == _GVISOR
        self._directory = runtime
        # Its processes are not the host's: one of the host's speaks for all of them, in a control group of podman's.
        self._runtime = Runtime(runtime, sealed=not gvisor, grouped=not gvisor)
        self._oci = oci
        self._readonly = readonly
        self._image = image
        self._kit: PodmanConfig | None = None
        self._problem: str | None = None

    async def problem(self) -> str:
        """See `base.Sandbox`: starts `true` once and remembers how that went."""
        if self._problem is None:
            said = await base.try_start(self, self._directory)
            self._problem = diagnostics.explain_podman(said, self._oci) if said else ""
        return self._problem

    def start(self, job: Job) -> AbstractAsyncContextManager[base.RunningJob]:
        """See `base.Sandbox`. podman carries the two streams separately, so they are joined inside."""
        joined = replace(job, argv=("sh", "-c", 'exec "$@" 2>&1', "sh", *job.argv))
        return self._runtime.started(joined, self._plan)

    def launcher(self, job: Job) -> AbstractAsyncContextManager[base.Launcher]:
        """See `base.Sandbox`."""
        return self._runtime.launched(job, self._plan)

    async def _plan(self, job: Job, place: Path) -> SandboxCommand:
        if job.app_socket is not None and Path(self._oci).name == _GVISOR:
            raise Unavailable("gVisor cannot open a door for a preview; use bubblewrap, or podman without gVisor.")
        if self._kit is None:
            self._kit = _kit(self._directory, self._readonly, self._image, self._oci)
        _furnish(place, job, self._kit)
        return SandboxCommand(argv(job, place, self._kit))


def _kit(directory: Path, readonly: tuple[Path, ...], image: str, oci: str) -> PodmanConfig:
    host = host_files.visible(readonly)
    return PodmanConfig(
        host, host_files.copy_etc(directory, host), image, oci, os.geteuid() == 0, Path(_HYBRID).is_dir()
    )


def argv(job: Job, place: Path, kit: PodmanConfig) -> tuple[str, ...]:
    """The command line for `job`: in a mount namespace with the overlay, podman with the shim and the command.

    `place` holds the control socket, the filter, and without an image the skeleton `root/`.
    """
    python = "python3" if kit.image else kit.host.python
    options = (*_walls(job, kit), *_files(job, place, kit), *_environment(job, kit))
    base_ = (kit.image,) if kit.image else ("--rootfs", str(place / "root"))
    return (
        *_mounts(job, kit),
        "podman",
        "run",
        *options,
        *base_,
        *host_files.shim_inside(job, python, "--filter", f"{RUN}/filter"),
    )


def _mounts(job: Job, kit: PodmanConfig) -> tuple[str, ...]:
    """A mount namespace of podman's own, with the overlay in it, and without what makes crun refuse to start."""
    space = ("unshare", "--mount", "--propagation", "private", "--") if kit.root else ("podman", "unshare", "--")
    script = ""
    arguments: tuple[str, ...] = ()
    if isinstance(job.tree, Overlay):
        script += 'mount -t overlay -o "$1" overlay "$2" && shift 2 && '
        arguments = (mounted_tree.mount_options(job.tree), str(job.tree.at))
    if kit.root and kit.hybrid:  # it fears for the control groups of both versions, and is to use none
        script += f"umount {_HYBRID} && "
    return (*space, "sh", "-c", script + 'exec "$@"', "mounted", *arguments) if script else ()


def _runtime(kit: PodmanConfig) -> tuple[str, ...]:
    flags = ("network=none", "host-uds=open", "ignore-cgroups") if Path(kit.oci).name == _GVISOR else ()
    named = ("--runtime", kit.oci) if kit.oci else ()
    return (*named, *(part for flag in flags for part in ("--runtime-flag", flag)))


def _walls(job: Job, kit: PodmanConfig) -> tuple[str, ...]:
    if kit.root:
        ids = tuple(
            part for option in ("--uidmap", "--gidmap") for part in (option, f"{UID}:0:1", option, f"0:{_OTHERS}:{UID}")
        )
    else:
        ids = ("--userns", f"keep-id:uid={UID},gid={UID}")
    kinds = (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC)
    files, processes = (min(resource.getrlimit(kind)[1], _MODEST) for kind in kinds)
    return (
        *("--rm", "--interactive", "--pull", "never", "--log-driver", "none"),
        *(("--cgroups", "disabled") if Path(kit.oci).name != _GVISOR else ()),  # podman does not allow it there
        *("--network", "none", "--no-hosts", "--passwd=false", "--hostname", "sandbox", "--user", f"{UID}:{UID}", *ids),
        *("--cap-drop", "all", "--security-opt", "no-new-privileges"),
        *("--security-opt", "mask=" + ":".join(kit.host.masked)),
        *("--ulimit", f"nofile={files}:{files}", "--ulimit", f"nproc={processes}:{processes}"),
    )


def _files(job: Job, place: Path, kit: PodmanConfig) -> tuple[str, ...]:
    scratch = (job.limits.memory_mb << 20) // 2
    return (
        *("--read-only", "--read-only-tmpfs=false", "--shm-size", str(scratch)),
        *("--tmpfs", f"/tmp:rw,size={scratch},mode=1777", "--workdir", WORKSPACE),  # noqa: S108
        *(part for source, inside, mode in _binds(job, place, kit) for part in ("-v", f"{source}:{inside}:{mode}")),
    )


def _binds(job: Job, place: Path, kit: PodmanConfig) -> tuple[tuple[Path, str, str], ...]:
    """(path on the host, path inside, mode) of everything that is visible."""
    own = () if kit.image else ((kit.etc, "/etc", "ro"), *((path, str(path), "ro") for path in kit.host.binds))
    return (
        *own,
        (host_files.SHIM, f"{RUN}/shim", "ro"),
        (place / "filter", f"{RUN}/filter", "ro"),
        (place / "control.sock", f"{RUN}/control.sock", "rw"),
        *(((job.proxy_sockets, f"{RUN}/proxies", "ro"),) if job.proxy_sockets is not None else ()),
        (mounted_tree.location(job.tree), WORKSPACE, "rw" if job.writable else "ro"),
        (job.home, HOME, "rw"),
        *((path, inside, "ro") for inside, path in job.readonly.items()),
    )


def _environment(job: Job, kit: PodmanConfig) -> tuple[str, ...]:
    variables = dict(host_files.environment(job, kit.host))
    if kit.image:
        del variables["PATH"]  # the image knows its own
    return tuple(part for name, value in variables.items() for part in ("--env", f"{name}={value}"))


def _furnish(place: Path, job: Job, kit: PodmanConfig) -> None:
    """Put into `place` what will be mounted from there."""
    (place / "filter").write_bytes(seccomp.program(platform.machine()))
    if not kit.image:
        _skeleton(place / "root", job, kit.host)


def _skeleton(root: Path, job: Job, host: HostFiles) -> None:
    """Make the directories and files that the host's parts are mounted on, and the links."""
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
