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
        "HOME": str(story.installation.root),
        "HONK_HOME": str(story.installation.settings.home),
        "ANTHROPIC_API_KEY": story.installation.settings.model.api_key,
        "ANTHROPIC_BASE_URL": story.installation.settings.model.base_url,
        "HONK_SLACK_URL": story.simulator.url,
        "SLACK_BOT_TOKEN": story.simulator.bot_token,
        "SLACK_APP_TOKEN": story.simulator.app_token,
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
    installation, simulator = story.installation, story.simulator
    installation.scripts["strip the name"] = (shell("sleep 3"), *edit("greet.py", BETTER))
    installation.scripts["and note it"] = edit("greet.py", BETTER + "# noted\n")
    installation.settings.home.mkdir()
    async with stores.open(installation.settings.database_url) as store:
        await store.add_repo(Repo("app", str(installation.root / "app.git"), "local", "main"))
        writers = ", ".join(f'"slack:{simulator.workspace.id}/{user.id}"' for user in (story.ada, story.ben))
        text = f"[server]\npreview_port = 0\n\n[people]\nwriters = [{writers}]\n"
        (installation.settings.home / "settings.toml").write_text(text)
        async with serving(story):
            ts = await simulator.say(story.ada, story.channel, f"{story.at} strip the name")
            await story.reads(ts, "Working in app")
            await simulator.quiet(30)
        await simulator.say(story.ben, story.channel, "and note it", thread=ts)  # while nobody is there to hear it
        async with serving(story):
            await story.reads(ts, "`greet.py` is done.")
            [session] = await store.sessions()

            async def replied() -> bool:
                return len((await store.session(session.id)).turns) == 2

            await simulator.until_answered(replied, 60)
            await simulator.until(
                lambda: story.thread(ts).count("Ready for you") + story.thread(ts).count("Propos") >= 2, 60
            )
            await simulator.cut_off()
            await simulator.say(story.ada, story.channel, "status", thread=ts)
            await simulator.until(lambda: "This change" in story.ephemeral_text(story.ada), 30)
            for attempt in [each for each in simulator.attempts if each.kind == "events_api"]:
                simulator.delivery._send(attempt.payload)  # Slack says everything once more
            await simulator.quiet(60)
        assert [len(each.turns) for each in await store.sessions()] == [2]
    keys = [str(each.metadata) for each in story.channel.messages if each.metadata]
    assert len(keys) == len(set(keys)), "no post is there twice"


async def test_two_processes_receive_the_same_event_and_answer_once(story: SlackStory) -> None:
    installation, simulator = story.installation, story.simulator
    async with story.open() as first:
        service = installation.service
        async with story.open() as second:
            assert first is not second
            await simulator.until(lambda: len(simulator.delivery.sockets.connections) == 2)
            simulator.disturb("again", 4)
            simulator.disturb("duplicate", 4)
            empty = await simulator.say(story.ada, story.channel, story.at)
            ts = await simulator.say(story.ada, story.channel, f"{story.at} do it")
            await story.reads(ts, "repositor")
            await simulator.quiet(30)
            assert len(simulator.ephemerals(story.ada)) == 1
            assert len(await service.services.store.sessions()) == 1
            assert len({str(each.metadata) for each in simulator.replies(story.channel, ts)}) == len(
                simulator.replies(story.channel, ts)
            )
            assert empty


async def test_a_lost_channel_or_token_stops_nothing_else(story: SlackStory) -> None:
    installation, simulator = story.installation, story.simulator
    installation.scripts["strip the name"] = (shell("sleep 0.5"), *edit("greet.py", BETTER))
    channels = [simulator.channel(name, members=[story.ada]) for name in ("archived", "deleted", "left")]
    async with story.open():
        await installation.service.add_repo(str(installation.root / "app.git"), "app")
        for channel in channels:
            ts = await simulator.say(story.ada, channel, f"{story.at} strip the name")
            session = await story.begun(ts, channel)
            if channel.name == "archived":
                await simulator.archive(channel, story.ada)
            elif channel.name == "deleted":
                await simulator.delete_channel(channel)
            else:
                await simulator.remove(simulator.bot_user, channel)
            async with asyncio.timeout(60):
                await installation.quiet(session.id)
            assert (await installation.service.session(session.id)).change.number, channel.name
        ts = await simulator.say(story.ada, story.channel, f"{story.at} strip the name")
        await story.button(ts, "Merge")
        await simulator.revoke()
        await simulator.quiet(30)
        assert [each for each in simulator.attempts if each.outcome not in ("ok", "")] == []
