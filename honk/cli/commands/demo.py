"""`honk demo`: a whole session on the sample project, live in the terminal."""

import importlib.util
import json
import os
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import click
from rich.console import Console as Terminal
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from honk import server
from honk import settings as settings_module
from honk.cli import connection
from honk.conversation import console, evidence
from honk.conversation.console import Console
from honk.core.errors import Unavailable, UsageError
from honk.core.phase import Phase
from honk.core.session import Session
from honk.demo import story
from honk.demo.requests import REQUESTS, Request, find
from honk.demo.story import DemoSetup
from honk.previews import qr_code

DEFAULT = "empty-playlist"


@click.command("demo")
@click.argument("name", default=DEFAULT)
@click.option("--list", "listing", is_flag=True, help="List the requests that can be played.")
@click.option("--keep", is_flag=True, help="Keep the app and the preview running afterwards.")
@click.option("--stop", metavar="DIRECTORY", default="", help="Stop what an earlier --keep left running.")
@click.option("--github", "on_github", is_flag=True, help="Use a simulated GitHub.")
@click.option("--slack", "in_slack", is_flag=True, help="Ask and merge in a simulated Slack.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the session as one JSON object; the thread goes to stderr."
)
def command(name: str, listing: bool, keep: bool, stop: str, on_github: bool, in_slack: bool, as_json: bool) -> int:
    """Play one request of the sample project's backlog, from the sentence to production and back."""
    if stop:
        return connection.run(story.stop(Path(stop)))
    if listing:
        return _list()
    try:
        request = find(name)
    except KeyError:
        known = ", ".join(each.name for each in REQUESTS)
        raise UsageError(f"The demo has no request “{name}”. It has: {known}.") from None
    if on_github and keep:
        raise UsageError("--keep does not work with --github: the simulated GitHub ends with the demo.")
    if in_slack and keep:
        raise UsageError("--keep does not work with --slack: the simulated Slack ends with the demo.")
    if (on_github or in_slack) and importlib.util.find_spec("honk_simulators") is None:
        option = "--github" if on_github else "--slack"
        raise Unavailable(
            f"`honk demo {option}` needs the package honk-simulators: "
            "run `pip install ./simulators` in a checkout of Honk."
        )
    return connection.run(_play(request, keep, as_json, on_github, in_slack))


def _list() -> int:
    table = Table("name", "request", box=None, header_style="dim")
    for request in REQUESTS:
        table.add_row(request.name, request.text)
    Terminal().print(table)
    return 0


async def _play(request: Request, keep: bool, as_json: bool, on_github: bool, in_slack: bool) -> int:
    settings = settings_module.load(os.environ)
    # with --json the thread goes to stderr, so that people still see the progress
    printer = DemoPrinter(Terminal(stderr=as_json, highlight=False))
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(story.stage(settings, keep=keep))
        hub = None
        if on_github:
            from honk.demo import github  # noqa: PLC0415 - needs the optional package honk-simulators

            stage, hub = await stack.enter_async_context(github.opened(stage))
        workspace = None
        if in_slack:
            from honk.demo import slack  # noqa: PLC0415 - needs the optional package honk-simulators

            stage, workspace = await stack.enter_async_context(slack.opened(stage))
        printer.opening(stage, request, in_slack=in_slack)
        async with server.open_server(
            stage.settings, person=story.REQUESTER, host="127.0.0.1", port=0, preview_port=0
        ) as served:
            sessions = story.play(served.service, stage, request, printer.console.show)
            if workspace is not None:
                sessions = slack.play(served.service, stage, workspace, request, printer.plain)
            async for session in sessions:
                if workspace is None or session.phase == Phase.LIVE:  # the thread shows the rest
                    printer.step(session, stage, request)
        if hub is not None:
            printer.pulls(hub.url, await hub.transcripts())
        if keep:
            story.leave_running(stage, served)
            printer.kept(session, stage)
    printer.closing(session)
    if as_json:
        click.echo(json.dumps(evidence.as_json(session), ensure_ascii=False, indent=2))
    return 0 if session.phase == Phase.ROLLED_BACK else 1


class DemoPrinter:
    """Prints the demo to a terminal: the thread, and between the steps what a person would look at."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._began = time.time()
        self.console = Console(terminal)

    def opening(self, stage: DemoSetup, request: Request, *, in_slack: bool = False) -> None:
        """The request, and what is simulated."""
        self._terminal.rule(f"[bold]{request.title}[/]", align="left", style="cyan")
        model = f"The model is the one at {stage.settings.model.base_url}."
        if stage.scripted:
            model = "Demo mode: the model's answers are scripted; everything else is real."
        self._note(model)
        if stage.unsealed:
            self._note(
                "Without a sandbox: only the demo may do this, because it runs nothing but Honk's own code.", "bold red"
            )
            self._note(stage.unsealed, "red")
        self._note(f"Production runs at {stage.production}")
        if stage.address:
            self._note(f"The repository is {stage.address}, on a simulated GitHub.")
        if in_slack:
            self._note("A thread in a simulated Slack follows, line by line as it changes.")

    def step(self, session: Session, stage: DemoSetup, request: Request) -> None:
        """What there is to see after a step."""
        if session.phase == Phase.REVIEW:
            self.plain("")
            self._terminal.print(Panel(Text(evidence.text(session)), title="evidence", border_style="dim"))
            if session.preview.url:
                self._note("Try it, on this machine or by scanning:")
                self.plain(session.preview.url)
                self.plain(qr_code.terminal(session.preview.url, colour=self._terminal.is_terminal))
        elif session.phase == Phase.LIVE:
            self._note(f"In production: {stage.production}{request.page}", "green")

    def pulls(self, url: str, transcripts: Iterable[str]) -> None:
        """The pull requests on GitHub."""
        for transcript in transcripts:
            self._terminal.print(Panel(Text(transcript.rstrip()), title=url, border_style="dim"))

    def kept(self, session: Session, stage: DemoSetup) -> None:
        """What keeps running."""
        self._note(f"Kept: production at {stage.production}, preview at {session.preview.url}")
        home = stage.settings.home
        self._note(f"Use it with HONK_HOME={home}; stop it with: honk demo --stop {stage.root}")

    def closing(self, session: Session) -> None:
        """The duration."""
        done = session.phase == Phase.ROLLED_BACK
        words = "From the request to production and back" if done else f"The demo ended early ({session.phase})"
        self._note(f"{words}: {time.time() - self._began:.1f} s.", "bold green" if done else "bold red")

    def plain(self, text: str) -> None:
        """Print text as it is."""
        console.plain(self._terminal, text)

    def _note(self, text: str, style: str = "dim") -> None:
        self._terminal.print(Text(text, style=style))
