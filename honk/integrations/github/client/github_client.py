"""The HTTP rim: githubkit's client over a transport that obeys rate limits, tries again what may be tried again, and
asks for what it was told before by its tag."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import httpx
from githubkit import GitHub
from githubkit.auth import BaseAuthStrategy
from githubkit.cache import MemCacheStrategy

from honk import __version__
from honk.core.errors import Overloaded
from honk.integrations.github.client.etag_cache import EtagCache
from honk.integrations.github.client.rate_limits import GitHubRateLimits

MAX_WAIT_SECONDS = 300.0
"""Seconds that a request waits for a limit before the session is told to come back later."""

MAX_TRIES = 3
"""How often what changes nothing, or the same again, is asked when GitHub is out of order."""

RETRYABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
SERVER_ERRORS = frozenset({500, 502, 503, 504})
PUBLIC_API = "https://api.github.com"

S = TypeVar("S", bound=BaseAuthStrategy)
Wait = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class GitHubClient:
    """How GitHub is reached. `url` is the REST API's root, `proxy` this machine's own (may hold a password); `kept`
    remembers answers, `signed` what the App's key has signed: githubkit's own memory would be one for all keys."""

    url: str
    proxy: str = field(repr=False, default="")
    limits: GitHubRateLimits = field(default_factory=GitHubRateLimits)
    etags: EtagCache = field(repr=False, default_factory=EtagCache)
    signed: MemCacheStrategy = field(default_factory=MemCacheStrategy)
    clock: Callable[[], float] = time.time
    wait: Wait = asyncio.sleep

    @asynccontextmanager
    async def connect(self, strategy: S, who: str) -> AsyncIterator[GitHub[S]]:
        """Speak as `strategy` says: with a token, as an App, as nobody. `who` is the credential's name among the
        limits, and no secret. One connection serves all requests of the block."""
        inner = httpx.AsyncHTTPTransport(verify=self._tls, proxy=self.proxy or None)
        github = GitHub(
            strategy,
            base_url=self.url,
            user_agent=f"honk/{__version__}",
            timeout=httpx.Timeout(60.0, connect=15.0),
            trust_env=False,
            async_transport=RateLimitedTransport(self, inner, who),
            cache_strategy=self.signed,
            http_cache=False,
            auto_retry=False,
        )
        async with github:
            yield github

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Certificates as every other client of this machine finds them: made once, it takes some time."""
        return httpx.create_ssl_context(trust_env=True)


class RateLimitedTransport(httpx.AsyncBaseTransport):
    """Sends a request when the limits let it go, and again after they turned it away or GitHub was out of order.

    An answer that still holds is given as if it had come anew; who asks by a tag of their own gets what GitHub says.
    """

    def __init__(self, client: GitHubClient, inner: httpx.AsyncBaseTransport, who: str) -> None:
        self._client = client
        self._inner = inner
        self._who = who

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises Overloaded when a limit is longer than our patience."""
        if not str(request.url).startswith(f"{PUBLIC_API}/"):
            # an enterprise server may be older than the version that githubkit speaks; without one it says its own
            request.headers.pop("X-GitHub-Api-Version", None)
        if "If-None-Match" in request.headers:
            return await self._sent(request)
        known = self._client.etags.find(request)
        if known is not None:
            request.headers["If-None-Match"] = known.tag
        response = await self._sent(request)
        if known is None or response.status_code != httpx.codes.NOT_MODIFIED:
            return await self._client.etags.keep(request, response)
        await response.aclose()
        return known.response()

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        for left in reversed(range(MAX_TRIES)):
            await self._turn(request.method)
            try:
                response = await self._inner.handle_async_request(request)
            except httpx.TransportError as error:
                sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if not left or (sent and request.method not in RETRYABLE_METHODS):
                    raise
                await self._client.wait(2.0 ** (MAX_TRIES - left - 1))
                continue
            if not await self._again(request, response) or not left:
                return response
            await response.aclose()
        raise AssertionError("the last try returns or raises")

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._inner.aclose()

    async def _turn(self, method: str) -> None:
        """Wait until the limits let a request go."""
        waited = 0.0
        while pause := self._client.limits.pause(self._who, method, self._client.clock()):
            if waited + pause > MAX_WAIT_SECONDS:
                raise Overloaded(
                    f"GitHub's rate limit is used up for the next {pause / 60:.0f} minutes; reply after that.", pause
                )
            waited += pause
            await self._client.wait(pause)

    async def _again(self, request: httpx.Request, response: httpx.Response) -> bool:
        """Whether to send it once more, after the wait that this takes."""
        body = ""
        if response.status_code in (403, 429):
            body = (await response.aread()).decode(errors="replace")
        now = self._client.clock()
        if self._client.limits.heard(self._who, response.status_code, response.headers, body, now):
            return True
        if response.status_code in SERVER_ERRORS and request.method in RETRYABLE_METHODS:
            await self._client.wait(1.0)
            return True
        return False
