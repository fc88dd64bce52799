"""A command for a sandbox and its result: plain values that every package uses."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from honk.core.mounted_tree import Tree

WORKSPACE = "/workspace"
"""Where the tree is inside every sandbox. A contract: what set-up makes may hold absolute paths."""

HOME = "/home/honk"
"""The home directory inside every sandbox. It is kept for as long as its session."""

Stopped = Literal["", "time", "memory", "processes", "output", "disk", "cancelled"]
"""Why Honk ended a run; empty when it ended by itself."""


@dataclass(frozen=True)
class JobLimits:
    """The most that one sandbox may use. Memory is resident memory of the whole process tree."""

    memory_mb: int = 4096
    processes: int = 1024
    seconds: float = 1800.0
    output_bytes: int = 8_000_000
    disk_mb: int = 4096


@dataclass(frozen=True)
class Job:
    """One command for a sandbox.

    `tree` appears at /workspace (read-only unless `writable`), `home` at /home/honk. `readonly` maps a path inside to a
    path on the host, both absolute.

    `proxy_sockets` is the directory with the gateway's sockets (`model.sock`, `egress.sock`); without it the command
    reaches no network at all. `app_socket` is the path at which the sandbox opens a unix socket on the host that
    forwards to 127.0.0.1:$PORT inside (for previews).

    `env` is the environment besides what the sandbox itself sets: PATH, HOME, LANG and TMPDIR; PORT with an
    `app_socket`; ANTHROPIC_BASE_URL, HTTP_PROXY, HTTPS_PROXY and their lower-case forms with `proxy_sockets`.
    """

    argv: tuple[str, ...]
    tree: Tree
    home: Path
    env: Mapping[str, str] = field(default_factory=dict)
    proxy_sockets: Path | None = None
    readonly: Mapping[str, Path] = field(default_factory=dict)
    app_socket: Path | None = None
    writable: bool = True
    limits: JobLimits = field(default_factory=JobLimits)


@dataclass(frozen=True)
class Result:
    """How a run ended. `exit` is the status as a shell reports it (128 + n for signal n).

    `output` is stdout and stderr in the order in which they came, decoded with replacement; its middle is cut out when
    it was longer than the limit. `seconds` is wall time.
    """

    exit: int
    output: str
    seconds: float
    stopped: Stopped = ""

    @property
    def ok(self) -> bool:
        """The command ended by itself with status 0."""
        return self.exit == 0 and not self.stopped


class RunningJob(Protocol):
    """A job that was started."""

    async def wait(self) -> Result:
        """The result, once the job ended or was stopped. May be awaited more than once."""

    async def stop(self, why: Stopped = "cancelled") -> None:
        """End every process in the sandbox within 2 s, and return when none is left. Does nothing after the end."""


Run = Callable[[Job], Awaitable[Result]]
"""Runs a job in the configured sandbox. The pipeline passes this function to the packages that need a sandbox."""

Start = Callable[[Job], AbstractAsyncContextManager[RunningJob]]
"""Starts a job in the configured sandbox: `Sandbox.start`. Leaving the block stops the job."""
