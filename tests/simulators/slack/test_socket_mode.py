"""Delivery by Socket Mode to the real Bolt: acknowledgements, new tries, lost and refreshed connections."""

import aiohttp
import pytest
from honk_simulators import slack
from honk_simulators.slack import SlackSimulator, Timing

from tests.waiting import settle

from .conftest import Connect, bolt, client


class Heard:
    """A Bolt app that notes what it is told."""

    def __init__(self, simulator: SlackSimulator) -> None:
        self.app = bolt(simulator)
        self.bodies: list[dict] = []
        self.app.event("app_mention")(self._note)
        for kind in ("message", "reaction_added", "member_joined_channel", "member_left_channel", "channel_left"):
            self.app.event(kind)(self._note)
        for kind in (
            "file_shared",
            "channel_archive",
            "channel_deleted",
            "tokens_revoked",
            "app_uninstalled",
            "app_home_opened",
        ):
            self.app.event(kind)(self._note)

    async def _note(self, body: dict) -> None:
        self.bodies.append(body)

    @property
    def events(self) -> list[dict]:
        return [body["event"] for body in self.bodies]

    @property
    def kinds(self) -> list[str]:
        return [f"{each['type']} {each.get('subtype', '')}".strip() for each in self.events]


async def test_a_mention_comes_over_socket_mode_and_the_answer_stands_in_the_thread(
    simulator: SlackSimulator, connect: Connect
):
    app = bolt(simulator)

    @app.event("app_mention")
    async def answer(event, say):
        await say(f"Honk honk, <@{event['user']}>", thread_ts=event["ts"])

    @app.event("message")
    async def nothing(event):
        pass

    await connect(app)
    ada = simulator.user("Ada", email="ada@example.com")
    room = simulator.channel("playlists", members=[ada])
    ts = await simulator.say(ada, room, f"<@{simulator.bot_user}> fix it")
    await simulator.until(lambda: "Honk honk" in simulator.transcript(room, ts))
    await simulator.quiet()
    assert simulator.transcript(room, ts) == "Ada: @Honk fix it\n  Honk: Honk honk, @Ada\n"
    assert [(each.event, each.outcome) for each in simulator.attempts] == [
        ("message", "ok"),
        ("app_mention", "ok"),
        ("message", "ok"),
    ]
    assert len({each.payload["event_id"] for each in simulator.attempts}) == 3
    ours = simulator.attempts[-1].payload["event"]
    assert (ours["bot_id"], ours["user"]) == (simulator.workspace.app.bot_id, simulator.bot_user)
    assert "subtype" not in ours


async def test_events_are_told_where_the_app_is_and_of_what_it_subscribed_to(
    simulator: SlackSimulator, connect: Connect
):
    heard = Heard(simulator)
    await connect(heard.app)
    ada, sam = simulator.user("Ada"), simulator.user("Sam", team="T0OTHERTEAM")
    room = simulator.channel("playlists", members=[ada, sam])
    away = simulator.channel("away", members=[ada], bot=False)
    ts = await simulator.say(ada, room, "hello", files=[("a.txt", b"a")])
    await simulator.say(ada, away, f"<@{simulator.bot_user}> here too?")
    await simulator.say(sam, room, "from outside", thread=ts)
    await simulator.edit(ada, (room, ts), f"<@{simulator.bot_user}> look")
    await simulator.react(ada, room, ts, "eyes")
    await simulator.delete((room, ts))
    await simulator.say(ada, simulator.dm(ada), f"<@{simulator.bot_user}> in private")
    await simulator.open_home(ada)
    await simulator.invite(simulator.bot_user, away, by=ada)
    await simulator.remove(simulator.bot_user, away)
    await simulator.say(ada, away, f"<@{simulator.bot_user}> gone?")
    await simulator.archive(room)
    await simulator.delete_channel(room)
    await simulator.quiet()
    told = [
        "message file_share",
        "file_shared",
        "message",
        "message message_changed",
        "app_mention",
        "reaction_added",
        "message message_changed",  # it has a reply, so a stone stays in its place
        "message",  # a direct message is no mention besides
        "app_home_opened",
        "member_joined_channel",
        "member_left_channel",
        "channel_left",
        "channel_archive",
        "channel_deleted",
    ]
    await simulator.until(lambda: len(heard.bodies) == len(told))
    heard.bodies.sort(key=lambda body: body["event"]["event_ts"])
    assert sorted(heard.kinds) == sorted(told)
    by_kind = dict(zip(heard.kinds, heard.events, strict=True))
    edited, buried = [each for each in heard.events if each.get("subtype") == "message_changed"]
    outside, direct = [body for body in heard.bodies if body["event"]["type"] == "message" and "text" in body["event"]][
        1:
    ]
    assert by_kind["message file_share"]["files"][0]["name"] == "a.txt"
    assert (
        outside["event"]["user_team"] == "T0OTHERTEAM" != outside["event"]["team"] and outside["is_ext_shared_channel"]
    )
    assert by_kind["app_mention"]["edited"]["user"] == ada.id and by_kind["app_mention"]["ts"] == ts
    assert edited["previous_message"]["text"] == "hello"
    assert buried["message"]["subtype"] == "tombstone"
    assert direct["event"]["channel_type"] == "im"


async def test_who_is_invited_for_being_named_hears_of_that(simulator: SlackSimulator, connect: Connect):
    heard = Heard(simulator)
    await connect(heard.app)
    ada = simulator.user("Ada")
    away = simulator.channel("away", members=[ada], bot=False)
    ts = await simulator.say(ada, away, f"<@{simulator.bot_user}> fix it")
    assert simulator.attempts == []
    await simulator.invite(simulator.bot_user, away, by=ada, mention=ts)
    await simulator.until(lambda: "app_mention" in heard.kinds)
    assert next(each["ts"] for each in heard.events if each["type"] == "app_mention") == ts


async def test_only_what_the_manifest_subscribes_to_is_told():
    few = slack.Manifest(events=frozenset({"app_mention"}))
    async with slack.serve(few) as simulator:
        ada = simulator.user("Ada")
        room = simulator.channel("playlists", members=[ada])
        await simulator.say(ada, room, "hello")
        await simulator.react(ada, room, room.messages[0].ts, "eyes")
        assert simulator.delivery.is_quiet and simulator.attempts == []


async def test_an_event_that_is_not_acknowledged_comes_again_and_then_no_more(connect_to):
    pace = Timing(ack=0.1, retries=(0.0, 0.05))
    async with slack.serve(pace=pace) as simulator, connect_to(simulator) as socket:
        ada = simulator.user("Ada")
        room = simulator.channel("playlists", members=[ada])
        await simulator.say(ada, room, "hello")
        envelopes = [await socket.receive_json() for _ in range(3)]
        await simulator.quiet()
        assert [each["retry_attempt"] for each in envelopes] == [0, 1, 2]
        assert [each["retry_reason"] for each in envelopes] == ["", "timeout", "timeout"]
        assert len({each["payload"]["event_id"] for each in envelopes}) == 1
        assert len({each["envelope_id"] for each in envelopes}) == 3
        assert [each.outcome for each in simulator.attempts] == ["timeout"] * 3


async def test_an_acknowledgement_ends_it_whatever_else_is_sent(connect_to):
    async with slack.serve(pace=Timing(ack=1)) as simulator, connect_to(simulator) as socket:
        ada = simulator.user("Ada")
        await simulator.say(ada, simulator.channel("playlists", members=[ada]), "hello")
        envelope = await socket.receive_json()
        for text in ("", "[]", "{", '{"envelope_id": "other"}'):
            await socket.send_str(text)
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        await simulator.quiet()
        assert [each.outcome for each in simulator.attempts] == ["ok"]


async def test_a_connection_that_breaks_before_the_acknowledgement_means_once_more(
    simulator: SlackSimulator, connect: Connect
):
    heard = Heard(simulator)
    await connect(heard.app)
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    simulator.disturb("drop")
    await simulator.say(ada, room, "hello")
    await simulator.quiet()
    await simulator.until(lambda: len(heard.bodies) >= 1)
    assert [each.outcome for each in simulator.attempts][-1] == "ok"
    assert simulator.attempts[0].outcome == "timeout" and simulator.attempts[-1].retry > 0
    assert {body["event_id"] for body in heard.bodies} == {simulator.attempts[0].payload["event_id"]}


async def test_events_are_doubled_with_the_same_id_or_another_or_come_in_another_order(
    simulator: SlackSimulator, connect: Connect
):
    heard = Heard(simulator)
    await connect(heard.app)
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    simulator.disturb("duplicate")
    simulator.disturb("again", only="message")
    for text in ("one", "two"):
        await simulator.say(ada, room, text)
    await simulator.quiet()
    await simulator.until(lambda: len(heard.bodies) == 4)
    ids = [body["event_id"] for body in heard.bodies]
    assert [each["text"] for each in heard.events] == ["one", "one", "two", "two"]
    assert ids[0] == ids[1] and ids[2] != ids[3]
    simulator.hold()
    for text in ("three", "four"):
        await simulator.say(ada, room, text)
    assert not simulator.delivery.is_quiet
    simulator.release(reverse=True)
    await simulator.until(lambda: len(heard.bodies) == 6)
    simulator.disturb("delay", seconds=0.1)
    for text in ("five", "six"):
        await simulator.say(ada, room, text)
    await simulator.until(lambda: len(heard.bodies) == 8)
    assert [each["text"] for each in heard.events][4:] == ["four", "three", "six", "five"]


async def test_a_refresh_makes_the_app_connect_anew_and_loses_nothing(simulator: SlackSimulator, connect: Connect):
    heard = Heard(simulator)
    await connect(heard.app)
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    old = simulator.delivery.sockets.connections[0]
    await simulator.refresh()
    await simulator.say(ada, room, "meanwhile")
    await simulator.until(lambda: [each for each in simulator.delivery.sockets.connections if each is not old])
    await simulator.quiet()
    await simulator.until(lambda: [each["text"] for each in heard.events] == ["meanwhile"])
    assert [each.outcome for each in simulator.attempts] == ["ok"]
    assert old not in simulator.delivery.sockets.connections


async def test_two_connections_share_the_events(simulator: SlackSimulator, connect: Connect):
    one, two = Heard(simulator), Heard(simulator)
    await connect(one.app)
    await connect(two.app)
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    for number in range(6):
        await simulator.say(ada, room, str(number))
    await simulator.quiet()
    await simulator.until(lambda: len(one.bodies) + len(two.bodies) == 6)
    assert len(one.bodies) == len(two.bodies) == 3


async def test_ten_connections_and_no_more_and_each_ticket_once(simulator: SlackSimulator):
    async with aiohttp.ClientSession() as session:
        urls = [
            (await client(simulator).apps_connections_open(app_token=simulator.app_token))["url"] for _ in range(11)
        ]
        sockets = [await session.ws_connect(url) for url in urls]
        said = [await each.receive_json() for each in sockets]
        assert [each["type"] for each in said] == ["hello"] * 10 + ["disconnect"]
        assert said[9]["num_connections"] == 10 and said[10]["reason"] == "too_many_websockets"
        assert said[0]["connection_info"]["app_id"] == simulator.workspace.app.id
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(urls[0])
        await sockets[0].ping()
        for each in sockets:
            await each.close()
        await simulator.until(lambda: not simulator.delivery.sockets.connections)


async def test_an_app_without_socket_mode_is_turned_away():
    async with slack.serve(slack.Manifest(socket_mode=False)) as simulator, aiohttp.ClientSession() as session:
        url = (await client(simulator).apps_connections_open(app_token=simulator.app_token))["url"]
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["reason"] == "link_disabled"


async def test_the_last_words_of_an_app_that_is_thrown_out(simulator: SlackSimulator, connect: Connect):
    heard = Heard(simulator)
    await connect(heard.app)
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    await simulator.say(ada, room, "hello")  # Bolt asks once who it is, and remembers
    await simulator.until(lambda: heard.bodies)
    await simulator.uninstall()
    await simulator.say(ada, room, "anybody?")
    await simulator.until(lambda: len(heard.bodies) == 3)
    assert sorted(heard.kinds[1:]) == ["app_uninstalled", "tokens_revoked"]
    await settle()
    assert len(heard.bodies) == 3
