"""The last word before anything leaves the house: is there a change, is it green, does the guard let it through?"""

from honk.conversation import texts
from honk.core import events
from honk.core.errors import WorkFailed
from honk.core.phase import Phase
from honk.core.verdict import blocked, checked, green
from honk.pipeline import repo_rules, session_change
from honk.pipeline.context import StageContext
from honk.pipeline.stages import prepare
from honk.pipeline.verification import examination, measuring


async def run(ctx: StageContext) -> Phase:
    """To propose with a committed head; raises WorkFailed for no change, red verifiers or a guard's block."""
    plan = await repo_rules.plan(ctx, await repo_rules.base_of(ctx))
    workspace = await prepare.workspace(ctx, await prepare.snapshot_at(ctx, plan))
    try:
        captured = await session_change.capture(ctx, workspace)
    except WorkFailed as error:
        raise WorkFailed(texts.unfit(str(error))) from error
    if captured.empty:
        raise WorkFailed(texts.changed_nothing(ctx.session.said))
    session = ctx.session
    if session.verified_tree != captured.tree:
        examined = await examination.examine(ctx, plan, captured.tree)
        await ctx.record(events.Verified(0, "check", captured.tree, examined.verdicts, examined.findings))
    else:
        examined = examination.Examined(session.verdicts, session.guard)
    if not examined.ok:
        reasons = [] if green(examined.verdicts) else [texts.still_red(examined.verdicts, plan.file.agent.max_rounds)]
        if blocked(examined.findings):
            reasons.append(texts.guard_blocks(examined.findings))
        raise WorkFailed(" ".join(reasons))
    if not checked(examined.verdicts):
        await ctx.record(events.NoteAdded(texts.NOT_VERIFIED, bad=True), "nothing-checked")
    await measuring.measure(ctx, plan, captured.tree, examined.verdicts)
    await ctx.record(events.BranchUpdated(await session_change.commit(ctx, captured.tree)), f"changed-{captured.tree}")
    return Phase.PROPOSE
