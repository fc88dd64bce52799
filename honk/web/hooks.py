"""What other services send us of their own accord. They hold no token of ours: each hook checks its sender's signature
over the raw bytes, before anything of them is parsed. Bodies are never logged."""

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

log = logging.getLogger(__name__)


class Refused(Exception):
    """The sender is not who they claim to be. The text is for our log; they learn nothing of why."""


def routes(hooks: Mapping[str, Hook]) -> APIRouter:
    """One route for each of `hooks`, by path."""
    router = APIRouter()
    for path, hook in hooks.items():
        router.add_api_route(path, _endpoint(path, hook), methods=["POST"], response_model=None)
    return router


def _endpoint(path: str, hook: Hook) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.headers.raw
        )
        try:
            return await hook(headers, await request.body())
        except Refused as refusal:
            log.warning("A request to %s was refused: %s", path, refusal)
            return Response("Not signed.", HTTPStatus.UNAUTHORIZED, media_type="text/plain")

    return endpoint
