"""Running processes, read from /proc: the descendants of a process, and the memory and files that they use."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_GONE = (FileNotFoundError, ProcessLookupError, PermissionError)
"""Raised for a process that ended while it was examined; it counts as using nothing."""


def alive(pid: str) -> bool:
    """Whether the process `pid` exists; False for text that is not a process id."""
    return pid.isdigit() and Path("/proc", pid).exists()


def tree(roots: Iterable[int]) -> list[int]:
    """`roots` and all their living descendants."""
    found = list(roots)
    for pid in found:  # grows while it is walked
        found.extend(_children(pid))
    return found


def tasks(pids: Iterable[int]) -> int:
    """The number of threads of `pids`; the kernel counts threads as processes."""
    total = 0
    for pid in pids:
        with suppress(*_GONE):
            total += len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208  # only the count is wanted
    return total


def resident(pids: Iterable[int]) -> int:
    """Resident memory in bytes. Pages that several processes share count several times: a cheap upper bound."""
    total = 0
    for pid in pids:
        with suppress(*_GONE):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return total


def proportional(pids: Iterable[int]) -> int:
    """Resident memory in bytes, shared pages counted once: exact, but slow, as the kernel walks the page tables."""
    total = 0
    for pid in pids:
        with suppress(*_GONE):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def deleted_files(pids: Iterable[int]) -> int:
    """Bytes in deleted files that are still open: a walk over directories does not find these."""
    held: dict[tuple[int, int], int] = {}
    for pid in pids:
        for status in _open_files(pid):
            if status.st_nlink == 0:
                held[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(held.values())


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(*_GONE):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(*_GONE):
                found.extend(map(int, (task / "children").read_text().split()))
    return found


def _open_files(pid: int) -> Iterator[os.stat_result]:
    with suppress(*_GONE):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield link.stat()
