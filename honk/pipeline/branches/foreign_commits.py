"""Commits of other people on a session's branch: merged into the workspace, never overwritten.

Somebody pushes to the branch, presses *Update branch* or *Commit suggestion*, rewrites the branch or deletes it. The
branch as it is there becomes the session's head, and what the session has not pushed yet stays on top of it.
"""

from dataclasses import dataclass

from honk.conversation import branch_texts
from honk.core import events
from honk.core.errors import WorkFailed
from honk.git import checkout, commits, mirror
from honk.git.commits import LoggedCommit
from honk.pipeline import saved_work, session_change
from honk.pipeline.context import StageContext
from honk.pipeline.stages import prepare
from honk.workspaces.base import Workspace


@dataclass(frozen=True)
class ForeignMove:
    """The forge's branch is at `head`, where Honk has not put it; empty when the branch was deleted."""

    head: str
    commits: tuple[LoggedCommit, ...] = ()


async def find(ctx: StageContext) -> ForeignMove | None:
    """What others did to the session's branch, by the mirror as last fetched; None for nothing."""
    change, pushed = ctx.session.change, ctx.session.pushed
    if not pushed:
        return None
    head = await mirror.find_branch(ctx.mirror, change.branch)
    if head in (pushed, change.head):
        return None
    if not head:
        return ForeignMove("")
    known = (pushed, change.head, await mirror.find_branch(ctx.mirror, change.base_branch))
    return ForeignMove(head, await commits.log(ctx.mirror, head, [each for each in known if each]))


async def take_in(ctx: StageContext, workspace: Workspace) -> tuple[str, ...] | None:
    """Merge what others pushed into the workspace, and record the branch's head as the session's. Returns the paths
    that conflict, which then hold markers; None when there is nothing to merge. Raises WorkFailed when the pull request
    was merged and its branch deleted."""
    found = await find(ctx)
    if found is None:
        return None
    session = ctx.session
    branch, base = session.change.branch, session.change.base
    if not found.head:
        if (await ctx.forge.pull(ctx.repo, session.change.number)).state == "merged":
            raise WorkFailed(branch_texts.merged_elsewhere(session.change.number))
        await ctx.record(events.NoteAdded(branch_texts.branch_deleted(branch)), "branch-deleted")
        await ctx.record(events.BranchMoved("", ctx.number))
        return None
    now = (await session_change.capture(ctx, workspace)).tree
    merged = await commits.merge_trees(ctx.mirror, session.pushed, now, found.head)
    rows = [(each.author, each.sha, each.subject) for each in found.commits]
    await ctx.record(events.NoteAdded(branch_texts.branch_moved(branch, rows, merged.conflicts)), f"moved-{found.head}")
    also = tuple(each for each in (session.change.head, found.head) if each)
    await checkout.materialise(ctx.mirror, merged.tree, workspace.tree, workspace.baseline, also=also)
    authors = tuple(dict.fromkeys(each.author for each in found.commits))
    await ctx.record(events.BranchMoved(found.head, ctx.number, authors, merged.conflicts))
    tip = await mirror.find_branch(ctx.mirror, session.change.base_branch)
    onto = await commits.merge_base(ctx.mirror, tip, found.head) if tip else ""
    if onto and onto != base and await commits.is_ancestor(ctx.mirror, base, onto):
        await ctx.record(events.WorkspacePrepared(onto, session.change.base_branch, branch, True, 0.0))
    return merged.conflicts


async def open_workspace(ctx: StageContext) -> Workspace:
    """The session's workspace with its files, outside of a turn."""
    async with saved_work.locked(ctx.services.store, ctx.id, ctx.run):
        workspace = await prepare.current(ctx)
        await saved_work.restore(ctx, workspace)
    return workspace
