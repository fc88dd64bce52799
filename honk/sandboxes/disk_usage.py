"""How much a job has written, by polling: an ordinary user cannot set a quota on a directory."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from honk import files
from honk.core.job import Job
from honk.core.mounted_tree import Overlay
from honk.sandboxes import processes

_PAUSE_SECONDS = 5.0
_PAUSE_FACTOR = 20.0
"""Directories are walked every _PAUSE_SECONDS, or _PAUSE_FACTOR times as long as a walk takes; sooner when the file
system fills up by half of what the job may still use."""

_EXTRA = 8
"""A directory that is full when the job starts may grow by 1 / _EXTRA of the limit."""


class DiskUsage:
    """Bytes that `job` uses: the whole upper layer of an overlay and the home; of a plain tree, only new files.

    A directory that is over the limit at the start may still grow a little, or nobody could ever clean up in it.

    `exceeded` is cheap: it mostly asks the file system for one number. The constructor reads directories.
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
        self._pause = _PAUSE_SECONDS
        self._used = 0
        limit = job.limits.disk_mb << 20
        self._limit = max(limit, self._walk(()) + limit // _EXTRA)

    def exceeded(self, pids: Iterable[int]) -> bool:
        """Whether the job, whose processes are `pids`, exceeds its limit."""
        filled = self._filesystem_bytes()
        near = filled - self._filled > (self._limit - self._used) / 2
        if not near and time.monotonic() - self._walked < self._pause:
            return False
        return self._walk(pids) > self._limit

    def _walk(self, pids: Iterable[int]) -> int:
        started = time.monotonic()
        self._filled = self._filesystem_bytes()
        self._used = (
            sum(status.st_blocks * 512 for status in files.statuses(self._whole))
            + sum(status.st_blocks * 512 for status in files.statuses(self._grown) if status.st_ctime >= self._began)
            + processes.deleted_files(pids)
        )
        self._walked = time.monotonic()
        self._pause = max(_PAUSE_SECONDS, _PAUSE_FACTOR * (self._walked - started))
        return self._used

    def _filesystem_bytes(self) -> int:
        """Bytes in use on the file systems concerned, by any process."""
        systems = {}
        for path in (*self._whole, *self._grown):
            with suppress(OSError):
                numbers = os.statvfs(path)
                systems[path.stat().st_dev] = (numbers.f_blocks - numbers.f_bfree) * numbers.f_frsize
        return sum(systems.values())
