"""Another process holds SQLite's write lock while a server works: people are answered, and what they ask waits.

`no_statement_on_an_event_loop` (conftest.py) checks the cause: no database statement runs on the event loop.
"""

import asyncio

import httpx2

from honk import server
from honk.client import Call
from honk.core.phase import Phase
from honk.web import access
from tests.locked_database import locked
from tests.story.conftest import ADA, Installation, say, write


async def test_a_server_answers_while_another_process_holds_the_write_lock(installation: Installation) -> None:
    installation.scripts["write a note"] = (write("note.txt", "one\n"), say("There is a note."))
    async with server.open_server(
        installation.settings, person=ADA, host="127.0.0.1", port=0, preview_port=0
    ) as served:
        installation.service = served.service
        headers = {"authorization": f"Bearer {access.token(installation.settings.home)}"}
        async with httpx2.AsyncClient(base_url=f"{served.url}/api/v1", headers=headers, trust_env=False) as http:
            await served.service.add_repo(str(installation.root / "app.git"))
            session = await served.service.ask("write a note", ADA)
            async with locked(installation.settings.database_url), asyncio.timeout(20):
                waiting = asyncio.create_task(served.service.command("note", Call(session.id, ADA, "later")))
                for _ in range(20):
                    assert (await http.get("/version")).status_code == 200
                    assert (await http.get(f"/sessions/{session.id}")).json()["request"] == "write a note"
                async with http.stream("GET", f"/sessions/{session.id}/events?follow=true") as stream:
                    assert "write a note" in await anext(stream.aiter_lines())
                assert not waiting.done()
            await waiting
        session = await installation.quiet(session.id)
        assert session.phase == Phase.REVIEW, session.error
