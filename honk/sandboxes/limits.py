"""Memory, processes and disk that a running job uses: from its control group where there is one, else from /proc."""

from collections.abc import Sequence

from honk.core.job import Job, Stopped
from honk.sandboxes import processes
from honk.sandboxes.cgroups import ControlGroup
from honk.sandboxes.disk_usage import DiskUsage


class ResourceMonitor:
    """Checks whether one job exceeds its limits of memory, processes and disk.

    Time is limited by the watchdog, output by the runtime. The constructor reads directories: call it in a thread.
    """

    def __init__(self, job: Job, group: ControlGroup | None) -> None:
        self._limits = job.limits
        self._group = group
        self._disk = DiskUsage(job)

    @property
    def interval(self) -> float:
        """Seconds between two checks; shorter without a group, because then only this check limits memory."""
        return 0.5 if self._group else 0.2

    def exceeded(self, roots: Sequence[int]) -> Stopped:
        """The limit that the processes below `roots` exceed, if any. Reads files: call it in a thread."""
        if self._group and (why := self._group.exceeded()):
            return why
        pids = processes.tree(roots)
        if not self._group and (why := self._exceeded_by(pids)):
            return why
        return "disk" if self._disk.exceeded(pids) else ""

    def _exceeded_by(self, pids: list[int]) -> Stopped:
        if processes.tasks(pids) >= self._limits.processes:
            return "processes"
        most = self._limits.memory_mb << 20
        return "memory" if processes.resident(pids) > most and processes.proportional(pids) > most else ""
