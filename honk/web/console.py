"""Routes of the console, the web pages for people. Every command goes through `HonkClient`."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from honk.client import HonkClient
from honk.web import access, event_stream
from honk.web.templating import Templates
from honk.web.timelines import Timelines
from honk.web.views import SessionForm, Views
from honk.web.web_context import WebContext

ENTER = (
    "This link has a wrong token: it is too old, belongs to another server, or was cut off."
    " Use the link that `honk serve` printed."
)

Field = Annotated[str, Form()]


def routes(honk_client: HonkClient, site: WebContext, templates: Templates) -> APIRouter:
    """The pages over `all_sessions`."""
    router = APIRouter()
    timelines = Timelines(site.store)
    views = Views(honk_client, site, templates, timelines)

    @router.get("/enter")
    async def enter(request: Request, token: str = "") -> Response:
        if not access.is_token(token, site.token):
            return templates.message(request.scope, HTTPStatus.UNAUTHORIZED, ENTER)
        response = RedirectResponse("/", HTTPStatus.SEE_OTHER, headers={"referrer-policy": "no-referrer"})
        access.let_in(response, site.token, https=request.url.scheme == "https")
        return response

    @router.get("/")
    async def home() -> Response:
        return await views.home()

    @router.post("/")
    async def ask(text: Field = "", repo: Field = "", claim: Field = "") -> Response:
        return await views.ask(text, repo, claim)

    @router.get("/list")
    async def listed() -> Response:
        return await views.home("list.html")

    @router.get("/stream")
    async def news() -> Response:
        return _streamed(event_stream.all_sessions(site.store))

    @router.get("/sessions/{session}")
    async def show(request: Request, session: str, whole: bool = False) -> Response:
        now = await views.known(session)
        if now.id != session:  # a shortened id
            return RedirectResponse(request.url_for("show", session=now.id).path)
        return await views.page(now, whole=whole)

    @router.post("/sessions/{session}")
    async def say(
        session: str, command: Field = "", text: Field = "", head: Field = "", looked: Field = "", claim: Field = ""
    ) -> Response:
        return await views.say(await views.known(session), SessionForm(command, text, head, bool(looked), claim))

    @router.get("/sessions/{session}/parts")
    async def parts(session: str, head: str = "") -> Response:
        return await views.parts(await views.known(session), head)

    @router.get("/sessions/{session}/stream")
    async def thread(request: Request, session: str, after: int = 0) -> Response:
        seen = request.headers.get("last-event-id", "")
        last = int(seen) if seen.isdecimal() and seen.isascii() else after
        return _streamed(event_stream.thread(site.store, timelines, templates, (await views.known(session)).id, last))

    return router


def _streamed(events: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(events, media_type=event_stream.MEDIA_TYPE, headers=event_stream.HEADERS)
