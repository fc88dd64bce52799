"""The model's service as all sessions share it: one client, one credential, one patience."""

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
_TIMEOUT = httpx2.Timeout(600.0, connect=15.0)  # what Claude Code itself allows an answer
_CHECK_SECONDS = 20.0
_VERSION = ("anthropic-version", "2023-06-01")


class Unreachable(Exception):
    """The service could not be reached; the text says why."""


@dataclass
class WaitAllowance:
    """How many seconds a session may still wait for an overloaded service; renewed by every good answer."""

    whole: float
    left: float = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.whole


@dataclass
class ModelService:
    """Sends requests with the real credential. `key` is either an API key or a bearer token, empty for none.

    `refused` holds what the service said against the credential, empty while it is accepted.
    """

    base_url: str
    client: httpx2.AsyncClient = field(repr=False)
    key: str = field(repr=False, default="")
    scheme: Literal["key", "bearer"] = "key"
    backoff: Backoff = field(default_factory=Backoff)
    refused: str = ""

    @property
    def host(self) -> str:
        """Where the service is, for messages."""
        return httpx2.URL(self.base_url).netloc.decode() or self.base_url

    async def send(
        self, request: ModelRequest, headers: Headers, patience: WaitAllowance, tell: Notify = ignore_notice
    ) -> httpx2.Response:
        """The answer, its body not yet read: the caller closes it.

        Waits while the service is overloaded, but no longer than `patience`; then the overloaded answer is returned.
        Raises Unreachable when it could not be asked at all for as long.
        """
        why = "is overloaded"
        while True:
            await self._wait(patience, self.backoff.pause(time.monotonic()), why, tell)
            sent = time.monotonic()
            try:
                response = await self.client.send(self._built(request, headers), stream=True)
            except httpx2.TransportError as error:
                self.backoff.failed(sent, time.monotonic())
                # a question that was heard, and not answered in all that time, is not asked twice: it may cost twice
                if isinstance(error, httpx2.ReadTimeout) or self.backoff.pause(time.monotonic()) > patience.left:
                    raise Unreachable(str(error) or type(error).__name__) from error
                why = "cannot be reached"
                continue
            if not _turned_away(response):
                self._note(response, sent)
                return response
            asked = retry_after(response.headers.get("retry-after", ""), response.headers.get("retry-after-ms", ""))
            self.backoff.failed(sent, time.monotonic(), asked)
            if self.backoff.pause(time.monotonic()) > patience.left:
                return response
            await response.aclose()
            why = "is overloaded"

    async def accepts_key(self) -> bool:
        """Whether the service does not refuse the credential, asked in the cheapest way that there is.

        Services that imitate the API often lack parts of it; only 401 and 403 mean no. Raises Unavailable when the
        service cannot be reached.
        """
        models = ModelRequest("GET", "/v1/models?limit=1")
        count = b'{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"?"}]}'
        status = await self._status(models)
        if status == 403:  # may be said of the list alone, to a key that may only ask questions
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

    async def _wait(self, patience: WaitAllowance, seconds: float, why: str, tell: Notify) -> None:
        if seconds <= 0 or patience.left <= 0:
            return
        seconds = min(seconds, patience.left)
        tell(f"The model's service {why}; trying again in {max(1, round(seconds))} s.")
        patience.left -= seconds
        await asyncio.sleep(seconds)

    def _built(self, request: ModelRequest, headers: Headers) -> httpx2.Request:
        credential = ("x-api-key", self.key) if self.scheme == "key" else ("authorization", f"Bearer {self.key}")
        fields = [*request_headers(headers), *([credential] if self.key else [])]
        # the client's own defaults (its user agent, its cookies) have no business here
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
    """The HTTP client for a process. It reads no environment; `proxy` is the URL of the machine's own proxy.

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


def _turned_away(response: httpx2.Response) -> bool:
    return response.status_code in _OVERLOADED and response.headers.get("x-should-retry") != "false"
