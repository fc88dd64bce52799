"""What a person reads in the thread, from the log of a session: through a real store and the strict workspace."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from honk.integrations.slack.client import client
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from honk.integrations.slack.messages import publisher
from honk.settings import SlackAccess
from honk.storage import store as stores
from tests.integrations.slack import logs, telling
from tests.integrations.slack.telling import PNG, VIEW, Desk


@pytest.fixture(name="desk")
async def _desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with telling.desk(tmp_path) as made:
        yield made


async def test_a_whole_story_is_two_messages(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…", "[Stop]")
        desk.tell(*logs.begun())
        await desk.reads("Working in shop…")
        desk.tell(*logs.proposed())
        await desk.reads("✓ Ready for you", "*Changed*  2 files", "[Merge]")
        desk.tell(*logs.merged())
        await desk.reads("✓ Live", "[Roll back]")
        desk.tell(*logs.rolled_back())
        await desk.reads("↩ Rolled back")
        assert "[Merge]" not in desk.text and "[Stop]" not in desk.text and "[Roll back]" not in desk.text
    assert len(desk.said) == 3 and desk.calls("chat.postMessage") == 3
    assert desk.world.refused == []


async def test_the_first_line_is_there_at_once(desk: Desk) -> None:
    async with desk.telling():
        began = asyncio.get_running_loop().time()
        desk.ask()
        await desk.reads("On it…")
        assert asyncio.get_running_loop().time() - began < 1.0  # milliseconds, on a machine that has nothing else to do


async def test_a_restart_brings_the_thread_up_to_date_and_doubles_nothing(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
    desk.tell(*logs.begun(), *logs.proposed())
    async with desk.telling():
        await desk.reads("✓ Ready for you")
    posts, edits = desk.calls("chat.postMessage"), desk.calls("chat.update")
    async with desk.telling():
        desk.tell(*logs.merged())
        await desk.reads("✓ Live")
    assert len(desk.said) == 2
    assert desk.calls("chat.postMessage") == posts + 1 and desk.calls("chat.update") <= edits + 2


async def test_other_words_in_a_newer_version_edit_nothing_that_is_over(desk: Desk) -> None:
    desk.ask()
    desk.tell(*logs.begun(), *logs.proposed())
    async with desk.telling():
        await desk.reads("✓ Ready for you")
    post = desk.store.threads.post(str(desk.place), "turn-1")
    assert post is not None
    desk.store.threads.sent(str(desk.place), "turn-1", post.ref, post.digest.partition(":")[0] + ":other")
    desk.ask(
        "s2", place=str(SlackThreadRef(desk.place.team, desk.room.id, await desk.world.say(desk.ada, desk.room, "and")))
    )
    async with desk.telling():
        await desk.world.until(lambda: desk.calls("chat.postMessage") == 2)
    assert desk.calls("chat.update") == 0


async def test_everything_that_was_said_while_nobody_looked(desk: Desk) -> None:
    desk.ask()
    desk.tell(*logs.begun(), *logs.proposed(), *logs.merged())
    async with desk.telling():
        await desk.reads("✓ Proposed", "✓ Live")
    assert len(desk.said) == 2


async def test_two_processes_tell_it_once(desk: Desk) -> None:
    async with desk.telling(), desk.telling():
        desk.ask()
        await desk.reads("On it…")
        desk.tell(*logs.begun(), *logs.proposed())
        await desk.reads("✓ Ready for you")
    assert len(desk.said) == 1


async def test_another_process_goes_on_when_one_ends(desk: Desk) -> None:
    async with desk.telling():
        async with desk.telling():
            desk.ask()
            await desk.reads("On it…")
        desk.tell(*logs.begun(), *logs.proposed())
        await desk.reads("✓ Ready for you")
    assert len(desk.said) == 1


async def test_every_place_of_a_session_is_told(desk: Desk) -> None:
    other = await desk.world.say(desk.ada, desk.room, "here too")
    desk.ask(place="web:somewhere")
    desk.store.threads.add(str(desk.place), "s1")
    desk.store.threads.add(str(SlackThreadRef(desk.world.workspace.id, desk.room.id, other)), "s1")
    desk.store.threads.add("slack:T999/C1/1.0", "s1")
    async with desk.telling():
        await desk.reads("Robin asked:", "On it…")
        await desk.world.until(lambda: "On it…" in desk.world.transcript(desk.room, other))
    assert desk.world.refused == []


async def test_the_build_comes_in_one_message(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        desk.tell(*logs.begun(), *logs.proposed(preview=logs.preview("s1")))
        await desk.reads("Built from commit", "preview-qr.png", timeout=15)
    upload = desk.said[-1]
    names = [file.name for file in upload.files]
    assert names == ["before-start.png", "after-start.png", "preview-qr.png", "shop.apk"]
    assert [file.alt_text for file in upload.files][:2] == ["/ before the change", "/ after the change"]
    assert upload.files[0].content == PNG
    assert "SHA-256 " + "e" * 64 in upload.text and "3.4 MB" in upload.text
    assert "http" not in upload.text  # nothing that Slack could fetch
    async with desk.telling():
        desk.tell(*logs.merged())
        await desk.reads("✓ Live")
    assert sum(bool(each.files) for each in desk.said) == 1


async def test_one_that_cannot_be_shown_keeps_no_other_from_it(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    other = await desk.world.say(desk.ada, desk.room, "and this")
    view = replace(VIEW, session=lambda session: {"s2": "https://honk.example/sessions/s2"}[session])
    async with desk.telling(view):
        desk.ask()
        await desk.reads("Something went wrong while showing this")
        desk.ask("s2", place=str(replace(desk.place, thread=other)))
        await desk.world.until(lambda: "On it…" in desk.world.transcript(desk.room, other))
    assert "Session s1 cannot be shown" in caplog.text


async def test_without_a_worker_it_says_so(desk: Desk) -> None:
    desk.ask()
    view = VIEW
    access = SlackAccess(desk.world.url, desk.world.bot_token)
    later = stores.time.time() + 3600
    async with client.connected(access) as connected:
        team = desk.world.workspace.id
        async with publisher.telling(connected, desk.store, team=team, view=view, clock=lambda: later):
            await desk.reads("No worker is running just now")
