"""Slack over HTTP: signed requests to the server, and everything that only claims to be one."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from honk_simulators import slack
from honk_simulators.slack import SlackSimulator, Timing
from slack_sdk.signature import SignatureVerifier

from honk import server, settings
from honk.core.errors import UsageError
from honk.core.person import Person
from honk.integrations.slack.client import manifest, signature
from honk.settings import Settings, SlackAccess

CANARY = "c4n4ry-of-an-unsigned-body"


@dataclass
class RunningServer:
    """A server that Slack calls. `url` is where."""

    simulator: SlackSimulator
    honk_client: server.RunningServer
    url: str

    def signed(self, body: bytes, *, age: float = 0.0, kind: str = "application/json") -> dict[str, str]:
        at = str(int(time.time() - age))
        signed = SignatureVerifier(self.simulator.signing_secret).generate_signature(timestamp=at, body=body)
        return {"content-type": kind, signature.TIMESTAMP: at, signature.SIGNATURE: str(signed)}

    async def post(self, body: bytes, headers: dict[str, str]) -> httpx2.Response:
        async with httpx2.AsyncClient(trust_env=False) as client:
            return await client.post(self.url, content=body, headers=headers)


def _signed_with_nothing(at: str, body: bytes) -> str:
    return f"v0={hmac.new(b'', f'v0:{at}:'.encode() + body, hashlib.sha256).hexdigest()}"


@pytest.fixture
def own(tmp_path: Path) -> Callable[[SlackAccess], Settings]:
    def made(access: SlackAccess) -> Settings:
        base = settings.load({"HONK_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)})
        file = replace(base.file, server=replace(base.file.server, preview_port=0))
        return replace(base, slack=access, file=file)

    return made


@pytest.fixture
async def served(own: Callable[[SlackAccess], Settings]) -> AsyncIterator[RunningServer]:
    async with AsyncExitStack() as stack:
        pace = Timing(retries=(0.0, 0.05, 0.05))
        simulator = await stack.enter_async_context(slack.serve(manifest.manifest("https://honk.test"), pace=pace))
        access = SlackAccess(simulator.url, simulator.bot_token, "", simulator.signing_secret)
        ada = Person("local:0", "Ada", "ada@example.com")
        honk_client = await stack.enter_async_context(
            server.open_server(own(access), person=ada, host="127.0.0.1", port=0, preview_port=0)
        )
        assert honk_client.slack is not None
        await honk_client.slack.tried.wait()
        assert honk_client.slack.state == "Slack: workspace Goose Works as @honk, by HTTP at /slack/events."
        url = f"{honk_client.local}/slack/events"
        await simulator.deliver_to(url)
        yield RunningServer(simulator, honk_client, url)


async def test_signed_requests_are_handled(served: RunningServer) -> None:
    simulator, store = served.simulator, served.honk_client.service.services.store
    ada = simulator.user("Ada")
    channel = simulator.channel("playlists", members=[ada])
    simulator.disturb("duplicate", 1)
    await simulator.say(ada, channel, f"<@{simulator.bot_user}> fix it")
    await simulator.quiet()
    [session] = await store.sessions()
    assert session.request == "fix it"
    assert (await simulator.slash(ada, channel, "/honk", "bind")).ok
    assert "bound to no repository" in simulator.text(simulator.ephemerals(ada)[-1])
    for attempt in list(simulator.attempts):  # somebody recorded a request, and plays it again within the five minutes
        if attempt.kind == "events_api":
            body = json.dumps(attempt.payload).encode()
            assert (await served.post(body, served.signed(body))).status_code == 200
    assert len(await store.sessions()) == 1


async def test_unsigned_requests_are_refused_before_they_are_parsed(
    served: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "honk")
    body = json.dumps({"type": "event_callback", "event": {"type": "message", "text": CANARY}}).encode()
    good = served.signed(body)
    at, mark = signature.TIMESTAMP, signature.SIGNATURE
    refused: dict[str, tuple[bytes, dict[str, str]]] = {
        "unsigned": (body, {"content-type": "application/json"}),
        "no signature": (body, {at: good[at]}),
        "stale": (body, served.signed(body, age=301)),
        "from the future": (body, served.signed(body, age=-302)),
        "another body": (body + b" ", good),
        "a button": (urlencode({"payload": body.decode()}).encode(), {**good, "content-type": "x-www-form-urlencoded"}),
        "a challenge": (json.dumps({"type": "url_verification", "challenge": CANARY}).encode(), good),
        "squeezed": (body, {**good, mark: "v0=" + "0" * 64, "content-encoding": "gzip"}),
        "an empty secret": (body, {at: good[at], mark: _signed_with_nothing(good[at], body)}),
        "not even text": (b"\xff\xfe" * 50, {}),
    }
    for name, (sent, headers) in refused.items():
        answer = await served.post(sent, headers)
        assert (answer.status_code, CANARY in answer.text) == (401, False), name
    async with httpx2.AsyncClient(trust_env=False) as client:
        base = served.url.removesuffix("/events")
        for path in ("/interactions", "/commands", "/options", "/", ""):
            assert (await client.post(f"{base}{path}", content=body, headers=good)).status_code in (401, 403, 404)
        assert (await client.get(served.url)).status_code == 405
    answer = await served.post(b"x" * (5 << 20), good)
    assert answer.status_code == 413
    assert await served.honk_client.service.services.store.sessions() == ()
    assert CANARY not in caplog.text
    assert "was refused" in caplog.text


async def test_signed_requests_that_are_not_understood_are_dropped(served: RunningServer) -> None:
    bodies = [
        b"",
        b"{}",
        b"[]",
        b"7",
        b"not json",
        json.dumps({"type": "event_callback", "team_id": "T1", "event": {}}).encode(),
        json.dumps({"type": "event_callback", "team_id": "T1", "event": {"type": "dancing"}}).encode(),
        json.dumps({"type": "event_callback", "event": {"type": "message", "channel": 7, "text": []}}).encode(),
        json.dumps({"type": "event_callback", "event": {"type": "reaction_added", "item": "x"}}).encode(),
        json.dumps({"type": "block_actions", "actions": []}).encode(),
        json.dumps({"type": "something_new"}).encode(),
        urlencode({"payload": "{"}).encode(),
        urlencode({"payload": json.dumps({"type": "view_submission", "view": {}})}).encode(),
        urlencode({"command": "/other", "text": "x"}).encode(),
        ("x" * 4_000_000).encode(),
    ]
    for body in bodies:
        form = body.startswith((b"payload", b"command"))
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        answer = await served.post(body, served.signed(body, kind=kind))
        assert answer.status_code in (200, 400, 404), (body[:60], answer.status_code)
    assert await served.honk_client.service.services.store.sessions() == ()


@pytest.mark.parametrize(
    ("access", "said"),
    [
        (SlackAccess(bot_token="xoxb-1"), "partly configured"),
        (SlackAccess(bot_token="xoxb-1", signing_secret=""), "SLACK_SIGNING_SECRET"),
        (SlackAccess(app_token="xapp-1"), "set SLACK_BOT_TOKEN"),
        (SlackAccess(signing_secret="abc"), "set SLACK_BOT_TOKEN"),
    ],
)
async def test_an_incomplete_configuration_does_not_start(
    own: Callable[[SlackAccess], Settings], access: SlackAccess, said: str
) -> None:
    ada = Person("local:0", "Ada", "ada@example.com")
    with pytest.raises(UsageError, match=said):
        async with server.open_server(own(access), person=ada, host="127.0.0.1", port=0, preview_port=0):
            pass
