"""Runs the cases of an evaluation, a few at a time: with progress, within a time limit, and resumable."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from honk.evaluation.check_runner import CheckRunner
from honk.evaluation.journal import Journal
from honk.evaluation.tasks import Task

R = TypeVar("R")

PROGRESS_SECONDS = 15.0


@dataclass(frozen=True)
class Case(Generic[R]):
    """One thing to find out. `key` names it in the journal."""

    key: str
    find_out: Callable[[], Coroutine[Any, Any, R]]


@dataclass(frozen=True)
class Pace:
    """At most `jobs` cases run at once, and none begins after `seconds` (0: no limit). `tell` prints the progress."""

    jobs: int
    seconds: float
    tell: Callable[[str], None]


async def usable(tasks: Iterable[Task], checks: CheckRunner) -> tuple[tuple[Task, ...], tuple[str, ...]]:
    """The tasks that this machine has the tool chain for, and a sentence for the others of each language."""
    tasks = tuple(tasks)
    problems = {task.needs: await checks.missing(task) for task in tasks}
    left_out: dict[tuple[str, str], list[Task]] = {}
    for task in tasks:
        if problems[task.needs]:
            left_out.setdefault((task.language, problems[task.needs]), []).append(task)
    return (
        tuple(task for task in tasks if not problems[task.needs]),
        tuple(_not_run(language, problem, each) for (language, problem), each in left_out.items()),
    )


def _not_run(language: str, problem: str, tasks: list[Task]) -> str:
    changes = sum(len(task.changes) for task in tasks)
    return f"Not run here: {len(tasks)} {language} tasks with {changes} known changes. {problem}"


def sample(cases: Sequence[Case[R]], size: int) -> tuple[Case[R], ...]:
    """`size` of the cases, the same ones each time; all for 0."""
    return tuple(sorted(cases, key=_shuffled)[:size] if size else cases)


async def run(
    cases: Sequence[Case[R]], journal: Journal[R], pace: Pace, tell: Callable[[str, R], None]
) -> dict[str, R]:
    """The results by key, in the order of the cases, without those for which no time was left.

    `tell` is called with each result when it is there. Where time may run out, the cases are taken in a mixed order, so
    that those which ran stand for all. The first error ends the run.
    """
    found: dict[str, R] = {}
    slots = asyncio.Semaphore(pace.jobs)
    began = told = time.monotonic()

    async def one(case: Case[R]) -> None:
        nonlocal told
        async with slots:
            if pace.seconds and time.monotonic() > began + pace.seconds:
                return
            if (result := journal.get(case.key)) is None:
                result = await case.find_out()
                journal.put(case.key, result)
        found[case.key] = result
        tell(case.key, result)
        if time.monotonic() > told + PROGRESS_SECONDS:
            told = time.monotonic()
            pace.tell(f"{len(found)} of {len(cases)} after {_minutes(told - began)}")

    async with asyncio.TaskGroup() as group:
        for case in sorted(cases, key=_shuffled) if pace.seconds else cases:
            group.create_task(one(case))
    return {case.key: found[case.key] for case in cases if case.key in found}


def _shuffled(case: Case[R]) -> str:
    return hashlib.sha256(case.key.encode()).hexdigest()


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02} min"
