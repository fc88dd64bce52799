"""`honk doctor`: what this machine lacks, and the command that provides it."""

import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import click
from rich.console import Console as Terminal
from rich.table import Table
from rich.text import Text

from honk import backends, files, process
from honk import settings as settings_module
from honk.cli import connection
from honk.core.diagnosis import Diagnosis, Mark
from honk.core.errors import HonkError
from honk.core.honk_toml import HonkToml
from honk.integrations.github import integration as on_github
from honk.integrations.github.setup import doctor_checks as github_checkup
from honk.integrations.github.setup import from_settings as github_make
from honk.integrations.slack.client import doctor_checks as on_slack
from honk.pipeline import doctor_checks
from honk.previews import browser
from honk.sandboxes import conformance
from honk.settings import Settings
from honk.storage import store as stores
from honk.web import remote_client
from honk.workspaces import snapshots, workspace_record

_MARKS: dict[Mark, tuple[str, str]] = {"ok": ("✓", "green"), "missing": ("✗", "red"), "without": ("–", "yellow")}
LEAST_FREE_GB = 2


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Leave out the sandbox's conformance suite (some 20 seconds).")
def command(quick: bool) -> int:
    """Look at everything that Honk needs on this machine, and say what is missing. Changes nothing."""
    return connection.run(_doctor(settings_module.load(os.environ), quick))


async def _doctor(settings: Settings, quick: bool) -> int:
    terminal = Terminal(highlight=False)
    marks: list[Mark] = []
    async for finding in _findings(settings, quick):
        marks.append(finding.mark)
        sign, style = _MARKS[finding.mark]
        row = Table.grid(padding=(0, 1))
        row.add_column(width=1)
        row.add_column(width=22)
        row.add_column(overflow="fold")
        row.add_row(
            Text(sign, style=style), finding.name, Text(finding.text, style="" if finding.mark == "ok" else style)
        )
        terminal.print(row)
    missing = marks.count("missing")
    terminal.print(f"{missing} missing." if missing else "Everything that Honk needs is here.")
    return 3 if missing else 0


async def _findings(settings: Settings, quick: bool) -> AsyncIterator[Diagnosis]:
    yield Diagnosis("python", "ok", sys.version.split()[0])
    yield await _program("git", ("git", "--version"), "apt-get install git")
    files.private_directory(settings.home)
    files.private_directory(settings.run)
    yield _disk(settings)
    for finding in _state_files(settings.home):
        yield finding
    try:
        async with stores.open(settings.database_url) as store:
            yield Diagnosis("database", "ok", settings.database_url.split("://")[0])
            async for finding in doctor_checks.findings(settings.home / "mirrors", await store.repos()):
                yield finding
    except HonkError as error:
        yield Diagnosis("database", "missing", str(error))
    async for finding in _backends(settings):
        yield finding
    if not quick:
        async for finding in _conformance(settings):
            yield finding
    problem = browser.problem()
    yield Diagnosis("screenshots", "without" if problem else "ok", problem or "Chromium is here.")
    yield await _model(settings)
    async for finding in on_slack.findings(
        settings.slack, settings.file.slack, settings.proxies.to(settings.slack.url)
    ):
        yield finding
    async for finding in _github(settings):
        yield finding


async def _backends(settings: Settings) -> AsyncIterator[Diagnosis]:
    sandbox = await backends.sandbox(settings)
    problem = await sandbox.problem()
    yield Diagnosis("sandbox", "missing" if problem else "ok", problem or sandbox.name)
    workspace = await backends.workspaces(settings)
    problem = await workspace.problem()
    text = problem or (
        "overlay" if workspace.name == "overlay" else "copies: overlayfs does not work here, forks take longer"
    )
    yield Diagnosis("workspaces", "missing" if problem else "ok", text)
    for name, make in backends.AGENTS.items():
        agent = make(settings)
        problem = agent.problem()
        # one that nobody has set up is for whoever wants it
        lacking: Mark = "missing" if name == HonkToml().agent.kind else "without"
        yield Diagnosis(f"agent {name}", lacking if problem else "ok", problem or agent.label)


async def _conformance(settings: Settings) -> AsyncIterator[Diagnosis]:
    """The suite that every sandbox must pass, on this machine."""
    sandbox = await backends.sandbox(settings)
    if await sandbox.problem():
        return
    with tempfile.TemporaryDirectory(prefix="honk-", ignore_cleanup_errors=True) as scratch:
        outcomes = await conformance.check(sandbox, Path(scratch))
    for outcome in outcomes:
        if not outcome.ok:
            yield Diagnosis(f"sandbox: {outcome.name}", "missing", outcome.detail)
    passed = sum(outcome.ok for outcome in outcomes)
    yield Diagnosis(
        "sandbox conformance", "ok" if passed == len(outcomes) else "missing", f"{passed} of {len(outcomes)} hold"
    )


async def _program(name: str, argv: tuple[str, ...], remedy: str) -> Diagnosis:
    if shutil.which(argv[0]) is None:
        return Diagnosis(name, "missing", f"It is not installed. Run: {remedy}")
    done = await process.run(argv)
    return Diagnosis(name, "ok" if done.ok else "missing", done.text.strip() or remedy)


def _disk(settings: Settings) -> Diagnosis:
    free = shutil.disk_usage(settings.home).free / 10**9
    text = f"{free:.0f} GB free under {settings.home}"
    return Diagnosis("disk", "ok" if free >= LEAST_FREE_GB else "missing", text)


def _state_files(home: Path) -> Iterator[Diagnosis]:
    """One Diagnosis for each file of Honk's own state that is damaged."""
    reads: list[Callable[[], object]] = [partial(remote_client.read_address, home)]
    reads += [partial(snapshots.find, path) for path in home.glob("snapshots/*/[!.]*")]
    reads += [partial(workspace_record.read, path) for path in home.glob("sessions/*/workspace")]
    for read in reads:
        try:
            read()
        except HonkError as error:
            yield Diagnosis("state", "missing", str(error))


async def _model(settings: Settings) -> Diagnosis:
    if not settings.model:
        return Diagnosis(
            "model", "without", "No key. Set ANTHROPIC_API_KEY to work on your own repositories; the demo needs none."
        )
    async with backends.gateway(settings) as gateway:
        try:
            accepted = await gateway.accepts_key()
        except HonkError as error:
            return Diagnosis("model", "missing", str(error))
    if not accepted:
        return Diagnosis("model", "missing", f"{settings.model.base_url} refuses the key. Check ANTHROPIC_API_KEY.")
    return Diagnosis("model", "ok", f"{settings.model.base_url} accepts the key.")


async def _github(settings: Settings) -> AsyncIterator[Diagnosis]:
    """The credential, and each repository that it is for."""
    try:
        on_github.is_configured(settings.github)
        async with stores.open(settings.database_url) as store:
            async for finding in github_checkup.findings(github_make.make(settings, store), await store.repos()):
                yield finding
    except HonkError as error:
        yield Diagnosis("github", "missing", str(error))
