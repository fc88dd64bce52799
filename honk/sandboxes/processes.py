"""What the kernel says about running processes: who is below whom, and what they use together."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_GONE = (FileNotFoundError, ProcessLookupError, PermissionError)
"""Processes end while we look at them; what is gone uses nothing."""


def alive(pid: str) -> bool:
    """Whether there is such a process; False for what is no process id."""
    return pid.isdigit() and Path("/proc", pid).exists()


def tree(roots: Iterable[int]) -> list[int]:
    """`roots` and all their living descendants."""
    found = list(roots)
    for pid in found:  # grows while it is walked
        found.extend(_children(pid))
    return found


def tasks(pids: Iterable[int]) -> int:
    """How many threads they have together, which is what the kernel counts as processes."""
    total = 0
    for pid in pids:
        with suppress(*_GONE):
            total += len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208  # only the count is wanted
    return total


def resident(pids: Iterable[int]) -> int:
    """Resident memory in bytes, pages that several of them share counted several times: cheap, an upper bound."""
    total = 0
    for pid in pids:
        with suppress(*_GONE):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return total


def proportional(pids: Iterable[int]) -> int:
    """Resident memory in bytes, shared pages counted once: exact, but the kernel walks the page tables for it."""
    total = 0
    for pid in pids:
        with suppress(*_GONE):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def deleted_files(pids: Iterable[int]) -> int:
    """Bytes in files that have no name any more but are held open: no walk over directories would find them."""
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
