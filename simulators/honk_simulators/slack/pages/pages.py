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


def routes(world: SlackSimulator) -> list[Route]:
    """The page and what it needs."""
    templates = PageTemplates(world)

    async def shell(request: Request) -> Response:
        return Response(templates.page(), media_type="text/html", headers=_HEADERS)

    async def parts(request: Request) -> Response:
        return JSONResponse(templates.parts(_scene(world, request.query_params)), headers=_HEADERS)

    async def news(request: Request) -> Response:
        return StreamingResponse(_news(world), media_type="text/event-stream", headers=_HEADERS)

    async def deed(request: Request) -> Response:
        return await _done(world, request)

    async def file(request: Request) -> Response:
        found = world.workspace.files.get(request.path_params["file"])
        if found is None or found.deleted:
            return PlainTextResponse("Not Found", 404)
        safe = found.mimetype if found.mimetype.startswith(("image/png", "image/jpeg", "image/gif")) else "text/plain"
        return Response(found.content, media_type=safe, headers=_HEADERS)

    async def picture(request: Request) -> Response:
        return Response(avatar(world, request.path_params["user"]), media_type="image/svg+xml", headers=_HEADERS)

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in {each.name for each in _STATIC.iterdir()}:
            return PlainTextResponse("Not Found", 404)
        return FileResponse(_STATIC / name, headers=_HEADERS)

    async def archive(request: Request) -> Response:
        return _archive(world, request)

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


async def _news(world: SlackSimulator) -> AsyncIterator[bytes]:
    changed = world.watch()
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
        world.unwatch(changed)


def _scene(world: SlackSimulator, asked: Any) -> PageContext:
    """What is looked at: the first person and channel unless others are asked for."""
    users = world.people
    user = world.workspace.users.get(asked.get("as", "")) or users[0]
    seen = [each for each in world.workspace.channels.values() if world.workspace.visible(each, user.id)]
    channel = next((each for each in seen if each.id == asked.get("channel")), None)
    return PageContext(
        user, channel or (seen[0] if seen else world.dm(user)), asked.get("thread", ""), asked.get("tab", "")
    )


def _archive(world: SlackSimulator, request: Request) -> Response:
    """A message's permanent address leads to the page."""
    digits = request.path_params["message"].removeprefix("p")
    ts = f"{digits[:-6]}.{digits[-6:]}"
    thread = request.query_params.get("thread_ts", ts)
    return RedirectResponse(f"/?channel={request.path_params['channel']}&thread={thread}")


async def _done(world: SlackSimulator, request: Request) -> Response:
    """Do what somebody did on the page. What goes wrong is said in one sentence."""
    deed = _DEEDS.get(request.path_params["deed"])
    if deed is None:
        return PlainTextResponse("Not Found", 404)
    async with request.form() as form:
        try:
            user = world.workspace.users[str(form.get("as"))]
            return JSONResponse({"ok": True, **(await deed(world, user, form) or {})})
        except (user_actions.NotPossible, SlackRefusal, LookupError, ValueError) as error:
            return JSONResponse({"ok": False, "error": str(error) or "That is not possible"}, 400)


async def _say(world: SlackSimulator, user: User, form: FormData) -> dict[str, Any] | None:
    channel, text = _channel(world, form), str(form.get("text", "")).replace("\r\n", "\n").strip()
    thread = str(form.get("thread", ""))
    command, _, rest = text.partition(" ")
    if command in world.workspace.app.manifest.commands:
        attempt = await world.slash(user, channel, command, rest)
        return None if attempt.ok else _unanswered(world, command)
    files = [
        (each.filename or "file", await each.read(), each.content_type or "application/octet-stream")
        for each in form.getlist("files")
        if isinstance(each, UploadFile) and each.size
    ]
    if not text and not files:
        return None
    ts = await world.say(user, channel, _mentions(world, text), thread=thread or None, files=files)
    return {"ts": ts}


async def _press(world: SlackSimulator, user: User, form: FormData) -> dict[str, Any] | None:
    attempt = await world.press(user, _where(world, form), str(form["action"]))
    return None if attempt.ok else _unanswered(world)


async def _choose(world: SlackSimulator, user: User, form: FormData) -> dict[str, Any] | None:
    value = json.loads(str(form["value"]))
    attempt = await world.choose(user, _where(world, form), str(form["action"]), value)
    return None if attempt is None or attempt.ok else _unanswered(world)


async def _suggest(world: SlackSimulator, user: User, form: FormData) -> dict[str, Any]:
    found = await world.suggest(user, _where(world, form), str(form["action"]), str(form.get("query", "")))
    return {"options": found}


async def _submit(world: SlackSimulator, user: User, form: FormData) -> dict[str, Any]:
    view = _view(world, form)
    errors = await world.submit(user, view, json.loads(str(form.get("values", "{}"))))
    return {"errors": errors}


async def _dismiss(world: SlackSimulator, user: User, form: FormData) -> None:
    await world.dismiss(user, _view(world, form))


async def _react(world: SlackSimulator, user: User, form: FormData) -> None:
    channel, ts, name = _channel(world, form), str(form["ts"]), str(form["name"])
    message = channel.find(ts)
    if message and user.id in message.reactions.get(name, ()):
        await world.unreact(user, channel, ts, name)
    else:
        await world.react(user, channel, ts, name)


async def _delete(world: SlackSimulator, user: User, form: FormData) -> None:
    channel = _channel(world, form)
    message = channel.find(str(form["ts"]))
    if message is None or message.user != user.id:
        raise user_actions.NotPossible("Only one's own messages can be deleted")
    await world.delete(message)


async def _edit(world: SlackSimulator, user: User, form: FormData) -> None:
    channel = _channel(world, form)
    await world.edit(user, (channel, str(form["ts"])), _mentions(world, str(form["text"])))


async def _shortcut(world: SlackSimulator, user: User, form: FormData) -> dict[str, Any] | None:
    message = (_channel(world, form), str(form["ts"])) if form.get("ts") else None
    attempt = await world.shortcut(user, str(form["callback"]), message)
    return None if attempt.ok else _unanswered(world)


async def _home(world: SlackSimulator, user: User, form: FormData) -> None:
    await world.open_home(user, str(form.get("tab", "home")))


async def _invite(world: SlackSimulator, user: User, form: FormData) -> None:
    channel = _channel(world, form)
    if world.bot_user in channel.members:
        return
    named = [each.ts for each in channel.messages if each.user == user.id and f"<@{world.bot_user}>" in each.text]
    await world.invite(world.bot_user, channel, by=user, mention=named[-1] if named else "")


async def _person(world: SlackSimulator, user: User, form: FormData) -> dict[str, Any]:
    name = str(form.get("name", "")).strip()
    if not name:
        raise ValueError("Somebody needs a name")
    new = world.user(name, email=f"{name.lower().replace(' ', '.')}@example.com")
    for channel in world.workspace.channels.values():
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


def _unanswered(world: SlackSimulator, what: str = "") -> dict[str, Any]:
    name = world.workspace.app.manifest.name
    return {"ok": False, "error": f"{what} failed: {name} did not answer" if what else f"{name} did not answer"}


def _mentions(world: SlackSimulator, text: str) -> str:
    """With `@Name` and `#channel` as Slack's composer completes them; the longest name first."""
    names = {f"@{each.name}": each.mention for each in world.workspace.users.values()}
    names |= {f"@{each.real_name}": each.mention for each in world.workspace.users.values()}
    names |= {f"#{each.name}": f"<#{each.id}>" for each in world.workspace.channels.values() if each.name}
    return user_actions.complete(text, names)


def _channel(world: SlackSimulator, form: FormData) -> Channel:
    return world.workspace.channels[str(form["channel"])]


def _view(world: SlackSimulator, form: FormData) -> View:
    return world.workspace.views[str(form["view"])]


def _where(world: SlackSimulator, form: FormData) -> ChannelMessage | View:
    """The message or view that an element stands in."""
    if form.get("view"):
        return _view(world, form)
    channel, ts = _channel(world, form), str(form["ts"])
    for each in [*channel.messages, *channel.ephemerals]:
        if each.ts == ts:
            return each
    raise LookupError("That message is gone")
