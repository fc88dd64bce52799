"""The server: the Web API, uploads and downloads, `response_url`s and Socket Mode on one port."""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from honk_simulators import asgi
from honk_simulators.slack import simulator
from honk_simulators.slack.api import response_urls, web_api
from honk_simulators.slack.api.arguments import SlackRefusal
from honk_simulators.slack.delivery.delivery import Timing
from honk_simulators.slack.pages import pages
from honk_simulators.slack.simulator import SlackSimulator
from honk_simulators.slack.state.app_manifest import Manifest, parse

_SIGN_IN = "<!doctype html><title>Slack</title><h1>Sign in to your workspace</h1>"


@asynccontextmanager
async def serve(
    manifest: Manifest | Mapping[str, Any] | None = None,
    *,
    name: str = "Goose Works",
    port: int = 0,
    address: str = "127.0.0.1",
    limits: bool = False,
    limit_factor: float = 1.0,
    pace: Timing | None = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[SlackSimulator]:
    """Run a workspace with one app installed, until the block is left.

    `manifest` is the app's, ours or in Slack's form; without one it has everything that there is here. `limits`
    switches the rate limits on, `limit_factor` multiplies them. `clock` is what message times, limits and expiries go
    by. Port 0: any free one. Raises manifest.BadManifest and OSError.
    """
    made = manifest if isinstance(manifest, Manifest) else Manifest() if manifest is None else parse(manifest)
    here = simulator.new(made, clock, name=name, pace=pace or Timing(), limits=limits, limit_factor=limit_factor)
    listener = asgi.bind(address, port)
    here.workspace.root = asgi.origin(address, listener)
    async with asgi.running(application(here), listener):
        try:
            yield here
        finally:
            await here.delivery.close()


def application(here: SlackSimulator) -> Starlette:
    """The ASGI app of a workspace."""

    async def method(request: Request) -> Response:
        return await web_api.answer(here, request, request.path_params["method"])

    async def upload(request: Request) -> Response:
        return await _upload(here, request)

    async def download(request: Request) -> Response:
        return _download(here, request)

    async def sign_in(request: Request) -> Response:
        return HTMLResponse(_SIGN_IN)

    async def respond(request: Request) -> Response:
        return await _respond(here, request)

    async def link(socket: WebSocket) -> None:
        await here.delivery.sockets.serve(socket)

    return Starlette(
        routes=[
            Route("/api/{method}", method, methods=["GET", "POST"]),
            Route("/upload/v1/{key}", upload, methods=["POST"]),
            Route("/files-pri/{file}/{name:path}", download),
            Route("/signin", sign_in),
            Route("/actions/{team}/{key}", respond, methods=["POST"]),
            WebSocketRoute("/link/", link),
            *pages.routes(here),
        ]
    )


async def _upload(here: SlackSimulator, request: Request) -> Response:
    """The bytes of a file: raw, or as a form's only file."""
    key = request.path_params["key"]
    file = here.workspace.uploads.get(key)
    if file is None:
        return PlainTextResponse("Not Found", 404)
    content = await request.body()
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            parts = [each for each in form.values() if not isinstance(each, str)]
            content = await parts[0].read() if parts else b""
    if len(content) != int(key.rpartition("-")[2]):
        return PlainTextResponse("The length is not the one that was asked for", 400)
    file.content = content
    return PlainTextResponse(f"OK - {len(content)}")


def _download(here: SlackSimulator, request: Request) -> Response:
    """A file's bytes for the app. Without the right to them Slack sends one to its sign-in page, with status 200."""
    app = here.workspace.app
    file = here.workspace.files.get(request.path_params["file"].rpartition("-")[2])
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    allowed = scheme.lower() == "bearer" and token == app.bot_token and app.standing == "good"
    if not allowed or "files:read" not in app.scopes:
        return RedirectResponse(f"{here.workspace.root}/signin?redir={request.url.path}", 302)
    seen = file and (
        file.user == app.bot_user
        or any(app.bot_user in here.workspace.channels[each].members for each in file.channels)
    )
    if file is None or file.deleted or not seen:
        return PlainTextResponse("Not Found", 404)
    return Response(file.content, media_type=file.mimetype)


async def _respond(here: SlackSimulator, request: Request) -> Response:
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    try:
        response_urls.respond(here.workspace, request.path_params["key"], body)
    except SlackRefusal as refused:
        here.record("response_url", web_api.arguments_of(body), refused.error)
        return web_api.respond_url_answer(refused.error)
    here.record("response_url", web_api.arguments_of(body))
    return web_api.respond_url_answer()
