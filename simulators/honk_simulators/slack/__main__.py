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
    ) as world:
        if arguments.events_url:
            world.delivery.url = arguments.events_url
            without_sockets(world.workspace)
        _furnish(world)
        sys.stdout.write("".join(f"export {name}={value}\n" for name, value in _environment(world).items()))
        sys.stdout.write(f"# the workspace: {world.workspace.root}/\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def _environment(world: SlackSimulator) -> dict[str, str]:
    """What Honk reads to find this workspace."""
    return {
        "HONK_SLACK_URL": world.url,
        "SLACK_BOT_TOKEN": world.bot_token,
        "SLACK_APP_TOKEN": world.app_token,
        "SLACK_SIGNING_SECRET": world.signing_secret,
    }


def _furnish(world: SlackSimulator) -> None:
    """People and channels to begin with."""
    ada = world.user("Ada Lovelace", email="ada@example.com", admin=True)
    bo = world.user("Bo Lindqvist", email="bo@example.com", tz="Europe/Stockholm")
    gus = world.user("Gus Visitor", guest="single")
    world.channel("playlists", members=[ada, bo, gus])
    world.channel("shop", members=[ada, bo])
    world.channel("random", members=[ada, bo], bot=False)
    for each in (ada, bo):
        world.dm(each)


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
