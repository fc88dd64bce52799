from honk.testing.slack import World

from .conftest import Connect, bolt


async def test_a_mention_comes_over_socket_mode_and_the_answer_stands_in_the_thread(world: World, connect: Connect):
    app = bolt(world)

    @app.event("app_mention")
    async def answer(event, say):
        await say(f"Honk honk, <@{event['user']}>", thread_ts=event["ts"])

    @app.event("message")
    async def nothing(event):
        pass

    await connect(app)
    ada = world.user("Ada", email="ada@example.com")
    room = world.channel("playlists", members=[ada])
    ts = await world.say(ada, room, f"<@{world.bot_user}> fix it")
    await world.until(lambda: "Honk honk" in world.transcript(room, ts))
    await world.quiet()
    assert world.transcript(room, ts) == "Ada: @honk fix it\n  honk: Honk honk, @Ada\n"
    assert [(each.event, each.outcome) for each in world.attempts] == [
        ("message", "ok"),
        ("app_mention", "ok"),
        ("message", "ok"),
    ]
    assert len({each.payload["event_id"] for each in world.attempts}) == 3
