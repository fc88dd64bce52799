"""The Web API as the real client uses it."""

import io

import httpx2
import pytest
from honk_simulators import slack
from honk_simulators.slack import SlackSimulator, Timing
from slack_sdk.errors import SlackApiError, SlackRequestError

from .conftest import client

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


async def test_the_app_learns_who_it_is(simulator: SlackSimulator):
    api = client(simulator)
    me = await api.auth_test()
    assert (me["user_id"], me["team"], me["user"]) == (simulator.bot_user, "Goose Works", "honk")
    assert "chat:write" in me.headers["x-oauth-scopes"].split(",")
    assert (await api.bots_info(bot=me["bot_id"]))["bot"]["user_id"] == simulator.bot_user
    assert (await api.team_info())["team"]["id"] == me["team_id"]
    assert (await api.api_test(foo="bar"))["args"] == {"foo": "bar"}


async def test_history_is_paged_newest_first_and_replies_are_no_part_of_it(simulator: SlackSimulator):
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    first = [await simulator.say(ada, room, f"number {index}") for index in range(7)]
    await simulator.say(ada, room, "a reply", thread=first[0])
    await simulator.say(ada, room, "for all", thread=first[0], broadcast=True)
    api, texts, sizes = client(simulator), [], []
    async for page in await api.conversations_history(channel=room.id, limit=3):
        texts += [each["text"] for each in page["messages"]]
        sizes.append((len(page["messages"]), page["has_more"]))
        if len(sizes) == 1:
            await simulator.say(ada, room, "meanwhile")
    assert texts == ["for all", *(f"number {index}" for index in reversed(range(7)))]
    assert sizes == [(3, True), (3, True), (2, False)]
    since = await api.conversations_history(channel=room.id, oldest=first[5])
    assert [each["text"] for each in since["messages"]] == ["meanwhile", "for all", "number 6"]
    one = await api.conversations_history(channel=room.id, latest=first[3], inclusive=True, limit=1)
    assert one["messages"][0]["text"] == "number 3"


async def test_each_page_of_replies_begins_with_the_threads_first_message(simulator: SlackSimulator):
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    ts = await simulator.say(ada, room, "first")
    replies = [await simulator.say(ada, room, f"reply {index}", thread=ts) for index in range(5)]
    api, pages = client(simulator), []
    async for page in await api.conversations_replies(channel=room.id, ts=ts, limit=2):
        pages.append([each["text"] for each in page["messages"]])
    assert pages == [["first", "reply 0", "reply 1"], ["first", "reply 2", "reply 3"], ["first", "reply 4"]]
    head = (await api.conversations_replies(channel=room.id, ts=replies[1]))["messages"][0]
    assert (head["reply_count"], head["latest_reply"], head["reply_users"]) == (5, replies[-1], [ada.id])


async def test_metadata_is_kept_and_given_back_to_who_asks(simulator: SlackSimulator):
    room = simulator.channel("playlists")
    api, data = client(simulator), {"event_type": "honk_turn", "event_payload": {"key": "s1/t1"}}
    said = await api.chat_postMessage(channel=room.id, text="x", metadata=data)
    plain = await api.conversations_history(channel=room.id)
    full = await api.conversations_history(channel=room.id, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == data
    await api.chat_update(channel=room.id, ts=said["ts"], text="y")
    assert room.messages[0].metadata == data
    assert said["message"]["bot_profile"]["app_id"] == simulator.workspace.app.id


async def test_an_update_changes_what_it_says_and_keeps_the_rest(simulator: SlackSimulator):
    room = simulator.channel("playlists")
    api, made = client(simulator), [{"type": "section", "text": {"type": "mrkdwn", "text": "*old*"}}]
    ts = (await api.chat_postMessage(channel=room.id, text="old", blocks=made))["ts"]
    assert room.messages[0].blocks[0]["block_id"]
    await api.chat_update(channel=room.id, ts=ts, attachments=[{"text": "more", "fallback": "more"}])
    assert simulator.transcript(room) == "Honk: *old*\n  | more\n"
    await api.chat_update(channel=room.id, ts=ts, text="old", blocks=made, attachments=[])
    assert room.messages[0].edited is None
    await api.chat_update(channel=room.id, ts=ts, text="new")
    assert simulator.transcript(room) == "Honk: new\n" and room.messages[0].edited
    await api.chat_delete(channel=room.id, ts=ts)
    assert simulator.transcript(room) == ""


async def test_whispers_are_for_one_and_in_no_history(simulator: SlackSimulator):
    ada, bob = simulator.user("Ada"), simulator.user("Bob")
    room = simulator.channel("playlists", members=[ada, bob])
    ts = await simulator.say(ada, room, "hello")
    api = client(simulator)
    whispered = (await api.chat_postEphemeral(channel=room.id, user=bob.id, text="psst", thread_ts=ts))["message_ts"]
    assert [each.text for each in simulator.ephemerals(bob)] == ["psst"] and simulator.ephemerals(ada) == []
    assert simulator.transcript(room, ts) == "Ada: hello\n  Honk (only to Bob): psst\n"
    assert len((await api.conversations_replies(channel=room.id, ts=ts))["messages"]) == 1
    with pytest.raises(SlackApiError, match="message_not_found"):
        await api.chat_update(channel=room.id, ts=whispered, text="louder")


async def test_people_are_described_as_they_are(simulator: SlackSimulator):
    api = client(simulator)
    ada = simulator.user("Ada", email="Ada@example.com", admin=True, tz="America/New_York")
    guest, stranger = simulator.user("Gus", guest="single"), simulator.user("Sam", team="T0OTHERTEAM")
    gone, bot = simulator.user("Gone", deleted=True), simulator.user("otherbot", bot=True)
    assert (await api.users_lookupByEmail(email="ada@EXAMPLE.com"))["user"]["id"] == ada.id
    about = {each.id: (await api.users_info(user=each.id))["user"] for each in (ada, guest, stranger, gone, bot)}
    assert about[ada.id]["profile"]["email"] == "Ada@example.com" and about[ada.id]["is_admin"]
    assert about[ada.id]["tz"] == "America/New_York" and about[ada.id]["tz_offset"] in (-18000, -14400)
    assert about[guest.id]["is_restricted"] and about[guest.id]["is_ultra_restricted"]
    assert about[stranger.id]["team_id"] == "T0OTHERTEAM" and about[stranger.id]["is_stranger"]
    assert about[gone.id]["deleted"] and "is_restricted" not in about[gone.id]
    assert about[bot.id]["is_bot"] and not about[ada.id]["is_bot"]
    simulator.workspace.app.scopes.discard("users:read.email")
    assert "email" not in (await api.users_info(user=ada.id))["user"]["profile"]
    assert {each["id"] for each in (await api.users_list())["members"]} >= set(about)


async def test_conversations_are_listed_by_kind_and_right(simulator: SlackSimulator):
    ada, bob = simulator.user("Ada"), simulator.user("Bob")
    room = simulator.channel("playlists", members=[ada])
    simulator.channel("hidden", members=[ada], private=True, bot=False)
    seen = simulator.channel("seen", members=[ada], private=True)
    direct, several = simulator.dm(ada), simulator.dm(ada, bob)
    api = client(simulator)

    async def ids(types: str) -> list[str]:
        return [each["id"] for each in (await api.conversations_list(types=types))["channels"]]

    assert await ids("public_channel") == [room.id]
    assert await ids("private_channel") == [seen.id]
    assert await ids("im,mpim") == [direct.id, several.id]
    assert (direct.id[0], several.id[0], seen.id[0]) == ("D", "G", "C")  # private channels have C since 2021
    about = (await api.conversations_info(channel=seen.id, include_num_members=True))["channel"]
    assert (about["is_private"], about["is_channel"], about["num_members"]) == (True, False, 2)
    assert (await api.conversations_members(channel=room.id))["members"] == [ada.id, simulator.bot_user]
    assert (await api.conversations_open(users=[ada.id]))["channel"]["id"] == direct.id
    assert (await api.conversations_info(channel=direct.id))["channel"]["user"] == ada.id


async def test_a_join_is_said_in_the_channel(simulator: SlackSimulator):
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada], bot=False)
    api = client(simulator)
    await api.conversations_join(channel=room.id)
    assert (await api.conversations_join(channel=room.id))["warning"] == "already_in_channel"
    assert simulator.transcript(room) == "Honk: @Honk has joined the channel\n"


async def test_a_file_goes_up_in_three_steps_and_comes_down_with_the_token_only(simulator: SlackSimulator):
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    ts = await simulator.say(ada, room, "a picture, please")
    api = client(simulator)
    done = await api.files_upload_v2(
        channel=room.id,
        thread_ts=ts,
        file=io.BytesIO(PNG),
        filename="page.png",
        initial_comment="Here",
        alt_txt="A page",
    )
    assert simulator.transcript(room, ts) == "Ada: a picture, please\n  Honk: Here\n    (file: page.png)\n"
    assert [each.content for each in simulator.files] == [PNG]
    about = (await api.files_info(file=done["file"]["id"]))["file"]
    assert (about["mimetype"], about["size"], about["alt_txt"]) == ("image/png", len(PNG), "A page")
    assert about["shares"]["public"][room.id][0]["ts"] == simulator.replies(room, ts)[0].ts
    async with httpx2.AsyncClient(follow_redirects=True) as plain:
        bearer = {"authorization": f"Bearer {simulator.bot_token}"}
        assert (await plain.get(about["url_private"], headers=bearer)).content == PNG
        without = await plain.get(about["url_private"])
        assert (without.status_code, without.headers["content-type"]) == (200, "text/html; charset=utf-8")
        simulator.workspace.app.scopes.discard("files:read")
        assert b"Sign in" in (await plain.get(about["url_private"], headers=bearer)).content


async def test_an_upload_of_another_length_is_refused_and_the_file_is_none(simulator: SlackSimulator):
    api = client(simulator)
    asked = await api.files_getUploadURLExternal(filename="page.png", length=10)
    async with httpx2.AsyncClient() as plain:
        assert (await plain.post(asked["upload_url"], content=b"123")).status_code == 400
        with pytest.raises(SlackApiError, match="file_not_found"):
            await api.files_completeUploadExternal(files=[{"id": asked["file_id"]}])
        form = await plain.post(asked["upload_url"], files={"file": ("page.png", b"0123456789")})
        assert form.text == "OK - 10"
        assert (await plain.post(f"{simulator.workspace.root}/upload/v1/none-1", content=b"1")).status_code == 404
    await api.files_completeUploadExternal(files=[{"id": asked["file_id"], "title": "Page"}])
    with pytest.raises((SlackApiError, SlackRequestError)):
        await api.files_completeUploadExternal(files=[{"id": asked["file_id"]}])


async def test_a_picture_of_slacks_is_shown_once_slack_has_looked_at_it(simulator: SlackSimulator):
    room = simulator.channel("playlists")
    async with slack.serve(pace=Timing(file=3600)) as slow:
        busy = slow.channel("playlists")
        await refused_image(slow, busy.id, await uploaded(slow))
    ours = await uploaded(simulator)
    await client(simulator).chat_postMessage(channel=room.id, text="x", blocks=[image(ours)])
    assert simulator.transcript(room) == "Honk: (image: A page)\n"
    await refused_image(simulator, room.id, "F0NOTHERE00")
    ada = simulator.user("Ada")
    elsewhere = simulator.channel("elsewhere", members=[ada], bot=False)
    await simulator.say(ada, elsewhere, "", files=[("theirs.png", PNG)])
    await refused_image(simulator, room.id, simulator.files[-1].id)


def image(file: str) -> dict[str, object]:
    return {"type": "image", "slack_file": {"id": file}, "alt_text": "A page"}


async def uploaded(simulator: SlackSimulator) -> str:
    return (await client(simulator).files_upload_v2(content=PNG, filename="page.png"))["file"]["id"]


async def refused_image(simulator: SlackSimulator, channel: str, file: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client(simulator).chat_postMessage(channel=channel, text="x", blocks=[image(file)])
    said = caught.value.response
    assert said["error"] == "invalid_blocks"
    assert said["response_metadata"]["messages"] == ["[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"]


async def test_ids_and_times_are_never_the_same_twice(simulator: SlackSimulator):
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    times = [await simulator.say(ada, room, "x") for _ in range(50)]
    assert sorted(set(times)) == times
    users = {simulator.user("X").id for _ in range(200)}
    assert len(users) == 200 and all(each[0] == "U" and len(each) == 11 for each in users)


async def test_what_people_type_is_kept_as_slack_keeps_it(simulator: SlackSimulator):
    ada = simulator.user("Ada")
    room = simulator.channel("playlists", members=[ada])
    said = {
        "if a < b & c": "if a &lt; b &amp; c",
        f"<@{simulator.bot_user}> look at https://example.com/a?b=1.": (
            f"<@{simulator.bot_user}> look at <https://example.com/a?b=1>."
        ),
        "page.py is broken": "<http://page.py|page.py> is broken",
        "`page.py` is broken": "`page.py` is broken",
        "write to ada@example.com": "write to <mailto:ada@example.com|ada@example.com>",
    }
    for typed, kept in said.items():
        ts = await simulator.say(ada, room, typed)
        assert room.find(ts).text == kept
    assert "@Honk look at https://example.com/a?b=1." in simulator.transcript(room)
