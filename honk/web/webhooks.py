"""What other services send us of their own accord. They hold no token of ours: each hook checks its sender's signature
over the raw bytes, before anything of them is parsed. Bodies are never logged.

Anybody may send us something, so what is long is read one at a time, and not for long: a sender who is turned away then
sends it again or is asked later.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

Headers = tuple[tuple[str, str], ...]
Hook = Callable[[Headers, bytes], Awaitable[Response]]
"""Answers a request by all of its headers, a name as often as it came (in lower case), and its body. Raises Refused."""

SLACK = "/slack/events"
"""All of Slack's HTTP traffic: events, interactions, options, commands."""

GITHUB = "/github/webhooks"
"""GitHub's events."""

LONG = 1 << 20
"""Bytes above which a request is a long one."""

READ_SECONDS = 10.0
"""For so long a long one is read; GitHub waits no longer itself."""

log = logging.getLogger(__name__)


class WebhookRefused(Exception):
    """The sender is not who they claim to be. The text is for our log; they learn nothing of why."""


def routes(hooks: Mapping[str, Hook], seconds: float = READ_SECONDS) -> APIRouter:
    """One route for each of `hooks`, by path. A long request is read for `seconds`."""
    router = APIRouter()
    for path, hook in hooks.items():
        router.add_api_route(path, _endpoint(path, hook, seconds), methods=["POST"], response_model=None)
    return router


def _endpoint(path: str, hook: Hook, seconds: float) -> Callable[[Request], Awaitable[Response]]:
    gate = asyncio.Lock()

    async def taken(headers: Headers, request: Request) -> Response:
        if int(request.headers.get("content-length", LONG + 1)) <= LONG:
            return await hook(headers, await request.body())
        async with gate:
            async with asyncio.timeout(seconds):
                body = await request.body()
            return await hook(headers, body)

    async def endpoint(request: Request) -> Response:
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.headers.raw
        )
        try:
            return await taken(headers, request)
        except TimeoutError:
            return Response("Too slow.", HTTPStatus.REQUEST_TIMEOUT, media_type="text/plain")
        except WebhookRefused as refusal:
            log.warning("A request to %s was refused: %s", path, refusal)
            return Response("Not signed.", HTTPStatus.UNAUTHORIZED, media_type="text/plain")

    return endpoint
