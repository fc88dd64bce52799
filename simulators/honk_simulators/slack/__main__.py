"""A Slack workspace to play in: `python -m honk_simulators.slack` prints what to export and serves a web page."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from honk_simulators.slack import BadManifest, SlackSimulator, serve
from honk_simulators.slack.delivery.delivery import without_sockets


async def _main(arguments: argparse.Namespace) -> None:
    manifest = json.loads(arguments.manifest.read_text()) if arguments.manifest else None
    async with serve(
        manifest, name=arguments.team, port=arguments.port, address=arguments.host, limits=arguments.limits
    ) as simulator:
        if arguments.events_url:
            simulator.delivery.url = arguments.events_url
            without_sockets(simulator.workspace)
        _furnish(simulator)
        sys.stdout.write("".join(f"export {name}={value}\n" for name, value in _environment(simulator).items()))
        sys.stdout.write(f"# the workspace: {simulator.workspace.root}/\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def _environment(simulator: SlackSimulator) -> dict[str, str]:
    """What Honk reads to find this workspace."""
    return {
        "HONK_SLACK_URL": simulator.url,
        "SLACK_BOT_TOKEN": simulator.bot_token,
        "SLACK_APP_TOKEN": simulator.app_token,
        "SLACK_SIGNING_SECRET": simulator.signing_secret,
    }


def _furnish(simulator: SlackSimulator) -> None:
    """People and channels to begin with."""
    ada = simulator.user("Ada Lovelace", email="ada@example.com", admin=True)
    bo = simulator.user("Bo Lindqvist", email="bo@example.com", tz="Europe/Stockholm")
    gus = simulator.user("Gus Visitor", guest="single")
    simulator.channel("playlists", members=[ada, bo, gus])
    simulator.channel("shop", members=[ada, bo])
    simulator.channel("random", members=[ada, bo], bot=False)
    for each in (ada, bo):
        simulator.dm(each)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m honk_simulators.slack", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8985)
    parser.add_argument("--team", default="Goose Works", help="the workspace's name")
    parser.add_argument("--events-url", default="", help="send signed requests there instead of using Socket Mode")
    parser.add_argument("--manifest", type=Path, help="the app's manifest, JSON in Slack's form")
    parser.add_argument("--limits", action="store_true", help="with Slack's rate limits")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        asyncio.run(_main(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
    except (BadManifest, OSError, ValueError) as problem:
        sys.exit(f"That did not work: {problem}")
