"""`honk eval`: how often green is right, over tasks with known changes."""

import json
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
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
from honk.evaluation import evaluation, figures, import_tasks, page, tables, tasks, toolchains
from honk.evaluation.check_runner import CheckRunner
from honk.evaluation.evaluation import ProvedChange
from honk.evaluation.known_changes import ChangeResult
from honk.evaluation.tasks import Task
from honk.pipeline.verification.local_verify import Inspector

_TASKS = Path("eval/tasks")


@click.command("eval")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--prove", is_flag=True, help="Prove by running that each known change is what it claims to be.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="So many changes at a time.")
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
    found = tasks.load(paths or (_TASKS,))
    if prove:
        return connection.run(_prove(found, jobs))
    outcomes, notices = connection.run(_known_changes(found, jobs, as_json))
    measured = figures.of_changes(outcomes)
    terminal = Terminal(highlight=False, stderr=as_json)
    for notice in notices:
        terminal.print(Text(f"! {notice}", style="yellow"))
    terminal.print(tables.summary(measured))
    rows = [figure.row() for figure in measured]
    if results is not None:
        results.write_text(json.dumps(rows, indent=1) + "\n")
    if page_file is not None:
        page_file.write_text(page.of_changes(measured, outcomes))
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


async def _prove(found: tuple[Task, ...], jobs: int) -> int:
    terminal = Terminal(highlight=False)

    def tell(proved: ProvedChange) -> None:
        if proved.proof.problem:
            change = f"{proved.change.role} {proved.change.name}" if proved.change else "base"
            terminal.print(Text(f"✗ {proved.task.name}  {change}: {proved.proof.problem}", style="red"))

    async with _opened() as (_, checks):
        ready, notices = await evaluation.usable(found, checks)
        proofs = await evaluation.prove(ready, checks, jobs, tell)
    for notice in notices:
        terminal.print(Text(f"! {notice}", style="yellow"))
    terminal.print(tables.proofs(proofs))
    return 1 if any(each.proof.problem for each in proofs) else 0


async def _known_changes(
    found: tuple[Task, ...], jobs: int, as_json: bool
) -> tuple[tuple[ChangeResult, ...], tuple[str, ...]]:
    """The results, and a sentence for each tool chain that is missing."""
    terminal = Terminal(highlight=False, stderr=as_json)

    def tell(result: ChangeResult) -> None:
        if line := tables.remark(result):
            terminal.print(line)

    async with _opened() as (inspector, checks):
        ready, notices = await evaluation.usable(found, checks)
        return await evaluation.run(ready, inspector, checks, jobs, tell), notices
