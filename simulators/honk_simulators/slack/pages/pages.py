"""The workspace as a web page: somebody chooses who they are, reads, writes, presses and fills in.

The server renders; the page fetches itself anew whenever news come by server-sent events.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from honk_simulators.slack import user_actions
from honk_simulators.slack.api.arguments import SlackRefusal
from honk_simulators.slack.pages.page_context import PageContext, PageTemplates, avatar
from honk_simulators.slack.simulator import SlackSimulator
from honk_simulators.slack.state.workspace import Channel, ChannelMessage, User, View

BEAT_SECONDS = 15.0
CALM_SECONDS = 0.05
"""How long the page is left alone after news, so that many at once are fetched once."""

_STATIC = Path(__file__).with_name("static")
_HEADERS = {
    "content-security-policy": "default-src 'self'; img-src * data:; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


def routes(simulator: SlackSimulator) -> list[Route]:
    """The page and what it needs."""
    templates = PageTemplates(simulator)

    async def shell(request: Request) -> Response:
        return Response(templates.page(), media_type="text/html", headers=_HEADERS)

    async def parts(request: Request) -> Response:
        return JSONResponse(templates.parts(_scene(simulator, request.query_params)), headers=_HEADERS)

    async def news(request: Request) -> Response:
        return StreamingResponse(_news(simulator), media_type="text/event-stream", headers=_HEADERS)

    async def deed(request: Request) -> Response:
        return await _done(simulator, request)

    async def file(request: Request) -> Response:
        found = simulator.workspace.files.get(request.path_params["file"])
        if found is None or found.deleted:
            return PlainTextResponse("Not Found", 404)
        safe = found.mimetype if found.mimetype.startswith(("image/png", "image/jpeg", "image/gif")) else "text/plain"
        return Response(found.content, media_type=safe, headers=_HEADERS)

    async def picture(request: Request) -> Response:
        return Response(avatar(simulator, request.path_params["user"]), media_type="image/svg+xml", headers=_HEADERS)

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in {each.name for each in _STATIC.iterdir()}:
            return PlainTextResponse("Not Found", 404)
        return FileResponse(_STATIC / name, headers=_HEADERS)

    async def archive(request: Request) -> Response:
        return _archive(simulator, request)

    return [
        Route("/", shell),
        Route("/page/parts", parts),
        Route("/page/news", news),
        Route("/page/file/{file}", file),
        Route("/page/{deed}", deed, methods=["POST"]),
        Route("/avatars/{user}.svg", picture),
        Route("/static/{name}", static),
        Route("/archives/{channel}/{message}", archive),
        Route("/files/{user}/{file}/{name:path}", file),
    ]


async def _news(simulator: SlackSimulator) -> AsyncIterator[bytes]:
    changed = simulator.watch()
    try:
        yield b"retry: 1000\n\n"
        while True:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await changed.wait()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            await asyncio.sleep(CALM_SECONDS)
            changed.clear()
            yield b"event: news\ndata: .\n\n"
    finally:
        simulator.unwatch(changed)


def _scene(simulator: SlackSimulator, asked: Any) -> PageContext:
    """What is looked at: the first person and channel unless others are asked for."""
    users = simulator.people
    user = simulator.workspace.users.get(asked.get("as", "")) or users[0]
    seen = [each for each in simulator.workspace.channels.values() if simulator.workspace.visible(each, user.id)]
    channel = next((each for each in seen if each.id == asked.get("channel")), None)
    return PageContext(
        user, channel or (seen[0] if seen else simulator.dm(user)), asked.get("thread", ""), asked.get("tab", "")
    )


def _archive(simulator: SlackSimulator, request: Request) -> Response:
    """A message's permanent address leads to the page."""
    digits = request.path_params["message"].removeprefix("p")
    ts = f"{digits[:-6]}.{digits[-6:]}"
    thread = request.query_params.get("thread_ts", ts)
    return RedirectResponse(f"/?channel={request.path_params['channel']}&thread={thread}")


async def _done(simulator: SlackSimulator, request: Request) -> Response:
    """Do what somebody did on the page. What goes wrong is said in one sentence."""
    deed = _DEEDS.get(request.path_params["deed"])
    if deed is None:
        return PlainTextResponse("Not Found", 404)
    async with request.form() as form:
        try:
            user = simulator.workspace.users[str(form.get("as"))]
            return JSONResponse({"ok": True, **(await deed(simulator, user, form) or {})})
        except (user_actions.NotPossible, SlackRefusal, LookupError, ValueError) as error:
            return JSONResponse({"ok": False, "error": str(error) or "That is not possible"}, 400)


async def _say(simulator: SlackSimulator, user: User, form: FormData) -> dict[str, Any] | None:
    channel, text = _channel(simulator, form), str(form.get("text", "")).replace("\r\n", "\n").strip()
    thread = str(form.get("thread", ""))
    command, _, rest = text.partition(" ")
    if command in simulator.workspace.app.manifest.commands:
        attempt = await simulator.slash(user, channel, command, rest)
        return None if attempt.ok else _unanswered(simulator, command)
    files = [
        (each.filename or "file", await each.read(), each.content_type or "application/octet-stream")
        for each in form.getlist("files")
        if isinstance(each, UploadFile) and each.size
    ]
    if not text and not files:
        return None
    ts = await simulator.say(user, channel, _mentions(simulator, text), thread=thread or None, files=files)
    return {"ts": ts}


async def _press(simulator: SlackSimulator, user: User, form: FormData) -> dict[str, Any] | None:
    attempt = await simulator.press(user, _where(simulator, form), str(form["action"]))
    return None if attempt.ok else _unanswered(simulator)


async def _choose(simulator: SlackSimulator, user: User, form: FormData) -> dict[str, Any] | None:
    value = json.loads(str(form["value"]))
    attempt = await simulator.choose(user, _where(simulator, form), str(form["action"]), value)
    return None if attempt is None or attempt.ok else _unanswered(simulator)


async def _suggest(simulator: SlackSimulator, user: User, form: FormData) -> dict[str, Any]:
    found = await simulator.suggest(user, _where(simulator, form), str(form["action"]), str(form.get("query", "")))
    return {"options": found}


async def _submit(simulator: SlackSimulator, user: User, form: FormData) -> dict[str, Any]:
    view = _view(simulator, form)
    errors = await simulator.submit(user, view, json.loads(str(form.get("values", "{}"))))
    return {"errors": errors}


async def _dismiss(simulator: SlackSimulator, user: User, form: FormData) -> None:
    await simulator.dismiss(user, _view(simulator, form))


async def _react(simulator: SlackSimulator, user: User, form: FormData) -> None:
    channel, ts, name = _channel(simulator, form), str(form["ts"]), str(form["name"])
    message = channel.find(ts)
    if message and user.id in message.reactions.get(name, ()):
        await simulator.unreact(user, channel, ts, name)
    else:
        await simulator.react(user, channel, ts, name)


async def _delete(simulator: SlackSimulator, user: User, form: FormData) -> None:
    channel = _channel(simulator, form)
    message = channel.find(str(form["ts"]))
    if message is None or message.user != user.id:
        raise user_actions.NotPossible("Only one's own messages can be deleted")
    await simulator.delete(message)


async def _edit(simulator: SlackSimulator, user: User, form: FormData) -> None:
    channel = _channel(simulator, form)
    await simulator.edit(user, (channel, str(form["ts"])), _mentions(simulator, str(form["text"])))


async def _shortcut(simulator: SlackSimulator, user: User, form: FormData) -> dict[str, Any] | None:
    message = (_channel(simulator, form), str(form["ts"])) if form.get("ts") else None
    attempt = await simulator.shortcut(user, str(form["callback"]), message)
    return None if attempt.ok else _unanswered(simulator)


async def _home(simulator: SlackSimulator, user: User, form: FormData) -> None:
    await simulator.open_home(user, str(form.get("tab", "home")))


async def _invite(simulator: SlackSimulator, user: User, form: FormData) -> None:
    channel = _channel(simulator, form)
    if simulator.bot_user in channel.members:
        return
    named = [each.ts for each in channel.messages if each.user == user.id and f"<@{simulator.bot_user}>" in each.text]
    await simulator.invite(simulator.bot_user, channel, by=user, mention=named[-1] if named else "")


async def _person(simulator: SlackSimulator, user: User, form: FormData) -> dict[str, Any]:
    name = str(form.get("name", "")).strip()
    if not name:
        raise ValueError("Somebody needs a name")
    new = simulator.user(name, email=f"{name.lower().replace(' ', '.')}@example.com")
    for channel in simulator.workspace.channels.values():
        if channel.kind == "channel" and not channel.archived:
            channel.members.append(new.id)
    return {"user": new.id}


_DEEDS: dict[str, Callable[[SlackSimulator, User, FormData], Awaitable[dict[str, Any] | None]]] = {
    "say": _say,
    "press": _press,
    "choose": _choose,
    "suggest": _suggest,
    "submit": _submit,
    "dismiss": _dismiss,
    "react": _react,
    "delete": _delete,
    "edit": _edit,
    "shortcut": _shortcut,
    "home": _home,
    "invite": _invite,
    "person": _person,
}


def _unanswered(simulator: SlackSimulator, what: str = "") -> dict[str, Any]:
    name = simulator.workspace.app.manifest.name
    return {"ok": False, "error": f"{what} failed: {name} did not answer" if what else f"{name} did not answer"}


def _mentions(simulator: SlackSimulator, text: str) -> str:
    """With `@Name` and `#channel` as Slack's composer completes them; the longest name first."""
    names = {f"@{each.name}": each.mention for each in simulator.workspace.users.values()}
    names |= {f"@{each.real_name}": each.mention for each in simulator.workspace.users.values()}
    names |= {f"#{each.name}": f"<#{each.id}>" for each in simulator.workspace.channels.values() if each.name}
    return user_actions.complete(text, names)


def _channel(simulator: SlackSimulator, form: FormData) -> Channel:
    return simulator.workspace.channels[str(form["channel"])]


def _view(simulator: SlackSimulator, form: FormData) -> View:
    return simulator.workspace.views[str(form["view"])]


def _where(simulator: SlackSimulator, form: FormData) -> ChannelMessage | View:
    """The message or view that an element stands in."""
    if form.get("view"):
        return _view(simulator, form)
    channel, ts = _channel(simulator, form), str(form["ts"])
    for each in [*channel.messages, *channel.ephemerals]:
        if each.ts == ts:
            return each
    raise LookupError("That message is gone")
