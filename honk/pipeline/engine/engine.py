"""The durable engine: DBOS Transact runs the pipeline, checkpoints its stages and continues after a crash.

A run is a workflow with a fixed id (`<session>:turn-3`, `<session>:order-1`), so starting it twice has the effect of
starting it once. Turns wait in one queue and orders (merge, rollback) in another: a rollback does not wait for agents.
Both are partitioned by session: the runs of a session run one after another, and a turn only when no order runs. Of
different sessions at most `turns` of either kind run at a time in a process. A run that waits does not count: it has
given its slot back (`engine.concurrency`), and DBOS is told that so many fewer are running.

What DBOS leaves to Honk: every process has an executor id and a heartbeat; another process that notices a dead one
takes over its runs. The application version is fixed, so that an upgrade does not orphan what is pending.
"""

import asyncio
import logging
import os
import socket
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID

from honk.core.errors import HonkError
from honk.core.phase import Phase
from honk.core.session import Session
from honk.pipeline.context import Services, StageContext
from honk.pipeline.engine import dbos_private, sqlite_compat, stage_runner
from honk.pipeline.engine.concurrency import Concurrency
from honk.pipeline.engine.dispatch import Dispatch
from honk.pipeline.stage_table import STAGES
from honk.storage.leases import Worker

QUEUE = "runs"
ORDERS = "orders"
ORDERED = frozenset({Phase.MERGE, Phase.DEPLOY, Phase.WATCH, Phase.ROLLBACK})
"""Phases in which an order is carried out."""

VERSION = "1"
"""Raised only when a stage is renamed or removed: runs of an older version are then finished by older workers."""

POLL_SECONDS = {QUEUE: 0.05, ORDERS: 0.2}
"""How often a queue is looked at: what a message, or a word to merge, waits at most before its work begins."""

BEAT_SECONDS = 1.0
DEAD_SECONDS = 10.0
"""A worker on another host that has been silent for this long is taken for dead; on this host its pid says so."""

REUSED_SECONDS = 120.0
"""A process of that number is there, yet silent for this long: the number was given to another."""

log = logging.getLogger("honk.pipeline")


@dataclass(frozen=True)
class Engine:
    """A launched engine. `wake` and `sweep` may be called from anywhere in the process's event loop."""

    services: Services
    executor: str
    workflow: "Workflow"
    queued: set[str] = field(default_factory=set)
    dispatch: Dispatch = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dispatch", Dispatch(self._start_for))

    def wake(self, session: str) -> None:
        """Something was said to `session`: queue what it waits for, soon."""
        self.dispatch.add(session)

    async def _start_for(self, session: str) -> None:
        await self.start_what_waits(await self.services.store.session(session))

    async def start(self, session: str, number: int, kind: str) -> None:
        """Queue a run: turn `number` (kind `turn`) or order `number` (kind `merge` or `rollback`) of `session`.

        A run that is queued already, by whomever, is not queued again; `queued` spares asking for those of our own.
        """
        workflow_id = f"{session}:{name(kind, number)}"
        if workflow_id in self.queued:
            return
        queue = QUEUE if kind == "turn" else ORDERS
        with SetWorkflowID(workflow_id), SetEnqueueOptions(queue_partition_key=session):
            await DBOS.enqueue_workflow_async(queue, self.workflow, session, number, kind)
        self.queued.add(workflow_id)

    async def start_what_waits(self, session: Session) -> None:
        """Queue whatever `session` waits for; a run that is queued already stays what it is."""
        for turn in session.turns:
            if turn.outcome is None and session.phase not in ORDERED:
                await self.start(session.id, turn.number, "turn")
        if session.phase in (Phase.MERGE, Phase.ROLLBACK) and session.current is None:
            await self.start(session.id, session.orders, str(session.phase))

    async def drop_cancelled(self, session: Session) -> None:
        """End the turns of `session` that a person wants stopped and that nobody has begun. Where a worker takes one at
        this very moment, it sees the cancel itself, and one of the two words to the thread is told."""
        for turn in session.turns[: session.cancelled_upto]:
            if turn.outcome is not None:
                continue
            run_name = name("turn", turn.number)
            status = await DBOS.get_workflow_status_async(f"{session.id}:{run_name}")
            if status is None or status.status != "ENQUEUED":
                return
            await DBOS.cancel_workflow_async(f"{session.id}:{run_name}")
            ctx = await StageContext.opened(self.services, session.id, run_name, turn.number)
            await stage_runner.cancelled(ctx)

    async def sweep(self) -> None:
        """Say that this worker is alive, and take over from the dead."""
        store = self.services.store
        await store.beat(self.executor, socket.gethostname(), os.getpid())
        for worker in await store.workers():
            if worker.id != self.executor and _is_dead(worker, time.time()):
                log.info("worker %s is gone; taking over its runs", worker.id)
                # in this order: should we die in between, the next one does it again, and twice does no harm
                await dbos_private.recover(worker.id)
                await store.forget(worker.id)

    async def catch_up(self) -> None:
        """Queue what others have recorded: processes without a worker, or one that died before it could queue it."""
        busy = await self.services.store.busy()
        for session in busy:
            if session.id in self.dispatch:
                continue
            await self.drop_cancelled(session)
            await self.start_what_waits(await self.services.store.session(session.id))
        # of a session for which nothing waits nobody asks again; should it be so after all, DBOS knows
        names = {session.id for session in busy}
        self.queued.intersection_update([run for run in self.queued if run.partition(":")[0] in names])


@asynccontextmanager
async def launched(services: Services, url: str, turns: int) -> AsyncIterator[Engine]:
    """The engine on the database at `url`, working until the block is left. One per process: DBOS is a singleton.

    What runs when the block is left is stopped, stays pending, and goes on with the next worker.
    """
    executor = uuid.uuid4().hex[:12]
    config: DBOSConfig = {
        "name": "honk",
        "system_database_url": url,
        "executor_id": executor,
        "application_version": VERSION,
        "log_level": "ERROR",
    }
    if url.startswith("sqlite"):
        config["db_engine_kwargs"] = {"connect_args": {"factory": _Journaled}}
    sqlite_compat.mend()
    services = replace(services, turns=Concurrency(turns), orders=Concurrency(turns))
    dbos = DBOS(config=config)
    running: set[asyncio.Task[object]] = set()
    try:
        workflow = DBOS.workflow(name="run")(_workflow(services, running))
        # on the list before there is anything to take over
        await services.store.beat(executor, socket.gethostname(), os.getpid())
        await dbos_private.launch(dbos, {QUEUE: services.turns, ORDERS: services.orders})
        for queue, often in POLL_SECONDS.items():
            await DBOS.register_queue_async(
                queue, worker_concurrency=turns, partition_concurrency=1, polling_interval_sec=often
            )
        engine = Engine(services, executor, workflow)
        beating: set[asyncio.Task[object]] = {
            asyncio.create_task(_beat(engine)),
            asyncio.create_task(engine.dispatch.run()),
        }
        warming = asyncio.gather(*(agent.warm() for agent in services.agents.values()))
        try:
            yield engine
        finally:
            await warming
            await _stopped(beating)
            await _stopped(running)
    finally:
        await asyncio.to_thread(DBOS.destroy)
        # DBOS lends the loop its thread pool, and takes it along when it goes
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await _stopped(running)
        # our row among the workers stays: whoever comes next finds us gone, and takes over what is pending


class _Journaled(sqlite3.Connection):
    """A connection as our own store has it. Otherwise SQLite waits for the disk several times in each checkpoint, which
    takes as long as the rest of a stage; what a power cut may lose, the stages' own log brings back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
            self.execute(f"PRAGMA {pragma}").close()


Workflow = Callable[[str, int, str], Coroutine[Any, Any, str]]


def _workflow(services: Services, running: set[asyncio.Task[object]]) -> Workflow:
    """The one workflow: from stage to stage until a person is waited for. Its tasks are noted in `running`."""

    async def step(session: str, number: int, kind: str, phase: str) -> str:
        turn = number if kind == "turn" else 0
        ctx = await StageContext.opened(services, session, name(kind, number), turn)
        return str(await stage_runner.stage(ctx, Phase(phase)))

    async def workflow(session: str, number: int, kind: str) -> str:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        task.add_done_callback(running.discard)
        phase, slots = stage_runner.begins(kind), services.turns if kind == "turn" else services.orders
        async with slots.taken(f"{session}:{name(kind, number)}"):
            while phase in STAGES:
                phase = Phase(await DBOS.run_step_async({"name": str(phase)}, step, session, number, kind, str(phase)))
        return str(phase)

    return workflow


def name(kind: str, number: int) -> str:
    """How a run is called: in its workflow's id, and in the keys of what it tells."""
    return f"turn-{number}" if kind == "turn" else f"order-{number}"


async def _stopped(tasks: set[asyncio.Task[object]]) -> None:
    """Cancel `tasks` and wait until they have ended; what they end with is theirs to have told."""
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def _beat(engine: Engine) -> None:
    """Sweep and catch up, every second."""
    while True:
        try:
            await engine.sweep()
            await engine.catch_up()
        except HonkError:
            log.exception("the heartbeat failed; trying again")
        await asyncio.sleep(BEAT_SECONDS)


def _is_dead(worker: Worker, now: float) -> bool:
    silent = now - worker.beat
    if worker.host != socket.gethostname():
        return silent > DEAD_SECONDS
    try:
        os.kill(worker.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # somebody else's process of that number: it is there, or the number was given away
    return silent > REUSED_SECONDS
