"""One session's proxy to the model: each request on its socket is checked, sent, paid for and recorded."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import httpx2

from honk.core.cost import Cost
from honk.gateway import model_filter, prices
from honk.gateway.base import CostMeter, Notify
from honk.gateway.http_server import Exchange, TooLarge
from honk.gateway.model_filter import ModelRefusal, ModelRequest
from honk.gateway.model_service import ModelService, Unreachable, WaitAllowance
from honk.gateway.recording import Recorder
from honk.gateway.usage import UsageReader

Ending = Literal["complete", "broken", "closed"]
"""How a response ended: complete, broken off by the service, or because the agent's program closed the connection."""

_LARGEST = 32_000_000  # the service's own limit


class ModelProxy:
    """The proxy of one session. `trouble` is why the last request for a message failed; empty when it succeeded."""

    def __init__(
        self,
        upstream: ModelService,
        meter: CostMeter,
        *,
        patience: float,
        notify: Notify,
        recorder: Recorder | None = None,
        hosted_tools: bool = False,
    ) -> None:
        self.trouble = ""
        self._upstream, self._meter, self._notify, self._recorder = upstream, meter, notify, recorder
        self._patience = WaitAllowance(patience)
        self._hosted_tools = hosted_tools
        self._unpriced: set[str] = set()

    async def handle(self, exchange: Exchange) -> None:
        try:
            raw = await exchange.read(_LARGEST)
        except TooLarge:
            refusal = ModelRefusal(413, "request_too_large", f"The request has more than {_LARGEST} bytes.")
            return await _refuse(exchange, refusal)
        request = model_filter.check_request(exchange.method, exchange.target, raw, hosted_tools=self._hosted_tools)
        if isinstance(request, ModelRefusal):
            return await _refuse(exchange, request)
        if request.billed and (reason := self._meter.refusal()):
            self.trouble = reason
            return await _refuse(exchange, ModelRefusal(402, "billing_error", reason))
        return await exchange.while_connected(self._forward(exchange, request))

    async def _forward(self, exchange: Exchange, request: ModelRequest) -> None:
        started = time.time()
        try:
            response = await self._upstream.send(request, exchange.headers, self._patience, self._notify)
        except Unreachable as error:
            self.trouble = f"The model's service at {self._upstream.host} cannot be reached ({error})."
            await _refuse(exchange, ModelRefusal(502, "api_error", self.trouble))
            return
        reader = UsageReader(streaming=response.headers.get("content-type", "").startswith("text/event-stream"))
        ended: Ending = "closed"
        try:
            await exchange.start(response.status_code, _headers(response))
            async for piece in response.aiter_bytes():
                reader.feed(piece)
                await exchange.send(piece)
            reader.end()
            ended = "complete"
        except httpx2.TransportError:
            ended = "broken"
            exchange.cut()  # the agent's program must see that the stream is incomplete, so that it asks again
        finally:
            await self._account(request, response, reader, ended)
            await response.aclose()
        if self._recorder:
            await self._recorder.append(_entry(request, response, reader, started))
        if ended == "complete":
            await exchange.end()

    async def _account(
        self, request: ModelRequest, response: httpx2.Response, reader: UsageReader, ended: Ending
    ) -> None:
        """Record the cost as far as it is known, however the response ended."""
        if not request.billed:
            return
        self.trouble = self._problem(response, reader, ended)
        if not self.trouble:
            self._patience = WaitAllowance(self._patience.total)
        if response.status_code == 200:
            model = reader.model or request.model
            await self._meter.spent(_cost(model, reader), model)
            if prices.price(model) is None and model not in self._unpriced:
                self._unpriced.add(model)
                await self._notify(
                    f"The price of the model {model!r} is not known; Honk counts it at the highest price it knows."
                )

    def _problem(self, response: httpx2.Response, reader: UsageReader, ended: Ending) -> str:
        where = f"The model's service at {self._upstream.host}"
        if response.status_code in (401, 403):
            return f"{where} does not accept the key (HTTP {response.status_code}); check ANTHROPIC_API_KEY."
        if response.status_code >= 400:
            return f"{where} returned an error (HTTP {response.status_code}{_reason(reader.message)})."
        if reader.error:
            return f"{where} broke off its response: {reader.error}"
        if ended == "broken":
            return f"{where} broke off in the middle of its response."
        if ended == "complete" and not reader.complete:
            return f"{where} does not answer as the Messages API does; check ANTHROPIC_BASE_URL."
        return ""


def recorder(directory: Path | None, secrets: Iterable[str], upstream: ModelService) -> Recorder | None:
    """A recorder in `directory`, None without one. It also removes the model's key."""
    return Recorder(directory, [*secrets, upstream.key]) if directory else None


async def _refuse(exchange: Exchange, refusal: ModelRefusal) -> None:
    await exchange.answer(refusal.status, refusal.body, refusal.headers)


def _headers(response: httpx2.Response) -> tuple[tuple[str, str], ...]:
    """The headers of the response. After a refusal, or an overload that was waited out here, no retry is wanted."""
    fields = model_filter.response_headers(tuple((name.lower(), value) for name, value in response.headers.items()))
    if response.status_code not in (401, 403, 429, 503, 529):
        return fields
    dropped = ("x-should-retry", "retry-after", "retry-after-ms")
    return (*(pair for pair in fields if pair[0] not in dropped), ("x-should-retry", "false"))


def _cost(model: str, reader: UsageReader) -> Cost:
    return prices.cost(model, reader.usage)


def _reason(message: dict[str, Any]) -> str:
    error = message.get("error")
    text = error.get("message") if isinstance(error, dict) else None
    return f": {str(text)[:200]}" if text else ""


def _entry(request: ModelRequest, response: httpx2.Response, reader: UsageReader, started: float) -> dict[str, Any]:
    return {
        "at": started,
        "seconds": round(time.time() - started, 3),
        "request": {"method": request.method, "target": request.target, "body": request.content},
        "response": {"status": response.status_code, "message": reader.message, "complete": reader.complete},
        "usd": _cost(reader.model or request.model, reader).usd if request.billed else 0.0,
    }
