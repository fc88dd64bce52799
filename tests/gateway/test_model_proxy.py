import asyncio
import gzip
import json
import stat
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from honk.core.errors import Unavailable
from honk.gateway import gateway as gateways
from honk.gateway import http_server, prices
from honk.gateway.usage import Usage
from honk.settings import ModelCredential
from honk.testing import model
from honk.testing.model import Fault


async def test_a_response_is_forwarded_with_the_real_key_and_counted(sockets: Path, kit: Any) -> None:
    async with kit.session(sockets) as it:
        answer = await it.ask()
        sent = it.stand_in.asked[0]
    assert answer.status_code == 200
    assert "I look at it" not in answer.text  # it comes in pieces
    assert '"text": "look "' in answer.text
    assert sent.header("x-api-key") == kit.KEY
    assert "placeholder" not in str(sent.headers)
    assert [name for _, name in it.meter.entries] == ["scripted-stand-in"]
    assert it.meter.entries[0][0].output_tokens > 10
    assert it.meter.usd > 0
    assert it.proxy.trouble == ""


async def test_a_bearer_token_is_sent_as_authorization(sockets: Path, kit: Any) -> None:
    async with (
        model.serve({}, key="a-token") as stand_in,
        gateways.connected(ModelCredential(stand_in.url, auth_token="a-token")) as gateway,
        gateway.open(sockets, meter=kit.CountingMeter()),
        kit.client_of(sockets) as client,
    ):
        assert await gateway.accepts_key()
        answer = await client.post("/v1/messages", json=kit.question(), headers=kit.PLACEHOLDER)
    assert answer.status_code == 200
    assert stand_in.asked[0].header("authorization") == "Bearer a-token"
    assert stand_in.asked[0].header("x-api-key") == ""


async def test_the_first_event_arrives_before_the_upstream_has_finished(sockets: Path, kit: Any) -> None:
    go_on = asyncio.Event()

    async def halting(exchange: http_server.Exchange) -> None:
        await exchange.read()
        await exchange.start(200, (("content-type", "text/event-stream"),))
        await exchange.send(b'data: {"type":"ping"}\n\n')
        await go_on.wait()
        await exchange.end()

    async with (
        http_server.serve_tcp("127.0.0.1", 0, halting) as port,
        gateways.connected(ModelCredential(f"http://127.0.0.1:{port}", kit.KEY)) as gateway,
        gateway.open(sockets, meter=kit.CountingMeter()),
        kit.client_of(sockets) as client,
        client.stream("POST", "/v1/messages", json=kit.question()) as answer,
    ):
        pieces = answer.aiter_bytes()
        assert b"ping" in await anext(pieces)
        go_on.set()
        assert [piece async for piece in pieces] == []


async def test_responses_that_are_not_streamed_are_counted(sockets: Path, kit: Any) -> None:
    usage = {"input_tokens": 1_000_000, "output_tokens": 100_000, "cache_read_input_tokens": None}
    body = gzip.compress(json.dumps({"type": "message", "model": "claude-opus-5-5", "usage": usage}).encode())

    async def packed(exchange: http_server.Exchange) -> None:
        await exchange.read()
        await exchange.answer(200, body, (("content-type", "application/json"), ("content-encoding", "gzip")))

    meter = kit.CountingMeter()
    async with (
        http_server.serve_tcp("127.0.0.1", 0, packed) as port,
        gateways.connected(ModelCredential(f"http://127.0.0.1:{port}", kit.KEY)) as gateway,
        gateway.open(sockets, meter=meter),
        kit.client_of(sockets) as client,
    ):
        answer = await client.post("/v1/messages", json=kit.question(stream=False))
    assert answer.json()["usage"] == usage
    assert meter.usd == pytest.approx(4 + 2)
    assert meter.entries[0][0].input_tokens == 1_000_000


async def test_a_used_up_budget_is_an_error_that_is_not_retried(sockets: Path, kit: Any) -> None:
    async with kit.session(sockets, limit=0.00001) as it:
        assert (await it.ask()).status_code == 200
        answer = await it.ask()
        counted = await it.client.post("/v1/messages/count_tokens", json=kit.question(), headers=kit.PLACEHOLDER)
    assert answer.status_code == 402
    assert answer.headers["x-should-retry"] == "false"
    assert answer.json()["error"]["message"] == "The budget of $1.00 is used up."
    assert it.proxy.trouble == "The budget of $1.00 is used up."
    assert counted.status_code == 200  # costs nothing
    assert len(it.stand_in.asked) == 1


async def test_a_stream_that_breaks_off_stays_incomplete_and_is_counted(sockets: Path, kit: Any) -> None:
    async with kit.session(sockets, Fault("cut")) as it:
        with pytest.raises(httpx2.RemoteProtocolError):
            await it.ask()
        assert it.meter.entries[0][0].input_tokens > 10
        assert "broke off" in it.proxy.trouble
        assert (await it.ask()).status_code == 200
        assert it.proxy.trouble == ""


async def test_a_client_that_disconnects_is_charged_and_ends_the_request(sockets: Path, kit: Any) -> None:
    gone = asyncio.Event()

    async def endless(exchange: http_server.Exchange) -> None:
        await exchange.read()
        await exchange.start(200, (("content-type", "text/event-stream"),))
        start = {"type": "message_start", "message": {"model": "claude-opus-5-5", "usage": {"input_tokens": 500}}}
        await exchange.send(f"data: {json.dumps(start)}\n\n".encode())
        try:
            await exchange.while_connected(asyncio.Event().wait())
        finally:
            gone.set()

    meter = kit.CountingMeter()
    async with (
        http_server.serve_tcp("127.0.0.1", 0, endless) as port,
        gateways.connected(ModelCredential(f"http://127.0.0.1:{port}", kit.KEY)) as gateway,
        gateway.open(sockets, meter=meter) as proxy,
        kit.client_of(sockets) as client,
    ):
        async with client.stream("POST", "/v1/messages", json=kit.question()) as answer:
            await anext(answer.aiter_bytes())
        await asyncio.wait_for(gone.wait(), 5)
    assert meter.entries[0][0].input_tokens == 500
    assert proxy.trouble == "", "the service has done nothing wrong"


async def test_the_proxy_waits_while_the_service_is_overloaded(sockets: Path, kit: Any) -> None:
    async with kit.session(sockets, Fault("529", retry_after=0.05), Fault("429", skip=1, retry_after=0.05)) as it:
        answer = await it.ask()
    assert answer.status_code == 200
    assert len(it.stand_in.asked) == 3
    assert it.notices == ["The model's service is overloaded; trying again in 1 s."] * 2
    assert len(it.meter.entries) == 1


async def test_a_lasting_overload_is_returned_without_a_retry(sockets: Path, kit: Any) -> None:
    async with kit.session(sockets, Fault("529", count=None, retry_after=0.2), patience=0.5) as it:
        answer = await it.ask()
        asked = len(it.stand_in.asked)
        again = await it.ask()  # the agent's program tries again all the same: one question, no second wait
    assert (answer.status_code, again.status_code) == (529, 529)
    assert answer.headers["x-should-retry"] == "false"
    assert "retry-after" not in answer.headers
    assert 2 <= asked <= 4
    assert len(it.stand_in.asked) == asked + 1
    assert "529" in it.proxy.trouble
    assert it.meter.entries == []


async def test_one_sessions_overload_holds_back_the_others(sockets: Path, kit: Any) -> None:
    held = asyncio.Event()
    async with kit.session(sockets, Fault("429", retry_after=0.4), notify=kit.notify_by(lambda _: held.set())) as it:
        first = asyncio.ensure_future(it.ask())
        await held.wait()
        other, started = [], time.monotonic()
        async with (
            it.gateway.open(sockets.with_name("b"), meter=kit.CountingMeter(), notify=kit.notify_by(other.append)),
            kit.client_of(sockets.with_name("b")) as client,
        ):
            answer = await client.post("/v1/messages", json=kit.question(), headers=kit.PLACEHOLDER)
        assert answer.status_code == 200
        assert other
        assert time.monotonic() - started > 0.2
        assert (await first).status_code == 200


async def test_a_refused_key_is_an_error_at_once(sockets: Path, kit: Any) -> None:
    async with kit.session(sockets, key="sk-wrong") as it:
        assert not it.gateway.credential_refused
        answer = await it.ask()
        assert it.gateway.credential_refused
        assert not await it.gateway.accepts_key()
    assert answer.status_code == 401
    assert answer.headers["x-should-retry"] == "false"
    assert len(it.stand_in.asked) == 1
    assert "does not accept the key" in it.proxy.trouble
    assert "sk-wrong" not in f"{answer.text}{it.proxy.trouble}{it.gateway!r}"


async def test_a_key_is_checked_also_where_the_service_lacks_the_list_of_models(kit: Any) -> None:
    async def only_messages(exchange: http_server.Exchange) -> None:
        await exchange.read()
        await exchange.answer(404 if exchange.header("x-api-key") == kit.KEY else 401, b"")

    async def forbids_the_list(exchange: http_server.Exchange) -> None:
        await exchange.read()
        await exchange.answer(403 if exchange.method == "GET" else 200, b"{}")

    for service, key, accepted in (
        (only_messages, kit.KEY, True),
        (only_messages, "other", False),
        (forbids_the_list, kit.KEY, True),
    ):
        async with (
            http_server.serve_tcp("127.0.0.1", 0, service) as port,
            gateways.connected(ModelCredential(f"http://127.0.0.1:{port}", key)) as gateway,
        ):
            assert await gateway.accepts_key() is accepted


async def test_an_unreachable_service_is_named(sockets: Path, kit: Any) -> None:
    async with http_server.serve_tcp("127.0.0.1", 0, lambda exchange: exchange.answer(200, b"")) as port:
        pass
    async with (
        gateways.connected(ModelCredential(f"http://127.0.0.1:{port}", kit.KEY), patience=0) as gateway,
        gateway.open(sockets, meter=kit.CountingMeter()) as proxy,
        kit.client_of(sockets) as client,
    ):
        with pytest.raises(Unavailable, match=f"127.0.0.1:{port} cannot be reached"):
            await gateway.accepts_key()
        answer = await client.post("/v1/messages", json=kit.question())
    assert answer.status_code == 502
    assert proxy is not None
    assert "cannot be reached" in proxy.trouble


async def test_only_message_routes_are_forwarded(sockets: Path, kit: Any) -> None:
    async with kit.session(sockets) as it:
        for method, path in (("GET", "/v1/files"), ("POST", "/v1/messages/batches"), ("DELETE", "/v1/messages")):
            assert (await it.client.request(method, path)).status_code == 404
        assert (await it.client.post("/v1/messages", content=b"[1]")).status_code == 400
        assert (await it.client.get("/v1/models", headers=kit.PLACEHOLDER)).json()["data"][0]["id"] == model.MODEL
    assert it.stand_in.asked == []


async def test_hosted_tools_are_refused_by_default(sockets: Path, kit: Any) -> None:
    fetch = {"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}
    async with kit.session(sockets) as it:
        assert (await it.ask(**fetch)).status_code == 403
        assert it.stand_in.asked == []
        async with (
            it.gateway.open(sockets.with_name("b"), meter=kit.CountingMeter(), hosted_tools=True),
            kit.client_of(sockets.with_name("b")) as client,
        ):
            allowed = await client.post("/v1/messages", json=kit.question(**fetch), headers=kit.PLACEHOLDER)
    assert allowed.status_code == 200


async def test_exchanges_are_recorded_without_the_secrets(sockets: Path, tmp_path: Path, kit: Any) -> None:
    async with kit.session(sockets, record=tmp_path / "kept", secrets=["multi\nline-secret"]) as it:
        await it.ask("fix the greeting, my key is multi\nline-secret")
        await it.ask(stream=False)
    file = tmp_path / "kept" / "model.jsonl"
    streamed, whole = map(json.loads, file.read_text().splitlines())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kit.KEY not in file.read_text()
    assert "line-secret" not in file.read_text()
    assert streamed["response"]["message"]["content"][0]["text"] == "I look at it."
    assert json.loads(streamed["response"]["message"]["content"][1]["partial_json"]) == {"file_path": "/a"}
    assert whole["response"]["message"]["content"][1]["input"] == {"file_path": "/a"}
    assert streamed["usd"] > 0


async def test_the_socket_is_private_and_removed_with_the_session(tmp_path: Path, kit: Any) -> None:
    sockets = tmp_path / ("long" * 30) / "wire"  # a path that no unix socket could have
    async with kit.session(sockets):
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE((sockets / "model.sock").stat().st_mode) == 0o600
        assert not (sockets / "egress.sock").exists()
    assert not (sockets / "model.sock").exists()


async def test_without_a_meter_there_is_no_model_socket(sockets: Path, kit: Any) -> None:
    async with (
        gateways.connected(ModelCredential("http://127.0.0.1:1", kit.KEY)) as gateway,
        gateway.open(sockets) as proxy,
    ):
        assert proxy is None
        assert not (sockets / "model.sock").exists()


async def test_a_model_without_a_price_counts_at_the_highest_price_and_is_named(sockets: Path, kit: Any) -> None:
    body = json.dumps({"type": "message", "model": "acme-1", "usage": {"output_tokens": 1_000_000}}).encode()

    async def unknown(exchange: http_server.Exchange) -> None:
        await exchange.read()
        await exchange.answer(200, body, (("content-type", "application/json"),))

    meter, notices = kit.CountingMeter(), []
    async with (
        http_server.serve_tcp("127.0.0.1", 0, unknown) as port,
        gateways.connected(ModelCredential(f"http://127.0.0.1:{port}", kit.KEY)) as gateway,
        gateway.open(sockets, meter=meter, notify=kit.notify_by(notices.append)),
        kit.client_of(sockets) as client,
    ):
        for _ in range(2):
            await client.post("/v1/messages", json=kit.question(stream=False))
    assert meter.usd == pytest.approx(2 * prices.HIGHEST.output)
    assert len(notices) == 1
    assert "acme-1" in notices[0]


@pytest.mark.parametrize(
    ("name", "dollars"),
    [
        ("claude-opus-5-5", 4.0),
        ("claude-opus-4-1-20250805", 15.0),
        ("us.anthropic.claude-opus-4-5-20251101-v1:0", 5.0),
        ("claude-sonnet-4-6", 3.0),
        ("claude-haiku-4-5@20251001", 1.0),
        ("claude-haiku-5-5", 0.5),
    ],
)
def test_prices_are_found_by_family(name: str, dollars: float) -> None:
    assert prices.cost(name, Usage(input_tokens=1_000_000)).usd == pytest.approx(dollars)


def test_every_kind_of_token_has_its_price() -> None:
    million = 1_000_000
    usage = Usage(million, million, million, million, million, 2, fast=False)
    assert prices.cost("claude-opus-5-5", usage).usd == pytest.approx(4 + 0.2 + 5 + 8 + 20 + 0.02)
    assert prices.cost("claude-opus-5-5", usage).input_tokens == 4 * million
    assert prices.cost("claude-opus-5-5", Usage(output_tokens=million, fast=True)).usd == pytest.approx(40)
    assert prices.cost("claude-haiku-5-5", Usage(output_tokens=million)).usd == pytest.approx(0.5)
