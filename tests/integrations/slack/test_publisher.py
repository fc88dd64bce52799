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
from tests.integrations.slack import published_thread, sample_events
from tests.integrations.slack.published_thread import PNG, VIEW, PublishedThread


@pytest.fixture(name="published")
async def _published(tmp_path: Path) -> AsyncIterator[PublishedThread]:
    async with published_thread.published_thread(tmp_path) as made:
        yield made


async def test_a_turn_a_merge_and_a_rollback_are_three_messages(published: PublishedThread) -> None:
    async with published.publishing():
        await published.ask()
        await published.reads("On it…", "[Stop]")
        await published.record(*sample_events.begun())
        await published.reads("Working in shop…")
        await published.record(*sample_events.proposed())
        await published.reads("✓ Ready for you", "*Changed*  2 files", "[Merge]")
        await published.record(*sample_events.merged())
        await published.reads("✓ Live", "[Roll back]")
        await published.record(*sample_events.rolled_back())
        await published.reads("↩ Rolled back")
        assert (
            "[Merge]" not in published.text and "[Stop]" not in published.text and "[Roll back]" not in published.text
        )
    assert len(published.said) == 3 and published.calls("chat.postMessage") == 3
    assert published.simulator.refused == []


async def test_the_first_message_comes_at_once(published: PublishedThread) -> None:
    async with published.publishing():
        began = asyncio.get_running_loop().time()
        await published.ask()
        await published.reads("On it…")
        assert asyncio.get_running_loop().time() - began < 1.0  # milliseconds, on a machine that has nothing else to do


async def test_a_restart_updates_the_thread_and_posts_nothing_twice(published: PublishedThread) -> None:
    async with published.publishing():
        await published.ask()
        await published.reads("On it…")
    await published.record(*sample_events.begun(), *sample_events.proposed())
    async with published.publishing():
        await published.reads("✓ Ready for you")
    posts, edits = published.calls("chat.postMessage"), published.calls("chat.update")
    async with published.publishing():
        await published.record(*sample_events.merged())
        await published.reads("✓ Live")
    assert len(published.said) == 2
    assert published.calls("chat.postMessage") == posts + 1 and published.calls("chat.update") <= edits + 2


async def test_new_wording_in_a_newer_version_edits_no_finished_message(published: PublishedThread) -> None:
    await published.ask()
    await published.record(*sample_events.begun(), *sample_events.proposed())
    async with published.publishing():
        await published.reads("✓ Ready for you")
    post = await published.store.threads.post(str(published.place), "turn-1")
    assert post is not None
    await published.store.threads.sent(
        str(published.place), "turn-1", post.ref, post.digest.partition(":")[0] + ":other"
    )
    await published.ask(
        "s2",
        place=str(
            SlackThreadRef(
                published.place.team,
                published.channel.id,
                await published.simulator.say(published.ada, published.channel, "and"),
            )
        ),
    )
    async with published.publishing():
        await published.simulator.until(lambda: published.calls("chat.postMessage") == 2)
    assert published.calls("chat.update") == 0


async def test_missed_events_are_published_at_the_start(published: PublishedThread) -> None:
    await published.ask()
    await published.record(*sample_events.begun(), *sample_events.proposed(), *sample_events.merged())
    async with published.publishing():
        await published.reads("✓ Proposed", "✓ Live")
    assert len(published.said) == 2


async def test_two_processes_publish_once(published: PublishedThread) -> None:
    async with published.publishing(), published.publishing():
        await published.ask()
        await published.reads("On it…")
        await published.record(*sample_events.begun(), *sample_events.proposed())
        await published.reads("✓ Ready for you")
    assert len(published.said) == 1


async def test_another_process_takes_over_when_one_ends(published: PublishedThread) -> None:
    async with published.publishing():
        async with published.publishing():
            await published.ask()
            await published.reads("On it…")
        await published.record(*sample_events.begun(), *sample_events.proposed())
        await published.reads("✓ Ready for you")
    assert len(published.said) == 1


async def test_every_thread_of_a_session_is_updated(published: PublishedThread) -> None:
    other = await published.simulator.say(published.ada, published.channel, "here too")
    await published.ask(place="web:somewhere")
    await published.store.threads.add(str(published.place), "s1")
    await published.store.threads.add(
        str(SlackThreadRef(published.simulator.workspace.id, published.channel.id, other)), "s1"
    )
    await published.store.threads.add("slack:T999/C1/1.0", "s1")
    async with published.publishing():
        await published.reads("Robin asked:", "On it…")
        await published.simulator.until(lambda: "On it…" in published.simulator.transcript(published.channel, other))
    assert published.simulator.refused == []


async def test_the_build_comes_in_one_message(published: PublishedThread) -> None:
    async with published.publishing():
        await published.ask()
        await published.record(*sample_events.begun(), *sample_events.proposed(preview=sample_events.preview("s1")))
        await published.reads("Built from commit", "preview-qr.png", timeout=15)
    upload = published.said[-1]
    names = [file.name for file in upload.files]
    assert names == ["before-start.png", "after-start.png", "preview-qr.png", "shop.apk"]
    assert [file.alt_text for file in upload.files][:2] == ["/ before the change", "/ after the change"]
    assert upload.files[0].content == PNG
    assert "SHA-256 " + "e" * 64 in upload.text and "3.4 MB" in upload.text
    assert "http" not in upload.text  # nothing that Slack could fetch
    async with published.publishing():
        await published.record(*sample_events.merged())
        await published.reads("✓ Live")
    assert sum(bool(each.files) for each in published.said) == 1


async def test_a_session_that_cannot_be_shown_does_not_affect_others(
    published: PublishedThread, caplog: pytest.LogCaptureFixture
) -> None:
    other = await published.simulator.say(published.ada, published.channel, "and this")
    view = replace(VIEW, session=lambda session: {"s2": "https://honk.example/sessions/s2"}[session])
    async with published.publishing(view):
        await published.ask()
        await published.reads("An error in Honk keeps this message")
        await published.ask("s2", place=str(replace(published.place, thread_ts=other)))
        await published.simulator.until(lambda: "On it…" in published.simulator.transcript(published.channel, other))
    assert "Session s1 cannot be shown" in caplog.text


async def test_without_a_worker_it_says_so(published: PublishedThread) -> None:
    await published.ask()
    view = VIEW
    access = SlackAccess(published.simulator.url, published.simulator.bot_token)
    later = stores.time.time() + 3600
    async with client.connected(access) as connected:
        team = published.simulator.workspace.id
        async with publisher.publishing(
            connected, published.store, published.note, team=team, view=view, clock=lambda: later
        ):
            await published.reads("No worker is running")
