"""Limits kept by the kernel: a control group per job, in version 1 or 2, wherever this process may make one.

    v1   <mount of memory>/<our path>/honk-…   <mount of pids>/<our path>/honk-…
    v2   the nearest ancestor of our group whose children have both controllers: <mount>/<ancestor>/honk-…

Joining is done by the launched process itself, before it starts anything, so nothing can slip out.
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

_OWN = 8
"""Processes of ours in a job's group (the launcher, the sandbox program, the shim), not to be charged to the job."""


_TRIES = 100
_SETTLE = 0.02


@dataclass(frozen=True)
class ControlGroup:
    """One job's control group."""

    memory: Path
    pids: Path
    events: Path

    @property
    def joins(self) -> tuple[Path, ...]:
        """The files into which a process writes its id to become a member."""
        return tuple(dict.fromkeys(path / "cgroup.procs" for path in (self.memory, self.pids)))

    def exceeded(self) -> Stopped:
        """Which limit the kernel has enforced, if any."""
        if _count(self.events, "oom_kill"):
            return "memory"
        return "processes" if _count(self.pids / "pids.events", "max") else ""

    def remove(self) -> bool:
        """Delete it; False while a process that has just ended is still counted in it."""
        for path in {self.memory, self.pids}:
            with suppress(FileNotFoundError):
                try:
                    path.rmdir()
                except OSError:
                    return False
        return True


@dataclass(frozen=True)
class ControlGroupParents:
    """Where groups can be made: the parents for either controller (the same directory in version 2)."""

    memory: Path
    pids: Path

    @property
    def _v2(self) -> bool:
        return self.memory == self.pids

    def create(self, name: str, limits: JobLimits) -> ControlGroup:
        """A new group with these limits. Raises OSError when the kernel refuses."""
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
        _write(pids / "pids.max", limits.processes + _OWN)
        return ControlGroup(memory, pids, memory / ("memory.events" if self._v2 else "memory.oom_control"))


async def find() -> ControlGroupParents | None:
    """Where this process can make groups and move its children into them, tried; None when it cannot."""
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
    """Delete what workers that are dead have left: groups are named for the process that made them."""
    for parent in {groups.memory, groups.pids}:
        for path in parent.glob("honk-*-*"):
            if not processes.alive(path.name.split("-")[1]):
                with suppress(OSError):  # something is still in it, or it is gone
                    path.rmdir()


async def remove(group: ControlGroup) -> None:
    """Delete `group`, whose processes have ended; the kernel counts them for a moment longer."""
    for _ in range(_TRIES):
        if group.remove():
            return
        await asyncio.sleep(_SETTLE)


def join_command(group: ControlGroup) -> str:
    """The shell command by which a process becomes a member of `group`."""
    return " && ".join(f'echo $$ > "{path}"' for path in group.joins)


def _candidates(mountinfo: str, own: str) -> Iterator[ControlGroupParents]:
    """Possible places, best first, from the text of /proc/self/mountinfo and /proc/self/cgroup."""
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
        place = mounts[""] / paths[""].strip("/")
        while place.is_relative_to(mounts[""]):
            yield ControlGroupParents(place, place)
            place = place.parent


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
