"""A merged change taken back: production first, then the branch by a tested revert, then that deployed."""

from honk.conversation import texts
from honk.core import events, person
from honk.core.errors import WorkFailed
from honk.core.phase import Phase
from honk.core.verdict import green
from honk.forges.base import Waits
from honk.forges.checks import Reverts
from honk.git import commits
from honk.pipeline import deploy_source, post_merge, repo_rules, session_change
from honk.pipeline.ci import checks_review, ci_texts
from honk.pipeline.context import StageContext
from honk.pipeline.deploy_source import DeploySource
from honk.pipeline.stages import deploy, watch
from honk.pipeline.verification import examination


async def run(ctx: StageContext) -> Phase:
    """To rolled_back. Raises WorkFailed when the change cannot be reverted by itself; and when nobody asked for it,
    for then it is the merge that has failed."""
    session = ctx.session
    merged = session.ship.merged_sha or ""
    source = await deploy_source.of_merged(ctx, merged)
    async with deploy.deploy_lease(ctx):
        base = await ctx.forge.fetch(ctx.repo, ctx.mirror)
        # with later commits in production, the version before this change would be without them too
        if source.settings.rollback and session.ship.deployed is not None and base == merged:
            back = await deploy.deploy_commit(ctx, source, source.settings.rollback)
            await ctx.record(events.NoteAdded(texts.production_back(back.ok, back.output)), "production-back")
        reverted = session.ship.reverted_sha or await _revert(ctx, base, merged)
        await _deploy_again(ctx, await deploy_source.at(ctx, reverted))
    order = (await ctx.last(events.RollbackRequested)).data
    if order.person is None:
        raise WorkFailed(texts.not_live(order.reason))
    return Phase.ROLLED_BACK


async def _revert(ctx: StageContext, base: str, merged: str) -> str:
    """Move the base branch from `base` to a verified revert of `merged`, and return that commit."""
    reverted = await commits.revert_tree(ctx.mirror, base, merged, await post_merge.merged_onto(ctx))
    if reverted.conflicts:
        raise WorkFailed(texts.rollback_conflict(reverted.conflicts))
    asked = await ctx.last(events.RollbackRequested)
    order = asked.data
    if reverted.tree == await commits.tree_of(ctx.mirror, base):
        # the branch is without the change already: we died after moving it, or somebody was quicker
        await ctx.record(events.RolledBack(base, order.reason, order.person), "rolled-back")
        return base
    await _verify(ctx, base, merged, reverted.tree)
    reason = " ".join(order.reason.split())
    title = session_change.title(ctx.session)
    message = f"Revert: {title}\n\nThis reverts {merged}.\nReason: {reason}\n\nHonk-Session: {ctx.id}\n"
    author = order.person or person.AGENT
    head = await commits.commit(
        ctx.mirror, reverted.tree, (base,), author=author, committer=person.AGENT, message=message, at=asked.at
    )
    sha = await _advanced(ctx, base, head)
    if not await post_merge.same_files(ctx, sha, head):
        branch = ctx.session.change.base_branch
        await ctx.record(events.NoteAdded(ci_texts.reverted_untested(sha, branch), bad=True), "reverted-untested")
    await ctx.record(events.RolledBack(sha, order.reason, order.person), "rolled-back")
    if isinstance(ctx.forge, Reverts) and (pull := await ctx.forge.pull_of(ctx.repo, sha)) is not None:
        await ctx.record(events.NoteAdded(ci_texts.reverted_by(pull.number, pull.url)), "reverted-by")
    return sha


async def _advanced(ctx: StageContext, base: str, head: str) -> str:
    """Have the forge move the branch to `head`. Where it does so by a pull request, the rules of its own hold for that
    as well: checks that it still waits for are waited for, and anything else that it says is said."""
    try:
        return await ctx.forge.advance(ctx.repo, ctx.mirror, base, head)
    except Waits as waits:
        return await post_merge.by_queue(ctx, waits)
    except WorkFailed as refused:
        if not isinstance(ctx.forge, Reverts):
            raise
        # where no check is pending, the last one may have ended since: the second try finds out
        if await checks_review.waits_for_checks(ctx, head):
            await ctx.record(events.NoteAdded(ci_texts.revert_waits(str(refused))), "revert-waits")
            await checks_review.checks_done(ctx, head)
    try:
        return await ctx.forge.advance(ctx.repo, ctx.mirror, base, head)
    except Waits as waits:
        return await post_merge.by_queue(ctx, waits)
    except WorkFailed as refused:
        raise WorkFailed(ci_texts.revert_refused(str(refused))) from refused


async def _verify(ctx: StageContext, base: str, merged: str, reverted: str) -> None:
    """What the branch would be without the change must not be worse than what it is; unless nothing came after the
    change: then it is what was there before, and there is always a way back to that."""
    plan = await repo_rules.plan(ctx, base)
    examined = await examination.examine(ctx, plan, reverted, with_base_tests=False)  # reverts tests on purpose
    if green(examined.verdicts):
        return
    if base != merged:
        raise WorkFailed(texts.rollback_red(examined.verdicts))
    await ctx.record(events.NoteAdded(texts.red_as_before(examined.verdicts)), "red-as-before")


async def _deploy_again(ctx: StageContext, source: DeploySource) -> None:
    sha, settings = source.sha, source.settings
    deployed = await deploy.by_rule(ctx, source)
    if deployed is None:
        return
    await ctx.record(deployed, "deployed-revert")
    if not deployed.ok:
        raise WorkFailed(texts.rollback_not_deployed(sha))
    if settings.health:
        await ctx.record(await watch.health(ctx, settings, sha), "watched-revert")
