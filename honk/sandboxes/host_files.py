"""The part of the host that a sandbox can see: programs and libraries, and of /etc only what these need.

Nothing on the list is a secret on a usual machine. Files that often hold one are not on it: /etc/shadow, keys of every
kind, and the system-wide settings of git, npm, pip and maven, into which people put tokens.
"""

import hashlib
import os
import py_compile
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from honk.core import mounted_tree
from honk.core.job import HOME, WORKSPACE, Job

SHIM = Path(__file__).with_name("shim.py")
"""The program that runs as PID 1 inside."""

RUN = "/run/honk"
"""The directory inside that holds the shim, its control socket and the gateway's sockets."""

UID = 1000
"""The user id inside, whichever user runs Honk."""

FILES = {
    "passwd": (
        "root:x:0:0:root:/root:/usr/sbin/nologin\n"
        f"honk:x:{UID}:{UID}:Honk:{HOME}:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ),
    "group": f"root:x:0:\ntty:x:5:\nhonk:x:{UID}:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost sandbox\n",
    "hostname": "sandbox\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "resolv.conf": "# There is no network in here, and so no name service.\n",
}
"""Files in /etc that Honk writes for the sandbox."""

_ETC = (
    "alternatives",
    "ca-certificates.conf",
    "chromium.d",
    "crypto-policies",
    "debian_version",
    "fonts",
    "java*",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "lsb-release",
    "magic",
    "maven/logging",
    "maven/m2.conf",
    "mime.types",
    "os-release",
    "pki/ca-trust",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "protocols",
    "python3*",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
)
"""Names below /etc that toolchains need, as patterns."""

_MASKED = ("kpagecgroup", "kpagecount", "kpageflags", "pagetypeinfo", "slabinfo", "timer_list", "vmallocinfo")
"""Files below /proc that only root can read, which for the kernel includes a sandbox that root has started."""

_TOP = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_HIDDEN = ("/usr/etc", "/usr/local/etc")
_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


@dataclass(frozen=True)
class HostFiles:
    """The visible part of a host. All of it is read-only inside, at the same path as on the host."""

    binds: tuple[Path, ...]
    etc: tuple[str, ...]
    """Names below /etc."""
    links: tuple[tuple[str, str], ...]
    """(target, path) of symbolic links."""
    hidden: tuple[str, ...]
    """Directories that an empty one hides."""
    masked: tuple[str, ...]
    """Files that an empty one hides."""
    python: str
    """The interpreter for the shim."""
    path: str
    """The value of PATH."""


def visible(extra: tuple[Path, ...] = ()) -> HostFiles:
    """The visible part of this host. `extra` are further directories, such as toolchains; their `bin` leads PATH.

    Our own Python is added when it is not in /usr.
    """
    root = Path("/")
    top = [root / name for name in _TOP if (root / name).exists()]
    links = tuple((str(path.readlink()), str(path)) for path in top if path.is_symlink())
    base = Path(sys.base_prefix).resolve()
    outside = [path for path in (*extra, base) if not path.is_relative_to("/usr")]
    etc = Path("/etc")
    names = sorted(str(path.relative_to(etc)) for pattern in _ETC for path in etc.glob(pattern) if path.exists())
    usable = [str(path / "bin") for path in outside if (path / "bin").is_dir()]
    return HostFiles(
        binds=(Path("/usr"), *(path for path in top if not path.is_symlink()), *dict.fromkeys(outside)),
        etc=tuple(names),
        links=links,
        hidden=tuple(path for path in _HIDDEN if Path(path).is_dir()),
        masked=tuple(f"/proc/{name}" for name in _MASKED if Path("/proc", name).exists()),
        python=str(_python(base)),
        path=os.pathsep.join(dict.fromkeys((*usable, *_PATH))),
    )


def _python(base: Path) -> Path:
    """The interpreter of the installation `base`, never a virtual environment's link to it."""
    named = base / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return named if named.exists() else Path(sys.executable).resolve()


def environment(job: Job, host: HostFiles) -> Mapping[str, str]:
    """The environment that the shim is started with; it adds PORT and the addresses of the proxies."""
    variables = {"PATH": host.path, "HOME": HOME, "LANG": "C.UTF-8", "TMPDIR": "/tmp", "USER": "honk"}  # noqa: S108
    return {**variables, **job.env}


def compile_shim(path: Path) -> None:
    """Write the shim to `path`, compiled for `HostFiles.python`: compiling takes longer than starting a command."""
    py_compile.compile(str(SHIM), str(path), dfile="shim.py", doraise=True)


def shim_command(job: Job, python: str, shim: str, control: str, proxy_sockets: str, *options: str) -> tuple[str, ...]:
    """The command line of the shim with the job's command; all paths as the shim sees them."""
    return (
        *(python, "-I", "-S", shim, "--control", control, *options),
        *(("--proxy-sockets", proxy_sockets) if job.proxy_sockets is not None else ()),
        *(("--app-socket",) if job.app_socket is not None else ()),
        *("--limits", f"{job.limits.processes},{job.limits.disk_mb << 20}"),
        "--",
        *job.argv,
    )


def shim_inside(job: Job, python: str, *options: str) -> tuple[str, ...]:
    """The command line of the shim in a sandbox, with its files at RUN."""
    return shim_command(job, python, f"{RUN}/shim", f"{RUN}/control.sock", f"{RUN}/proxies", *options)


def copy_etc(runtime: Path, host: HostFiles) -> Path:
    """A directory for /etc, with FILES and a copy of `host.etc`: one mount instead of thirty, which take 0.2 ms each.

    It is made below `runtime` unless one with the same content exists.
    """
    stamps = [(name, Path("/etc", name).stat().st_mtime_ns) for name in host.etc]
    key = hashlib.sha256(repr((stamps, FILES)).encode()).hexdigest()[:16]
    target = runtime / f"etc-{key}"
    if not target.is_dir():
        fresh = Path(tempfile.mkdtemp(dir=runtime))
        for name in host.etc:
            _copy(Path("/etc", name), fresh / name)
        for name, text in FILES.items():
            (fresh / name).write_text(text)
        fresh.chmod(0o755)
        with suppress(OSError):  # another process made the same directory first
            fresh.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
    return target


Mount = tuple[Path, str, bool]
"""(path on the host, path inside, whether it is writable)."""


def host_mounts(host: HostFiles, etc: Path) -> tuple[Mount, ...]:
    """The mounts that show the visible part of the host, with `etc` as /etc."""
    return ((etc, "/etc", False), *((path, str(path), False) for path in host.binds))


def job_mounts(job: Job, directory: Path, shim: Path) -> tuple[Mount, ...]:
    """The mounts of one job, whose private directory is `directory`."""
    return (
        (shim, f"{RUN}/shim", False),
        (directory / "control.sock", f"{RUN}/control.sock", True),
        *(((job.proxy_sockets, f"{RUN}/proxies", False),) if job.proxy_sockets is not None else ()),
        (mounted_tree.location(job.tree), WORKSPACE, job.writable),
        (job.home, HOME, True),
        *((path, inside, False) for inside, path in job.readonly.items()),
    )


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a directory: links as links, and only files that every user may read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        with suppress(shutil.Error):
            shutil.copytree(source, target, symlinks=True, copy_function=_copy_public)
    else:
        _copy_public(str(source), str(target))


def _copy_public(source: str, target: str) -> None:
    if Path(source).stat().st_mode & stat.S_IROTH:
        shutil.copy2(source, target)
