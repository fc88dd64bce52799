"""What other services send: as long as they may, one long one at a time, and nothing of it unless it is signed."""

import asyncio
import json
from collections.abc import AsyncIterator
from http import HTTPStatus

import httpx2
import pytest
from fastapi import FastAPI
from githubkit import webhooks as github_webhooks
from starlette.responses import Response
from starlette.types import Scope

from honk.integrations.github.conversation import signature
from honk.web import webhooks
from honk.web.middleware import LONGER, Middleware
from honk.web.webhooks import GITHUB, SLACK, Headers, WebhookRefused
from tests.waiting import settle

SECRET = "between GitHub and us"


class Listener:
    """Takes what is signed."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.at_once = 0
        self.most = 0

    async def hear(self, headers: Headers, body: bytes) -> Response:
        try:
            delivery = signature.verified(SECRET, headers, body)
        except signature.InvalidGitHubSignature as forged:
            raise WebhookRefused(str(forged)) from forged
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await settle(1)
        self.at_once -= 1
        self.taken.append(len(delivery.body))
        return Response("Heard.", HTTPStatus.ACCEPTED)


def refuse(scope: Scope, status: HTTPStatus, text: str) -> Response:
    return Response(text, status)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
async def client(listener: Listener) -> AsyncIterator[httpx2.AsyncClient]:
    async with reaching(listener) as asking:
        yield asking


def reaching(listener: Listener, seconds: float = webhooks.READ_SECONDS) -> httpx2.AsyncClient:
    app = FastAPI()
    app.include_router(webhooks.routes({GITHUB: listener.hear, SLACK: listener.hear}, seconds))
    rim = Middleware(app, refuse, "token", frozenset({"honk.test"}), frozenset())
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(rim), base_url="http://honk.test")


def delivery(size: int, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"text": "x" * (size - 12)}).encode()
    headers = {
        "content-type": "application/json",
        "x-github-delivery": "one",
        "x-github-event": "push",
        "x-hub-signature-256": github_webhooks.sign(secret, body, "sha256"),
    }
    return body, headers


async def test_a_delivery_may_be_as_long_as_github_sends_it(client: httpx2.AsyncClient, listener: Listener) -> None:
    longest = LONGER[GITHUB]
    body, headers = delivery(longest)
    assert len(body) == longest
    assert (await client.post(GITHUB, content=body, headers=headers)).status_code == HTTPStatus.ACCEPTED
    forged, guessed = delivery(longest, "guessed")
    assert (await client.post(GITHUB, content=forged, headers=guessed)).status_code == HTTPStatus.UNAUTHORIZED
    more, signed = delivery(longest + 1)
    answer = await client.post(GITHUB, content=more, headers=signed)
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and "25 MB" in answer.text
    elsewhere = await client.post(SLACK, content=body, headers=headers)
    assert elsewhere.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and "4 MB" in elsewhere.text
    assert listener.taken == [longest]


async def test_long_ones_are_taken_one_at_a_time(client: httpx2.AsyncClient, listener: Listener) -> None:
    long, small = delivery(2 << 20), delivery(1000)
    sent = [client.post(GITHUB, content=body, headers=headers) for body, headers in (long, long, long)]
    assert {each.status_code for each in await asyncio.gather(*sent)} == {HTTPStatus.ACCEPTED}
    assert listener.most == 1
    sent = [client.post(GITHUB, content=body, headers=headers) for body, headers in (small, small, small)]
    await asyncio.gather(*sent)
    assert listener.most > 1 and len(listener.taken) == 6


async def test_who_is_slow_with_a_long_one_is_not_waited_for(listener: Listener) -> None:
    over = asyncio.Event()

    async def drip() -> AsyncIterator[bytes]:
        yield b"{"
        await over.wait()

    async with reaching(listener, 0.2) as client:
        slow = asyncio.create_task(client.post(GITHUB, content=drip(), headers=delivery(1000)[1]))
        body, headers = delivery(2 << 20)
        await settle(1)
        assert (await client.post(GITHUB, content=body, headers=headers)).status_code == HTTPStatus.ACCEPTED
        assert (await slow).status_code == HTTPStatus.REQUEST_TIMEOUT
    over.set()
    assert listener.taken == [len(body)]
