"""A base branch that was rewritten (a secret was purged by a force-push): the change moves onto the new base.

Merging the change as it is would bring the removed commits back. Its difference from the old base is applied to the new
one, and its next commit has only the new base as parent.
"""

from honk.conversation import branch_texts
from honk.core import events
from honk.git import commits
from honk.pipeline.context import StageContext


async def find(ctx: StageContext, base: str) -> events.BaseConflicted | None:
    """The change's files on `base`, the base branch's head; None when that contains the base that the session
    started from."""
    change = ctx.session.change
    if not change.base or await commits.is_ancestor(ctx.mirror, change.base, base):
        return None
    merged = await commits.merge_trees(ctx.mirror, change.base, base, change.head or change.base)
    return events.BaseConflicted(base, merged.tree, merged.conflicts, rewritten=True)


async def note(ctx: StageContext, found: events.BaseConflicted) -> None:
    """Say it, and record that the change moves."""
    change = ctx.session.change
    text = branch_texts.base_rewritten(change.base_branch, change.base, found.base, found.paths)
    await ctx.record(events.NoteAdded(text, bad=True), f"rewritten-{found.base}")
    await ctx.record(found, f"onto-{found.base}")
