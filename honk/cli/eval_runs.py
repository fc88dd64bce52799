"""What `honk eval` runs: proofs, known changes, agents. Prints each result when it is there."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console as Terminal
from rich.text import Text

from honk import files
from honk import settings as settings_module
from honk.cli import local_inspector
from honk.core.verdict import Verdict
from honk.evaluation import agent_runs, evaluation, journal, known_changes, tables, toolchains
from honk.evaluation.agent_runs import AgentResult, Contender
from honk.evaluation.check_runner import CheckRunner, Proof
from honk.evaluation.evaluation import Case, Pace
from honk.evaluation.journal import Journal
from honk.evaluation.known_changes import ChangeResult
from honk.evaluation.tasks import KnownChange, Task
from honk.pipeline.verification.local_verify import Inspector
from honk.settings import Settings

CHECK_SECONDS = 300.0
"""The longest that one command of a task may take."""


@dataclass(frozen=True)
class EvalOptions:
    """What the options say. `sample` and `minutes` are 0 for no limit; results are kept in the file `resume`."""

    tasks: tuple[Task, ...]
    jobs: int
    minutes: float
    sample: int
    guard_only: bool
    resume: Path | None
    terminal: Terminal

    @property
    def pace(self) -> Pace:
        """The pace, with its progress on standard error."""
        progress = Terminal(highlight=False, stderr=True)
        return Pace(self.jobs, self.minutes * 60, lambda text: progress.print(Text(text, style="dim")))


async def prove(options: EvalOptions) -> bool:
    """Prove the bases and the known changes; whether there is something and all of it is proved."""
    of: dict[str, tuple[Task, KnownChange | None]] = {}

    def tell(key: str, proof: Proof) -> None:
        if proof.problem:
            task, change = of[key]
            name = f"{change.role} {change.name}" if change else "base"
            options.terminal.print(Text(f"✗ {task.name}  {name}: {proof.problem}", style="red"))

    async with _opened() as (_, _inspector, checks):
        ready, notices = await evaluation.usable(options.tasks, checks)
        of = {journal.key(task, each): (task, each) for task in ready for each in (None, *task.changes)}
        cases = [Case(key, partial(checks.prove, task, each)) for key, (task, each) in of.items()]
        kept = Journal(options.resume, Proof, keep=lambda proof: not proof.problem)
        chosen = evaluation.sample(cases, options.sample)
        proofs = await evaluation.run(chosen, kept, options.pace, tell)
    tables.print_notices(options.terminal, (*notices, *_left_out(len(proofs), len(cases))))
    changes = ((task, each, proof) for key, proof in proofs.items() for task, each in (of[key],) if each)
    options.terminal.print(tables.proofs(changes))
    return bool(proofs) and not any(proof.problem for proof in proofs.values())


async def examine(options: EvalOptions) -> tuple[tuple[ChangeResult, ...], tuple[str, ...]]:
    """The results of the known changes, and sentences about what was left out."""

    def tell(_key: str, result: ChangeResult) -> None:
        if line := tables.remark(result):
            options.terminal.print(line)

    async with _opened() as (_, inspector, checks):
        kept = Journal(options.resume, ChangeResult)
        ready, notices = options.tasks, _only_guard(options.resume)
        if not options.guard_only:
            ready, notices = await evaluation.usable(options.tasks, checks)
        of = {journal.key(task, change): (task, change) for task in ready for change in task.changes}
        cases = [Case(key, partial(known_changes.examine, inspector, checks, *each)) for key, each in of.items()]
        if options.guard_only:
            cases = [
                Case(key, partial(known_changes.guard_alone, *each, checks.place, kept.get(key)))
                for key, each in of.items()
                if options.resume is None or kept.get(key)  # a result without its runs would look like a miss
            ]
            kept = Journal(None, ChangeResult)
        results = await evaluation.run(evaluation.sample(cases, options.sample), kept, options.pace, tell)
    return tuple(results.values()), (*notices, *_left_out(len(results), len(of)))


async def run_agents(
    options: EvalOptions, contenders: tuple[Contender, ...], repeat: int
) -> tuple[tuple[AgentResult, ...], tuple[str, ...]]:
    """The results of the agents on the tasks, and sentences about what was left out."""

    def tell(_key: str, result: AgentResult) -> None:
        options.terminal.print(tables.agent_remark(result))

    found: dict[str, AgentResult] = {}
    async with _opened() as (settings, _, checks):
        ready, notices = await evaluation.usable(options.tasks, checks)
        planned = {
            journal.key(each.task, each.change, each.contender.name, each.repetition): each
            for each in agent_runs.plan(ready, contenders, repeat)
        }
        kept = Journal(options.resume, AgentResult, keep=lambda result: not result.broken)
        for agent in dict.fromkeys(contender.agent for contender in contenders):
            async with agent_runs.opened(settings, checks.place, agent) as service:
                cases = [
                    Case(key, partial(agent_runs.run, service, checks, each))
                    for key, each in planned.items()
                    if each.contender.agent == agent
                ]
                chosen = evaluation.sample(cases, options.sample)
                found |= await evaluation.run(chosen, kept, options.pace, tell)
    broken = [result for result in found.values() if result.broken]
    if broken:
        notices += (
            f"{len(broken)} runs broke for a reason outside the agent and count in no figure: {broken[0].broken}",
        )
    return tuple(found.values()), (*notices, *_left_out(len(found), len(planned)))


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Settings, Inspector, CheckRunner]]:
    """The settings with the tool chains visible, and what examines and runs tasks."""
    settings = settings_module.load(os.environ)
    files.private_directory(settings.run)
    with tempfile.TemporaryDirectory(dir=settings.run, ignore_cleanup_errors=True) as place:
        visible = (*settings.file.sandbox.readonly, *await toolchains.folders(Path(place)))
        sandbox = replace(settings.file.sandbox, readonly=visible)
        settings = replace(settings, file=replace(settings.file, sandbox=sandbox))
        async with local_inspector.opened(settings, _say_nothing) as inspector:
            limits = replace(inspector.limits, seconds=CHECK_SECONDS)
            inspector = replace(inspector, limits=limits)
            yield settings, inspector, CheckRunner(inspector.sandbox, inspector.gateway_sockets, limits, Path(place))


def _say_nothing(verdict: Verdict) -> None:
    """Verdicts are shown with the result of their change."""


def _only_guard(resume: Path | None) -> tuple[str, ...]:
    if resume is None:
        return ("The guard alone was measured: no verifier, no test of the base and no hidden check ran.",)
    return (f"Only the guard ran; what verifiers, tests of the base and hidden checks gave is from {resume}.",)


def _left_out(ran: int, all_: int) -> tuple[str, ...]:
    return (f"{ran} of {all_} were run; the figures are of these alone.",) if ran < all_ else ()
