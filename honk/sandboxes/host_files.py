"""What of the host a sandbox can see: programs and libraries, and of /etc only what they cannot do without.

Nothing here is a secret on a usual machine, and what often holds one is left out by not being on the list: /etc/shadow,
keys of every kind, and the system-wide settings of git, npm, pip and maven, in which people put tokens.
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

from honk.core.job import HOME, Job

SHIM = Path(__file__).with_name("shim.py")
"""The program that is PID 1 inside."""

RUN = "/run/honk"
"""Where the shim, its control socket and the wire are inside."""

UID = 1000
"""The user inside, whoever runs Honk."""

FILES = {
    "passwd": (
        "root:x:0:0:root:/root:/usr/sbin/nologin\n"
        f"honk:x:{UID}:{UID}:Honk:{HOME}:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ),
    "group": f"root:x:0:\ntty:x:5:\nhonk:x:{UID}:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n",
    "hostname": "sandbox\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "resolv.conf": "# There is no network in here, and so no name service.\n",
}
"""Files in /etc that are made for the sandbox."""

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
"""Files below /proc that only root can read, which to the kernel includes a sandbox that root has started."""

_TOP = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_HIDDEN = ("/usr/etc", "/usr/local/etc")
_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


@dataclass(frozen=True)
class HostFiles:
    """The visible part of a host. All of it is read-only inside, and each path is the same on both sides."""

    binds: tuple[Path, ...]
    etc: tuple[str, ...]
    """Names below /etc."""
    links: tuple[tuple[str, str], ...]
    """(target, path) of symbolic links."""
    hidden: tuple[str, ...]
    """Directories to be covered with an empty one."""
    masked: tuple[str, ...]
    """Files to be covered with an empty one."""
    python: str
    """The interpreter for the shim."""
    path: str
    """PATH."""


def visible(extra: tuple[Path, ...] = ()) -> HostFiles:
    """What this host shows. `extra` are further directories, such as toolchains; their `bin` comes first in PATH.

    Our own Python is one of them when it does not live in /usr.
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
    """The environment that the shim is started with; it adds PORT and the addresses of the wire."""
    own = {"PATH": host.path, "HOME": HOME, "LANG": "C.UTF-8", "TMPDIR": "/tmp", "USER": "honk"}  # noqa: S108
    return {**own, **job.env}


def compile_shim(path: Path) -> None:
    """Put the shim, compiled for the interpreter in `System.python`, at `path`: compiling it takes longer than all it
    does before the command starts."""
    py_compile.compile(str(SHIM), str(path), dfile="shim.py", doraise=True)


def shim_command(job: Job, python: str, shim: str, control: str, proxy_sockets: str, *options: str) -> tuple[str, ...]:
    """The command line of the shim with the job's command; all paths as seen from where it runs."""
    return (
        *(python, "-I", "-S", shim, "--control", control, *options),
        *(("--proxy-sockets", proxy_sockets) if job.proxy_sockets is not None else ()),
        *(("--app-socket",) if job.app_socket is not None else ()),
        *("--limits", f"{job.limits.processes},{job.limits.disk_mb << 20}"),
        "--",
        *job.argv,
    )


def shim_inside(job: Job, python: str, *options: str) -> tuple[str, ...]:
    """The same inside a sandbox, where things are at RUN."""
    return shim_command(job, python, f"{RUN}/shim", f"{RUN}/control.sock", f"{RUN}/proxies", *options)


def copy_etc(runtime: Path, host: HostFiles) -> Path:
    """The directory for /etc, with FILES and a copy of `host.etc`: one mount instead of thirty, at 0.2 ms each.

    It is made below `runtime` when there is none yet of the same contents.
    """
    stamps = [(name, Path("/etc", name).stat().st_mtime_ns) for name in host.etc]
    key = hashlib.sha256(repr((stamps, FILES)).encode()).hexdigest()[:16]
    place = runtime / f"etc-{key}"
    if not place.is_dir():
        fresh = Path(tempfile.mkdtemp(dir=runtime))
        for name in host.etc:
            _copy(Path("/etc", name), fresh / name)
        for name, text in FILES.items():
            (fresh / name).write_text(text)
        fresh.chmod(0o755)
        with suppress(OSError):  # somebody else was faster
            fresh.rename(place)
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a directory, links as links, and of it what everybody may read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        with suppress(shutil.Error):
            shutil.copytree(source, target, symlinks=True, copy_function=_copy_public)
    else:
        _copy_public(str(source), str(target))


def _copy_public(source: str, target: str) -> None:
    if Path(source).stat().st_mode & stat.S_IROTH:
        shutil.copy2(source, target)
