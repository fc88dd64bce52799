"""Whether a running job has used more than it may: the kernel's word where there is a control group, else ours."""

from collections.abc import Sequence

from honk.core.job import Job, Stopped
from honk.sandboxes import processes
from honk.sandboxes.cgroups import ControlGroup
from honk.sandboxes.disk_usage import DiskUsage


class ResourceMonitor:
    """Looks at one job's use of memory, processes and disk. Time and output are counted where they arise.

    Reads directories when it is made: for a thread.
    """

    def __init__(self, job: Job, group: ControlGroup | None) -> None:
        self._limits = job.limits
        self._group = group
        self._disk = DiskUsage(job)

    @property
    def interval(self) -> float:
        """Seconds between two looks. Without a group nothing else stands between a job and the machine's memory."""
        return 0.5 if self._group else 0.2

    def exceeded(self, roots: Sequence[int]) -> Stopped:
        """The limit that the processes below `roots` have passed, if any. Reads files: for a thread."""
        if self._group:
            if why := self._group.exceeded():
                return why
            pids: list[int] = processes.tree(roots)
        else:
            pids = processes.tree(roots)
            if why := self._watch(pids):
                return why
        return "disk" if self._disk.exceeded(pids) else ""

    def _watch(self, pids: list[int]) -> Stopped:
        if processes.tasks(pids) >= self._limits.processes:
            return "processes"
        most = self._limits.memory_mb << 20
        return "memory" if processes.resident(pids) > most and processes.proportional(pids) > most else ""
