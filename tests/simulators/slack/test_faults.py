"""What goes wrong on demand, and the rate limits."""

import asyncio

import pytest
from aiohttp import ClientPayloadError
from honk_simulators import slack
from honk_simulators.clock import Clock
from honk_simulators.slack import SlackSimulator
from honk_simulators.slack.rate_limits import CHANNEL, RATES
from slack_sdk.errors import SlackApiError

from .conftest import client


async def post(simulator: SlackSimulator, channel: str, text: str = "x") -> str:
    """The error, or nothing."""
    try:
        await client(simulator).chat_postMessage(channel=channel, text=text)
    except SlackApiError as error:
        return str(error.response.get("error") or error.response.status_code)
    return ""


async def test_faults_strike_so_many_calls_and_no_more(simulator: SlackSimulator):
    room = simulator.channel("playlists")
    simulator.fail("chat.postMessage", "internal_error", 2, skip=1)
    assert [await post(simulator, room.id) for _ in range(4)] == ["", "internal_error", "internal_error", ""]
    assert len(room.messages) == 2
    assert [each.error for each in simulator.refused] == ["internal_error"] * 2


async def test_statuses_come_with_what_belongs_to_them(simulator: SlackSimulator):
    room = simulator.channel("playlists")
    simulator.fail("chat.postMessage", "429", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await client(simulator).chat_postMessage(channel=room.id, text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["retry-after"] == "7"
    for status in ("500", "503"):
        simulator.fail("*", status)
        with pytest.raises(SlackApiError):
            await client(simulator).auth_test()
        assert simulator.refused[-1].status == int(status)
    assert room.messages == []


async def test_a_lost_answer_hides_what_was_done_and_a_cut_one_what_was_not(simulator: SlackSimulator):
    room = simulator.channel("playlists")
    for kind in ("cut", "lost"):
        simulator.fail("chat.postMessage", kind)
        with pytest.raises(ClientPayloadError):
            await client(simulator).chat_postMessage(channel=room.id, text=kind)
    simulator.fail("chat.postMessage", "fatal_error")
    assert await post(simulator, room.id, "fatal") == "fatal_error"
    assert simulator.transcript(room) == "Honk: lost\nHonk: fatal\n"


async def test_a_call_that_hangs_ends_when_the_caller_leaves(simulator: SlackSimulator):
    room = simulator.channel("playlists")
    simulator.fail("chat.postMessage", "hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client(simulator).chat_postMessage(channel=room.id, text="x")
    assert await post(simulator, room.id) == ""


async def test_one_message_a_second_and_channel_after_a_burst():
    clock = Clock(1_700_000_000.0)
    async with slack.serve(limits=True, clock=clock) as simulator:
        room, other = simulator.channel("playlists"), simulator.channel("other")
        said = [await post(simulator, room.id) for _ in range(CHANNEL.burst + 1)]
        assert said == [""] * CHANNEL.burst + ["ratelimited"]
        assert await post(simulator, other.id) == ""
        clock.now += 1
        assert [await post(simulator, room.id) for _ in range(2)] == ["", "ratelimited"]
        assert len(simulator.refused) == 2 and len(simulator.calls) == CHANNEL.burst + 2
        assert simulator.refused[-1].status == 429


async def test_a_tier_is_a_number_of_calls_a_minute():
    clock = Clock(1_700_000_000.0)
    async with slack.serve(limits=True, limit_factor=0.1, clock=clock) as simulator:
        api = client(simulator)
        for _ in range(RATES["2"].burst // 10):
            await api.users_list()
        with pytest.raises(SlackApiError) as caught:
            await api.users_list()
        assert caught.value.response.headers["retry-after"] == "30"
        clock.now += 30
        await api.users_list()
        await api.conversations_list()  # each method for itself


async def test_without_limits_everything_passes(simulator: SlackSimulator):
    room = simulator.channel("playlists")
    assert {await post(simulator, room.id) for _ in range(30)} == {""}


async def test_what_the_app_does_is_seen_at_once(simulator: SlackSimulator):
    room = simulator.channel("playlists")
    waiting = asyncio.create_task(simulator.until(lambda: simulator.transcript(room)))
    await post(simulator, room.id, "honk")
    assert await waiting == "Honk: honk\n"
    with pytest.raises(AssertionError, match="not within 0.05 s\n#playlists\nHonk: honk"):
        await simulator.until(lambda: False, timeout=0.05)
