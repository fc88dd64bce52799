"""Trees beside the workspace: a commit checked out for a preview, a build or a test, and the app that runs in one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from honk.core.honk_toml import PreviewSettings
from honk.core.job import Job
from honk.core.mounted_tree import Tree
from honk.git import checkout
from honk.pipeline import sandbox_jobs
from honk.pipeline.context import StageContext
from honk.verify.runner import shell
from honk.workspaces.base import Snapshot, Workspace

SERVED_SECONDS = 24 * 3600.0
"""A preview is put to sleep after a day at the latest; its link wakes it."""


@asynccontextmanager
async def at(ctx: StageContext, snapshot: Snapshot, name: str, commit: str) -> AsyncIterator[Workspace]:
    """A workspace of its own with the files of `commit` (or of a tree object), gone when the block is left."""
    await ctx.services.workspaces.discard(f"{ctx.id}-{name}")  # what a crash may have left of an earlier one
    workspace = await ctx.services.workspaces.fork(snapshot, f"{ctx.id}-{name}")
    try:
        await checkout.switch(ctx.mirror, workspace.baseline.commit, commit, workspace.tree)
        yield workspace
    finally:
        await ctx.services.workspaces.discard(workspace.session)


def app(ctx: StageContext, in_tree: Tree, settings: PreviewSettings) -> Job:
    """The job that serves the app in a tree."""
    job = sandbox_jobs.job(ctx, in_tree, home=sandbox_jobs.made(ctx.directory / "preview-home"))
    return sandbox_jobs.lasting(shell(job, settings.serve), SERVED_SECONDS)
