"""Sending: within the limits, through everything that goes wrong, the last state always and nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from honk.core import events
from honk.core.phase import Phase
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from tests.integrations.slack import published_thread, sample_events
from tests.integrations.slack.published_thread import PublishedThread
from tests.waiting import settle, until


@pytest.fixture(name="published")
async def _published(tmp_path: Path) -> AsyncIterator[PublishedThread]:
    async with published_thread.published_thread(tmp_path) as made:
        yield made


async def test_many_actions_of_an_agent_need_few_edits(published: PublishedThread) -> None:
    async with published.publishing():
        await published.ask()
        await published.reads("On it…")
        for number in range(60):
            await published.record(events.AgentToolUsed("Edit", f"file{number}.py"))
            await asyncio.sleep(0.01)
        await published.record(events.TurnEnded(1, Phase.FAILED, "", "It did not work out.", 1))
        await published.reads("It did not work out.", "[Try again]")
    assert published.calls("chat.update") <= 5


async def test_a_post_whose_answer_was_lost_is_not_repeated(published: PublishedThread) -> None:
    published.simulator.fail("chat.postMessage", "lost")
    async with published.publishing():
        await published.ask()
        await published.reads("On it…")
        await published.record(*sample_events.begun())
        await published.reads("Working in shop…")
    assert len(published.said) == 1


async def test_a_crash_after_sending_posts_nothing_twice(published: PublishedThread) -> None:
    async with published.publishing():
        await published.ask()
        await published.reads("On it…")
    await published.store.threads.sent(str(published.place), "turn-1", "", "")  # as it was noted before it was sent
    await published.record(*sample_events.begun())
    async with published.publishing():
        await published.reads("Working in shop…")
    assert len(published.said) == 1


async def test_faults_of_slack_delay_messages_and_lose_none(published: PublishedThread) -> None:
    published.simulator.fail("chat.postMessage", "500")
    published.simulator.fail("chat.update", "cut")
    async with published.publishing():
        await published.ask()
        await published.reads("On it…")
        await published.record(*sample_events.begun(), *sample_events.proposed())
        await published.reads("✓ Ready for you")
    assert len(published.said) == 1


async def test_retry_after_is_obeyed(published: PublishedThread) -> None:
    published.simulator.fail("chat.postMessage", "429", retry_after=1)
    async with published.publishing():
        await published.ask()
        await published.reads("On it…")
    refused = next(each for each in published.simulator.refused if each.status == 429)
    accepted = next(each for each in published.simulator.calls if each.method == "chat.postMessage")
    assert accepted.at - refused.at >= 0.9


@pytest.mark.parametrize("how", ["removed", "archived", "deleted", "revoked"])
async def test_a_thread_that_cannot_be_updated_is_noted_once(published: PublishedThread, how: str) -> None:
    async def notes() -> list[str]:
        recorded = [event.data for event in await published.store.events("s1")]
        return [data.text for data in recorded if isinstance(data, events.NoteAdded) and data.bad]

    async with published.publishing():
        await published.ask()
        await published.reads("On it…")
        match how:
            case "removed":
                await published.simulator.remove(published.simulator.bot_user, published.channel)
            case "archived":
                await published.simulator.archive(published.channel)
            case "deleted":
                await published.simulator.delete_channel(published.channel)
            case "revoked":
                await published.simulator.revoke()
        await published.record(*sample_events.begun(), *sample_events.proposed(), *sample_events.merged())
        async with published.store.subscribe() as news:
            async with asyncio.timeout(10):
                while not await notes():
                    await news.changed(5)
        await asyncio.sleep(0.5)  # nothing more is expected, and no event tells of nothing
    assert len(await notes()) <= 2 and "Slack" in (await notes())[0]
    assert len(published.simulator.refused) < 10


async def test_the_outcome_of_a_deleted_message_is_posted_again(published: PublishedThread) -> None:
    async with published.publishing():
        await published.ask()
        await published.reads("On it…")
        await published.simulator.delete(published.said[0])
        await published.record(*sample_events.begun(), *sample_events.proposed())
        await published.reads("✓ Ready for you")


async def test_an_upload_whose_answer_was_lost_is_not_repeated(published: PublishedThread) -> None:
    published.simulator.fail("files.completeUploadExternal", "lost")
    async with published.publishing():
        await published.ask()
        await published.record(*sample_events.begun(), *sample_events.proposed(preview=sample_events.preview("s1")))
        await published.simulator.until(lambda: published.calls("conversations.replies") > 0)

        async def posted() -> bool:
            found = await published.store.threads.post(str(published.place), "build-aaaaaaaaaaaa")
            return found is not None and bool(found.ref)

        await until(posted)
    assert sum(bool(each.files) for each in published.said) == 1


async def test_a_message_with_refused_blocks_is_sent_as_text(published: PublishedThread) -> None:
    published.simulator.fail("chat.postMessage", "invalid_blocks")
    async with published.publishing():
        await published.ask()
        await published.reads("On it…")
        assert published.said[0].blocks == []


async def test_a_missing_scope_is_noted_with_the_fix(published: PublishedThread) -> None:
    published.simulator.workspace.app.scopes.discard("files:write")
    async with published.publishing():
        await published.ask()
        await published.record(*sample_events.begun(), *sample_events.proposed(preview=sample_events.preview("s1")))
        await published.reads("✓ Ready for you", "Add the scope `files:write`")


async def test_many_sessions_reach_their_last_state_within_the_limits(published: PublishedThread) -> None:
    channels = [published.simulator.channel(f"room{number}", members=[published.ada]) for number in range(10)]
    threads = []
    async with published.publishing():
        for number in range(30):
            channel = channels[number % 10]
            ts = await published.simulator.say(published.ada, channel, "please")
            await published.ask(
                f"m{number}", place=str(SlackThreadRef(published.simulator.workspace.id, channel.id, ts))
            )
            threads.append((channel, ts))
        await published.simulator.until(
            lambda: all("On it…" in published.simulator.transcript(*each) for each in threads)
        )
        for number in range(30):
            await published.record(*sample_events.begun(), *sample_events.proposed(), session=f"m{number}")
            await settle(1)
        await published.simulator.until(
            lambda: all("Ready for you" in published.simulator.transcript(*each) for each in threads), 15
        )
    assert [each.error for each in published.simulator.refused] == []
