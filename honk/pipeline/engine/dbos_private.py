"""Everything of DBOS that Honk uses and that DBOS does not promise to keep. `tests/pipeline/test_dbos_private.py` fails
when a name is gone."""

import asyncio
from collections.abc import Mapping

from dbos import DBOS
from dbos._core import ActiveWorkflowById

from honk.pipeline.engine.concurrency import Concurrency


async def launch(dbos: DBOS, queues: Mapping[str, Concurrency]) -> None:
    """Launch `dbos`, with the workflows on this event loop and everything that blocks in threads.

    `queues` has the slots of each queue: how many of its running workflows only wait.
    """
    dbos._active_workflows_set = _Working(queues)
    # DBOS takes the loop of the thread that launches it, if there is one. Launching migrates its database.
    dbos._background_event_loop.set_main_loop()
    await asyncio.to_thread(DBOS.launch)


async def recover(executor: str) -> None:
    """Take over the pending workflows of the dead worker `executor`."""
    await asyncio.to_thread(DBOS._recover_pending_workflows, [executor])


class _Working(ActiveWorkflowById):
    """DBOS's own list of what runs in this process, by which it decides how much more to take. Its limit can be changed
    only for all processes at once, in the database; how many of ours wait is our own matter."""

    def __init__(self, queues: Mapping[str, Concurrency]) -> None:
        super().__init__()
        self._queues = queues

    def count_for_queue(self, queue_name: str) -> int:
        """How many workflows of the queue are running, without those that wait."""
        running = super().count_for_queue(queue_name)
        return running - self._queues[queue_name].waiting if queue_name in self._queues else running
