"""How much a job has written. There is no quota on a directory that an ordinary user may set, so it is watched."""

import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from honk.core.job import Job
from honk.core.mounted_tree import Overlay
from honk.sandboxes import processes

_PATIENCE = 5.0
_SHARE = 20.0
_GRACE = 8
"""Directories are walked every _PATIENCE seconds, or _SHARE times as long as a walk takes; sooner when the file system
fills up by as much as would matter."""


class DiskUsage:
    """Watches what `job` writes: the whole upper layer of an overlay and the home; of a plain tree, what is new.

    What is full already may not grow much: were it stopped at once, nobody could ever clean up in it.

    `exceeded` is meant to be called often: mostly it asks the file system for one number. Making one reads directories.
    """

    def __init__(self, job: Job) -> None:
        tree = job.tree
        self._whole = [job.home]
        self._grown: list[Path] = []
        if isinstance(tree, Overlay):
            self._whole += [tree.upper, tree.work]
        elif job.writable:
            self._grown = [tree.path]
        self._began = time.time() - 1
        self._walked = time.monotonic()
        self._pause = _PATIENCE
        self._used = 0
        limit = job.limits.disk_mb << 20
        self._limit = max(limit, self._walk(()) + limit // _GRACE)

    def exceeded(self, pids: Iterable[int]) -> bool:
        """Whether the job, whose processes are `pids`, has used more than it may."""
        filled = self._fill()
        near = filled - self._filled > (self._limit - self._used) / 2
        if not near and time.monotonic() - self._walked < self._pause:
            return False
        return self._walk(pids) > self._limit

    def _walk(self, pids: Iterable[int]) -> int:
        started = time.monotonic()
        self._filled = self._fill()
        self._used = (
            sum(size for size, _ in _files(self._whole))
            + sum(size for size, changed in _files(self._grown) if changed >= self._began)
            + processes.deleted_files(pids)
        )
        self._walked = time.monotonic()
        self._pause = max(_PATIENCE, _SHARE * (self._walked - started))
        return self._used

    def _fill(self) -> int:
        """Bytes in use on the file systems concerned, by whomever."""
        systems = {}
        for path in (*self._whole, *self._grown):
            with suppress(OSError):
                numbers = os.statvfs(path)
                systems[path.stat().st_dev] = (numbers.f_blocks - numbers.f_bfree) * numbers.f_frsize
        return sum(systems.values())


def _files(roots: Iterable[Path]) -> Iterator[tuple[int, float]]:
    """Bytes on disk and time of the last change of every file below `roots`; links are not followed."""
    stack = [str(root) for root in roots]
    while stack:
        with suppress(OSError), os.scandir(stack.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    yield status.st_blocks * 512, status.st_ctime
                    if stat.S_ISDIR(status.st_mode):
                        stack.append(entry.path)
