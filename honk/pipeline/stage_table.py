"""The way of a session, as durable workflows. The file to read first.

    a message   intake ─► prepare ─► work ─► check ─► propose ─► preview ─► review
    the word    merge ─► deploy ─► watch ─► live
    take back   rollback ─► rolled_back

A run starts at a phase and goes from stage to stage: each stage does its work, tells the session's log what happened
and returns the next phase. The run ends at the first phase that has no stage: one in which a person is waited for. DBOS
checkpoints every stage; after a crash the run goes on with the stage that had not ended, which therefore must bear
being executed again. Runs of one session come one after another, by a queue partitioned by session.
"""

from collections.abc import Callable, Coroutine, Mapping

from honk.core.phase import Phase
from honk.pipeline.context import StageContext
from honk.pipeline.stages import check, deploy, intake, merge, prepare, preview, propose, rollback, watch, work

Stage = Callable[[StageContext], Coroutine[None, None, Phase]]

STAGES: Mapping[Phase, Stage] = {
    Phase.INTAKE: intake.run,
    Phase.PREPARE: prepare.run,
    Phase.WORK: work.run,
    Phase.CHECK: check.run,
    Phase.PROPOSE: propose.run,
    Phase.PREVIEW: preview.run,
    Phase.MERGE: merge.run,
    Phase.DEPLOY: deploy.run,
    Phase.WATCH: watch.run,
    Phase.ROLLBACK: rollback.run,
}
