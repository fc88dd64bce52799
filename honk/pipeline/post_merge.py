"""The time between the forge's merge and the deploy: the forge merges at once or by a queue, and Honk tests what is
then on the branch before it is deployed.

A forge makes the merge itself. When the base moved in that moment, or when somebody merged by hand, the branch may hold
other files than those that were tested. The change is merged all the same; the thread says so, Honk tests the branch,
and deploys it only then.
"""

from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.repo import Pull
from honk.core.verdict import green
from honk.forges.base import Waits
from honk.forges.checks import Queues
from honk.git import commits
from honk.pipeline import repo_rules
from honk.pipeline.ci import ci_texts as words
from honk.pipeline.ci import polling
from honk.pipeline.context import StageContext
from honk.pipeline.verification import examination

LOOK_SECONDS = 60.0
"""Between two looks at a merge queue, at most."""


async def by_queue(ctx: StageContext, waits: Waits) -> str:
    """The commit with which the forge's queue has merged it. Raises WorkFailed when the queue has put it out, Waits
    when it takes too long."""
    forge = ctx.forge
    assert isinstance(forge, Queues)

    async def over() -> Pull | None:
        return None if await forge.queued(ctx.repo, waits.number) else await ctx.forge.pull(ctx.repo, waits.number)

    pull = await polling.until(ctx, ctx.session.change.head, over, waits.seconds, LOOK_SECONDS)
    if pull is None:
        raise waits
    if pull.state != "merged":
        raise WorkFailed(words.put_out_of_queue(pull.number, pull.url))
    await ctx.forge.fetch(ctx.repo, ctx.mirror)
    return pull.merged_sha


async def tested(ctx: StageContext, person: Person, sha: str, base: str) -> Phase:
    """To deploy. The change is on its branch as `sha`, by the word of `person`; `base` is a commit from before that, by
    whose rules it is tested where nobody has tested these files yet. Raises WorkFailed where they are red: asked again,
    what is there then is tested."""
    onto, branch = await _onto(ctx, sha), ctx.session.change.base_branch
    if await _known(ctx, sha):
        await ctx.record(events.Merged(sha, person, onto), "merged")
        return Phase.DEPLOY
    await ctx.record(events.MergedUntested(sha, person, onto), "landed")
    await ctx.record(events.NoteAdded(words.landed_untested(sha, branch, onto), bad=True), "landed-noted")
    tip = await ctx.forge.fetch(ctx.repo, ctx.mirror)
    tree = await commits.tree_of(ctx.mirror, tip)
    examined = await examination.examine(ctx, await repo_rules.plan(ctx, base), tree)
    await ctx.record(events.Verified(0, "merge", tree, examined.verdicts, examined.findings))
    if not green(examined.verdicts):
        raise WorkFailed(words.landed_red(sha, branch, [each.name for each in examined.verdicts if each.blames]))
    await ctx.record(events.Merged(sha, person, onto, tip if tip != sha else ""), "merged")
    return Phase.DEPLOY


async def merged_onto(ctx: StageContext) -> str:
    """The base that the change was merged onto, where it is known. Raises LookupError where it is not merged."""
    event = await ctx.services.store.newest(ctx.id, events.MergedUntested, events.Merged)
    if event is None or not isinstance(event.data, events.MergedUntested | events.Merged):
        raise LookupError(f"no merge in session {ctx.id}")
    return event.data.base


async def same_files(ctx: StageContext, one: str, other: str) -> bool:
    """Whether two commits hold the same."""
    return await commits.tree_of(ctx.mirror, one) == await commits.tree_of(ctx.mirror, other)


async def _known(ctx: StageContext, sha: str) -> bool:
    """Whether exactly these files have been green."""
    tree = await commits.tree_of(ctx.mirror, sha)
    told = (event.data for event in await ctx.services.store.events(ctx.id, 0, events.Verified))
    return any(isinstance(data, events.Verified) and data.tree == tree and green(data.verdicts) for data in told)


async def _onto(ctx: StageContext, sha: str) -> str:
    """What the branch was before. Of a merge its first parent; of a rebased change the commit below all of its own: the
    first one that, merged with the change, gives what is there now."""
    mirror, change = ctx.mirror, ctx.session.change
    if await commits.is_ancestor(mirror, sha, change.head):
        return change.base  # it was pushed there as it is
    tree = await commits.tree_of(mirror, sha)
    onto, *others = await commits.parents(mirror, sha)
    while not others and not await commits.is_ancestor(mirror, onto, change.head):
        earlier = await commits.parents(mirror, onto)
        if not earlier or (await commits.merge_tree(mirror, earlier[0], change.head)).tree != tree:
            break
        onto = earlier[0]
    return onto
