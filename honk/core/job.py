"""What is asked of a sandbox, and what comes back: plain values, shared by all families."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from honk.core.mounted_tree import Tree

WORKSPACE = "/workspace"
"""Where the tree is seen inside every sandbox. A contract: set-up products may hold absolute paths."""

HOME = "/home/honk"
"""The home inside every sandbox, kept for as long as its session lives."""

Stopped = Literal["", "time", "memory", "processes", "output", "disk", "cancelled"]
"""Why a run was ended from outside; empty when it ended by itself."""


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

    `tree` appears at /workspace (read-only unless `writable`), `home` at /home/honk. `wire` is the directory that holds
    the gateway's sockets (`model.sock`, `egress.sock`), None for no way out at all. `readonly` maps a path inside to a
    path on the host, both absolute. `door` is a directory in which the sandbox opens `app.sock`, a byte pipe to
    127.0.0.1:$PORT inside (previews). `env` is the whole environment besides what the sandbox itself sets: PATH, HOME,
    LANG, TMPDIR, PORT where there is a door, and the addresses of the wire (ANTHROPIC_BASE_URL, HTTP_PROXY, HTTPS_PROXY
    and their lower-case twins) where there is one.
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
    """How a run ended. `exit` is the status as a shell counts it (128 + n for signal n).

    `output` is stdout and stderr together in the order they came, decoded with replacement, its middle cut out when
    it was longer than the limit. `seconds` is wall time.
    """

    exit: int
    output: str
    seconds: float
    stopped: Stopped = ""

    @property
    def ok(self) -> bool:
        """It ended by itself and with status 0."""
        return self.exit == 0 and not self.stopped


Run = Callable[[Job], Awaitable[Result]]
"""How a family that needs a sandbox gets one: the flow hands it this function."""
