"""`/api/v1`, as the command line and other programs use it."""

import asyncio
import json
from contextlib import AsyncExitStack

import httpx2
import pytest

from honk import settings
from honk.client import Call
from honk.core.errors import Unavailable, UsageError, WorkFailed
from honk.web import asgi_server, remote_client
from tests.web.conftest import Console, opened
from tests.web.console_data import ADA

WHO = {"id": ADA.id, "name": ADA.name, "email": ADA.email}


async def call(console: Console, method: str, path: str, **more: object) -> httpx2.Response:
    return await console.stranger.request(method, f"/api/v1{path}", headers=console.bearer(), **more)


def one_line(answer: httpx2.Response) -> str:
    error = answer.json()["error"]
    assert isinstance(error, str) and error and "\n" not in error
    return error


async def test_the_version_is_open_and_nothing_else(console):
    assert "version" in (await console.stranger.get("/api/v1/version")).json()
    for path in ("/api/v1/sessions", "/api/v1/repos", "/api/v1/nope", "/api/v1/sessions/x/events"):
        answer = await console.stranger.get(path)
        assert answer.status_code == 401
        assert answer.json() == {"error": "This server's token is missing or wrong.", "exit": 2}
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await console.http.get(path)).status_code == 404


async def test_a_session_has_its_public_shape(console):
    await console.data.add_all("review2", "clean22", "working", "failed2")
    data = (await call(console, "GET", "/sessions/review2")).json()
    assert data["phase"] == "review" and data["change"]["diffstat"]["added"] > 3000
    assert {"id", "repo", "request", "turns", "verdicts", "guard", "preview", "cost", "ship", "error"} <= data.keys()
    assert len((await call(console, "GET", "/sessions?limit=3")).json()) == 3


NO = [
    ("GET", "/sessions/zzzzz", None, 404, 2, "There is no session `zzzzz`"),
    ("GET", "/sessions/zzzzz/events", None, 404, 2, "There is no session"),
    ("POST", "/sessions/zzzzz/merge", {"person": WHO}, 404, 2, "There is no session"),
    ("POST", "/sessions/review2/dance", {"person": WHO}, 404, 2, "cannot dance"),
    ("GET", "/nope", None, 404, 2, "Not Found"),
    ("DELETE", "/sessions", None, 405, 2, "Not Allowed"),
    ("POST", "/sessions", {"person": WHO, "text": " "}, 400, 2, "The request is empty."),
    ("POST", "/sessions", {"person": WHO, "text": "x", "repo": "nope"}, 400, 2, "nope"),
    ("POST", "/sessions", {"text": "x"}, 400, 2, "person"),
    ("POST", "/sessions", {"person": WHO, "text": 7}, 400, 2, "text"),
    ("POST", "/sessions", {"person": WHO, "text": "x" * 400_001}, 400, 2, "text"),
    ("POST", "/sessions", [1], 400, 2, "cannot be read"),
    ("GET", "/sessions?limit=none", None, 400, 2, "limit"),
    ("GET", "/sessions?limit=-1", None, 400, 2, "limit"),
    ("POST", "/sessions/live222/reply", {"person": WHO, "text": "more"}, 409, 1, "This session is over"),
    ("POST", "/sessions/working/merge", {"person": WHO}, 409, 1, "Not started"),
]


async def test_every_no_is_one_line_of_json(console):
    await console.data.add_all("review2", "live222", "working")
    for method, path, body, status, exit, says in NO:
        answer = await call(console, method, path, **({"json": body} if body is not None else {}))
        assert answer.status_code == status, (path, answer.text)
        assert says in one_line(answer) and answer.json()["exit"] == exit, path


async def test_a_body_that_is_no_json_is_said_so(console):
    for body in (b"", b"{", b"\xff\xfe", b'{"person": "\\ud800"}', b"[" * 100_000):
        answer = await call(console, "POST", "/sessions", content=body)
        assert answer.status_code == 400 and one_line(answer)


async def test_a_body_has_a_size_limit(console):
    async def pour():
        for _ in range(200):
            yield b" " * 65536

    for content in (b" " * (5 << 20), pour()):
        try:
            answer = await call(console, "POST", "/sessions", content=content)
        except httpx2.TransportError:
            continue  # closed on a client that goes on talking
        assert answer.status_code == 413 and "4 MB" in one_line(answer)
    form = await console.post("/", text="x" * 5_000_000)
    assert form.status_code == 413 and "too much at once" in form.text


async def test_the_longest_message_there_may_be_fits(console):
    await console.data.add_all("failed2", "paused2")
    text = "\U0001f986" * 190_000
    answer = await call(console, "POST", "/sessions/failed2/reply", json={"person": WHO, "text": text})
    assert answer.status_code == 200
    assert (await console.post("/sessions/paused2", command="reply", text=text)).status_code == 303


async def test_events_come_as_lines_and_follow_ends_when_nothing_more_can_happen(console):
    await console.data.add_all("live222")
    rows = (await call(console, "GET", "/sessions/live222/events?follow=true&after=3")).text.splitlines()
    events = [json.loads(row)["event"] for row in rows]
    assert [event["seq"] for event in events] == list(range(4, 4 + len(events)))


async def test_following_ends_when_the_client_leaves(console):
    await console.data.add_all("working")
    before = serving()
    async with console.stranger.stream(
        "GET", "/api/v1/sessions/working/events?follow=true", headers=console.bearer()
    ) as answer:
        await anext(answer.aiter_lines())
        assert serving() - before
    async with asyncio.timeout(2):
        await asyncio.wait(serving() - before)


def serving() -> set[asyncio.Task[object]]:
    """The requests that the server in this loop is busy with."""
    return {task for task in asyncio.all_tasks() if "run_asgi" in repr(task.get_coro())}


async def test_a_command_line_reads_the_same_words_as_the_house_would_say(console):
    await console.data.add_all("review2", "working", "live222")
    async with httpx2.AsyncClient(base_url=console.url + "/api/v1", headers=console.bearer(), trust_env=False) as http:
        remote = remote_client.RemoteClient(http)
        assert await remote.session("review2") == await console.service.session("review2")
        assert (await remote.command("cancel", Call("working", ADA))).cancelled_upto == 1
        with pytest.raises(UsageError, match="There is no session"):
            await remote.session("nobody2")
        with pytest.raises(UsageError, match="There is no session"):
            await anext(remote.events("nobody2"))
        with pytest.raises(WorkFailed, match="over"):
            await remote.command("reply", Call("live222", ADA, "more"))
        seen = [event async for _, event in remote.events("live222")]
        assert seen == list(await console.service.services.store.events("live222"))


async def test_a_server_that_goes_away_is_said_so(home):
    async with AsyncExitStack() as stack:
        async with opened(*home) as console:
            await console.data.add_all("working")
            address = {"base_url": console.url + "/api/v1", "headers": console.bearer()}
            remote = remote_client.RemoteClient(
                await stack.enter_async_context(httpx2.AsyncClient(**address, trust_env=False))
            )
            following = remote.events("working", follow=True)
            await anext(following)
        with pytest.raises(Unavailable, match="honk serve"):
            await remote.session("working")
        async for _ in following:  # what was there is read to its end
            pass


async def test_what_a_crash_left_behind_is_no_server(tmp_path):
    configured = settings.load({"HONK_HOME": str(tmp_path), "HOME": str(tmp_path)})
    with asgi_server.bind("127.0.0.1", 0) as dead:
        port = dead.getsockname()[1]
    (tmp_path / remote_client.ADDRESS_FILE).write_text(json.dumps({"url": f"http://127.0.0.1:{port}"}))
    async with remote_client.running(configured) as found:
        assert found is None
