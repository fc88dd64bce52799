"""`honk worker`: a worker alone."""

import asyncio
import os
import signal

import click

from honk import app
from honk import settings as settings_module
from honk.settings import Settings


@click.command("worker")
def command() -> int:
    """Work for the servers that share this database."""
    return asyncio.run(_work(settings_module.load(os.environ)))


async def _work(settings: Settings) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with app.open_app(settings, base_url=settings.file.server.public_url) as service:
        assert service.engine is not None
        click.echo(f"Worker {service.engine.executor} takes {settings.file.worker.turns} turns at a time.")
        await stop.wait()
    return 0
