"""What the conformance checks share: fresh jobs, probe scripts, and processes and sockets of the host."""

import asyncio
import socket
import sys
import tempfile
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from honk import process
from honk.core.job import Job, JobLimits, Result
from honk.core.mounted_tree import Plain
from honk.sandboxes import base

SECONDS = 30.0
"""The time limit of each job of the suite."""

_DONE = "probe over"


@dataclass(frozen=True)
class Harness:
    """A sandbox, and a scratch directory of the host that no sandbox may see."""

    sandbox: base.Sandbox
    scratch: Path

    def job(self, *argv: str, limits: JobLimits | None = None) -> Job:
        directory = Path(tempfile.mkdtemp(dir=self.scratch, prefix=""))
        for name in ("tree", "home", "proxies"):
            (directory / name).mkdir()
        return Job(argv, Plain(directory / "tree"), directory / "home", limits=limits or JobLimits(seconds=SECONDS))

    def script(self, text: str, *arguments: str, limits: JobLimits | None = None) -> Job:
        """A job that runs Python source with `arguments` as `sys.argv[1:]`."""
        return self.job("python3", "-c", textwrap.dedent(text), *arguments, limits=limits)

    async def probe(self, text: str, *arguments: str) -> str:
        """Run Python source that prints a line for each thing that it must not be able to do; return those lines."""
        return findings(await self.run(self.script(textwrap.dedent(text) + f"\nprint({_DONE!r})", *arguments)))

    async def run(self, job: Job) -> Result:
        """Run `job` to its end."""
        return await base.run(self.sandbox, job)


@contextmanager
def new_harness(sandbox: base.Sandbox, scratch: Path) -> Iterator[Harness]:
    """A harness with a directory of its own below `scratch`, which is made when missing."""
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="", ignore_cleanup_errors=True) as directory:
        yield Harness(sandbox, Path(directory))


ConformanceCheck = Callable[[Harness], Awaitable[str]]
"""Returns what it found wrong; empty when nothing was."""


def job_directory(job: Job) -> Path:
    """The directory on the host that holds the tree, the home and the proxies of a job."""
    return job.home.parent


def with_proxy_sockets(job: Job) -> Job:
    return replace(job, proxy_sockets=job_directory(job) / "proxies")


def findings(result: Result) -> str:
    """The findings of a probe, on one line."""
    found = result.output.strip().splitlines()
    if result.ok and found[-1:] == [_DONE]:
        return "; ".join(found[:-1])
    return f"the probe ended early ({result.exit}{result.stopped and ', ' + result.stopped}): {' / '.join(found[-3:])}"


@asynccontextmanager
async def other_process(marker: str) -> AsyncIterator[int]:
    """The pid of a process of the host and the same user, with `marker` in its arguments and its environment."""
    argv = (sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()", marker)
    env = process.environment({"HONK_CANARY": marker})
    async with process.spawn(argv, env=env, stdin=asyncio.subprocess.PIPE) as child:
        yield child.pid
        if child.returncode is not None:
            raise ChildProcessError


@contextmanager
def listening(family: socket.AddressFamily, address: str | tuple[str, int]) -> Iterator[socket.socket]:
    with closing(socket.socket(family, socket.SOCK_STREAM)) as listener:
        listener.bind(address)
        listener.listen()
        yield listener


@asynccontextmanager
async def connection_event(job: Job) -> AsyncIterator[asyncio.Event]:
    """An event that a job with proxy sockets sets by connecting to the address of the model."""
    connected = asyncio.Event()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        writer.close()

    async with await asyncio.start_unix_server(accept, str(job_directory(job) / "proxies" / "model.sock")):
        yield connected


CONNECT_BACK = """
import os, socket
def connect_back():
    host, port = os.environ["ANTHROPIC_BASE_URL"].removeprefix("http://").split(":")
    socket.create_connection((host, int(port))).recv(1)
"""
"""Python source of the function that sets the event of `connection_event`."""


def running(marker: str) -> bool:
    """Whether any process of this machine has `marker` in its arguments."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if marker.encode() in file.read_bytes():
                return True
    return False
