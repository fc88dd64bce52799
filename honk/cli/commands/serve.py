"""`honk serve`: API, console, previews and worker in one process."""

import asyncio
import contextlib
import json
import os
import signal

import click

from honk import files, server
from honk import settings as settings_module
from honk.cli import current_person
from honk.integrations.slack.integration import SlackIntegration
from honk.settings import Settings
from honk.web import access
from honk.web.remote_client import ADDRESS_FILE

SLACK_SECONDS = 5.0
"""For how long a Slack that is slow to answer delays what is printed, and nothing else."""


@click.command("serve")
@click.option("--host", default="", help="Address to listen on; default: the settings', 127.0.0.1.")
@click.option("--port", default=-1, help="Port; default: the settings', 8484.")
def command(host: str, port: int) -> int:
    """Serve the console, the API and previews, and work on what is asked."""
    settings = settings_module.load(os.environ)
    server = settings.file.server
    return asyncio.run(_serve(settings, host or server.host, port if port >= 0 else server.port))


async def _serve(settings: Settings, host: str, port: int) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    who, previews = await current_person.here(settings.file.people), settings.file.server.preview_port
    async with server.open_server(settings, person=who, host=host, port=port, preview_port=previews) as served:
        address = settings.home / ADDRESS_FILE
        files.write(address, json.dumps({"url": served.local, "pid": os.getpid()}))
        click.echo(f"Honk serves {served.url}, working on {settings.file.worker.turns} turns at a time.")
        click.echo(f"Console: {served.url}/enter?token={access.token(settings.home)}")
        click.echo(await _slack(served.slack))
        click.echo(served.github.state if served.github else "GitHub: not set up; `honk github setup` begins that.")
        click.echo("Stop it with Ctrl-C; what runs then goes on at the next start.")
        try:
            await stop.wait()
        finally:
            address.unlink(missing_ok=True)
    return 0


async def _slack(slack: SlackIntegration | None) -> str:
    """How Slack stands, or why it does not, after a moment in which it may come up."""
    if slack is None:
        return "Slack: not set up; `honk slack manifest` begins that."
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SLACK_SECONDS):
            await slack.tried.wait()
    return slack.state
