"""Buttons, menus, modals, commands and shortcuts, answered by the real Bolt over Socket Mode."""

import asyncio

import httpx2
import pytest
from honk_simulators import slack
from honk_simulators.clock import Clock
from honk_simulators.slack import NotPossible, SlackSimulator, Timing

from .conftest import Connect, bolt, client


def plain(text: str) -> dict:
    return {"type": "plain_text", "text": text}


def button(text: str, action: str, **more) -> dict:
    return {"type": "button", "text": plain(text), "action_id": action, **more}


def option(text: str, value: str) -> dict:
    return {"text": plain(text), "value": value}


CARD = [
    {"type": "section", "block_id": "card", "text": {"type": "mrkdwn", "text": "*Ready* to merge"}},
    {"type": "actions", "block_id": "go", "elements": [button("Merge", "merge", value="s1", style="primary")]},
]
MENU = {"type": "static_select", "action_id": "repo", "options": [option("Shop", "shop"), option("Site", "site")]}
SEARCH = {"type": "external_select", "action_id": "find", "min_query_length": 2}
ASK = {
    "type": "modal",
    "callback_id": "ask",
    "title": plain("Ask Honk"),
    "submit": plain("Ask"),
    "blocks": [
        {
            "type": "input",
            "block_id": "what",
            "label": plain("What?"),
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
        },
        {"type": "input", "block_id": "where", "optional": True, "label": plain("Where?"), "element": SEARCH},
    ],
}


async def posted(simulator: SlackSimulator, channel, blocks: list[dict], **more):
    said = await client(simulator).chat_postMessage(channel=channel.id, text="fallback", blocks=blocks, **more)
    return channel.find(said["ts"])


async def test_a_press_tells_what_was_pressed_where_and_by_whom(simulator: SlackSimulator, connect: Connect):
    app, told = bolt(simulator), []

    @app.action("merge")
    async def merge(ack, body, respond):
        await ack()
        told.append(body)
        await respond("Merging", replace_original=False, response_type="in_channel")
        await respond(text="Merged", replace_original=True)

    @app.event("message")
    async def nothing():
        pass

    await connect(app)
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    ts = await simulator.say(ada, room, "fix it")
    card = await posted(simulator, room, CARD, thread_ts=ts, metadata={"event_type": "a", "event_payload": {}})
    assert simulator.transcript(room, ts) == "Ada: fix it\n  Honk: *Ready* to merge\n    [Merge]\n"
    attempt = await simulator.press(ada, card, "Merge")
    assert attempt.ok
    await simulator.until(lambda: "Honk: Merged" in simulator.transcript(room, ts))
    assert simulator.transcript(room, ts) == "Ada: fix it\n  Honk: Merged\n  Honk: Merging\n"
    (body,) = told
    action = body["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"], action["style"]) == (
        "merge",
        "go",
        "s1",
        "primary",
    )
    assert (body["user"]["id"], body["channel"]["id"], body["message"]["ts"]) == (ada.id, room.id, card.ts)
    assert body["container"] == {
        "type": "message",
        "message_ts": card.ts,
        "channel_id": room.id,
        "is_ephemeral": False,
        "thread_ts": ts,
    }
    assert body["message"]["metadata"]["event_type"] == "a"
    with pytest.raises(NotPossible, match="nothing like 'Merge'"):
        await simulator.press(ada, card, "Merge")
    assert (await simulator.press(ada, card, "merge", stale=True)).ok  # on a phone that has not seen the change yet


async def test_a_press_twice_is_two_interactions(simulator: SlackSimulator, connect: Connect):
    app, told = bolt(simulator), []

    @app.action("merge")
    async def merge(ack, body):
        await ack()
        told.append(body["trigger_id"])

    await connect(app)
    ada = simulator.user("Ada")
    card = await posted(simulator, simulator.channel("playlists", members=[ada]), CARD)
    await simulator.press(ada, card, "merge", times=3)
    assert len(set(told)) == 3


async def test_only_who_sees_a_button_can_press_it(simulator: SlackSimulator):
    ada, bob = simulator.user("Ada"), simulator.user("Bob")
    room = simulator.channel("playlists", members=[ada])
    card = await posted(simulator, room, CARD)
    with pytest.raises(NotPossible, match="Bob does not see"):
        await simulator.press(bob, card, "Merge")
    await client(simulator).chat_postEphemeral(channel=room.id, user=ada.id, text="x", blocks=CARD)
    await simulator.invite(bob, room)
    with pytest.raises(NotPossible, match="Bob does not see"):
        await simulator.press(bob, simulator.ephemerals(ada)[0], "Merge")
    async with slack.serve(slack.Manifest(interactive=False)) as other:
        eve = other.user("Eve")
        card = await posted(other, other.channel("playlists", members=[eve]), CARD)
        with pytest.raises(NotPossible, match="interactivity is switched off"):
            await other.press(eve, card, "Merge")


async def test_an_ephemeral_message_is_replaced_and_deleted_through_its_response_url(
    simulator: SlackSimulator, connect: Connect
):
    app = bolt(simulator)

    @app.action("merge")
    async def merge(ack, body, respond):
        await ack()
        assert "message" not in body and body["container"]["is_ephemeral"]
        await respond(text="Sure?", blocks=[CARD[1] | {"elements": [button("Yes", "yes")]}], replace_original=True)

    @app.action("yes")
    async def yes(ack, respond):
        await ack()
        await respond(delete_original=True)

    await connect(app)
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    await client(simulator).chat_postEphemeral(channel=room.id, user=ada.id, text="x", blocks=CARD)
    await simulator.press(ada, simulator.ephemerals(ada)[0], "Merge")
    await simulator.until(lambda: "[Yes]" in simulator.transcript(room))
    await simulator.press(ada, simulator.ephemerals(ada)[0], "Yes")
    await simulator.until(lambda: simulator.ephemerals(ada) == [])


async def test_a_response_url_works_five_times_and_half_an_hour(connect_to):
    clock = Clock(1_700_000_000.0)
    async with (
        slack.serve(clock=clock) as simulator,
        connect_to(simulator) as socket,
        httpx2.AsyncClient() as plain_http,
    ):
        ada = simulator.user("Ada")
        room = simulator.channel("playlists", members=[ada])
        urls = []
        for _ in range(2):
            typing = asyncio.create_task(simulator.slash(ada, room, "/honk", "help"))
            envelope = await socket.receive_json()
            assert envelope["accepts_response_payload"]
            await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "at once"}})
            await typing
            urls.append(envelope["payload"]["response_url"])
        assert [each.text for each in simulator.ephemerals(ada)] == ["at once"] * 2

        async def said(url: str, **body) -> tuple[int, str]:
            answer = await plain_http.post(url, json=body)
            return answer.status_code, answer.text if answer.status_code == 200 else answer.json()["error"]

        assert await said(urls[0], txt="x") == (400, "invalid_payload")
        assert [await said(urls[0], text="x") for _ in range(5)] == [(200, "ok")] * 5
        assert await said(urls[0], text="x") == (404, "used_url")
        assert await said(urls[1]) == (400, "no_text")
        assert await said(urls[1], text="to all", response_type="in_channel") == (200, "ok")
        assert room.messages[-1].text == "to all"
        assert await said(urls[1], blocks=[{"type": "poem"}]) == (400, "invalid_blocks")
        clock.now += 1801
        assert await said(urls[1], text="x") == (404, "expired_url")


async def test_a_choice_is_told_and_kept(simulator: SlackSimulator, connect: Connect):
    app, told = bolt(simulator), []

    @app.action("repo")
    async def repo(ack, body):
        await ack()
        told.append(body)

    @app.action("more")
    async def more(ack, body):
        await ack()
        told.append(body)

    await connect(app)
    ada = simulator.user("Ada")
    overflow = {"type": "overflow", "action_id": "more", "options": [option("Log", "log"), option("Cancel", "cancel")]}
    card = await posted(
        simulator, simulator.channel("playlists", members=[ada]), [{"type": "actions", "elements": [MENU, overflow]}]
    )
    assert simulator.text(card) == "[static_select ▾] [… Log / Cancel]"
    await simulator.choose(ada, card, "repo", "Site")
    await simulator.choose(ada, card, "more", "cancel")
    assert told[0]["actions"][0]["selected_option"]["value"] == "site"
    assert list(told[0]["state"]["values"].values()) == [
        {"repo": {"type": "static_select", "selected_option": option("Site", "site")}}
    ]
    assert told[1]["actions"][0]["selected_option"]["value"] == "cancel"
    with pytest.raises(ValueError, match="'Moon' is not offered, only: Shop, Site"):
        await simulator.choose(ada, card, "repo", "Moon")


async def test_a_modal_is_opened_filled_in_sent_back_with_errors_and_sent_again(
    simulator: SlackSimulator, connect: Connect
):
    app, sent = bolt(simulator), []

    @app.command("/honk")
    async def command(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=ASK)

    @app.options("find")
    async def find(ack, payload):
        await ack(options=[option(f"Repo {payload['value']}", payload["value"])])

    @app.view("ask")
    async def ask(ack, view):
        values = view["state"]["values"]
        if values["what"]["text"]["value"] == "no":
            return await ack(response_action="errors", errors={"what": "Say more"})
        sent.append(values)
        return await ack(
            response_action="update",
            view=ASK | {"blocks": ASK["blocks"][:1], "callback_id": "sure", "submit": plain("Yes")},
        )

    @app.view("sure")
    async def sure(ack):
        await ack()

    await connect(app)
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    assert (await simulator.slash(ada, room, "/honk", "ask")).ok
    (view,) = await simulator.until(lambda: simulator.views(ada))
    with pytest.raises(NotPossible, match="What\\? is required"):
        await simulator.submit(ada, view)
    with pytest.raises(NotPossible, match="must have 0 to 20"):
        await simulator.submit(ada, view, {"what": "x" * 21})
    assert await simulator.suggest(ada, view, "find", "s") == []  # too short to ask
    assert await simulator.suggest(ada, view, "find", "shop") == [option("Repo shop", "shop")]
    assert await simulator.submit(ada, view, {"what": "no", "where": "shop"}) == {"what": "Say more"}
    assert await simulator.submit(ada, view, {"what": "make it green"}) == {}
    assert sent[0]["what"]["text"]["value"] == "make it green"
    assert sent[0]["where"]["find"]["selected_option"]["value"] == "shop"
    assert view.data["callback_id"] == "sure"
    assert await simulator.submit(ada, view) == {}  # what was filled in is still there
    assert simulator.views(ada) == []


async def test_modals_lie_over_each_other_three_deep(simulator: SlackSimulator, connect: Connect):
    app, errors, closed = bolt(simulator), [], []
    body = {"type": "section", "text": plain("More?"), "accessory": button("More", "more")}
    deeper = {"type": "modal", "title": plain("Deeper"), "blocks": [body], "notify_on_close": True, "callback_id": "d"}

    @app.shortcut("ask_honk")
    async def opening(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=deeper)

    @app.action("more")
    async def more(ack, body, client):
        await ack()
        try:
            await client.views_push(trigger_id=body["trigger_id"], view=deeper)
        except Exception as error:
            errors.append(error.response["error"])

    @app.view_closed("d")
    async def left(ack, body):
        await ack()
        closed.append(body["view"]["id"])

    await connect(app)
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    ts = await simulator.say(ada, room, "look at this")
    await simulator.shortcut(ada, "ask_honk", (room, ts))
    for depth in (1, 2, 3):
        await simulator.until(lambda depth=depth: len(simulator.views(ada)) == depth)
        await simulator.press(ada, simulator.views(ada)[-1], "More")
    await simulator.until(lambda: errors)
    assert errors == ["push_limit_reached"]
    top = simulator.views(ada)[-1]
    await simulator.dismiss(ada, top)
    await simulator.until(lambda: closed == [top.id])
    assert len(simulator.views(ada)) == 2


async def test_a_trigger_is_good_for_one_view_and_three_seconds(connect_to):
    clock = Clock(1_700_000_000.0)
    async with slack.serve(clock=clock) as simulator, connect_to(simulator) as socket:
        ada = simulator.user("Ada")
        room = simulator.channel("playlists", members=[ada])

        async def trigger() -> str:
            typing = asyncio.create_task(simulator.slash(ada, room, "/honk"))
            envelope = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            await typing
            return envelope["payload"]["trigger_id"]

        async def opened(trigger_id: str) -> str:
            return await opened_as(simulator, trigger_id, ASK)

        first = await trigger()
        assert [await opened(first) for _ in range(2)] == ["ok", "exchanged_trigger_id"]
        late = await trigger()
        clock.now += 3.1
        assert await opened(late) == "expired_trigger_id"
        named = ASK | {"external_id": "one"}
        assert [await opened_as(simulator, await trigger(), named) for _ in range(2)] == ["ok", "duplicate_external_id"]
        view = simulator.views(ada)[0]
        stale = await httpx_post(simulator, "views.update", {"view_id": view.id, "hash": "old", "view": ASK})
        assert stale["error"] == "hash_conflict"


async def opened_as(simulator: SlackSimulator, trigger_id: str, view: dict) -> str:
    return (await httpx_post(simulator, "views.open", {"trigger_id": trigger_id, "view": view})).get("error", "ok")


async def httpx_post(simulator: SlackSimulator, method: str, body: dict) -> dict:
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {simulator.bot_token}"}) as plain_http:
        return (await plain_http.post(f"{simulator.url}{method}", json=body)).json()


async def test_a_person_who_gets_no_answer_is_told_so_and_nothing_is_tried_again():
    async with slack.serve(pace=Timing(ack=0.05)) as simulator:
        ada = simulator.user("Ada")
        room = simulator.channel("playlists", members=[ada])
        card = await posted(simulator, room, CARD)
        assert (await simulator.press(ada, card, "Merge")).outcome == "timeout"
        assert (await simulator.slash(ada, room, "/honk", "help")).outcome == "timeout"
        assert [each.event for each in simulator.attempts if each.kind != "events_api"] == ["block_actions", "/honk"]
        with pytest.raises(NotPossible, match="/goose is not a valid command"):
            await simulator.slash(ada, room, "/goose")
        with pytest.raises(NotPossible, match="no global shortcut"):
            await simulator.shortcut(ada, "nothing")


async def test_a_home_tab_is_published_and_pressed(simulator: SlackSimulator, connect: Connect):
    app, told = bolt(simulator), []

    @app.event("app_home_opened")
    async def opened(event, client):
        blocks = [{"type": "actions", "elements": [button("Bind", "bind")]}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.action("bind")
    async def bind(ack, body):
        await ack()
        told.append(body)

    await connect(app)
    ada = simulator.user("Ada")
    await simulator.open_home(ada)
    home = await simulator.until(lambda: simulator.home(ada))
    await simulator.press(ada, home, "Bind")
    assert told[0]["container"] == {"type": "view", "view_id": home.id}
    assert simulator.views(ada) == []
