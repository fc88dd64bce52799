"""`honk eval`: how often green is right, over tasks with known changes."""

import json
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click
from rich.console import Console as Terminal
from rich.text import Text

from honk import files
from honk import settings as settings_module
from honk.cli import connection, local_inspector
from honk.core import serialization
from honk.core.errors import UsageError
from honk.core.verdict import Verdict
from honk.evaluation import evaluation, figures, import_tasks, journal, known_changes, page, tables, tasks, toolchains
from honk.evaluation.check_runner import CheckRunner, Proof
from honk.evaluation.evaluation import Case, Pace
from honk.evaluation.journal import Journal
from honk.evaluation.known_changes import ChangeResult
from honk.evaluation.tasks import KnownChange, Task
from honk.pipeline.verification.local_verify import Inspector

_TASKS = Path("eval/tasks")


@dataclass(frozen=True)
class _Run:
    """What the options say of a run. `notices` are sentences about what it leaves out."""

    tasks: tuple[Task, ...]
    jobs: int
    minutes: float
    sample: int
    guard_only: bool
    resume: Path | None
    terminal: Terminal

    def pace(self) -> Pace:
        progress = Terminal(highlight=False, stderr=True)
        return Pace(self.jobs, self.minutes * 60, lambda text: progress.print(Text(text, style="dim")))


@click.command("eval")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--prove", is_flag=True, help="Prove by running that each known change is what it claims to be.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="So many changes at a time.")
@click.option("--minutes", default=0.0, help="Begin no further change after so many minutes; 0: no limit.")
@click.option("--sample", default=0, type=click.IntRange(0), help="Examine so many of the known changes; 0: all.")
@click.option("--guard-only", is_flag=True, help="Run no checks: the guard alone, in seconds.")
@click.option(
    "--resume", type=click.Path(path_type=Path), help="Keep each result in this file, and take over its results."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with every result.")
@click.option("--results", type=click.Path(path_type=Path), help="Write the figures to this file, as a JSON list.")
@click.option("--last", default=50, show_default=True, help="With `import REPO`: so many commits.")
@click.option("--into", default="eval-tasks", type=click.Path(path_type=Path), help="With `import REPO`: the folder.")
@click.option("--check", default="", help="With `import REPO`: the command of the project's checks.")
@click.option("--language", default="unknown", help="With `import REPO`: for the figures by language.")
@click.option("--page", "page_file", type=click.Path(path_type=Path), help="Write a page with charts: one HTML file.")
def command(
    paths: tuple[Path, ...],
    prove: bool,
    jobs: int,
    minutes: float,
    sample: int,
    guard_only: bool,
    resume: Path | None,
    as_json: bool,
    results: Path | None,
    last: int,
    into: Path,
    check: str,
    language: str,
    page_file: Path | None,
) -> int:
    """Measure what the verifiers and the guard see, over the tasks in PATHS (default: eval/tasks).

    `honk eval import REPO` makes tasks from the last merged changes of a repository.
    """
    if paths and str(paths[0]) == "import":
        if len(paths) != 2 or not check:
            raise UsageError("Write `honk eval import REPO --check COMMAND`; the command runs the project's checks.")
        return connection.run(_import(paths[1], last, into, check, language))
    terminal = Terminal(highlight=False, stderr=as_json)
    run = _Run(tasks.load(paths or (_TASKS,)), jobs, minutes, sample, guard_only, resume, terminal)
    if prove:
        return connection.run(_prove(run))
    outcomes, notices = connection.run(_known_changes(run))
    measured = figures.of_changes(outcomes)
    for notice in notices:
        terminal.print(Text(f"! {notice}", style="yellow"))
    terminal.print(tables.summary(measured))
    rows = [figure.row() for figure in measured]
    known = sum(len(task.changes) for task in run.tasks)
    share = round(len(outcomes) / known, 4)
    rows.append({"name": "known changes examined", "value": share, "n": known, "low": share, "high": share})
    if results is not None:
        results.write_text(json.dumps(rows, indent=1) + "\n")
    if page_file is not None:
        page_file.write_text(page.of_changes(measured, outcomes, notices))
    if as_json:
        data = {"figures": rows, "changes": serialization.dump(outcomes), "not_run": list(notices)}
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    return 0


async def _import(repo: Path, last: int, into: Path, check: str, language: str) -> int:
    made = 0
    async for each in import_tasks.import_last(repo, last, into, check, language):
        made += each.folder is not None
        click.echo(f"{each.commit[:12]} {each.subject}: {each.folder or f'no task, {each.problem}'}")
    click.echo(f"{made} task{'' if made == 1 else 's'} in {into}. Prove them: honk eval --prove {into}")
    return 0 if made else 1


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Inspector, CheckRunner]]:
    settings = settings_module.load(os.environ)
    files.private_directory(settings.run)
    with tempfile.TemporaryDirectory(dir=settings.run, ignore_cleanup_errors=True) as place:
        visible = (*settings.file.sandbox.readonly, *await toolchains.folders(Path(place)))
        sandbox = replace(settings.file.sandbox, readonly=visible)
        settings = replace(settings, file=replace(settings.file, sandbox=sandbox))
        async with local_inspector.opened(settings, _say_nothing) as inspector:
            limits = replace(inspector.limits, seconds=300.0)
            inspector = replace(inspector, limits=limits)
            yield inspector, CheckRunner(inspector.sandbox, limits, Path(place))


def _say_nothing(verdict: Verdict) -> None:
    """Verdicts are shown with the result of their change."""


async def _prove(run: _Run) -> int:
    of: dict[str, tuple[Task, KnownChange | None]] = {}

    def tell(key: str, proof: Proof) -> None:
        if proof.problem:
            task, change = of[key]
            name = f"{change.role} {change.name}" if change else "base"
            run.terminal.print(Text(f"✗ {task.name}  {name}: {proof.problem}", style="red"))

    async with _opened() as (_, checks):
        ready, notices = await evaluation.usable(run.tasks, checks)
        of = {journal.key(task, each): (task, each) for task in ready for each in (None, *task.changes)}
        cases = [Case(key, partial(checks.prove, task, each)) for key, (task, each) in of.items()]
        kept = Journal(run.resume, Proof, keep=lambda proof: not proof.problem)
        chosen = evaluation.sample(cases, run.sample)
        proofs = await evaluation.run(chosen, kept, run.pace(), tell)
    for notice in (*notices, *_left_out(len(proofs), len(cases))):
        run.terminal.print(Text(f"! {notice}", style="yellow"))
    run.terminal.print(
        tables.proofs((task, each, proof) for key, proof in proofs.items() for task, each in (of[key],) if each)
    )
    return 1 if any(proof.problem for proof in proofs.values()) or not proofs else 0


async def _known_changes(run: _Run) -> tuple[tuple[ChangeResult, ...], tuple[str, ...]]:
    """The results, and sentences about what was left out."""

    def tell(key: str, result: ChangeResult) -> None:
        if line := tables.remark(result):
            run.terminal.print(line)

    async with _opened() as (inspector, checks):
        kept = Journal(run.resume, ChangeResult)
        if run.guard_only:
            ready, notices = run.tasks, _only_guard(run.resume)
        else:
            ready, notices = await evaluation.usable(run.tasks, checks)
        of = {journal.key(task, change): (task, change) for task in ready for change in task.changes}
        if run.guard_only:
            cases = [
                Case(key, partial(known_changes.guard_alone, *each, checks.place, kept.get(key)))
                for key, each in of.items()
            ]
            kept = Journal(None, ChangeResult)
        else:
            cases = [Case(key, partial(known_changes.examine, inspector, checks, *each)) for key, each in of.items()]
        results = await evaluation.run(evaluation.sample(cases, run.sample), kept, run.pace(), tell)
    return tuple(results.values()), (*notices, *_left_out(len(results), len(cases)))


def _only_guard(resume: Path | None) -> tuple[str, ...]:
    if resume is None:
        return ("The guard alone was measured: no verifier, no test of the base and no hidden check ran.",)
    return (f"Only the guard ran; what verifiers, tests of the base and hidden checks gave is from {resume}.",)


def _left_out(ran: int, all_: int) -> Sequence[str]:
    return (f"{ran} of {all_} were run; the figures are of these alone.",) if ran < all_ else ()
