"""Restarts, lost lines, lost workers, lost channels and tokens: nothing is lost, doubled, or ended in silence."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from honk import process
from honk.core.repo import Repo
from honk.storage import store as stores
from tests.story.conftest import shell
from tests.story.slack.conftest import Square
from tests.story.test_ship import BETTER, edit


@asynccontextmanager
async def serving(square: Square) -> AsyncIterator[asyncio.subprocess.Process]:
    """`honk serve` in a process of its own, which is killed when the block is left."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(square.town.root),
        "HONK_HOME": str(square.town.settings.home),
        "ANTHROPIC_API_KEY": square.town.settings.model.api_key,
        "ANTHROPIC_BASE_URL": square.town.settings.model.base_url,
        "HONK_SLACK_URL": square.world.url,
        "SLACK_BOT_TOKEN": square.world.bot_token,
        "SLACK_APP_TOKEN": square.world.app_token,
    }
    argv = (sys.executable, "-m", "honk.cli.main", "serve", "--port", "0")
    async with process.spawn(argv, env=env, stderr=sys.stderr.fileno()) as server:
        assert server.stdout is not None
        said = ""
        async with asyncio.timeout(60):
            while "Stop it with" not in said:
                said += (await server.stdout.readline()).decode()
        assert "Slack: workspace Goose Works as @honk, by Socket Mode." in said
        yield server
        server.kill()
        await server.wait()


async def test_a_server_that_is_killed_and_started_again_loses_and_doubles_nothing(square: Square) -> None:
    town, world = square.town, square.world
    town.scripts["strip the name"] = (shell("sleep 3"), *edit("greet.py", BETTER))
    town.scripts["and note it"] = edit("greet.py", BETTER + "# noted\n")
    town.settings.home.mkdir()
    with stores.open(town.settings.database_url) as store:
        store.add_repo(Repo("app", str(town.root / "app.git"), "local", "main"))
        writers = ", ".join(f'"slack:{world.workspace.id}/{user.id}"' for user in (square.ada, square.ben))
        text = f"[server]\npreview_port = 0\n\n[people]\nwriters = [{writers}]\n"
        (town.settings.home / "settings.toml").write_text(text)
        async with serving(square):
            ts = await world.say(square.ada, square.room, f"{square.at} strip the name")
            await square.reads(ts, "Working in app")
            await world.quiet(30)
        await world.say(square.ben, square.room, "and note it", thread=ts)  # while nobody is there to hear it
        async with serving(square):
            await square.reads(ts, "`greet.py` is done.")
            [session] = store.sessions()
            await world.until(lambda: len(store.session(session.id).turns) == 2, 60)
            await world.until(
                lambda: square.thread(ts).count("Ready for you") + square.thread(ts).count("Propos") >= 2, 60
            )
            await world.cut_off()
            await world.say(square.ada, square.room, "status", thread=ts)
            await world.until(lambda: "This change" in square.told(square.ada), 30)
            for attempt in [each for each in world.attempts if each.kind == "events_api"]:
                world.delivery._send(attempt.payload)  # Slack says everything once more
            await world.quiet(60)
        assert [len(each.turns) for each in store.sessions()] == [2]
    keys = [str(each.metadata) for each in square.room.messages if each.metadata]
    assert len(keys) == len(set(keys)), "no post is there twice"


async def test_two_processes_hear_the_same_and_answer_once(square: Square) -> None:
    town, world = square.town, square.world
    async with square.open() as first:
        service = town.service
        async with square.open() as second:
            assert first is not second
            await world.until(lambda: len(world.delivery.sockets.connections) == 2)
            world.disturb("again", 4)
            world.disturb("duplicate", 4)
            empty = await world.say(square.ada, square.room, square.at)
            ts = await world.say(square.ada, square.room, f"{square.at} do it")
            await square.reads(ts, "repositor")
            await world.quiet(30)
            assert len(world.ephemerals(square.ada)) == 1
            assert len(service.services.store.sessions()) == 1
            assert len({str(each.metadata) for each in world.replies(square.room, ts)}) == len(
                world.replies(square.room, ts)
            )
            assert empty


async def test_lost_channels_and_tokens_stop_nothing_else(square: Square) -> None:
    town, world = square.town, square.world
    town.scripts["strip the name"] = (shell("sleep 0.5"), *edit("greet.py", BETTER))
    rooms = [world.channel(name, members=[square.ada]) for name in ("archived", "deleted", "left")]
    async with square.open():
        await town.service.add_repo(str(town.root / "app.git"), "app")
        for room in rooms:
            ts = await world.say(square.ada, room, f"{square.at} strip the name")
            session = await square.begun(ts, room)
            if room.name == "archived":
                await world.archive(room, square.ada)
            elif room.name == "deleted":
                await world.delete_channel(room)
            else:
                await world.remove(world.bot_user, room)
            async with asyncio.timeout(60):
                await town.quiet(session.id)
            assert (await town.service.session(session.id)).change.number, room.name
        ts = await world.say(square.ada, square.room, f"{square.at} strip the name")
        await square.button(ts, "Merge")
        await world.revoke()
        await world.quiet(30)
        assert [each for each in world.attempts if each.outcome not in ("ok", "")] == []
