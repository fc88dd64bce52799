"""Calls to Slack's Web API and what becomes of them."""

from collections.abc import AsyncIterator

import pytest
from honk_simulators import slack
from honk_simulators.slack import SlackSimulator

from honk.core.errors import Unavailable
from honk.integrations.slack.client import client
from honk.integrations.slack.client.client import (
    SlackClient,
    SlackGone,
    SlackRateLimited,
    SlackRefused,
    SlackTokenRevoked,
)
from honk.settings import SlackAccess


@pytest.fixture
async def simulator() -> AsyncIterator[SlackSimulator]:
    async with slack.serve() as here:
        yield here


@pytest.fixture
async def honk(simulator: SlackSimulator) -> AsyncIterator[SlackClient]:
    async with client.connected(SlackAccess(simulator.url, simulator.bot_token)) as connected:
        yield connected


async def test_posts_are_not_unfurled(simulator: SlackSimulator, honk: SlackClient) -> None:
    channel = simulator.channel("playlists")
    said = await honk.call("chat.postMessage", channel=channel.id, text="On it.", thread_ts=None, blocks=None)
    await honk.call(
        "chat.update",
        channel=channel.id,
        ts=said["ts"],
        text="Done: & é",
        metadata={"event_type": "x", "event_payload": {}},
    )
    assert simulator.plain(channel.messages[-1].text) == "Done: & é"
    post, update = simulator.calls[-2:]
    assert (post.arguments["unfurl_links"], post.arguments["unfurl_media"]) == ("false", "false")
    assert post.arguments["parse"] == update.arguments["parse"] == "none"


async def test_the_scopes_are_in_the_headers(simulator: SlackSimulator, honk: SlackClient) -> None:
    said, headers = await honk.exchange("auth.test")
    assert said["user_id"] == simulator.bot_user and "chat:write" in headers["x-oauth-scopes"]


async def test_too_many_calls(simulator: SlackSimulator, honk: SlackClient) -> None:
    simulator.fail("auth.test", "429", retry_after=7)
    with pytest.raises(SlackRateLimited) as caught:
        await honk.call("auth.test")
    assert caught.value.retry_after == 7


async def test_a_channel_that_is_not_there(simulator: SlackSimulator, honk: SlackClient) -> None:
    with pytest.raises(SlackGone) as caught:
        await honk.call("chat.postMessage", channel="C404", text="hello")
    assert caught.value.reason == "channel_not_found"


async def test_a_refused_call(simulator: SlackSimulator, honk: SlackClient) -> None:
    channel = simulator.channel("playlists")
    with pytest.raises(SlackRefused, match="invalid_blocks.*json-pointer"):
        await honk.call("chat.postMessage", channel=channel.id, text="x", blocks=[{"type": "sectoin"}])


async def test_a_missing_scope_is_named(simulator: SlackSimulator, honk: SlackClient) -> None:
    simulator.workspace.app.scopes.discard("chat:write")
    channel = simulator.channel("playlists")
    with pytest.raises(SlackRefused, match="Add the scope `chat:write`"):
        await honk.call("chat.postMessage", channel=channel.id, text="x")


async def test_a_revoked_token(simulator: SlackSimulator, honk: SlackClient) -> None:
    await simulator.revoke()
    with pytest.raises(SlackTokenRevoked, match="SLACK_BOT_TOKEN"):
        await honk.call("auth.test")


@pytest.mark.parametrize("kind", ["500", "503", "internal_error", "fatal_error"])
async def test_temporary_faults(simulator: SlackSimulator, honk: SlackClient, kind: str) -> None:
    simulator.fail("auth.test", kind)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await honk.call("auth.test")
    assert (await honk.call("auth.test"))["ok"]


async def test_no_connection() -> None:
    async with client.connected(SlackAccess("http://127.0.0.1:9/api/", "xoxb-not-shown")) as honk:
        with pytest.raises(Unavailable) as caught:
            await honk.call("auth.test")
    assert "xoxb" not in str(caught.value) + repr(honk)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>proxy</html>"), (200, b"[]"), (200, b""), (502, b'{"ok": true}'), (302, b""), (200, b"\xff\xfe")],
)
def test_an_unreadable_answer_is_a_temporary_fault(status: int, body: bytes) -> None:
    with pytest.raises(Unavailable):
        client.answered("auth.test", status, {}, body)


@pytest.mark.parametrize(("value", "seconds"), [("30", 30.0), ("", 5.0), ("soon", 5.0), ("-1", 0.0), ("1e9", 3600.0)])
def test_retry_after_is_read(value: str, seconds: float) -> None:
    with pytest.raises(SlackRateLimited) as caught:
        client.answered("chat.update", 429, {"retry-after": value}, b"")
    assert caught.value.retry_after == seconds


async def test_the_environment_chooses_no_proxy(monkeypatch: pytest.MonkeyPatch, simulator: SlackSimulator) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with client.connected(SlackAccess(simulator.url, simulator.bot_token)) as honk:
        assert honk.web.proxy is None
        assert (await honk.call("auth.test"))["ok"]
        assert (await honk.web.auth_test())["ok"]
