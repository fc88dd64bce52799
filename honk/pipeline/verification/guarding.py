"""The guard over a change in a mirror: reads the files of both sides and calls the rules."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from honk.core.diff import Diff
from honk.core.honk_toml import HonkToml
from honk.core.verdict import Finding
from honk.git import diff
from honk.git import mirror as mirrors
from honk.git.mirror import Files
from honk.pipeline.repo_config import Plan
from honk.verify import guard
from honk.verify.base import Listing
from honk.verify.rules import trusted_files
from honk.verify.rules.rule_input import RuleInput


async def findings(mirror: Path, plan: Plan, tree: str, difference: Diff, request: str = "") -> tuple[Finding, ...]:
    """What the guard finds in `difference`, which leads from the plan's commit to `tree`. `request` is what was
    asked."""
    async with _both_sides(mirror, plan.commit, tree) as (before, after):
        return await asyncio.to_thread(guard.check_diff, difference, plan.file, plan.verifiers, before, after, request)


async def changed_deploy_scripts(mirror: Path, base: str, config: HonkToml, tree: str) -> tuple[str, ...]:
    """The files that the deploy and rollback commands of `config`, the base's, run and that `tree` has otherwise."""
    difference = await diff.read(mirror, base, tree)
    async with _both_sides(mirror, base, tree) as (before, after):
        rule_input = RuleInput(difference, config, (), before, after)
        return await asyncio.to_thread(trusted_files.changed_deploy_scripts, rule_input)


@asynccontextmanager
async def _both_sides(mirror: Path, base: str, tree: str) -> AsyncIterator[tuple[Listing, Listing]]:
    """The files of both commits or trees.

    The rules are plain sync code that takes time: they run in a thread and ask back for each file that they read.
    """
    loop = asyncio.get_running_loop()

    def listing(files: Files, oids: dict[str, str]) -> Listing:
        def content(path: str) -> bytes:
            oid = oids[path]
            return asyncio.run_coroutine_threadsafe(files.blob(oid), loop).result() if oid else b""

        return Listing(frozenset(oids), content)

    async with mirrors.opened(mirror, base) as old, mirrors.opened(mirror, tree) as new:
        before, after = await mirrors.blobs(mirror, base), await mirrors.blobs(mirror, tree)
        yield listing(old, before), listing(new, after)
