"""Honk with its worker, connected to Slack, in a process of its own: `python -m bench.first_answer`."""

import asyncio
import os
import signal

from honk import app, settings
from honk.integrations.slack import from_settings, integration


async def main() -> None:
    """Print the state of the connection to Slack, and run until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    own = settings.load(os.environ)
    async with (
        app.open_app(own, base_url="http://honk.bench") as honk_client,
        integration.open_slack(from_settings.parts(own, honk_client.services, honk_client)) as connected,
    ):
        assert connected is not None
        await connected.tried.wait()
        print(connected.state, flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
