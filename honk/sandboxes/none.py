"""NO SANDBOX: commands run as ordinary processes of this user, on this machine, with its network.

Code from the agent or a repository can then read and change every file and credential that you can. Therefore the
setting that selects this backend is called `unsafe-none`, and only the bundled demo, which runs nothing but our own
code, falls back to it by itself: on machines (mostly containers) that cannot start a sandbox.

It keeps the cleared environment, the proxies, the app socket, the limits, and that what a command starts ends with it
unless it tries to escape. Besides all isolation, it lacks:

- the workspace is at /workspace only where that path is free for a link and no job with another tree is running;
  `workspace(job)` and, for the command, HONK_WORKSPACE hold its path;
- the home is at its path on the host (in HOME), of `Job.readonly` only the program itself (`argv[0]`) is found, and
  `Job.writable` is ignored.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from honk.core import mounted_tree
from honk.core.job import WORKSPACE, Job, RunningJob
from honk.sandboxes import base, host_files
from honk.sandboxes.runtime import Runtime, SandboxCommand


class NoSandbox:
    """Not a sandbox, see above. `runtime` and `readonly` as in `Bubblewrap`; `link` is where the workspace should
    be."""

    name = "unsafe-none"

    def __init__(self, runtime: Path, readonly: tuple[Path, ...] = (), link: Path = Path(WORKSPACE)) -> None:
        self._directory = runtime
        self._runtime = Runtime(runtime, sealed=False)
        self._readonly = readonly
        self._link = link
        self._stable_link = runtime / "workspace"
        self._trees: Counter[Path] = Counter()

    async def problem(self) -> str:
        """See `base.Sandbox`. It starts on every machine; that does not make it safe."""
        return await base.try_start(self, self._directory)

    def workspace(self, job: Job) -> Path:
        """The path of the tree of `job` for its command."""
        tree = mounted_tree.location(job.tree)
        return self._link if self._is_ours() and self._stable_link.readlink() == tree else tree

    @asynccontextmanager
    async def start(self, job: Job) -> AsyncIterator[RunningJob]:
        with self._visible(job):
            async with self._runtime.started(job, self._command) as running:
                yield running

    @asynccontextmanager
    async def launcher(self, job: Job) -> AsyncIterator[base.Launcher]:
        with self._visible(job):
            async with self._runtime.launched(job, self._command) as launched:
                yield launched

    async def _command(self, job: Job, directory: Path) -> SandboxCommand:
        host = host_files.visible(self._readonly)
        seen = str(self.workspace(job))
        env = {**host_files.environment(job, host), "HOME": str(job.home), "HONK_WORKSPACE": seen}
        variables = (f"{name}={value}" for name, value in env.items())
        program = str(job.readonly.get(job.argv[0], job.argv[0]))
        shim = host_files.shim_command(
            replace(job, argv=(program, *job.argv[1:])),
            host.python,
            str(host_files.SHIM),
            str(directory / "control.sock"),
            str(job.proxy_sockets),
            "--adopt",
        )
        return SandboxCommand(mounted_tree.mounted(job.tree, ("env", "-i", "-C", seen, *variables, *shim)))

    @contextmanager
    def _visible(self, job: Job) -> Iterator[None]:
        """Link the tree of `job`, unless something else or another job's tree is there."""
        tree = mounted_tree.location(job.tree)
        free = not self._trees or set(self._trees) == {tree}
        self._trees[tree] += 1
        try:
            if free:
                self._point_at(tree)
            yield
        finally:
            self._trees -= Counter((tree,))
            if not self._trees and self._is_ours():
                self._link.unlink()

    def _point_at(self, tree: Path) -> None:
        """/workspace → runtime/workspace → the tree: the first link is how a link of ours is recognised after a
        crash."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._stable_link.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(tree)
        fresh.replace(self._stable_link)
        with suppress(OSError):  # not permitted, or something else is there: the command uses the path of the tree
            self._link.symlink_to(self._stable_link)

    def _is_ours(self) -> bool:
        return self._link.is_symlink() and self._link.readlink() == self._stable_link
