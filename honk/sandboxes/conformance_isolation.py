"""Conformance, first part: what must be impossible in a sandbox."""

import secrets
import socket
from pathlib import Path

from honk.sandboxes.conformance_harness import ConformanceCheck, Harness, listening, other_process, running


async def cannot_read_the_host(harness: Harness) -> str:
    """A private file of the host cannot be read under any of its names."""
    canary = harness.scratch / "canary"
    canary.write_text("seen")
    return await harness.probe(
        """
        import glob, sys
        paths = [sys.argv[1], "/etc/shadow", "/etc/gshadow", "/etc/ssh/ssh_host_ed25519_key", "/proc/kcore"]
        paths += ["/proc/slabinfo", "/proc/kpagecount"]
        paths += [root + sys.argv[1] for root in glob.glob("/proc/[0-9]*/root") + glob.glob("/proc/[0-9]*/cwd")]
        for path in paths:
            try:
                if open(path, "rb").read(1):
                    print("could read", path)
            except OSError:
                pass
        """,
        str(canary),
    )


async def cannot_read_the_workers_environment(harness: Harness) -> str:
    """The worker's environment holds credentials; no process of the host may be read."""
    marker = secrets.token_hex(16)
    async with other_process(marker):
        return await harness.probe(
            """
            import glob, sys
            me = "/proc/self/"
            for path in glob.glob("/proc/[0-9]*/environ"):
                try:
                    if ("HONK_CANARY=" + sys.argv[1]).encode() in open(path, "rb").read():
                        print("could read", path)
                except OSError:
                    pass
            """,
            marker,
        )


async def cannot_write_outside(harness: Harness) -> str:
    """Only the workspace, the home and scratch space can be written to."""
    untouched = harness.scratch / "untouched"
    untouched.mkdir(exist_ok=True)
    return await harness.probe(
        """
        import os, sys
        places = ["/", "/bin", "/dev", "/etc", "/home", "/lib", "/opt", "/root", "/run", "/run/honk", "/srv", "/sys",
                  "/usr", "/usr/bin", "/usr/local/bin", "/var", "/proc/sys/kernel", sys.argv[1]]
        for place in places:
            path = os.path.join(place, sys.argv[2])
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                os.unlink(path)
                print("could write in", place)
            except OSError:
                pass
        for file in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/swappiness",
                     "/proc/sysrq-trigger", "/usr/bin/env", "/etc/passwd"):
            try:
                os.close(os.open(file, os.O_WRONLY))
                print("could open for writing", file)
            except OSError:
                pass
        """,
        str(untouched),
        f"honk-{secrets.token_hex(8)}",
    )


async def cannot_leave_set_id_files(harness: Harness) -> str:
    """No file in the workspace or the home becomes set-user-ID or set-group-ID, or gets capabilities: it is a file of
    the host."""
    return await harness.probe(
        """
        import os, struct, subprocess
        capability = struct.pack("<5I", 0x02000001, 0xFFFFFFFF, 0, 0, 0)
        for folder in (os.getcwd(), os.environ["HOME"]):
            os.chdir(folder)
            for bits in (0o4755, 0o2755, 0o6711):
                file = os.open("plain", os.O_CREAT | os.O_WRONLY, 0o755)
                here = os.open(".", os.O_DIRECTORY)
                tries = {
                    "chmod": lambda: os.chmod("plain", bits),
                    "fchmod": lambda: os.fchmod(file, bits),
                    "fchmodat": lambda: os.chmod("plain", bits, dir_fd=here),
                    "open": lambda: os.close(os.open("opened", os.O_CREAT | os.O_WRONLY, bits)),
                    "openat": lambda: os.close(os.open("opened", os.O_CREAT | os.O_WRONLY, bits, dir_fd=here)),
                    "mknod": lambda: os.mknod("made", 0o100000 | bits),
                    "a file without a name": lambda: os.close(os.open(".", os.O_TMPFILE | os.O_RDWR, bits)),
                    "chmod the program": lambda: subprocess.run(["chmod", "ug+s", "plain"], stderr=subprocess.DEVNULL),
                    "capabilities": lambda: os.setxattr("plain", "security.capability", capability),
                }
                for name, attempt in tries.items():
                    try:
                        attempt()
                        if name in ("a file without a name", "capabilities"):
                            print("could make a privileged file by", name)
                    except OSError:
                        pass
                    for path in ("plain", "opened", "made"):
                        if os.path.exists(path) and os.stat(path).st_mode & 0o6000:
                            print("could make a set-id file by", name, oct(bits))
                            os.chmod(path, 0o600)
                for path in ("opened", "made", "plain"):
                    if os.path.exists(path):
                        os.unlink(path)
                os.close(file), os.close(here)
            os.mkdir("still"), os.chmod("still", 0o1777), os.rmdir("still")
        """
    )


async def cannot_escape_by_link(harness: Harness) -> str:
    """A symbolic link to a path of the host opens nothing, for reading or writing."""
    canary = harness.scratch / "linked"
    canary.write_text("untouched")
    found = await harness.probe(
        """
        import os, sys
        os.symlink(sys.argv[1], "link")
        os.symlink("../" * 20 + sys.argv[1].lstrip("/"), "relative")
        for link in ("link", "relative"):
            for mode in ("r", "w"):
                try:
                    open(link, mode).close()
                    print("could open with", mode, link)
                except OSError:
                    pass
        """,
        str(canary),
    )
    return found or ("" if canary.read_text() == "untouched" else "the host's file has changed")


async def cannot_reach_the_network(harness: Harness) -> str:
    """This machine, its network, its services and its hypervisor cannot be reached."""
    name = "\0honk-" + secrets.token_hex(8)
    file = str(harness.scratch / f"{secrets.token_hex(4)}.sock")
    with (
        listening(socket.AF_INET, ("127.0.0.1", 0)) as near,
        listening(socket.AF_INET, ("0.0.0.0", 0)) as wide,  # noqa: S104  # closed when the check ends
        listening(socket.AF_UNIX, name),
        listening(socket.AF_UNIX, file),
    ):
        ports = str(near.getsockname()[1]), str(wide.getsockname()[1])
        return await harness.probe(_NETWORK, *ports, _address(), name[1:], file)


_NETWORK = """
import os, socket, sys
near, wide, address, name, file = sys.argv[1:]
targets = [(socket.AF_INET, ("127.0.0.1", int(near))), (socket.AF_INET, (address, int(wide))),
           (socket.AF_UNIX, "\\0" + name), (socket.AF_UNIX, file)]
if hasattr(socket, "AF_VSOCK"):
    targets.append((socket.AF_VSOCK, (2, 1024)))
for family, target in targets:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.settimeout(2)
            sock.connect(target)
        print("could connect to", target)
    except TimeoutError:
        print("has a route to", target)
    except OSError as error:
        if family == getattr(socket, "AF_VSOCK", None) and error.errno == 104:
            print("was answered by", target)
for family, target in ((socket.AF_INET, ("192.0.2.1", 9)), (socket.AF_INET6, ("2001:db8::1", 9))):
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(target)  # asks for a route and sends nothing
        print("has a route to", target)
    except OSError:
        pass
if [name for _, name in socket.if_nameindex() if name != "lo"]:
    print("has a network interface")
for service in ("nscd/socket", "dbus/system_bus_socket", "docker.sock", "podman/podman.sock", "systemd/private"):
    if os.path.exists("/run/" + service) or os.path.exists("/var/run/" + service):
        print("can see the socket of", service)
"""


def _address() -> str:
    """This machine's address in its network, found without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.2"
        return str(sock.getsockname()[0])


async def cannot_see_or_signal_others(harness: Harness) -> str:
    """Processes of the host and the same user are not visible."""
    marker = secrets.token_hex(16)
    async with other_process(marker) as pid:
        return await harness.probe(
            """
            import glob, os, signal, sys
            pid, half, other = int(sys.argv[1]), sys.argv[2], sys.argv[3]
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    if (half + other).encode() in open(path, "rb").read():
                        print("could see", path)
                except OSError:
                    pass
            try:
                os.kill(pid, signal.SIGCONT)
                print("could signal a process of the host")
            except OSError:
                pass
            """,
            str(pid),
            marker[:16],
            marker[16:],
        )


async def cannot_outlive_the_run(harness: Harness) -> str:
    """A daemon that left its session and its parent and ignores signals ends with the command."""
    marker = secrets.token_hex(16)
    found = await harness.probe(
        """
        import os, signal, sys, time
        read, write = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                    signal.signal(number, signal.SIG_IGN)
                null = os.open("/dev/null", os.O_RDWR)
                for fd in (0, 1, 2):
                    os.dup2(null, fd)
                os.write(write, b"up")
                time.sleep(3600)
            os._exit(0)
        os.read(read, 2)
        """,
        marker,
    )
    return found or ("a daemon is still running" if running(marker) else "")


async def is_nobody(harness: Harness) -> str:
    """The command is not root, has no capabilities, and cannot gain any."""
    return await harness.probe(
        """
        import os
        if os.getuid() == 0 or os.geteuid() == 0:
            print("is root")
        fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
        for name in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
            if int(fields.get(name, "0"), 16):
                print("has capabilities:", name, fields[name].strip())
        if fields.get("NoNewPrivs", "1").strip() != "1":
            print("may gain privileges from set-user-id programs")
        """
    )


async def cannot_see_private_places(harness: Harness) -> str:
    """The scratch directory, and the directories in which people keep credentials, do not exist inside."""
    home = Path.home()
    return await harness.probe(
        """
        import os, sys
        scratch, home = sys.argv[1:]
        if os.path.exists(scratch):
            print("can see", scratch)
        if os.path.isdir(home) and not os.environ["HOME"].startswith(home):
            for name in os.listdir(home):
                if name in (".ssh", ".aws", ".config", ".netrc", ".npmrc", ".git-credentials", ".claude"):
                    print("can see", os.path.join(home, name))
        """,
        str(harness.scratch),
        str(home),
    )


CHECKS: tuple[ConformanceCheck, ...] = (
    cannot_read_the_host,
    cannot_read_the_workers_environment,
    cannot_see_private_places,
    cannot_write_outside,
    cannot_leave_set_id_files,
    cannot_escape_by_link,
    cannot_reach_the_network,
    cannot_see_or_signal_others,
    cannot_outlive_the_run,
    is_nobody,
)
