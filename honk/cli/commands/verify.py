"""`honk verify`: a checkout's verifiers, run in a sandbox."""

import json
import os
import tempfile
from pathlib import Path

import click
from rich.console import Console as Terminal
from rich.text import Text

from honk import settings as settings_module
from honk.cli import connection, detection_lines, local_inspector
from honk.conversation import event_lines
from honk.core import serialization
from honk.core.verdict import NOTHING_CHECKED, Verdict, comparison
from honk.pipeline.verification import local_verify
from honk.pipeline.verification.local_verify import Inspection
from honk.settings import Settings

_MARKS = {"passed": "✓", "failed": "✗", "unknown": "?", "flaky": "~"}


@click.command("verify")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    "--base", default="", metavar="REV", help="Rules of this commit, and the guard over what differs from it."
)
@click.option("--request", default="", metavar="TEXT", help="What was asked for: a wanted change is no finding.")
@click.option(
    "--explain", is_flag=True, help="Show what would be run, and from which file each command comes. Run nothing."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(path: Path, base: str, request: str, explain: bool, as_json: bool) -> int:
    """Detect, set up and run a checkout's verifiers in a sandbox. The checkout itself is not touched."""
    if explain:
        return connection.run(_explain(path, as_json))
    return connection.run(_verify(settings_module.load(os.environ), path, base, request, as_json))


async def _explain(path: Path, as_json: bool) -> int:
    plan = await local_verify.plan_of(path, Path(tempfile.gettempdir()))
    if as_json:
        data = {
            "setup": list(plan.setup.commands),
            "verifiers": serialization.dump(plan.verifiers),
            "left_out": [
                {"command": each.step.text, "source": each.step.source, "reason": each.reason} for each in plan.left_out
            ],
            "notices": list(plan.notices),
        }
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        Terminal(highlight=False, soft_wrap=True).print(Text(detection_lines.explanation(plan)))
    return 0 if plan.verifiers else 1


async def _verify(settings: Settings, path: Path, base: str, request: str, as_json: bool) -> int:
    terminal = Terminal(highlight=False, stderr=as_json)

    def tell(verdict: Verdict) -> None:
        style = {"passed": "green", "failed": "red"}.get(str(verdict.state), "yellow")
        took = event_lines.seconds(verdict.seconds)
        terminal.print(Text(f"{_MARKS[str(verdict.state)]} {verdict.name}  {took}  {verdict.command}", style=style))
        if not verdict.ok:
            terminal.print(Text("\n".join(event_lines.excerpt(verdict)), style="dim"))

    async with local_inspector.opened(settings, tell) as inspector:
        found = await inspector.inspect(path, base, request, measure_tests=bool(base))
    _report(found, terminal)
    if as_json:
        data = {
            "setup": serialization.dump(found.setup),
            "verdicts": serialization.dump(found.verdicts),
            "guard": serialization.dump(found.guard),
            "notices": list(found.notices),
            "tests": serialization.dump(found.tests),
        }
        click.echo(json.dumps({"ok": found.ok, **data}, ensure_ascii=False, indent=2))
    return 0 if found.ok else 1


def _report(found: Inspection, terminal: Terminal) -> None:
    for notice in found.notices:
        terminal.print(Text(f"! {notice}", style="yellow"))
    for run in found.setup:
        if not run.ok:
            terminal.print(Text(f"✗ setup  {run.command}\n{run.excerpt}", style="red"))
    for finding in found.guard:
        terminal.print(
            Text(event_lines.finding_text(finding), style="red" if finding.severity == "block" else "yellow")
        )
    for note in found.tests.notes:
        terminal.print(Text(f"  {note}", style="dim"))
    for verdict in found.verdicts:
        rows = [*([verdict.note] if verdict.note else []), *comparison(verdict)]
        if rows:
            style = "red" if verdict.blames else "yellow"
            terminal.print(Text(f"{event_lines.mark(verdict)} {verdict.name}: {' '.join(rows)}", style=style))
    if not found.verdicts and all(run.ok for run in found.setup):
        terminal.print(Text(f"? {NOTHING_CHECKED} Name them in honk.toml, section [verify].", style="yellow"))
