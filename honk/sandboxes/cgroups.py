"""Limits that the kernel enforces: a control group (version 1 or 2) for each job, where this process may make one.

    v1   <mount of memory>/<our path>/honk-…   <mount of pids>/<our path>/honk-…
    v2   the nearest ancestor of our group whose children have both controllers: <mount>/<ancestor>/honk-…

The launched process joins by itself before it starts anything, so nothing escapes the group.
"""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from honk import process
from honk.core.job import JobLimits, Stopped
from honk.sandboxes import processes

_OUR_PROCESSES = 8
"""Processes of Honk in a job's group (launcher, sandbox program, shim); they do not count against the job's limit."""


_REMOVE_TRIES = 100
_REMOVE_PAUSE = 0.02


@dataclass(frozen=True)
class ControlGroup:
    """The control group of one job."""

    memory: Path
    pids: Path
    events: Path

    @property
    def joins(self) -> tuple[Path, ...]:
        """The files into which a process writes its id to become a member."""
        return tuple(dict.fromkeys(path / "cgroup.procs" for path in (self.memory, self.pids)))

    def exceeded(self) -> Stopped:
        """The limit that the kernel has enforced, if any."""
        if _count(self.events, "oom_kill"):
            return "memory"
        return "processes" if _count(self.pids / "pids.events", "max") else ""

    def remove(self) -> bool:
        """Delete it. False while the kernel still counts a process in it that has just ended."""
        for path in {self.memory, self.pids}:
            with suppress(FileNotFoundError):
                try:
                    path.rmdir()
                except OSError:
                    return False
        return True


@dataclass(frozen=True)
class ControlGroupParents:
    """The parent directories of new groups, one for each controller (the same in version 2)."""

    memory: Path
    pids: Path

    @property
    def _v2(self) -> bool:
        return self.memory == self.pids

    def create(self, name: str, limits: JobLimits) -> ControlGroup:
        """A new group with `limits`. Raises OSError when the kernel refuses."""
        memory, pids = self.memory / name, self.pids / name
        for path in {memory, pids}:
            path.mkdir()
        size = limits.memory_mb << 20
        if self._v2:
            _write(memory / "memory.max", size)
            _write(memory / "memory.swap.max", 0, optional=True)
            _write(memory / "memory.oom.group", 1, optional=True)
        else:
            _write(memory / "memory.limit_in_bytes", size)
            _write(memory / "memory.memsw.limit_in_bytes", size, optional=True)
        _write(pids / "pids.max", limits.processes + _OUR_PROCESSES)
        return ControlGroup(memory, pids, memory / ("memory.events" if self._v2 else "memory.oom_control"))


async def find() -> ControlGroupParents | None:
    """The parents in which this process can make groups and move children into them; None when a trial fails."""
    for groups in _candidates(*map(_text, ("/proc/self/mountinfo", "/proc/self/cgroup"))):
        with suppress(OSError):
            if await _works(groups):
                return groups
    return None


async def _works(groups: ControlGroupParents) -> bool:
    group = groups.create(f"honk-{os.getpid()}-{secrets.token_hex(4)}", JobLimits())
    try:
        return (await process.run(("sh", "-c", join_command(group)))).ok
    finally:
        await remove(group)


def sweep(groups: ControlGroupParents) -> None:
    """Delete the groups of workers that have died: each is named after the process that made it."""
    for parent in {groups.memory, groups.pids}:
        for path in parent.glob("honk-*-*"):
            if not processes.alive(path.name.split("-")[1]):
                with suppress(OSError):  # a process is still in it, or it is gone
                    path.rmdir()


async def remove(group: ControlGroup) -> None:
    """Delete `group`, whose processes have ended. The kernel still counts them for a moment, so it may take some
    tries."""
    for _ in range(_REMOVE_TRIES):
        if group.remove():
            return
        await asyncio.sleep(_REMOVE_PAUSE)


def join_command(group: ControlGroup) -> str:
    return " && ".join(f'echo $$ > "{path}"' for path in group.joins)


def _candidates(mountinfo: str, own: str) -> Iterator[ControlGroupParents]:
    """Possible parents, best first, from the text of /proc/self/mountinfo and /proc/self/cgroup."""
    mounts = _mounts(mountinfo)
    paths: dict[str, str] = {}
    for line in own.splitlines():
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    if {"memory", "pids"} <= mounts.keys() & paths.keys():
        yield ControlGroupParents(
            mounts["memory"] / paths["memory"].strip("/"), mounts["pids"] / paths["pids"].strip("/")
        )
    if "" in mounts and "" in paths:
        parent = mounts[""] / paths[""].strip("/")
        while parent.is_relative_to(mounts[""]):
            yield ControlGroupParents(parent, parent)
            parent = parent.parent


def _mounts(mountinfo: str) -> dict[str, Path]:
    """Controller → mount point; the empty name is the unified hierarchy."""
    found: dict[str, Path] = {}
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        point = Path(left.split()[4])
        if kind == "cgroup2":
            found[""] = point
        elif kind == "cgroup":
            found |= dict.fromkeys(options.split(","), point)
    return found


def _text(path: str) -> str:
    return Path(path).read_text()


def _count(file: Path, key: str) -> int:
    with suppress(OSError):
        for line in file.read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == key:
                return int(value)
    return 0


def _write(file: Path, value: int, *, optional: bool = False) -> None:
    if optional and not file.exists():
        return
    file.write_text(str(value))
