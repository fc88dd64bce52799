"""The model's service, shared by all sessions: one HTTP client, one credential, one backoff."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import certifi
import httpx2

from honk.core.errors import Unavailable
from honk.gateway.backoff import Backoff, retry_after
from honk.gateway.base import Notify, ignore_notice
from honk.gateway.http_server import Headers
from honk.gateway.model_filter import ModelRequest, request_headers

_OVERLOADED = (429, 503, 529)
_REFUSED = (401, 403)
_TIMEOUT = httpx2.Timeout(600.0, connect=15.0)  # the timeout that Claude Code itself uses
_CHECK_SECONDS = 20.0
_VERSION = ("anthropic-version", "2023-06-01")


class Unreachable(Exception):
    """The service could not be reached; the text is the reason."""


@dataclass
class WaitAllowance:
    """How many seconds a session may still wait for an overloaded service; renewed by every successful response."""

    total: float
    left: float = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.total


@dataclass
class ModelService:
    """Sends requests with the real credential. `key` is either an API key or a bearer token, empty for none.

    `refused` is why the service refused the credential, empty while it accepts it.
    """

    base_url: str
    client: httpx2.AsyncClient = field(repr=False)
    key: str = field(repr=False, default="")
    scheme: Literal["key", "bearer"] = "key"
    backoff: Backoff = field(default_factory=Backoff)
    refused: str = ""

    @property
    def host(self) -> str:
        """The host of the service, for messages."""
        return httpx2.URL(self.base_url).netloc.decode() or self.base_url

    async def send(
        self, request: ModelRequest, headers: Headers, allowance: WaitAllowance, notify: Notify = ignore_notice
    ) -> httpx2.Response:
        """The response, its body not yet read; the caller closes it.

        Waits while the service is overloaded, but no longer than `allowance`; then the overloaded response is returned.
        Raises Unreachable when the service could not be reached for that long.
        """
        why = "is overloaded"
        while True:
            await self._wait(allowance, self.backoff.pause(time.monotonic()), why, notify)
            sent = time.monotonic()
            try:
                response = await self.client.send(self._built(request, headers), stream=True)
            except httpx2.TransportError as error:
                self.backoff.failed(sent, time.monotonic())
                # a request that was sent and timed out is not repeated: it may be charged twice
                if isinstance(error, httpx2.ReadTimeout) or self.backoff.pause(time.monotonic()) > allowance.left:
                    raise Unreachable(str(error) or type(error).__name__) from error
                why = "cannot be reached"
                continue
            if not _is_overloaded(response):
                self._note(response, sent)
                return response
            wait = retry_after(response.headers.get("retry-after", ""), response.headers.get("retry-after-ms", ""))
            self.backoff.failed(sent, time.monotonic(), wait)
            if self.backoff.pause(time.monotonic()) > allowance.left:
                return response
            await response.aclose()
            why = "is overloaded"

    async def accepts_key(self) -> bool:
        """Whether the service accepts the credential, by the cheapest request.

        Services that imitate the API often lack parts of it, so only 401 and 403 mean no. Raises Unavailable when the
        service cannot be reached.
        """
        models = ModelRequest("GET", "/v1/models?limit=1")
        count = b'{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"?"}]}'
        status = await self._status(models)
        if status == 403:  # may concern the list alone, for a key that may only send messages
            status = await self._status(ModelRequest("POST", "/v1/messages/count_tokens", count))
        if status not in _REFUSED:
            self.refused = ""
        return status not in _REFUSED

    async def _status(self, request: ModelRequest) -> int:
        built = self._built(request, (_VERSION, ("content-type", "application/json")))
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                response = await self.client.send(built, stream=True)
                await response.aclose()
        except (httpx2.TransportError, TimeoutError) as error:
            why = f"The model's service at {self.host} cannot be reached ({str(error) or 'no answer'})"
            raise Unavailable(f"{why}; check ANTHROPIC_BASE_URL and the network.") from error
        return response.status_code

    async def _wait(self, allowance: WaitAllowance, seconds: float, why: str, notify: Notify) -> None:
        if seconds <= 0 or allowance.left <= 0:
            return
        seconds = min(seconds, allowance.left)
        await notify(f"The model's service {why}; trying again in {max(1, round(seconds))} s.")
        allowance.left -= seconds
        await asyncio.sleep(seconds)

    def _built(self, request: ModelRequest, headers: Headers) -> httpx2.Request:
        credential = ("x-api-key", self.key) if self.scheme == "key" else ("authorization", f"Bearer {self.key}")
        fields = [*request_headers(headers), *([credential] if self.key else [])]
        # built without the client's defaults: no user agent and no cookies of ours are sent
        url = f"{self.base_url.rstrip('/')}{request.target}"
        return httpx2.Request(
            request.method, url, headers=fields, content=request.body, extensions={"timeout": _TIMEOUT.as_dict()}
        )

    def _note(self, response: httpx2.Response, sent: float) -> None:
        if response.status_code in _REFUSED:
            self.refused = f"HTTP {response.status_code}"
        elif response.status_code < 500:
            self.refused = ""
            self.backoff.succeeded(sent)


@asynccontextmanager
async def client(proxy: str = "") -> AsyncIterator[httpx2.AsyncClient]:
    """The HTTP client of the process. It reads no environment; `proxy` is the URL of this machine's own proxy.

    Trusted are the certificates of `certifi`, because a slim machine may have none, and those that the system trusts,
    a company's own among them. (httpx2 by itself trusts the system's only.)
    """
    trusted = ssl.create_default_context(cafile=certifi.where())
    trusted.load_default_certs()
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx2.AsyncClient(
        verify=trusted, proxy=proxy or None, trust_env=False, timeout=_TIMEOUT, limits=limits
    ) as made:
        yield made


def _is_overloaded(response: httpx2.Response) -> bool:
    return response.status_code in _OVERLOADED and response.headers.get("x-should-retry") != "false"
