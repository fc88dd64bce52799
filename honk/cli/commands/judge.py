"""`honk judge report`: how often people agreed with the judge."""

import json

import click
from rich.console import Console as Terminal
from rich.table import Table

from honk.cli import connection
from honk.conversation import judge_report
from honk.conversation.judge_report import RESPONSES, Counts
from honk.core.verdict import SCOPES

MOST_SESSIONS = 1000
"""Sessions that a report reads, the newest."""


@click.group("judge")
def command() -> None:
    """What the judge (`[judge] model` in honk.toml) said of changes, beside what people then did."""


@command.command("report")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def report(as_json: bool) -> int:
    """How often people agreed with the judge."""
    return connection.run(_report(as_json))


async def _report(as_json: bool) -> int:
    async with connection.reached(working=False) as at:
        sessions = await at.honk_client.sessions(MOST_SESSIONS)
    counts = judge_report.report(sessions)
    agreed = judge_report.precision(counts)
    if as_json:
        precision = {name: {"agreed": yes, "decided": of} for name, (yes, of) in agreed.items()}
        found = {"sessions": len(sessions), "judged": counts, "precision": precision}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    if not any(sum(row.values()) for row in counts.values()):
        click.echo('No change was judged yet. Name a model in honk.toml on the base branch: [judge] model = "…"')
        return 0
    Terminal().print(_table(counts))
    for name, (yes, of) in agreed.items():
        share = f"{yes / of:.0%} ({yes} of {of})" if of else "none decided yet"
        click.echo(f"People agreed with the judge's {name}: {share}")
    if len(sessions) == MOST_SESSIONS:
        click.echo(f"Only the newest {MOST_SESSIONS} sessions were read.")
    return 0


def _table(counts: Counts) -> Table:
    table = Table("the judge said", *RESPONSES, box=None, header_style="dim")
    for scope in SCOPES:
        table.add_row(scope, *(str(counts[scope][response]) for response in RESPONSES))
    return table
