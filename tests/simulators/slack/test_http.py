"""Delivery by signed requests to the real Bolt, and to servers that misbehave."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from honk_simulators import slack
from honk_simulators.slack import Manifest, SlackSimulator, Timing
from honk_simulators.slack.state import app_manifest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from honk.web import asgi_server

from .conftest import bolt, client
from .test_interactions import ASK, CARD, option, posted

PATH = "/slack/events"


@asynccontextmanager
async def listening(answer) -> AsyncIterator[str]:
    """The address of a server that answers with `answer`."""
    listener = asgi_server.bind("127.0.0.1", 0)
    app = Starlette(routes=[Route(PATH, answer, methods=["POST"])])
    async with asgi_server.running(app, [listener]):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}"


@asynccontextmanager
async def serving(app) -> AsyncIterator[str]:
    handler = AsyncSlackRequestHandler(app)
    async with listening(handler.handle) as url:
        yield url


async def test_everything_goes_to_one_url_signed(simulator: SlackSimulator):
    app, told = bolt(simulator), []

    @app.event("app_mention")
    async def answer(event, say):
        await say("Honk", thread_ts=event["ts"])

    @app.event("message")
    async def nothing():
        pass

    @app.action("merge")
    async def merge(ack, respond):
        await ack()
        await respond("Merged", response_type="in_channel", replace_original=False)

    @app.command("/honk")
    async def command(ack, body, client):
        await ack("Bound")
        await client.views_open(trigger_id=body["trigger_id"], view=ASK)

    @app.options("find")
    async def find(ack):
        await ack(options=[option("Shop", "shop")])

    @app.view("ask")
    async def ask(ack, view):
        told.append(view["state"]["values"]["what"]["text"]["value"])
        await ack()

    async with serving(app) as url:
        await simulator.deliver_to(url)
        ada = simulator.user("Ada")
        room = simulator.channel("playlists", members=[ada])
        ts = await simulator.say(ada, room, f"<@{simulator.bot_user}> fix it")
        await simulator.until(lambda: simulator.replies(room, ts))
        await simulator.press(ada, await posted(simulator, room, CARD, thread_ts=ts), "Merge")
        await simulator.until(lambda: "Merged" in simulator.transcript(room, ts))
        await simulator.slash(ada, room, "/honk", "bind shop")
        assert [each.text for each in simulator.ephemerals(ada)] == ["Bound"]
        view = (await simulator.until(lambda: simulator.views(ada)))[0]
        assert await simulator.suggest(ada, view, "find", "sh") == [option("Shop", "shop")]
        assert await simulator.submit(ada, view, {"what": "green"}) == {}
        await simulator.quiet()
        assert told == ["green"]
        assert {each.outcome for each in simulator.attempts} == {"ok"}


async def test_a_url_must_answer_the_challenge(simulator: SlackSimulator):
    async def rude(request: Request) -> Response:
        return JSONResponse({"challenge": "guess"})

    async with listening(rude) as url:
        with pytest.raises(ValueError, match="challenge"):
            await simulator.deliver_to(url)
    with pytest.raises(ValueError, match="challenge"):
        await simulator.deliver_to("http://127.0.0.1:9/")


async def refusing(
    simulator: SlackSimulator, statuses: list[int], headers: dict[str, str] | None = None
) -> list[Request]:
    """What comes when a message is answered with these statuses, one after the other."""
    seen: list[Request] = []

    async def answer(request: Request) -> Response:
        body = await request.json()
        verifier = SignatureVerifier(simulator.signing_secret)
        assert verifier.is_valid_request(await request.body(), dict(request.headers))
        if "challenge" in body:
            return JSONResponse({"challenge": body["challenge"]})
        seen.append(request)
        return Response(status_code=statuses[len(seen) - 1], headers=headers)

    async with listening(answer) as url:
        await simulator.deliver_to(url)
        ada = simulator.user("Ada")
        await simulator.say(ada, simulator.channel("playlists", members=[ada]), "hello")
        await simulator.quiet()
    return seen


async def test_what_is_refused_comes_again_with_its_number(simulator: SlackSimulator):
    seen = await refusing(simulator, [500, 404, 200])
    assert [each.headers.get("x-slack-retry-num") for each in seen] == [None, "1", "2"]
    assert [each.headers.get("x-slack-retry-reason") for each in seen] == [None, "http_error", "http_error"]
    assert [each.outcome for each in simulator.attempts] == ["http_error", "http_error", "ok"]


async def test_after_three_more_tries_it_is_over(simulator: SlackSimulator):
    assert len(await refusing(simulator, [500] * 9)) == 4


async def test_an_app_can_ask_not_to_be_told_again(simulator: SlackSimulator):
    assert len(await refusing(simulator, [500] * 9, {"x-slack-no-retry": "1"})) == 1


async def test_who_does_not_answer_in_time_is_told_again():
    async with slack.serve(pace=Timing(ack=0.1, retries=(0.0,))) as simulator:
        lost, app = [], bolt(simulator)

        @app.event("message")
        async def slow(body):
            lost.append(body["event_id"])

        async with serving(app) as url:
            await simulator.deliver_to(url)
            simulator.disturb("drop")
            ada = simulator.user("Ada")
            await simulator.say(ada, simulator.channel("playlists", members=[ada]), "hello")
            await simulator.until(lambda: len(lost) == 2)
            await simulator.quiet()
        assert [each.outcome for each in simulator.attempts] == ["http_timeout", "ok"]
        assert len(set(lost)) == 1
        await simulator.say(ada, simulator.channel("playlists", members=[ada]), "anybody?")
        await simulator.quiet()
        assert simulator.attempts[-1].outcome == "connection_failed"


async def test_bolt_refuses_a_forged_signature(simulator: SlackSimulator):
    app = bolt(simulator)
    async with serving(app) as url:
        await simulator.deliver_to(url)
        simulator.workspace.app.signing_secret = "other"
        ada = simulator.user("Ada")
        await simulator.say(ada, simulator.channel("playlists", members=[ada]), "hello")
        await simulator.quiet()
        assert {each.outcome for each in simulator.attempts} == {"http_error"}


MANIFEST = {
    "display_information": {"name": "Honk"},
    "features": {
        "bot_user": {"display_name": "honk", "always_online": True},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [{"command": "/honk", "description": "Ask", "usage_hint": "[words]", "should_escape": True}],
        "shortcuts": [{"name": "Ask", "type": "message", "callback_id": "ask", "description": "Ask Honk"}],
    },
    "oauth_config": {"scopes": {"bot": ["app_mentions:read", "chat:write", "commands"]}},
    "settings": {
        "event_subscriptions": {"bot_events": ["app_mention"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


async def test_a_manifest_says_what_the_app_may_and_hears():
    async with slack.serve(MANIFEST) as simulator:
        manifest = simulator.workspace.app.manifest
        assert manifest.events == {"app_mention"} and manifest.commands == ("/honk",)
        assert (await client(simulator).auth_test()).headers[
            "x-oauth-scopes"
        ] == "app_mentions:read,chat:write,commands"
        assert simulator.workspace.bot.name == "honk"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"display_information": {}}, "name is missing"),
        ({"colour": "red"}, "no key 'colour'"),
        (
            {"settings": {"event_subscriptions": {"bot_events": ["message.channels"]}}},
            "needs the scope channels:history",
        ),
        ({"settings": {"event_subscriptions": {"bot_events": ["app_mentions"]}}}, "no event 'app_mentions'"),
        ({"oauth_config": {"scopes": {"bot": ["app_mentions:read"]}}}, "need the scope commands"),
        ({"features": {"slash_commands": [{"command": "honk"}]}}, "begins with /"),
        ({"features": {"shortcuts": [{"name": "a", "type": "odd", "callback_id": "a"}]}}, "neither message nor global"),
    ],
)
def test_a_manifest_that_slack_would_refuse(change: dict, words: str):
    with pytest.raises(slack.BadManifest, match=words):
        app_manifest.parse(MANIFEST | change)


def test_the_default_app_has_everything():
    assert Manifest().events
