"""The Web API's rim: a request in, Slack's answer out."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from honk_simulators.slack.api import arguments
from honk_simulators.slack.api.arguments import SlackRefusal
from honk_simulators.slack.api.methods.base import Method
from honk_simulators.slack.api.methods.table import METHODS
from honk_simulators.slack.faults import DONE, ApiFault
from honk_simulators.slack.simulator_base import SimulatorBase
from honk_simulators.slack.state.workspace import Json, SlackApp

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def answer(simulator: SimulatorBase, request: Request, name: str) -> Response:
    """Answer one call. It is recorded whatever becomes of it."""
    try:
        given, token, is_json = await _read(request)
    except SlackRefusal as refused:
        simulator.record(name, {}, refused.error)
        return _refusal(simulator, refused)
    fault = simulator.faults.strike(name)
    if fault and fault.kind not in DONE:
        simulator.record(name, given, fault.kind, int(fault.kind) if fault.kind.isdigit() else 200)
        return await _failed(request, fault)
    try:
        method = _method(simulator.workspace.app, name, token, is_json)
        # Slack's own libraries send the team along with every call.
        if given.pop("team_id", simulator.workspace.id) != simulator.workspace.id:
            raise SlackRefusal("team_access_not_granted")
        if wait := simulator.limits.wait(name, method.tier, str(given.get("channel", ""))):
            simulator.record(name, given, "ratelimited", 429)
            return _too_many(wait)
        said = method.run(simulator.workspace, arguments.parse(given, method.arguments))
    except SlackRefusal as refused:
        simulator.record(name, given, refused.error)
        return _refusal(simulator, refused)
    simulator.record(name, given)
    if fault:
        return _half() if fault.kind == "lost" else JSONResponse({"ok": False, "error": fault.kind})
    return JSONResponse({"ok": True} | said, headers=_headers(simulator.workspace.app, method))


async def _read(request: Request) -> tuple[Json, str, bool]:
    """The arguments, the token, and whether they came as JSON. Raises Refused."""
    given: Json = dict(request.query_params)
    # Apps made since 2021 may not put their token into an address, where it would be logged.
    given.pop("token", None)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json"
    if is_json:
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            raise SlackRefusal("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackRefusal("json_not_object")
        given |= body
    elif kind in _FORMS:
        async with request.form() as form:
            given |= {key: value for key, value in form.items() if isinstance(value, str)}
    elif await request.body():
        raise SlackRefusal("invalid_post_type")
    token = str(given.pop("token", "") or "")
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = value.strip()
    return given, token, is_json


def _method(app: SlackApp, name: str, token: str, is_json: bool) -> Method:
    """The method, when this token may call it. Raises Refused."""
    method = METHODS.get(name)
    if method is None:
        raise SlackRefusal("unknown_method", req_method=name)
    if method.caller == "anybody":
        return method
    if not token:
        raise SlackRefusal("not_authed")
    expected, other = app.bot_token, app.app_token
    scopes = app.scopes
    if method.caller == "app":
        expected, other, scopes = other, expected, app.app_scopes
    if token == other:
        raise SlackRefusal("not_allowed_token_type")
    if token != expected:
        raise SlackRefusal("invalid_auth")
    if app.standing != "good":
        raise SlackRefusal("token_revoked" if app.standing == "revoked" else "account_inactive")
    if missing := [each for each in method.scopes if each not in scopes]:
        raise SlackRefusal("missing_scope", needed=",".join(missing), provided=",".join(sorted(scopes)))
    if is_json and not method.json:
        raise SlackRefusal("invalid_arguments", "[ERROR] this method takes no JSON, only forms")
    return method


def _refusal(simulator: SimulatorBase, refused: SlackRefusal) -> Response:
    body: Json = {"ok": False, "error": refused.error, **refused.more}
    if refused.messages:
        body["response_metadata"] = {"messages": list(refused.messages)}
    return JSONResponse(body, headers=_headers(simulator.workspace.app))


def _headers(app: SlackApp, method: Method | None = None) -> Mapping[str, str]:
    scopes = app.app_scopes if method and method.caller == "app" else app.scopes
    headers = {"x-oauth-scopes": ",".join(sorted(scopes)), "x-slack-req-id": "0"}
    return headers | {"x-accepted-oauth-scopes": ",".join(method.scopes)} if method else headers


def _too_many(wait: int) -> Response:
    return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers={"retry-after": str(wait)})


async def _failed(request: Request, fault: ApiFault) -> Response:
    """What a call meets that is not even tried."""
    match fault.kind:
        case "429":
            return _too_many(fault.retry_after)
        case "500" | "503":
            return PlainTextResponse("upstream connect error", int(fault.kind))
        case "cut":
            return _half()
        case "hang":
            while (await request.receive())["type"] != "http.disconnect":
                pass
            return Response()
        case _:
            return JSONResponse({"ok": False, "error": fault.kind})


def _half() -> Response:
    """An answer that breaks off: fewer bytes than it says, so that the server closes the connection."""

    async def body() -> AsyncIterator[bytes]:
        yield b'{"ok": tr'

    return StreamingResponse(body(), media_type="application/json", headers={"content-length": "4096"})


def respond_url_answer(error: str = "") -> Response:
    """What a `response_url` says."""
    if not error:
        return PlainTextResponse("ok")
    gone = error in ("expired_url", "used_url")
    return JSONResponse({"ok": False, "error": error}, 404 if gone else 400)


def arguments_of(data: Any) -> Json:
    """A body for the record."""
    return data if isinstance(data, dict) else {}
