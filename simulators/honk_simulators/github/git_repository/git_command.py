"""Runs git on a bare repository, without anybody's configuration, credentials or hooks. Needs git 2.38."""

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsync=none"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    *("-c", "core.quotePath=false"),
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "safe.directory=*"),
)
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
INHERITED = ("PATH", "HOME", "TMPDIR")


class GitCommandFailed(Exception):
    """git ended with an unexpected status. The message holds the command and what git wrote to stderr."""


@dataclass(frozen=True)
class GitResult:
    """How a git command ended."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as text; bytes that are not UTF-8 are replaced."""
        return self.stdout.decode(errors="replace")


async def run(
    git_dir: Path, *args: str, stdin: bytes = b"", ok: tuple[int, ...] = (0,), env: Mapping[str, str] | None = None
) -> GitResult:
    """Run git in `git_dir`. Raises GitCommandFailed for a status that is not in `ok`."""
    result = await execute(("git", *CONFIGURATION, *args), {"GIT_DIR": str(git_dir), **(env or {})}, stdin)
    if result.status not in ok:
        raise GitCommandFailed(f"git {' '.join(args)}: {result.stderr.decode(errors='replace').strip()}")
    return result


async def output(git_dir: Path, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
    """What git prints, without the end of the last line."""
    return (await run(git_dir, *args, stdin=stdin, env=env)).text.rstrip("\n")


async def execute(argv: tuple[str, ...], env: Mapping[str, str], stdin: bytes) -> GitResult:
    """Run a program of git's with this addition to its environment; on cancellation it is killed with its children."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *argv, env=inherited | ENVIRONMENT | dict(env), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    )
    try:
        stdout, stderr = await child.communicate(stdin)
    except asyncio.CancelledError:
        os.killpg(child.pid, signal.SIGKILL)
        await child.communicate()
        raise
    return GitResult(child.returncode or 0, stdout, stderr)
