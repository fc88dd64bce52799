"""Tests of the default backend only: its command line, overlays, agents, and the death of a worker."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import claude_agent_sdk
import pytest

from honk.core.errors import Unavailable
from honk.core.job import Job, JobLimits
from honk.core.mounted_tree import Overlay, Plain
from honk.sandboxes import base, bubblewrap, conformance_harness
from honk.sandboxes.bubblewrap import Bubblewrap, BubblewrapConfig
from honk.sandboxes.host_files import HostFiles
from tests.sandboxes.conftest import Jobs
from tests.waiting import until_sync

SYSTEM = HostFiles(
    (Path("/usr"),), (), (("usr/bin", "/bin"),), ("/usr/etc",), ("/proc/slabinfo",), "/usr/bin/python3", "/bin"
)


def test_the_command_line_as_text() -> None:
    job = Job(("true",), Plain(Path("/t")), Path("/h"), {"A": "b"}, readonly={"/opt/x": Path("/x")}, writable=False)
    line = " ".join(
        bubblewrap.argv(job, Path("/p"), BubblewrapConfig(SYSTEM, Path("/e"), Path("/s"), Path("/f"), "--size"))
    )
    assert line.startswith("bwrap --unshare-all --unshare-user --uid 1000 --gid 1000 ")
    for part in (
        "--die-with-parent --new-session --as-pid-1 --clearenv --seccomp 9 ",
        "--proc /proc --ro-bind /proc/sys /proc/sys --ro-bind /dev/null /proc/slabinfo --dev /dev --size 2147483648 ",
        "--ro-bind /e /etc --ro-bind /usr /usr --symlink usr/bin /bin --tmpfs /usr/etc --remount-ro /usr/etc ",
        "--ro-bind /t /workspace --bind /h /home/honk --ro-bind /x /opt/x --remount-ro / --chdir /workspace ",
        "--setenv A b -- /usr/bin/python3 -I -S /run/honk/shim --control /run/honk/control.sock ",
    ):
        assert part in line
    assert line.endswith("--limits 1024,4294967296 -- true")
    assert "--proxy-sockets" not in line and "--app-socket" not in line


async def test_an_overlay_shows_the_snapshot_and_keeps_the_change(sandbox: Bubblewrap, job: Jobs, place: Path) -> None:
    for name in ("lower, one", "upper:two", "work", "at"):
        (place / name).mkdir()
    (place / "lower, one" / "given").write_text("given")
    tree = Overlay((place / "lower, one",), place / "upper:two", place / "work", place / "at")
    result = await base.run(sandbox, job("sh", "-c", "cat given; echo more >> given; echo made > made", tree=tree))
    assert (result.exit, result.output) == (0, "given")
    assert (place / "upper:two" / "given").read_text() == "givenmore\n"
    assert (place / "upper:two" / "made").exists()
    assert (place / "lower, one" / "given").read_text() == "given"
    assert list((place / "at").iterdir()) == []


async def test_the_agents_own_program_runs(sandbox: Bubblewrap, job: Jobs) -> None:
    claude = Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"
    result = await base.run(sandbox, job("/opt/honk/claude", "--version", readonly={"/opt/honk/claude": claude}))
    assert result.ok and "Claude Code" in result.output


async def test_tools_of_the_host_are_there(sandbox: Bubblewrap, job: Jobs) -> None:
    result = await base.run(
        sandbox, job("sh", "-c", "git --version && python3 -m venv --without-pip x && x/bin/python -V")
    )
    assert result.ok, result.output


async def test_further_directories_are_visible_and_in_path(place: Path, job: Jobs) -> None:
    (place / "tool" / "bin").mkdir(parents=True)
    program = place / "tool" / "bin" / "mine"
    program.write_text("#!/bin/sh\necho mine\n")
    program.chmod(0o755)
    result = await base.run(Bubblewrap(place / "run", readonly=(place / "tool",)), job("mine"))
    assert result.output == "mine\n"


async def test_system_calls_around_the_isolation_are_refused(sandbox: Bubblewrap, job: Jobs) -> None:
    source = """
        import ctypes, errno, os, platform
        libc = ctypes.CDLL(None, use_errno=True)
        keyctl, bpf = {"x86_64": (250, 321), "aarch64": (219, 280)}[platform.machine()]
        def attempt(*call):
            return errno.errorcode.get(ctypes.get_errno()) if libc.syscall(*call) == -1 else "went through"
        print(attempt(keyctl, 0, -3, 0), attempt(bpf, 0, 0, 0), attempt(425, 1, 0), os.system("unshare --user true"))
    """
    result = await base.run(sandbox, job("python3", "-c", textwrap.dedent(source)))
    assert result.output == "unshare: unshare failed: Operation not permitted\nEPERM EPERM ENOSYS 256\n"


async def test_another_process_inside_cannot_connect_as_the_shim(sandbox: Bubblewrap, job: Jobs) -> None:
    source = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/honk/control.sock'); print(s.recv(1))"
    result = await base.run(sandbox, job("python3", "-c", source))
    assert result.output == "b''\n"


async def test_a_sandbox_that_does_not_start_raises_unavailable(sandbox: Bubblewrap, job: Jobs) -> None:
    with pytest.raises(Unavailable, match="did not start.*nowhere"):
        await base.run(sandbox, job("true", readonly={"/opt/x": Path("/nowhere")}))


async def test_a_cancelled_task_leaves_nothing(sandbox: Bubblewrap, job: Jobs, place: Path) -> None:
    marker = f"honk-{os.urandom(8).hex()}"
    wired = replace(
        job("python3", "-c", conformance_harness.CONNECT_BACK + "connect_back(); import time; time.sleep(999)", marker),
        proxy_sockets=place / "proxies",
    )
    (place / "proxies").mkdir()
    async with conformance_harness.connection_event(wired) as up:
        task = asyncio.create_task(base.run(sandbox, wired))
        await up.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not conformance_harness.running(marker)
    assert {path.name.partition("-")[0] for path in (place / "run").iterdir()} == {"etc", "filter", "shim.pyc"}


async def test_a_launcher_is_under_the_same_limits(sandbox: Bubblewrap, job: Jobs) -> None:
    async with sandbox.launcher(job("sleep", "60", limits=JobLimits(seconds=0.3))) as launcher:
        child = await asyncio.create_subprocess_exec(launcher.path)
        assert await asyncio.wait_for(child.wait(), 10) == 137
        assert launcher.stopped == "time"


async def test_a_job_can_be_stopped_before_it_started(sandbox: Bubblewrap, job: Jobs) -> None:
    async with sandbox.start(job("sleep", "60")) as running:
        await running.stop()
        result = await running.wait()
    assert result.stopped == "cancelled" and not result.ok
    assert result.seconds < 2


async def test_many_jobs_run_at_once(sandbox: Bubblewrap, job: Jobs) -> None:
    results = await asyncio.gather(*(base.run(sandbox, job("sh", "-c", f"exit {number}")) for number in range(12)))
    assert [result.exit for result in results] == list(range(12))


_WORKER = """
import asyncio, subprocess, sys
from pathlib import Path
from honk.core.job import Job
from honk.core.mounted_tree import Plain
from honk.sandboxes.bubblewrap import Bubblewrap
place, marker, way = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
async def main():
    stubborn = ("sh", "-c", 'touch up; trap "" TERM HUP; sleep 999 & sleep 999', marker)
    job = Job(stubborn, Plain(place / "tree"), place / "home")
    sandbox = Bubblewrap(place / "run")
    if way == "start":
        async with sandbox.start(job) as running:
            await running.wait()
    async with sandbox.launcher(job) as launcher:
        await asyncio.to_thread(subprocess.run, (str(launcher.path),))
asyncio.run(main())
"""


@pytest.mark.parametrize("way", ["start", "launcher"])
def test_all_processes_end_with_the_worker(way: str, job: Jobs, place: Path) -> None:
    marker = f"honk-{os.urandom(8).hex()}"
    with subprocess.Popen((sys.executable, "-c", _WORKER, str(place), marker, way), start_new_session=True) as worker:
        until_sync((job.tree / "up").exists)
        os.kill(worker.pid, signal.SIGKILL)
    until_sync(lambda: not conformance_harness.running(marker))
    until_sync(lambda: not any(_members(group) for group in _groups(worker.pid)))  # the dying count until they are gone
    assert list((place / "run").glob(f"{worker.pid}-*"))
    assert asyncio.run(base.run(Bubblewrap(place / "run"), job("true"))).ok
    assert not list((place / "run").glob(f"{worker.pid}-*"))
    assert not _groups(worker.pid)


def _groups(worker: int) -> list[Path]:
    """The control groups of a worker's jobs. Groups of other tests come and go meanwhile: `rglob` would raise."""
    found = os.walk("/sys/fs/cgroup")
    return [Path(parent, name) for parent, names, _ in found for name in names if name.startswith(f"honk-{worker}-")]


def _members(group: Path) -> str:
    try:
        return (group / "cgroup.procs").read_text()
    except FileNotFoundError:
        return ""
