"""NO SANDBOX. Commands run as what they are: processes of this user, on this machine, with its network.

Whatever the agent or a repository supplies can then read every file and credential that you can, and change them. That
is why the setting that selects this is called `unsafe-none`, and why only the bundled demo, which runs nothing but our
own code, ever falls back to it: on machines (mostly containers) that cannot start a sandbox at all.

What is kept: the cleared environment, the wire, the door, the limits, and that what a command starts ends with it
unless it takes pains to get away. What is lost, besides every wall:

- the workspace is at /workspace only where that name is free for a link and no job with another tree is running;
  `workspace(job)` says where it is, and so does HONK_WORKSPACE to the command;
- the home is where it is on the host (HOME says so), of `Job.readonly` only the program itself (`argv[0]`) is found,
  and `Job.writable` is ignored.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from honk.core import mounted_tree
from honk.core.job import WORKSPACE, Job
from honk.sandboxes import base, host_files
from honk.sandboxes.runtime import Runtime, SandboxCommand


class NoSandbox:
    """Not a sandbox; see above. `runtime` and `readonly` as in `Bubblewrap`; `link`: where the workspace should be."""

    name = "unsafe-none"

    def __init__(self, runtime: Path, readonly: tuple[Path, ...] = (), link: Path = Path(WORKSPACE)) -> None:
        self._directory = runtime
        self._runtime = Runtime(runtime, sealed=False)
        self._readonly = readonly
        self._link = link
        self._own = runtime / "workspace"
        self._trees: Counter[Path] = Counter()

    async def problem(self) -> str:
        """See `base.Sandbox`. It starts everywhere, which says nothing about whether it should."""
        return await base.try_start(self, self._directory)

    def workspace(self, job: Job) -> Path:
        """Where the tree of `job` is seen by its command while it runs."""
        place = mounted_tree.location(job.tree)
        return self._link if self._is_ours() and self._own.readlink() == place else place

    @asynccontextmanager
    async def start(self, job: Job) -> AsyncIterator[base.RunningJob]:
        """See `base.Sandbox`."""
        with self._visible(job):
            async with self._runtime.started(job, self._plan) as running:
                yield running

    @asynccontextmanager
    async def launcher(self, job: Job) -> AsyncIterator[base.Launcher]:
        """See `base.Sandbox`."""
        with self._visible(job):
            async with self._runtime.launched(job, self._plan) as launched:
                yield launched

    async def _plan(self, job: Job, place: Path) -> SandboxCommand:
        host = host_files.visible(self._readonly)
        seen = str(self.workspace(job))
        env = {**host_files.environment(job, host), "HOME": str(job.home), "HONK_WORKSPACE": seen}
        variables = (f"{name}={value}" for name, value in env.items())
        program = str(job.readonly.get(job.argv[0], job.argv[0]))
        shim = host_files.shim_command(
            replace(job, argv=(program, *job.argv[1:])),
            host.python,
            str(host_files.SHIM),
            str(place / "control.sock"),
            str(job.proxy_sockets),
            "--adopt",
        )
        return SandboxCommand(mounted_tree.mounted(job.tree, ("env", "-i", "-C", seen, *variables, *shim)))

    @contextmanager
    def _visible(self, job: Job) -> Iterator[None]:
        """Make the tree of `job` appear at the link, if nothing else is there and no other tree is."""
        place = mounted_tree.location(job.tree)
        free = not self._trees or set(self._trees) == {place}
        self._trees[place] += 1
        try:
            if free:
                self._point_at(place)
            yield
        finally:
            self._trees -= Counter((place,))
            if not self._trees and self._is_ours():
                self._link.unlink()

    def _point_at(self, place: Path) -> None:
        """/workspace → runtime/workspace → the tree: by the first half we know a link of ours again after a crash."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._own.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(place)
        fresh.replace(self._own)
        with suppress(OSError):  # not permitted, or something else is there: the path of the tree has to do
            self._link.symlink_to(self._own)

    def _is_ours(self) -> bool:
        return self._link.is_symlink() and self._link.readlink() == self._own
