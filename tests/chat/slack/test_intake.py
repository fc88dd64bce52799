"""What people say in Slack becomes turns: once, by whom, with what."""

from tests.chat.slack.conftest import Office


async def test_a_mention_is_seen_and_becomes_a_session(office: Office) -> None:
    world = office.world
    ada = world.user("Ada", email="ada@example.com")
    room = world.channel("playlists", members=[ada])
    ts = await world.say(ada, room, f"{office.at} fix the empty playlist")
    session = await world.until(lambda: office.session(room, ts))
    await world.until(lambda: office.reacted(room, ts))
    await world.quiet()
    assert session.request == "fix the empty playlist"
    assert session.requester is not None
    assert (session.requester.name, session.requester.email) == ("Ada", "ada@example.com")
    assert [each.outcome for each in world.attempts] == ["ok"] * len(world.attempts)
    assert len(office.sessions) == 1
