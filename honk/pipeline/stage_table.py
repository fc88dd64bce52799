"""The stages of a session, as durable workflows. Read this file first.

    a message   intake ─► prepare ─► work ─► check ─► propose ─► preview ─► review
    merge       merge ─► deploy ─► watch ─► live
    rollback    rollback ─► rolled_back

A run starts at a phase and goes from stage to stage: each stage does its work, records events in the session's log and
returns the next phase. The run ends at the first phase without a stage: there Honk waits for a person. DBOS checkpoints
every stage. After a crash the run continues with the stage that had not ended, so each stage must tolerate being
executed again. Runs of one session run one after another, by a queue partitioned by session.
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
