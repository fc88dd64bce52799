"""The scripted stand-in for the model: a server that speaks the Messages API and says what a script tells it to.

It answers the real agent program, so it refuses what the real API refuses and streams as the real one streams. It keeps
no conversation: which step comes next is counted from the messages of each request, so that a retried request, a
resumed conversation or a restarted server all get the right answer.

    async with model.serve({"fix the greeting": script}) as stand_in:
        ...  # ANTHROPIC_BASE_URL=stand_in.url, any API key

From the command line: `python -m honk.testing.model --port 8999 --script script.json`.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from honk.gateway import http_server
from honk.testing import messages, script
from honk.testing.messages import MODEL, Refusal
from honk.testing.script import Script, Step

Choose = Callable[[str], Script | None]
"""From the text of a message that a person wrote to the script that answers it, None for no script."""

FaultKind = Literal["400", "401", "403", "429", "500", "503", "529", "drop", "cut", "hang", "garbage", "slow"]
"""A status; or drop: no answer, connection closed; cut: half an answer; hang: no answer until the client leaves;
garbage: an answer that is none; slow: a stream with pauses."""

_ERRORS = {
    "400": ("invalid_request_error", "This request is refused on demand"),
    "401": ("authentication_error", "invalid x-api-key"),
    "403": ("permission_error", "Your API key does not have permission to use the specified resource"),
    "429": ("rate_limit_error", "This request would exceed your organization's rate limit"),
    "500": ("api_error", "Internal server error"),
    "503": ("api_error", "Service unavailable"),
    "529": ("overloaded_error", "Overloaded"),
}
_LARGEST = 32_000_000
_ASIDE = Step("A scripted stand-in answers here; it has nothing to say to this.")
_EXHAUSTED = Step("The script of this stand-in ends here.")


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong on demand.

    It strikes `count` requests (None: all) after letting `skip` pass, counted over the requests for a message whose
    prompt contains `marker`. `retry_after` is in seconds and goes out with a status; `pause` is slow's, per event.
    """

    kind: FaultKind
    skip: int = 0
    count: int | None = 1
    marker: str = ""
    retry_after: float | None = None
    pause: float = 0.05


@dataclass(frozen=True)
class Seen:
    """One request that came in. `body` is parsed JSON, None where there was none."""

    method: str
    path: str
    headers: http_server.Headers
    body: Any

    def header(self, name: str) -> str:
        """A field's first value, empty when it is not there. `name` is lower-case."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass
class Model:
    """A running stand-in. `requests` holds everything that came in, in order."""

    choose: Choose
    faults: Sequence[Fault] = ()
    key: str = ""
    url: str = ""
    requests: list[Seen] = field(default_factory=list)
    _matched: dict[int, int] = field(default_factory=dict)

    @property
    def asked(self) -> list[Seen]:
        """The requests for a message, without counts and probes."""
        return [seen for seen in self.requests if seen.method == "POST" and seen.path == "/v1/messages"]

    def strike(self, *faults: Fault) -> None:
        """From now on go wrong like this, and no longer as before."""
        self.faults = faults
        self._matched.clear()

    async def handle(self, exchange: http_server.Exchange) -> None:
        """Answer one request."""
        path = urlsplit(exchange.target).path
        try:
            raw = await exchange.read(_LARGEST)
        except http_server.TooLarge:
            return await _refuse(exchange, Refusal(413, "request_too_large", "Request exceeds the maximum size"))
        try:
            body: Any = json.loads(raw) if raw else None
        except ValueError as error:
            return await _refuse(
                exchange, Refusal(400, "invalid_request_error", f"The body is not valid JSON: {error}")
            )
        self.requests.append(Seen(exchange.method, path, exchange.headers, body))
        if refused := self._refusal(exchange, path, body):
            return await _refuse(exchange, refused)
        if path == "/v1/messages":
            return await self._say(exchange, body)
        return await _reply(exchange, _small_answer(path, body))

    def _refusal(self, exchange: http_server.Exchange, path: str, body: Any) -> Refusal | None:
        if exchange.method in ("GET", "HEAD") and path == "/":
            return None
        known = {"/v1/messages": "POST", "/v1/messages/count_tokens": "POST", "/v1/models": "GET"}
        if path not in known:
            return Refusal(404, "not_found_error", "Not found")
        given = exchange.header("x-api-key") or exchange.header("authorization").removeprefix("Bearer ")
        if not given:
            return Refusal(401, "authentication_error", "x-api-key header is required")
        if self.key and given != self.key:
            return Refusal(401, "authentication_error", "invalid x-api-key")
        if exchange.method != known[path]:
            return Refusal(405, "invalid_request_error", "Method not allowed")
        if not exchange.header("anthropic-version"):
            return Refusal(400, "invalid_request_error", "anthropic-version: header is required")
        if path == "/v1/messages/count_tokens" and isinstance(body, dict):
            body = {"max_tokens": 1, **body}
        return messages.refusal(body) if exchange.method == "POST" else None

    async def _say(self, exchange: http_server.Exchange, body: dict[str, Any]) -> None:
        said, step = self._step(body)
        fault = self._fault(said)
        if fault and fault.kind in _ERRORS:
            after = () if fault.retry_after is None else (("retry-after", f"{fault.retry_after:g}"),)
            return await _refuse(exchange, Refusal(int(fault.kind), *_ERRORS[fault.kind], after))
        if fault and fault.kind == "drop":
            return exchange.cut()
        if fault and fault.kind == "hang":
            return await exchange.while_connected(_forever())
        answer = messages.answer(body, step)
        return await exchange.while_connected(_deliver(exchange, body, answer, step.delay, fault))

    def _step(self, body: dict[str, Any]) -> tuple[str, Step]:
        """The prompt that is being answered, and what to say to it.

        A message that no script is for ("go on") carries on with the one before it. A request that offers no tools is
        one of the agent program's asides (a title, a probe).
        """
        said = messages.prompts(body)
        for at, prompt in said if body.get("tools") else ():
            if (chosen := self.choose(prompt)) is not None:
                index = messages.answers(body, at)
                return prompt, chosen[index] if index < len(chosen) else _EXHAUSTED
        return said[0][1] if said else "", _ASIDE

    def _fault(self, said: str) -> Fault | None:
        """The first fault that strikes a request with this prompt; every one that it concerns counts it."""
        struck = None
        for index, fault in enumerate(self.faults):
            if fault.marker not in said:
                continue
            number = self._matched[index] = self._matched.get(index, -1) + 1
            within = number >= fault.skip and (fault.count is None or number < fault.skip + fault.count)
            struck = struck or (fault if within else None)
        return struck


def by_marker(scripts: Mapping[str, Script]) -> Choose:
    """A choice by text: the script whose marker the prompt contains, the longest marker first."""
    ordered = sorted(scripts, key=len, reverse=True)
    return lambda said: next((scripts[marker] for marker in ordered if marker in said), None)


@asynccontextmanager
async def serve(
    choose: Choose | Mapping[str, Script],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Sequence[Fault] = (),
    key: str = "",
) -> AsyncIterator[Model]:
    """Run a stand-in until the block is left. `key`: refuse every other one with 401; port 0: any free one."""
    model = Model(by_marker(choose) if isinstance(choose, Mapping) else choose, faults, key)
    async with http_server.serve_tcp(host, port, model.handle) as bound:
        model.url = f"http://{host}:{bound}"
        yield model


async def _deliver(
    exchange: http_server.Exchange, body: dict[str, Any], answer: dict[str, Any], delay: float, fault: Fault | None
) -> None:
    await asyncio.sleep(delay)
    if not body.get("stream"):
        return await _deliver_whole(exchange, answer, fault)
    await exchange.start(200, (("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")))
    if fault and fault.kind == "garbage":
        await exchange.send(b"event: message_start\ndata: {not json\n\n\x00\xff\xfe honk honk\n\n")
        return await exchange.end()
    events = list(messages.events(answer))
    for event in events[: len(events) // 2] if fault and fault.kind == "cut" else events:
        await exchange.send(event)
        await asyncio.sleep(fault.pause if fault and fault.kind == "slow" else 0)
    return exchange.cut() if fault and fault.kind == "cut" else await exchange.end()


async def _deliver_whole(exchange: http_server.Exchange, answer: dict[str, Any], fault: Fault | None) -> None:
    """The answer to a request without streaming, which agents fall back to when streams break."""
    if fault is None or fault.kind not in ("cut", "garbage"):
        return await _reply(exchange, answer)
    await exchange.start(200, (("content-type", "application/json"),))
    await exchange.send(json.dumps(answer).encode()[:50] if fault.kind == "cut" else b"{not json\x00\xff honk honk")
    return exchange.cut() if fault.kind == "cut" else await exchange.end()


async def _reply(exchange: http_server.Exchange, data: object) -> None:
    await exchange.answer(200, json.dumps(data).encode(), (("content-type", "application/json"),))


async def _refuse(exchange: http_server.Exchange, refused: Refusal) -> None:
    await exchange.answer(refused.status, refused.body, (("content-type", "application/json"), *refused.headers))


def _small_answer(path: str, body: Any) -> dict[str, Any]:
    if path == "/v1/messages/count_tokens":
        return {"input_tokens": messages.tokens([body.get("system"), body.get("tools"), body["messages"]])}
    entry = {"type": "model", "id": MODEL, "display_name": "Scripted stand-in", "created_at": "2026-01-01T00:00:00Z"}
    return {"data": [entry], "has_more": False, "first_id": MODEL, "last_id": MODEL}


async def _forever() -> None:
    await asyncio.Event().wait()


async def _main(arguments: argparse.Namespace) -> None:
    faults = [Fault(kind, count=None) for kind in arguments.fault]
    scripts = script.load(arguments.script) if arguments.script else {}
    async with serve(scripts, port=arguments.port, faults=faults, key=arguments.key) as model:
        sys.stdout.write(f"{MODEL} (not a model) answers at {model.url}\n")
        sys.stdout.flush()
        await _forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A scripted stand-in for the model; it speaks the Messages API.")
    parser.add_argument("--port", type=int, default=8999)
    parser.add_argument("--script", type=Path, help='{"marker": [{"text": "…", "calls": [{"name", "input"}]}, …]}')
    parser.add_argument("--key", default="", help="refuse every other key")
    parser.add_argument("--fault", action="append", default=[], choices=get_args(FaultKind), help="in every answer")
    try:
        asyncio.run(_main(parser.parse_args()))
    except KeyboardInterrupt:
        sys.exit(0)
