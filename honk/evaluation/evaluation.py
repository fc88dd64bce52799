"""Runs all known changes of tasks, or proves them, a few at a time."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from honk.core.errors import UsageError
from honk.evaluation import known_changes
from honk.evaluation.check_runner import CheckRunner, Proof
from honk.evaluation.known_changes import ChangeResult
from honk.evaluation.tasks import KnownChange, Task
from honk.pipeline.verification.local_verify import Inspector

R = TypeVar("R")


@dataclass(frozen=True)
class ProvedChange:
    """A change and its proof. `change` is None for the task's base."""

    task: Task
    change: KnownChange | None
    proof: Proof


async def usable(tasks: Iterable[Task], checks: CheckRunner) -> tuple[tuple[Task, ...], tuple[str, ...]]:
    """The tasks that this machine has the tool chain for, and a sentence for each other one."""
    tasks = tuple(tasks)
    needs = {task.needs: await checks.missing(task) for task in tasks}
    return (
        tuple(task for task in tasks if not needs[task.needs]),
        tuple(dict.fromkeys(needs[task.needs] for task in tasks if needs[task.needs])),
    )


async def run(
    tasks: Iterable[Task], inspector: Inspector, checks: CheckRunner, jobs: int, tell: Callable[[ChangeResult], None]
) -> tuple[ChangeResult, ...]:
    """The results of all known changes, in their order. `tell` is called for each when it is there."""

    async def one(task: Task, change: KnownChange) -> ChangeResult:
        result = await known_changes.run(inspector, checks, task, change)
        tell(result)
        return result

    return await _bounded([partial(one, task, change) for task in tasks for change in task.changes], jobs)


async def prove(
    tasks: Iterable[Task], checks: CheckRunner, jobs: int, tell: Callable[[ProvedChange], None]
) -> tuple[ProvedChange, ...]:
    """The proofs of all bases and known changes, in their order."""

    async def one(task: Task, change: KnownChange | None) -> ProvedChange:
        try:
            if change is None:
                proof = Proof(problem=await checks.base_problem(task))
            else:
                proof = await checks.prove(task, change)
        except UsageError as error:
            proof = Proof(problem=str(error))
        proved = ProvedChange(task, change, proof)
        tell(proved)
        return proved

    changes = [(task, change) for task in tasks for change in (None, *task.changes)]
    return await _bounded([partial(one, task, change) for task, change in changes], jobs)


async def _bounded(calls: Sequence[Callable[[], Coroutine[Any, Any, R]]], jobs: int) -> tuple[R, ...]:
    """The results of the calls, in order; at most `jobs` run at once. The first error ends all."""
    slots = asyncio.Semaphore(jobs)

    async def one(call: Callable[[], Coroutine[Any, Any, R]]) -> R:
        async with slots:
            return await call()

    async with asyncio.TaskGroup() as group:
        started = [group.create_task(one(call)) for call in calls]
    return tuple(each.result() for each in started)
