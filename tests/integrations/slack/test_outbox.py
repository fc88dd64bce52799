"""Sending: within the limits, through everything that goes wrong, the last state always and nothing twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from honk.core import events
from honk.core.phase import Phase
from honk.integrations.slack.client.thread_ref import SlackThreadRef
from tests.integrations.slack import logs, telling
from tests.integrations.slack.telling import Desk
from tests.waiting import settle, until


@pytest.fixture(name="desk")
async def _desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with telling.desk(tmp_path) as made:
        yield made


async def test_an_agent_that_does_much_is_shown_seldom(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        for number in range(60):
            desk.tell(events.AgentDid("Edit", f"file{number}.py"))
            await asyncio.sleep(0.01)
        desk.tell(events.TurnEnded(1, Phase.FAILED, "", "It did not work out.", 1))
        await desk.reads("It did not work out.", "[Try again]")
    assert desk.calls("chat.update") <= 5


async def test_a_post_whose_answer_was_lost_is_not_doubled(desk: Desk) -> None:
    desk.world.fail("chat.postMessage", "lost")
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        desk.tell(*logs.begun())
        await desk.reads("Working in shop…")
    assert len(desk.said) == 1


async def test_a_crash_between_sending_and_noting_doubles_nothing(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
    desk.store.threads.sent(str(desk.place), "turn-1", "", "")  # as it was noted before it was sent
    desk.tell(*logs.begun())
    async with desk.telling():
        await desk.reads("Working in shop…")
    assert len(desk.said) == 1


async def test_slack_out_of_order_delays_and_loses_nothing(desk: Desk) -> None:
    desk.world.fail("chat.postMessage", "500")
    desk.world.fail("chat.update", "cut")
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        desk.tell(*logs.begun(), *logs.proposed())
        await desk.reads("✓ Ready for you")
    assert len(desk.said) == 1


async def test_retry_after_is_obeyed(desk: Desk) -> None:
    desk.world.fail("chat.postMessage", "429", retry_after=1)
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
    refused = next(each for each in desk.world.refused if each.status == 429)
    accepted = next(each for each in desk.world.calls if each.method == "chat.postMessage")
    assert accepted.at - refused.at >= 0.9


@pytest.mark.parametrize("how", ["removed", "archived", "deleted", "revoked"])
async def test_a_thread_that_cannot_be_written_to_is_noted_once(desk: Desk, how: str) -> None:
    notes: Callable[[], list[str]] = lambda: [  # noqa: E731
        event.data.text for event in desk.store.events("s1") if isinstance(event.data, events.Noted) and event.data.bad
    ]
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        match how:
            case "removed":
                await desk.world.remove(desk.world.bot_user, desk.room)
            case "archived":
                await desk.world.archive(desk.room)
            case "deleted":
                await desk.world.delete_channel(desk.room)
            case "revoked":
                await desk.world.revoke()
        desk.tell(*logs.begun(), *logs.proposed(), *logs.merged())
        with desk.store.subscribe() as news:
            async with asyncio.timeout(10):
                while not notes():
                    await news.changed(5)
        await asyncio.sleep(0.5)  # nothing more is expected, and no event tells of nothing
    assert len(notes()) <= 2 and "Slack" in notes()[0]
    assert len(desk.world.refused) < 10


async def test_the_message_was_deleted_and_its_end_is_told_anew(desk: Desk) -> None:
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        await desk.world.delete(desk.said[0])
        desk.tell(*logs.begun(), *logs.proposed())
        await desk.reads("✓ Ready for you")


async def test_an_upload_whose_answer_was_lost_is_not_doubled(desk: Desk) -> None:
    desk.world.fail("files.completeUploadExternal", "lost")
    async with desk.telling():
        desk.ask()
        desk.tell(*logs.begun(), *logs.proposed(preview=logs.preview("s1")))
        await desk.world.until(lambda: desk.calls("conversations.replies") > 0)
        post = lambda: desk.store.threads.post(str(desk.place), "build-aaaaaaaaaaaa")  # noqa: E731
        await until(lambda: (found := post()) and found.ref)
    assert sum(bool(each.files) for each in desk.said) == 1


async def test_blocks_that_slack_does_not_take_leave_the_words(desk: Desk) -> None:
    desk.world.fail("chat.postMessage", "invalid_blocks")
    async with desk.telling():
        desk.ask()
        await desk.reads("On it…")
        assert desk.said[0].blocks == []


async def test_a_missing_scope_is_noted_with_its_remedy(desk: Desk) -> None:
    desk.world.workspace.app.scopes.discard("files:write")
    async with desk.telling():
        desk.ask()
        desk.tell(*logs.begun(), *logs.proposed(preview=logs.preview("s1")))
        await desk.reads("✓ Ready for you", "Add the scope `files:write`")


async def test_many_sessions_end_in_their_last_state_within_the_limits(desk: Desk) -> None:
    rooms = [desk.world.channel(f"room{number}", members=[desk.ada]) for number in range(10)]
    threads = []
    async with desk.telling():
        for number in range(30):
            room = rooms[number % 10]
            ts = await desk.world.say(desk.ada, room, "please")
            desk.ask(f"m{number}", place=str(SlackThreadRef(desk.world.workspace.id, room.id, ts)))
            threads.append((room, ts))
        await desk.world.until(lambda: all("On it…" in desk.world.transcript(*each) for each in threads))
        for number in range(30):
            desk.tell(*logs.begun(), *logs.proposed(), session=f"m{number}")
            await settle(1)
        await desk.world.until(lambda: all("Ready for you" in desk.world.transcript(*each) for each in threads), 15)
    assert [each.error for each in desk.world.refused] == []
