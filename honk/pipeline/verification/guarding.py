"""The guard over a change in a mirror: reads the files of both sides and calls the rules."""

import asyncio
from pathlib import Path

from honk.core.diff import Diff
from honk.core.verdict import Finding
from honk.git import mirror as mirrors
from honk.git.mirror import Files
from honk.pipeline.repo_config import Plan
from honk.verify import guard
from honk.verify.base import Listing


async def findings(mirror: Path, plan: Plan, tree: str, difference: Diff, request: str = "") -> tuple[Finding, ...]:
    """What the guard finds in `difference`, which leads from the plan's commit to `tree`. `request` is what was asked.

    The rules are plain sync code that takes time: they run in a thread and ask back for each file that they read.
    """
    loop = asyncio.get_running_loop()

    def listing(files: Files, paths: frozenset[str]) -> Listing:
        def content(path: str) -> bytes:
            return asyncio.run_coroutine_threadsafe(files.read(path), loop).result() or b""

        return Listing(paths, content)

    async with mirrors.opened(mirror, plan.commit) as base, mirrors.opened(mirror, tree) as changed:
        before = listing(base, await mirrors.paths(mirror, plan.commit))
        after = listing(changed, await mirrors.paths(mirror, tree))
        return await asyncio.to_thread(guard.check_diff, difference, plan.file, plan.verifiers, before, after, request)
