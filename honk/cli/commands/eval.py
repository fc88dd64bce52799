"""`honk eval`: how often green is right, over tasks with known changes; how agents do on these tasks."""

import json
from pathlib import Path

import click
from rich.console import Console as Terminal

from honk.cli import connection, eval_runs
from honk.cli.eval_runs import EvalOptions
from honk.core import serialization
from honk.core.errors import Unavailable, UsageError
from honk.evaluation import agent_runs, figures, import_tasks, page, tables, tasks

_TASKS = Path("eval/tasks")


@click.command("eval")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--prove", is_flag=True, help="Prove by running that each known change is what it claims to be.")
@click.option("--agent", "agents", multiple=True, metavar="AGENT[:MODEL]", help="Run this agent; may be repeated.")
@click.option("--model", "models", multiple=True, help="Of the agents that name no model; may be repeated.")
@click.option(
    "--repeat", default=1, show_default=True, type=click.IntRange(1), help="Run each agent so often on a task."
)
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="So many at a time.")
@click.option("--minutes", default=0.0, help="Begin nothing new after so many minutes; 0: no limit.")
@click.option("--sample", default=0, type=click.IntRange(0), help="Run so many of the changes; 0: all.")
@click.option("--guard-only", is_flag=True, help="Run no checks: the guard alone, in two minutes.")
@click.option(
    "--resume", type=click.Path(path_type=Path), help="Keep each result in this file, and take over its results."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with every result.")
@click.option("--results", type=click.Path(path_type=Path), help="Write the figures to this file, as a JSON list.")
@click.option("--page", "page_file", type=click.Path(path_type=Path), help="Write a page with charts: one HTML file.")
@click.option("--last", default=50, show_default=True, help="With `import REPO`: so many commits.")
@click.option("--into", default="eval-tasks", type=click.Path(path_type=Path), help="With `import REPO`: the folder.")
@click.option("--check", default="", help="With `import REPO`: the command of its checks; default: what Honk finds.")
@click.option("--language", default="unknown", help="With `import REPO`: for the figures by language.")
def command(
    paths: tuple[Path, ...],
    prove: bool,
    agents: tuple[str, ...],
    models: tuple[str, ...],
    repeat: int,
    jobs: int,
    minutes: float,
    sample: int,
    guard_only: bool,
    resume: Path | None,
    as_json: bool,
    results: Path | None,
    page_file: Path | None,
    last: int,
    into: Path,
    check: str,
    language: str,
) -> int:
    """Measure what the verifiers and the guard see, over the tasks in PATHS (default: eval/tasks).

    With --agent, run agents on the tasks instead. `honk eval import REPO` makes tasks from the last merged changes of a
    repository.
    """
    if paths and str(paths[0]) == "import":
        if len(paths) != 2:
            raise UsageError("Write `honk eval import REPO`, where REPO is a checkout.")
        return connection.run(_import(paths[1], last, into, check, language))
    terminal = Terminal(highlight=False, stderr=as_json)
    options = EvalOptions(tasks.load(paths or (_TASKS,)), jobs, minutes, sample, guard_only, resume, terminal)
    if prove:
        return 0 if connection.run(eval_runs.prove(options)) else 1
    data = _agents(options, agents, models, repeat, page_file) if agents else _known_changes(options, page_file)
    if results is not None:
        results.write_text(json.dumps(data["figures"], indent=1) + "\n")
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    return 0 if data["figures"] else Unavailable.exit_status


def _known_changes(options: EvalOptions, page_file: Path | None) -> dict[str, object]:
    outcomes, notices = connection.run(eval_runs.examine(options))
    measured = figures.of_changes(outcomes)
    tables.print_notices(options.terminal, notices)
    options.terminal.print(tables.summary(measured))
    if page_file is not None:
        page_file.write_text(page.of_changes(measured, outcomes, notices))
    known = sum(len(task.changes) for task in options.tasks)
    rows = [*(figure.row() for figure in measured), figures.examined(len(outcomes), known)]
    return {"figures": rows, "changes": serialization.dump(outcomes), "not_run": list(notices)}


def _agents(
    options: EvalOptions, names: tuple[str, ...], models: tuple[str, ...], repeat: int, page_file: Path | None
) -> dict[str, object]:
    contenders = tuple(each for name in names for each in agent_runs.contender(name, models))
    outcomes, notices = connection.run(eval_runs.run_agents(options, contenders, repeat))
    measured = figures.of_agents(outcomes)
    tables.print_notices(options.terminal, notices)
    options.terminal.print(tables.side_by_side(measured))
    if page_file is not None:
        page_file.write_text(page.of_agents(measured, outcomes, notices))
    rows = [figure.row() for figure in measured]
    return {"figures": rows, "runs": serialization.dump(outcomes), "not_run": list(notices)}


async def _import(repo: Path, last: int, into: Path, check: str, language: str) -> int:
    made = 0
    async for each in import_tasks.import_last(repo, last, into, check, language):
        made += each.folder is not None
        click.echo(f"{each.commit[:12]} {each.subject}: {each.folder or f'no task, {each.problem}'}")
    click.echo(f"{made} task{'' if made == 1 else 's'} in {into}. Prove them: honk eval --prove {into}")
    return 0 if made else 1
