"""From a request to its answer, as everybody gets it: over HTTP, and people in the browser without it.

In order: who asks, how often, what for, whether it is there for them, whether they may, whether the body is right.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from honk_simulators.github.api.table import ROUTES
from honk_simulators.github.auth import access
from honk_simulators.github.refusal import GitHubRefusal, not_found
from honk_simulators.github.requests import openapi, rate_limits
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse, Route
from honk_simulators.github.state.accounts import Token
from honk_simulators.github.state.github_state import GitHubState
from honk_simulators.github.state.repositories import Repository

VERSIONS = (openapi.OLDEST, openapi.NEWEST)
GONE = frozenset({"assignee", "merge_commit_sha", "rate"})
"""Fields that the newest version no longer has."""


@dataclass(frozen=True)
class HttpRequest:
    """A request. `path` is below the API's root, `headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""


def identify(state: GitHubState, incoming: HttpRequest) -> Token:
    """Whose request it is. Raises Refusal for one that says too little about itself."""
    if not incoming.headers.get("user-agent"):
        raise GitHubRefusal(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header "
            "(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).",
        )
    version = incoming.headers.get("x-github-api-version", openapi.OLDEST)
    if version not in VERSIONS:
        raise GitHubRefusal(400, f"{version} is not a valid API version. Must be one of: {', '.join(VERSIONS)}.")
    accept = incoming.headers.get("accept", "*/*")
    if not re.search(r"json|github|\*/\*|octet-stream", accept):
        raise GitHubRefusal(415, f"Unsupported 'Accept' header: '{accept}'. Must accept 'application/json'.")
    return access.bearer(state, incoming.headers.get("authorization", ""))


async def answer(state: GitHubState, token: Token, incoming: HttpRequest) -> ApiResponse:
    """The answer to a request of `token`. Raises Refusal."""
    path = _by_name(state, token, incoming)
    route, parameters = _route(incoming.method, path)
    if not (route.template == "/rate_limit" or token.kind == "session"):
        rate_limits.take(state, token, creates=route.creates)
    repo = _audience(state, token, route, parameters, incoming)
    call = ApiRequest(
        state, token, parameters, f"{state.api}{path}", incoming.query, incoming.headers, _body(route, incoming), repo
    )
    answered = await route.handler(call)
    if incoming.method != "GET":
        state.ring()
    return _finished(state, route, incoming, answered)


async def act(state: GitHubState, token: Token, method: str, path: str, body: Any = None) -> Any:
    """The same without HTTP: what somebody does in the browser. The JSON of the answer; raises Refusal."""
    raw = b"" if body is None else json.dumps(body).encode()
    plain, _, query = path.partition("?")
    pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
    return (await answer(state, token, HttpRequest(method, plain, pairs, raw=raw))).data


def _by_name(state: GitHubState, token: Token, incoming: HttpRequest) -> str:
    """The path with a repository's name where its number stood."""
    numbered = re.match(r"/repositories/(\d+)(?=/|$)", incoming.path)
    if numbered is None:
        return incoming.path
    repo = state.repositories.get(int(numbered[1]))
    if repo is None or repo.deleted or not access.sees(token, repo):
        raise not_found()
    return f"/repos/{repo.full_name}{incoming.path[numbered.end() :]}"


_PATTERNS: Sequence[tuple[re.Pattern[str], Route]] = tuple(
    (openapi.pattern(route.template), route)
    for route in sorted(ROUTES, key=lambda each: (-each.template.count("/"), each.template.count("{")))
)


def _route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    for pattern, route in _PATTERNS:
        if route.method == method and (match := pattern.match(path)):
            return route, match.groupdict()
    if openapi.known(method, path):
        raise GitHubRefusal(501, f"This stand-in for GitHub does not do {method} {path}")
    raise not_found()


def _audience(
    state: GitHubState, token: Token, route: Route, parameters: Mapping[str, str], incoming: HttpRequest
) -> Repository | None:
    """The repository that the request is about, when it is about one and may be made."""
    if route.audience == "app":
        access.app_of(token)
        return None
    if token.kind == "app" and route.audience != "anybody":
        raise GitHubRefusal(403, "Resource not accessible by integration")
    if route.audience == "account":
        access.acting(token)
        return None
    if route.audience == "anybody":
        return None
    name = f"{parameters['owner']}/{parameters['repo']}"
    repo = state.repository(name)
    if repo is None:
        raise _elsewhere(state, token, name, incoming)
    if not access.sees(token, repo):
        raise not_found()
    access.check(token, repo, route.needs, route.role)
    if repo.archived and route.writes and route.template != "/repos/{owner}/{repo}":
        raise GitHubRefusal(403, "Repository was archived so is read-only.")
    return repo


def _elsewhere(state: GitHubState, token: Token, name: str, incoming: HttpRequest) -> GitHubRefusal:
    """Where a repository has moved to, for those who may see it."""
    repo = state.repositories.get(state.moved.get(name.lower(), 0))
    if repo is None or repo.deleted or not access.sees(token, repo):
        return not_found()
    rest = incoming.path.split("/", 4)[4:]
    url = "/".join([f"{state.api}/repositories/{repo.id}", *rest])
    query = "&".join(f"{key}={value}" for key, value in incoming.query.items())
    status, message = (301, "Moved Permanently") if incoming.method == "GET" else (307, "Temporary Redirect")
    return GitHubRefusal(status, message, headers={"location": url + (f"?{query}" if query else "")})


def _body(route: Route, incoming: HttpRequest) -> Any:
    """The JSON that came in, by the description. Raises Refusal (400, 422)."""
    if incoming.method == "GET":
        return None
    try:
        given = json.loads(incoming.raw) if incoming.raw.strip() else None
    except ValueError as error:
        raise GitHubRefusal(400, "Problems parsing JSON") from error
    if given is not None and not isinstance(given, dict | list):
        raise GitHubRefusal(400, "Body should be a JSON object")
    operation = openapi.operation(route.method, route.template)
    if operation is not None:
        openapi.check_body(operation, incoming.raw if given is not None else b"{}")
    return {} if given is None else given


def _finished(state: GitHubState, route: Route, incoming: HttpRequest, answered: ApiResponse) -> ApiResponse:
    """The answer as the version of the API has it, checked against the description where the world is strict."""
    operation = openapi.operation(route.method, route.template)
    if answered.data is None or answered.status >= 300:
        return answered
    if state.strict and operation is not None:
        wrong = openapi.check_answer(operation, json.dumps(answered.data).encode())
        if wrong:
            state.wrong.append(wrong)
            raise GitHubRefusal(500, f"The stand-in's answer is not as described: {wrong}")
    if incoming.headers.get("x-github-api-version") == openapi.NEWEST:
        return ApiResponse(_without(answered.data), answered.status, answered.headers)
    return answered


def _without(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without(value) for key, value in data.items() if key not in GONE}
    return [_without(each) for each in data] if isinstance(data, list) else data
