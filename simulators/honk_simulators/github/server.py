"""The HTTP rim: the API under `/api/v3`, GraphQL under `/api/graphql`, git, sign-in, downloads and pages.

The addresses are those of a GitHub Enterprise Server, which githubkit and git know their way around in.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from honk_simulators.github import dispatch, git_http
from honk_simulators.github.actions import downloads
from honk_simulators.github.auth import sign_in
from honk_simulators.github.dispatch import HttpRequest
from honk_simulators.github.graphql import execution
from honk_simulators.github.pages import pages
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.requests import rate_limits
from honk_simulators.github.requests.api_request import ApiResponse
from honk_simulators.github.requests.openapi import OLDEST
from honk_simulators.github.state.accounts import ANONYMOUS, Token
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.request_log import LoggedRequest, RequestFault

API = "/api/v3"
GRAPHQL = "/api/graphql"
SIGN_IN = {"/login/device/code": sign_in.begin, "/login/oauth/access_token": sign_in.poll}
LARGEST = 200_000_000
STATUSES = {
    "401": "Bad credentials",
    "403": "Resource not accessible by integration",
    "422": "Validation Failed",
    "429": "API rate limit exceeded",
    "500": "Server Error",
    "502": "Server Error",
    "503": "Service Unavailable",
}


class Server:
    """The ASGI application."""

    def __init__(self, state: GitHubState) -> None:
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        fault = self._fault(request)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind != "slow" and not (fault.after or fault.kind == "cut"):
            response = await self._go_wrong(fault, request)
        else:
            response = await self._answer(request)
            if fault is not None and fault.after:
                response = await self._go_wrong(fault, request)
        if fault is not None and fault.kind == "cut":
            await _cut(response, send)
        elif response is not None:
            await response(scope, receive, send)
        self._state.ring()

    def _fault(self, request: Request) -> RequestFault | None:
        path = request.url.path.removeprefix(API)
        return next((each for each in self._state.faults if each.strikes(request.method, path)), None)

    async def _go_wrong(self, fault: RequestFault, request: Request) -> Response | None:
        await _whole(request)
        self._note(request, ANONYMOUS, 0, None)
        if fault.kind == "hang":
            while (await request.receive())["type"] != "http.disconnect":
                pass
            return None
        if fault.kind == "secondary":
            return _refusal(rate_limits.secondary(fault.seconds))
        if fault.kind == "429":
            reset = str(int(self._state.now() + fault.seconds))
            gone = {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": reset,
                "x-ratelimit-limit": str(rate_limits.USUAL),
            }
            return _refusal(GitHubRefusal(429, STATUSES["429"], headers=gone))
        return _refusal(GitHubRefusal(int(fault.kind), STATUSES[fault.kind]))

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        if path == GRAPHQL or path.startswith(f"{API}/"):
            return await self._api(request)
        if git_http.PATH.match(path):
            response, token = await git_http.answer(self._state, request, await _whole(request))
            self._note(request, token, response.status_code, None)
            return response
        if path.startswith(downloads.PATH):
            return self._download(request, path.removeprefix(downloads.PATH))
        if path in SIGN_IN and request.method == "POST":
            return await self._sign_in(request)
        return await pages.answer(self._state, request)

    async def _sign_in(self, request: Request) -> Response:
        """The device flow: form or JSON in, and out what the client accepts."""
        raw = await _whole(request)
        if "json" in request.headers.get("content-type", ""):
            given = {key: str(value) for key, value in json.loads(raw or b"{}").items()}
        else:
            given = dict(parse_qsl(raw.decode()))
        found = SIGN_IN[request.url.path](self._state, {**request.query_params, **given})
        self._note(request, ANONYMOUS, 200, None)
        if "json" in request.headers.get("accept", ""):
            return Response(json.dumps(found), media_type="application/json")
        return Response(urlencode(found), media_type="application/x-www-form-urlencoded")

    def _download(self, request: Request, key: str) -> Response:
        found = downloads.take(self._state, key)
        self._note(request, ANONYMOUS, 200 if found else 404, None)
        return Response(found.data, media_type=found.kind) if found else Response("gone", 404)

    async def _api(self, request: Request) -> Response:
        state, token = self._state, ANONYMOUS
        raw = await _whole(request)
        headers = dict(request.headers.items())
        path = request.url.path.removeprefix(API) if request.url.path != GRAPHQL else "/graphql"
        incoming = HttpRequest(request.method, path, dict(request.query_params), headers, raw)
        try:
            token = dispatch.identify(state, incoming)
            answered = await _answered(state, token, incoming)
            response = _response(state, token, incoming, answered)
        except GitHubRefusal as refused:
            response = _refusal(refused)
        response.headers.update(_common(state, token, incoming))
        self._note(request, token, response.status_code, raw)
        return response

    def _note(self, request: Request, token: Token, status: int, raw: bytes | None) -> None:
        """Keep what came in, without the token."""
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        headers = {key: value for key, value in request.headers.items() if key not in ("authorization", "cookie")}
        url = f"{request.url.path}?{request.url.query}"
        leaked = any(value and value in url for value in self._state.tokens)
        login = token.account.login if token.account else ""
        query = "" if leaked else request.url.query
        path = "(hidden: there was a token in it)" if leaked else request.url.path.removeprefix(API)
        seen = LoggedRequest(request.method, path, query, token.kind, login, status, headers, body, leaked)
        self._state.requests.append(seen)


async def _answered(state: GitHubState, token: Token, incoming: HttpRequest) -> ApiResponse:
    if incoming.path != "/graphql":
        return await dispatch.answer(state, token, incoming)
    if incoming.method != "POST":
        raise GitHubRefusal(404, "Not Found")
    rate_limits.take(state, token, creates=False)
    try:
        given = json.loads(incoming.raw)
    except ValueError as error:
        raise GitHubRefusal(400, "Problems parsing JSON") from error
    return await execution.answer(state, token, given)


def _response(state: GitHubState, token: Token, incoming: HttpRequest, answered: ApiResponse) -> Response:
    if answered.raw is not None:
        return Response(answered.raw, answered.status, dict(answered.headers))
    if answered.data is None:
        return Response(status_code=answered.status, headers=dict(answered.headers))
    body = json.dumps(answered.data, separators=(",", ":")).encode()
    headers = {"content-type": "application/json; charset=utf-8", **answered.headers}
    if incoming.method == "GET" and answered.status == 200:
        # with another token even the same is another answer
        headers["etag"] = f'W/"{hashlib.sha256(body + token.value.encode()).hexdigest()}"'
        headers["cache-control"] = "private, max-age=60, s-maxage=60"
        headers["vary"] = "Accept, Authorization, Cookie, Accept-Encoding, Accept, X-Requested-With"
        if headers["etag"] in incoming.headers.get("if-none-match", ""):
            rate_limits.give_back(state, token)
            kept = {key: headers[key] for key in ("etag", "cache-control", "vary")}
            return Response(status_code=304, headers=kept)
    return Response(body, answered.status, headers)


def _refusal(refused: GitHubRefusal) -> Response:
    headers = {"content-type": "application/json; charset=utf-8", **refused.headers}
    return Response(json.dumps(refused.body), refused.status, headers)


def _common(state: GitHubState, token: Token, incoming: HttpRequest) -> Mapping[str, str]:
    found = {
        "x-github-request-id": f"HONK:{state.id():X}",
        "x-github-media-type": "github.v3; format=json",
        "x-github-api-version-selected": incoming.headers.get("x-github-api-version", OLDEST),
        **rate_limits.headers(state, token),
    }
    if token.kind != "classic":
        return found
    takes = "repo" if incoming.path.startswith(("/repos/", "/repositories/")) else ""
    return found | {"x-oauth-scopes": ", ".join(sorted(token.scopes)), "x-accepted-oauth-scopes": takes}


async def _cut(response: Response | None, send: Send) -> None:
    """Half of an answer: the server then closes the connection."""
    body = bytes(response.body) if response is not None else b""
    headers: list[Any] = [(b"content-length", str(len(body) + 1).encode()), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _whole(request: Request) -> bytes:
    body = await request.body()
    return body if len(body) <= LARGEST else b""
