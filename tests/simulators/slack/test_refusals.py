"""What the Web API refuses, one by one, asked by the real client."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from honk_simulators import slack
from honk_simulators.slack import Channel, ChannelMessage, SlackSimulator, User
from slack_sdk.errors import SlackApiError

from .conftest import client

Arguments = dict[str, Any]


class Scene:
    """A workspace with one of everything."""

    def __init__(self, simulator: SlackSimulator) -> None:
        self.simulator = simulator
        self.ada: User = simulator.user("Ada", email="ada@example.com")
        self.bob: User = simulator.user("Bob", email="bob@example.com")
        self.room: Channel = simulator.channel("playlists", members=[self.ada])
        self.other: Channel = simulator.channel("other", members=[self.ada], bot=False)
        self.secret: Channel = simulator.channel("secret", members=[self.ada], bot=False, private=True)
        self.old: Channel = simulator.channel("old", members=[self.ada])
        self.notices: Channel = simulator.channel("notices", members=[self.ada], read_only=True)
        self.ours: ChannelMessage
        self.theirs: ChannelMessage

    async def begin(self) -> None:
        theirs = await self.simulator.say(self.ada, self.room, "hello")
        self.theirs = self.room.find(theirs)
        api = client(self.simulator)
        said = await api.chat_postMessage(channel=self.room.id, text="honk", thread_ts=theirs)
        self.ours = self.room.find(said["ts"])
        await self.simulator.archive(self.old)
        self.simulator.calls.clear()


@pytest.fixture
async def scene(simulator: SlackSimulator) -> Scene:
    made = Scene(simulator)
    await made.begin()
    return made


async def ask(simulator: SlackSimulator, method: str, arguments: Arguments, **more: Any) -> dict[str, Any]:
    """The answer, ok or not, of a call with a JSON body when it has one, otherwise of a form."""
    api = client(simulator, more.get("token"))
    forms = method.startswith(("conversations.", "users.", "files.info", "files.getUpload", "team.", "bots."))
    forms = forms or method in ("chat.getPermalink", "reactions.get")
    try:
        sent = {"params": arguments} if forms else {"json": arguments}
        return (await api.api_call(method, http_verb="GET" if forms else "POST", **sent)).data
    except SlackApiError as error:
        return error.response.data


POST = "chat.postMessage"
LONG = "x" * 40_001
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}

CASES: list[tuple[str, Callable[[Scene], Arguments], str]] = [
    ("chat.nothing", lambda s: {}, "unknown_method"),
    (POST, lambda s: {"channel": "C0NOTHERE00", "text": "x"}, "channel_not_found"),
    (POST, lambda s: {"channel": s.secret.id, "text": "x"}, "channel_not_found"),
    (POST, lambda s: {"channel": s.old.id, "text": "x"}, "is_archived"),
    (POST, lambda s: {"channel": s.notices.id, "text": "x"}, "restricted_action"),
    (POST, lambda s: {"channel": s.room.id}, "no_text"),
    (POST, lambda s: {"channel": s.room.id, "text": "  "}, "no_text"),
    (POST, lambda s: {"channel": s.room.id, "text": LONG}, "msg_too_long"),
    (POST, lambda s: {"channel": s.room.id, "txt": "x"}, "invalid_arguments"),
    (POST, lambda s: {"text": "x"}, "invalid_arguments"),
    (POST, lambda s: {"channel": s.room.id, "text": 7}, "invalid_arguments"),
    (POST, lambda s: {"channel": s.room.id, "text": "x", "unfurl_links": "maybe"}, "invalid_arguments"),
    (POST, lambda s: {"channel": s.room.id, "text": "x", "thread_ts": "then"}, "invalid_arguments"),
    (POST, lambda s: {"channel": s.room.id, "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
    (POST, lambda s: {"channel": s.room.id, "text": "x", "thread_ts": s.ours.ts}, "cannot_reply_to_message"),
    (POST, lambda s: {"channel": s.room.id, "blocks": [{"type": "poem"}]}, "invalid_blocks"),
    (POST, lambda s: {"channel": s.room.id, "blocks": "[{"}, "invalid_blocks_format"),
    (POST, lambda s: {"channel": s.room.id, "blocks": {}}, "invalid_blocks_format"),
    (POST, lambda s: {"channel": s.room.id, "blocks": [SECTION] * 51}, "invalid_blocks"),
    (
        POST,
        lambda s: {"channel": s.room.id, "blocks": [{**SECTION, "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5},
        "msg_blocks_too_long",
    ),
    (POST, lambda s: {"channel": s.room.id, "markdown_text": "x", "text": "x"}, "markdown_text_conflict"),
    (POST, lambda s: {"channel": s.room.id, "text": "x", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
    (POST, lambda s: {"channel": s.room.id, "text": "x", "attachments": [{"tekst": "x"}]}, "invalid_attachments"),
    (POST, lambda s: {"channel": s.room.id, "text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
    (
        POST,
        lambda s: {
            "channel": s.room.id,
            "text": "x",
            "metadata": {"event_type": "a", "event_payload": {"a": "x" * 9000}},
        },
        "metadata_too_large",
    ),
    (POST, lambda s: {"channel": "U0NOBODY000", "text": "x"}, "user_not_found"),
    ("chat.postEphemeral", lambda s: {"channel": s.room.id, "user": s.bob.id, "text": "x"}, "user_not_in_channel"),
    ("chat.postEphemeral", lambda s: {"channel": s.room.id, "text": "x"}, "invalid_arguments"),
    ("chat.update", lambda s: {"channel": s.room.id, "ts": s.theirs.ts, "text": "x"}, "cant_update_message"),
    ("chat.update", lambda s: {"channel": s.room.id, "ts": "1.2", "text": "x"}, "message_not_found"),
    ("chat.update", lambda s: {"channel": s.room.id, "ts": s.ours.ts, "text": "x" * 4001}, "msg_too_long"),
    ("chat.update", lambda s: {"channel": s.room.id, "ts": s.ours.ts, "text": ""}, "no_text"),
    ("chat.update", lambda s: {"channel": s.room.id, "ts": s.ours.ts, "file_ids": ["F1"]}, "file_not_found"),
    ("chat.update", lambda s: {"channel": s.old.id, "ts": "1.2", "text": "x"}, "is_inactive"),
    ("chat.delete", lambda s: {"channel": s.room.id, "ts": s.theirs.ts}, "cant_delete_message"),
    ("chat.delete", lambda s: {"channel": s.room.id, "ts": "1.2"}, "message_not_found"),
    ("chat.getPermalink", lambda s: {"channel": s.room.id, "message_ts": "1.2"}, "message_not_found"),
    ("conversations.history", lambda s: {"channel": s.other.id}, "not_in_channel"),
    ("conversations.history", lambda s: {"channel": s.secret.id}, "channel_not_found"),
    ("conversations.history", lambda s: {"channel": s.room.id, "cursor": "bm9uZQ=="}, "invalid_cursor"),
    ("conversations.history", lambda s: {"channel": s.room.id, "cursor": "??"}, "invalid_cursor"),
    ("conversations.history", lambda s: {"channel": s.room.id, "limit": "all"}, "invalid_arguments"),
    ("conversations.replies", lambda s: {"channel": s.room.id, "ts": "1.2"}, "thread_not_found"),
    ("conversations.info", lambda s: {"channel": s.secret.id}, "channel_not_found"),
    ("conversations.list", lambda s: {"types": "public_channel,secret"}, "invalid_types"),
    ("conversations.join", lambda s: {"channel": s.old.id}, "is_archived"),
    ("conversations.open", lambda s: {}, "users_list_not_supplied"),
    ("conversations.open", lambda s: {"users": "U0NOBODY000"}, "user_not_found"),
    ("users.info", lambda s: {"user": "U0NOBODY000"}, "user_not_found"),
    ("users.lookupByEmail", lambda s: {"email": "eve@example.com"}, "users_not_found"),
    ("reactions.add", lambda s: {"channel": s.room.id, "timestamp": s.ours.ts, "name": "gooose"}, "invalid_name"),
    ("reactions.add", lambda s: {"channel": s.room.id, "timestamp": "1.2", "name": "eyes"}, "message_not_found"),
    ("reactions.remove", lambda s: {"channel": s.room.id, "timestamp": s.ours.ts, "name": "eyes"}, "no_reaction"),
    ("reactions.get", lambda s: {"channel": s.room.id}, "no_item_specified"),
    ("files.getUploadURLExternal", lambda s: {"filename": "a.png", "length": 0}, "invalid_arguments"),
    ("files.completeUploadExternal", lambda s: {"files": [{"id": "F0NOTHERE00"}]}, "file_not_found"),
    ("files.info", lambda s: {"file": "F0NOTHERE00"}, "file_not_found"),
    ("views.open", lambda s: {"trigger_id": "1.2.3", "view": MODAL}, "invalid_trigger_id"),
    ("views.open", lambda s: {"trigger_id": "1.2.3", "view": {**MODAL, "title": "x"}}, "invalid_arguments"),
    ("views.open", lambda s: {"view": MODAL}, "invalid_arguments"),
    ("views.update", lambda s: {"view_id": "V0NOTHERE00", "view": MODAL}, "not_found"),
    ("views.publish", lambda s: {"user_id": s.ada.id, "view": MODAL}, "invalid_arguments"),
    ("bots.info", lambda s: {"bot": "B0NOTHERE00"}, "bot_not_found"),
    ("team.info", lambda s: {"team": "T0NOTHERE00"}, "team_not_found"),
]
MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Ask"},
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}],
}


async def test_every_call_is_refused_with_its_own_code(scene: Scene):
    wanted, said = [], []
    for index, (method, arguments, error) in enumerate(CASES):
        answer = await ask(scene.simulator, method, arguments(scene))
        wanted.append((index, method, error, False))
        said.append((index, method, answer.get("error"), answer["ok"]))
    assert said == wanted
    assert [(each.method, each.error) for each in scene.simulator.refused] == [(m, e) for m, _, e in CASES]
    assert scene.simulator.calls == []


SCOPES: list[tuple[str, str, Callable[[Scene], Arguments]]] = [
    ("chat:write", POST, lambda s: {"channel": s.room.id, "text": "x"}),
    ("chat:write.customize", POST, lambda s: {"channel": s.room.id, "text": "x", "username": "Goose"}),
    ("channels:history", "conversations.history", lambda s: {"channel": s.room.id}),
    ("channels:history", "conversations.replies", lambda s: {"channel": s.room.id, "ts": s.ours.ts}),
    ("channels:read", "conversations.info", lambda s: {"channel": s.room.id}),
    ("groups:read", "conversations.list", lambda s: {"types": "private_channel"}),
    ("im:write", "conversations.open", lambda s: {"users": s.ada.id}),
    ("mpim:write", "conversations.open", lambda s: {"users": f"{s.ada.id},{s.bob.id}"}),
    ("users:read", "users.info", lambda s: {"user": s.ada.id}),
    ("users:read.email", "users.lookupByEmail", lambda s: {"email": "ada@example.com"}),
    ("reactions:write", "reactions.add", lambda s: {"channel": s.room.id, "timestamp": s.ours.ts, "name": "eyes"}),
    ("files:write", "files.getUploadURLExternal", lambda s: {"filename": "a.png", "length": 3}),
    ("files:read", "files.info", lambda s: {"file": "F1"}),
    ("team:read", "team.info", lambda s: {}),
]


async def test_a_missing_scope_is_named(scene: Scene):
    scopes = scene.simulator.workspace.app.scopes
    for scope, method, arguments in SCOPES:
        scopes.discard(scope)
        answer = await ask(scene.simulator, method, arguments(scene))
        assert (answer.get("error"), answer.get("needed")) == ("missing_scope", scope), (method, answer)
        assert scope not in answer["provided"].split(",")
        scopes.add(scope)


async def test_tokens_open_what_they_are_for_and_nothing_else(simulator: SlackSimulator):
    async def said(method: str, token: str) -> str:
        return (await ask(simulator, method, {}, token=token)).get("error", "ok")

    assert await said("auth.test", "") == "not_authed"
    assert await said("auth.test", "xoxb-1-wrong") == "invalid_auth"
    assert await said("auth.test", simulator.app_token) == "not_allowed_token_type"
    assert await said("apps.connections.open", simulator.bot_token) == "not_allowed_token_type"
    assert await said("apps.connections.open", simulator.app_token) == "ok"
    simulator.workspace.app.app_scopes.clear()
    assert await said("apps.connections.open", simulator.app_token) == "missing_scope"
    async with httpx2.AsyncClient() as plain:
        in_address = await plain.get(f"{simulator.url}auth.test", params={"token": simulator.bot_token})
        in_form = await plain.post(f"{simulator.url}auth.test", data={"token": simulator.bot_token})
    assert in_address.json()["error"] == "not_authed"  # it would stand in logs
    assert in_form.json()["ok"]
    await simulator.revoke()
    assert await said("auth.test", simulator.bot_token) == "token_revoked"
    await simulator.uninstall()
    assert await said("auth.test", simulator.bot_token) == "account_inactive"
    old, new = simulator.bot_token, simulator.reinstall()
    assert (await said("auth.test", old), await said("auth.test", new)) == ("invalid_auth", "ok")


async def test_no_token_is_kept_in_the_record(simulator: SlackSimulator):
    async with httpx2.AsyncClient() as plain:
        await plain.post(f"{simulator.url}auth.test", data={"token": simulator.bot_token})
        await plain.get(f"{simulator.url}auth.test", params={"token": simulator.bot_token})
    assert simulator.bot_token not in repr(simulator.calls) + repr(simulator.refused)
    assert simulator.bot_token not in repr(simulator) and simulator.signing_secret not in repr(simulator)


async def test_bodies_must_be_what_they_say(simulator: SlackSimulator):
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {simulator.bot_token}"}) as plain:

        async def said(method: str, body: bytes, kind: str) -> dict[str, Any]:
            answer = await plain.post(f"{simulator.url}{method}", content=body, headers={"content-type": kind})
            assert answer.status_code == 200
            return answer.json()

        assert (await said("auth.test", b"{", "application/json"))["error"] == "invalid_json"
        assert (await said("auth.test", b"[]", "application/json"))["error"] == "json_not_object"
        assert (await said("auth.test", b"x", "text/csv"))["error"] == "invalid_post_type"
        assert (await said("users.list", b"{}", "application/json"))["error"] == "invalid_arguments"
        room = simulator.channel("playlists")
        form = httpx2.QueryParams({"channel": room.id, "text": "x", "blocks": json.dumps([SECTION])})
        assert (await said(POST, str(form).encode(), "application/x-www-form-urlencoded"))["ok"]


async def test_a_public_channel_can_be_written_to_from_outside_with_the_scope_for_it(scene: Scene):
    simulator = scene.simulator
    assert (await ask(simulator, POST, {"channel": scene.other.id, "text": "x"}))["ok"]
    simulator.workspace.app.scopes.discard("chat:write.public")
    assert (await ask(simulator, POST, {"channel": scene.other.id, "text": "x"}))["error"] == "not_in_channel"
    assert (await ask(simulator, POST, {"channel": "#playlists", "text": "x"}))["ok"]


async def test_what_slack_says_itself_has_no_thread(scene: Scene):
    await scene.simulator.invite(scene.bob, scene.room)
    joined = scene.room.messages[-1]
    answer = await ask(scene.simulator, POST, {"channel": scene.room.id, "text": "hi", "thread_ts": joined.ts})
    assert answer["error"] == "cannot_reply_to_message"


async def test_a_message_can_be_edited_for_so_long_only(scene: Scene):
    update = {"channel": scene.room.id, "ts": scene.ours.ts, "text": "again"}
    assert (await ask(scene.simulator, "chat.update", update))["ok"]
    scene.simulator.workspace.edit_window = 0.0
    assert (await ask(scene.simulator, "chat.update", update))["error"] == "edit_window_closed"


async def test_a_reaction_is_there_once(scene: Scene):
    item = {"channel": scene.room.id, "timestamp": scene.ours.ts, "name": "eyes"}
    assert (await ask(scene.simulator, "reactions.add", item))["ok"]
    assert (await ask(scene.simulator, "reactions.add", item))["error"] == "already_reacted"
    assert (await ask(scene.simulator, "reactions.remove", item))["ok"]
    scene.simulator.workspace.emoji["honk"] = ""
    assert (await ask(scene.simulator, "reactions.add", item | {"name": ":honk:"}))["ok"]
    assert (await ask(scene.simulator, "reactions.add", item | {"name": "+1::skin-tone-2"}))["ok"]


async def test_an_app_without_its_tabs_cannot_use_them(simulator: SlackSimulator):
    ada = simulator.user("Ada")
    bare = slack.Manifest(home_tab=False, messages_tab=False)
    async with slack.serve(bare) as other:
        eve = other.user("Eve")
        home = {"type": "home", "blocks": [SECTION]}
        assert (await ask(other, "views.publish", {"user_id": eve.id, "view": home}))["error"] == "not_enabled"
        assert (await ask(other, POST, {"channel": eve.id, "text": "x"}))["error"] == "messages_tab_disabled"
    assert (await ask(simulator, POST, {"channel": ada.id, "text": "x"}))["ok"]
