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
from tests.story.slack.conftest import SlackStory
from tests.story.test_ship import BETTER, edit


@asynccontextmanager
async def serving(story: SlackStory) -> AsyncIterator[asyncio.subprocess.Process]:
    """`honk serve` in a process of its own, which is killed when the block is left."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(story.town.root),
        "HONK_HOME": str(story.town.settings.home),
        "ANTHROPIC_API_KEY": story.town.settings.model.api_key,
        "ANTHROPIC_BASE_URL": story.town.settings.model.base_url,
        "HONK_SLACK_URL": story.world.url,
        "SLACK_BOT_TOKEN": story.world.bot_token,
        "SLACK_APP_TOKEN": story.world.app_token,
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


async def test_a_killed_and_restarted_server_loses_and_repeats_nothing(story: SlackStory) -> None:
    town, world = story.town, story.world
    town.scripts["strip the name"] = (shell("sleep 3"), *edit("greet.py", BETTER))
    town.scripts["and note it"] = edit("greet.py", BETTER + "# noted\n")
    town.settings.home.mkdir()
    async with stores.open(town.settings.database_url) as store:
        await store.add_repo(Repo("app", str(town.root / "app.git"), "local", "main"))
        writers = ", ".join(f'"slack:{world.workspace.id}/{user.id}"' for user in (story.ada, story.ben))
        text = f"[server]\npreview_port = 0\n\n[people]\nwriters = [{writers}]\n"
        (town.settings.home / "settings.toml").write_text(text)
        async with serving(story):
            ts = await world.say(story.ada, story.channel, f"{story.at} strip the name")
            await story.reads(ts, "Working in app")
            await world.quiet(30)
        await world.say(story.ben, story.channel, "and note it", thread=ts)  # while nobody is there to hear it
        async with serving(story):
            await story.reads(ts, "`greet.py` is done.")
            [session] = await store.sessions()

            async def replied() -> bool:
                return len((await store.session(session.id)).turns) == 2

            await world.until_answered(replied, 60)
            await world.until(
                lambda: story.thread(ts).count("Ready for you") + story.thread(ts).count("Propos") >= 2, 60
            )
            await world.cut_off()
            await world.say(story.ada, story.channel, "status", thread=ts)
            await world.until(lambda: "This change" in story.ephemeral_text(story.ada), 30)
            for attempt in [each for each in world.attempts if each.kind == "events_api"]:
                world.delivery._send(attempt.payload)  # Slack says everything once more
            await world.quiet(60)
        assert [len(each.turns) for each in await store.sessions()] == [2]
    keys = [str(each.metadata) for each in story.channel.messages if each.metadata]
    assert len(keys) == len(set(keys)), "no post is there twice"


async def test_two_processes_receive_the_same_event_and_answer_once(story: SlackStory) -> None:
    town, world = story.town, story.world
    async with story.open() as first:
        service = town.service
        async with story.open() as second:
            assert first is not second
            await world.until(lambda: len(world.delivery.sockets.connections) == 2)
            world.disturb("again", 4)
            world.disturb("duplicate", 4)
            empty = await world.say(story.ada, story.channel, story.at)
            ts = await world.say(story.ada, story.channel, f"{story.at} do it")
            await story.reads(ts, "repositor")
            await world.quiet(30)
            assert len(world.ephemerals(story.ada)) == 1
            assert len(await service.services.store.sessions()) == 1
            assert len({str(each.metadata) for each in world.replies(story.channel, ts)}) == len(
                world.replies(story.channel, ts)
            )
            assert empty


async def test_a_lost_channel_or_token_stops_nothing_else(story: SlackStory) -> None:
    town, world = story.town, story.world
    town.scripts["strip the name"] = (shell("sleep 0.5"), *edit("greet.py", BETTER))
    channels = [world.channel(name, members=[story.ada]) for name in ("archived", "deleted", "left")]
    async with story.open():
        await town.service.add_repo(str(town.root / "app.git"), "app")
        for channel in channels:
            ts = await world.say(story.ada, channel, f"{story.at} strip the name")
            session = await story.begun(ts, channel)
            if channel.name == "archived":
                await world.archive(channel, story.ada)
            elif channel.name == "deleted":
                await world.delete_channel(channel)
            else:
                await world.remove(world.bot_user, channel)
            async with asyncio.timeout(60):
                await town.quiet(session.id)
            assert (await town.service.session(session.id)).change.number, channel.name
        ts = await world.say(story.ada, story.channel, f"{story.at} strip the name")
        await story.button(ts, "Merge")
        await world.revoke()
        await world.quiet(30)
        assert [each for each in world.attempts if each.outcome not in ("ok", "")] == []
