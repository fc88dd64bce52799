"""Live pages: news as they happen, none twice, and a clean end."""

import asyncio
import logging
from contextlib import AsyncExitStack

from honk.core import events
from honk.core.phase import Phase
from honk.web import asgi_server
from tests.web.conftest import browser


async def history(rows, count):
    """The next `count` events of a stream's lines: (name, id, data)."""
    found = []
    fields = {}
    async for row in rows:
        if not row and fields.keys() - {"retry"}:
            found.append((fields.get("event"), fields.get("id"), fields.get("data", "")))
            fields = {}
            if len(found) == count:
                return found
        elif row and not row.startswith(":"):
            name, _, value = row.partition(": ")
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
        elif not row:
            fields = {}
    return found


async def test_a_line_is_on_the_page_as_soon_as_it_is_recorded(console):
    scene = await console.data.add_request("news222", "hello")
    async with asyncio.timeout(10), console.http.stream("GET", "/sessions/news222/stream?after=1") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        rows = answer.aiter_lines()
        await scene.tell(events.RepoChosen("wavelength", "named <b>so</b>"))
        (name, number, data), now = await history(rows, 2)
        assert (name, number) == ("line", "2")
        assert 'id="e2"' in data and "Working in wavelength (named &lt;b&gt;so&lt;/b&gt;)." in data
        assert now[0] == "now" and '"mood": "busy"' in now[2]
        await scene.tell(events.TurnEnded(1, Phase.ASKING))  # no line of its own, and yet the page changes
        ((name, number, data),) = await history(rows, 1)
        assert (name, number) == ("now", "3") and '"phase": "asking"' in data


async def test_a_lost_connection_goes_on_where_it_was(console):
    await (await console.data.add_request("news222", "hello")).works()
    last = len(await console.service.services.store.events("news222"))
    headers = {"last-event-id": str(last - 2)}
    async with (
        asyncio.timeout(10),
        console.http.stream("GET", "/sessions/news222/stream?after=0", headers=headers) as answer,
    ):
        found = await history(answer.aiter_lines(), 2)
    assert [(name, number) for name, number, _ in found] == [("line", str(last - 1)), ("now", str(last))]


async def test_line_breaks_of_any_kind_cannot_forge_an_event(console):
    scene = await console.data.add_request("news222", "hello")
    await scene.tell(events.NoteAdded("one\r\rtwo\n\nevent: now\r\ndata: forged\u2028x"))
    async with asyncio.timeout(10), console.http.stream("GET", "/sessions/news222/stream?after=1") as answer:
        (name, _, data), now = await history(answer.aiter_lines(), 2)
    assert name == "line" and "data: forged" in data
    assert now[0] == "now" and "forged" not in now[2]


async def test_an_unknown_session_has_no_stream(console):
    assert (await console.http.get("/sessions/nobody2/stream")).status_code == 404


async def test_the_list_learns_of_news(console):
    async with asyncio.timeout(10), console.http.stream("GET", "/stream") as answer:
        await console.data.add_request("news222", "hello")
        assert await history(answer.aiter_lines(), 1) == [("changed", None, "news222")]


async def test_a_server_closes_quietly_with_people_watching(console, caplog):
    """uvicorn says so when it had to cut somebody off after its two seconds, and when an answer was left unfinished."""
    await console.data.add_all("working")
    listener = asgi_server.bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    paths = ("/sessions/working/stream", "/stream", "/api/v1/sessions/working/events?follow=true")
    async with AsyncExitStack() as stack:
        async with asgi_server.running(console.app, [listener]):
            http = await stack.enter_async_context(browser(url))
            asked = [http.build_request("GET", path, headers=console.bearer()) for path in paths * 2]
            rows = [(await http.send(each, stream=True)).aiter_lines() for each in asked]
            for each in rows:
                await anext(each)
            ended = [asyncio.create_task(drain(each)) for each in rows]
        await asyncio.gather(*ended)  # each ended whole: none was cut off
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def drain(rows):
    async for _ in rows:
        pass
