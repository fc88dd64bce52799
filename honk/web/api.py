"""`/api/v1`: `HonkClient` over HTTP. Requests are checked by pydantic here, and nowhere else."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from honk import __version__
from honk.client import LONGEST_REQUEST, Call, HonkClient
from honk.commands import table
from honk.conversation import evidence
from honk.core import serialization
from honk.core.errors import UsageError
from honk.core.message_context import NO_CONTEXT, MessageContext
from honk.core.person import Person
from honk.core.session import Session
from honk.web.errors import PageNotFound
from honk.web.remote_client import PREFIX


class Who(BaseModel):
    """The person who speaks. The holder of the token says who that is: it is this machine's user."""

    id: str = Field(max_length=200)
    name: str = Field(max_length=200)
    email: str = Field(max_length=200)


class CommandBody(BaseModel):
    """Something said to a session, or the start of one. `context` is a serialized `MessageContext`."""

    person: Who
    text: str = Field(default="", max_length=LONGEST_REQUEST * 2)
    repo: str = Field(default="", max_length=400)
    agent: str = Field(default="", max_length=100)
    head: str = Field(default="", max_length=64)
    confirmed: bool = False
    bad: bool = False
    claim: str | None = Field(default=None, max_length=400)
    context: dict[str, Any] | None = None

    def call(self, session: str) -> Call:
        """As a command to `session`."""
        person = Person(self.person.id, self.person.name, self.person.email)
        context = NO_CONTEXT if self.context is None else serialization.load(MessageContext, self.context)
        return Call(session, person, self.text, self.head, self.confirmed, self.claim, self.bad, context)


class NewRepo(BaseModel):
    """A repository to make known."""

    url: str = Field(max_length=4000)
    name: str = Field(default="", max_length=400)
    about: str = Field(default="", max_length=2000)


def routes(honk_client: HonkClient) -> APIRouter:
    """The routes over `honk_client`."""
    router = APIRouter(prefix=PREFIX)

    @router.get("/version")
    async def version() -> dict[str, str]:
        return {"version": __version__}

    @router.get("/sessions")
    async def sessions(limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> list[dict[str, Any]]:
        return [evidence.as_json(session) for session in await honk_client.sessions(limit)]

    @router.post("/sessions")
    async def ask(body: CommandBody) -> dict[str, Any]:
        call = body.call("")
        started = await honk_client.ask(
            call.text, call.person, repo=body.repo, agent=body.agent, claim=call.claim, context=call.context
        )
        return evidence.as_json(started)

    @router.get("/sessions/{session}")
    async def session_(session: str) -> dict[str, Any]:
        return evidence.as_json(await _known(honk_client, session))

    @router.get("/sessions/{session}/events")
    async def events(session: str, after: int = 0, follow: bool = False) -> StreamingResponse:
        now = await _known(honk_client, session)
        return StreamingResponse(_lines(honk_client, now.id, after, follow), media_type="application/x-ndjson")

    @router.post("/sessions/{session}/{verb}")
    async def command(session: str, verb: str, body: CommandBody) -> dict[str, Any]:
        if verb not in table.COMMANDS:
            raise HTTPException(404, f"A session cannot {verb}.")
        await _known(honk_client, session)
        return evidence.as_json(await honk_client.command(verb, body.call(session)))

    @router.get("/repos")
    async def repos() -> list[dict[str, Any]]:
        return [serialization.dump(repo) for repo in await honk_client.repos()]

    @router.post("/repos")
    async def add_repo(new: NewRepo) -> dict[str, Any]:
        data: dict[str, Any] = serialization.dump(await honk_client.add_repo(new.url, new.name, new.about))
        return data

    @router.delete("/repos/{name:path}")
    async def remove_repo(name: str) -> list[dict[str, Any]]:
        return [serialization.dump(each) for each in await honk_client.remove_repo(name)]

    @router.post("/collect")
    async def collect(dry_run: bool = False) -> list[dict[str, Any]]:
        return [serialization.dump(each) for each in await honk_client.collect(dry_run=dry_run)]

    return router


async def _known(honk_client: HonkClient, session: str) -> Session:
    """The session. Raises NotFound, which is a usage error with a status of its own."""
    try:
        return await honk_client.session(session)
    except UsageError as error:
        raise PageNotFound(str(error)) from error


async def _lines(honk_client: HonkClient, session: str, after: int, follow: bool) -> AsyncIterator[str]:
    """One JSON object a line for each event, with the session as it is after it."""
    async for now, event in honk_client.events(session, after=after, follow=follow):
        row = {
            "session": evidence.as_json(now),
            "event": {
                "seq": event.seq,
                "at": event.at,
                "kind": type(event.data).__name__,
                "fact": serialization.dump(event.data),
            },
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"
