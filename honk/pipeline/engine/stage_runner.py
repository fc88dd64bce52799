"""Runs one stage of one run: enters it, watches for a cancel, and reports its end in the thread."""

import asyncio
import logging

from honk.conversation import texts
from honk.core import events
from honk.core.errors import HonkError, WorkFailed
from honk.core.phase import WORKING, Phase
from honk.pipeline.context import StageContext
from honk.pipeline.stage_table import STAGES

log = logging.getLogger("honk.pipeline")

CANCEL_LOOK_SECONDS = 0.5
"""How often a cancel is looked for that was asked in another process; one from this process is seen at once."""


class Cancelled(Exception):  # noqa: N818 - a state, not a mistake
    """A person wants this turn stopped."""


async def stage(ctx: StageContext, phase: Phase) -> Phase:
    """Do `phase` and return the next one. Never raises for what can go wrong with the work itself: a run that cannot
    go on says so in the thread and ends in a phase that waits for a person."""
    await ctx.record(events.PhaseEntered(phase), f"enter-{phase}")
    try:
        after = await _unless_cancelled(ctx, phase)
    except Cancelled:
        return await cancelled(ctx)
    except HonkError as error:
        return await _end(ctx, await _after_failure(ctx, phase), str(error), error.exit_status)
    except Exception as error:
        # the boundary of the flow: a fault of our own must not leave the thread in silence
        log.exception("session %s: stage %s broke", ctx.id, phase)
        return await _end(ctx, await _after_failure(ctx, phase), texts.broke(error), HonkError.exit_status)
    return after if after in STAGES else await _end(ctx, after)


async def cancelled(ctx: StageContext) -> Phase:
    """End a turn that a person wants stopped."""
    return await _end(ctx, Phase.CANCELLED, texts.cancelled(), WorkFailed.exit_status)


async def _end(ctx: StageContext, outcome: Phase, error: str = "", status: int = 0) -> Phase:
    """End the run. A turn has an outcome of its own; an order (merge, roll back) leaves a word and the new phase."""
    if ctx.number:
        said = "" if error else ctx.session.said
        await ctx.record(events.TurnEnded(ctx.number, outcome, said, error, status), "ended")
    else:
        if error:
            await ctx.record(events.OrderFailed(error, status), "failed")
        await ctx.record(events.PhaseEntered(outcome), "ended")
    return outcome


async def _after_failure(ctx: StageContext, phase: Phase) -> Phase:
    """Where a failure leaves the session: a merge that was refused can be tried again, a deployed change stays live."""
    session = await ctx.refresh()
    ship = session.ship
    if ctx.number:
        # what was proposed before is as good as it was when nothing has been begun on it
        return Phase.REVIEW if phase == Phase.INTAKE and session.change.number else Phase.FAILED
    if ship.reverted_sha:
        return Phase.ROLLED_BACK
    return Phase.LIVE if ship.merged_sha else Phase.REVIEW


async def _unless_cancelled(ctx: StageContext, phase: Phase) -> Phase:
    """The stage's result, unless a cancel comes first: then everything it started is stopped before this returns.

    What was merged cannot be cancelled, it can be rolled back.
    """
    if not ctx.number:
        return await STAGES[phase](ctx)
    working = asyncio.ensure_future(STAGES[phase](ctx))
    watching = asyncio.create_task(_cancel(ctx))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Cancelled
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _cancel(ctx: StageContext) -> None:
    """Return when a person wants this turn stopped."""
    with ctx.services.store.news(ctx.id) as news:
        while (await ctx.refresh()).cancelled_upto < ctx.number:
            await news(CANCEL_LOOK_SECONDS)


def begins(kind: str) -> Phase:
    """The phase in which a run of this kind starts."""
    phase = {"turn": Phase.INTAKE, "merge": Phase.MERGE, "rollback": Phase.ROLLBACK}[kind]
    assert phase in WORKING
    return phase
