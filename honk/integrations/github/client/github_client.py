"""HTTP to GitHub: githubkit's client over a transport that obeys rate limits, retries what may be retried, and sends
conditional requests for answers that it has."""

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
"""A request waits so many seconds for a rate limit; after that it fails and the session says when to retry."""

MAX_TRIES = 3
"""How often an idempotent request is sent when GitHub does not work."""

RETRYABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
SERVER_ERRORS = frozenset({500, 502, 503, 504})
PUBLIC_API = "https://api.github.com"

S = TypeVar("S", bound=BaseAuthStrategy)
Wait = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class GitHubClient:
    """How to reach GitHub. `url` is the root of the REST API, `proxy` this machine's proxy (may hold a password).
    `etags` caches answers and `jwt_cache` the App's signed tokens: githubkit's own cache would be shared by all
    keys."""

    url: str
    proxy: str = field(repr=False, default="")
    limits: GitHubRateLimits = field(default_factory=GitHubRateLimits)
    etags: EtagCache = field(repr=False, default_factory=EtagCache)
    jwt_cache: MemCacheStrategy = field(default_factory=MemCacheStrategy)
    clock: Callable[[], float] = time.time
    wait: Wait = asyncio.sleep

    @asynccontextmanager
    async def connect(self, strategy: S, who: str) -> AsyncIterator[GitHub[S]]:
        """A githubkit client that authenticates by `strategy`: with a token, as an App, or not at all. `who` names the
        credential in the rate limits and is no secret. One connection serves all requests of the block."""
        inner = httpx.AsyncHTTPTransport(verify=self._tls, proxy=self.proxy or None)
        github = GitHub(
            strategy,
            base_url=self.url,
            user_agent=f"honk/{__version__}",
            timeout=httpx.Timeout(60.0, connect=15.0),
            trust_env=False,
            async_transport=RateLimitedTransport(self, inner, who),
            cache_strategy=self.jwt_cache,
            http_cache=False,
            auto_retry=False,
        )
        async with github:
            yield github

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Certificates as every other client of this machine finds them. Created once: that takes some time."""
        return httpx.create_ssl_context(trust_env=True)


class RateLimitedTransport(httpx.AsyncBaseTransport):
    """Waits for the rate limits, retries, and answers from `EtagCache` what GitHub says is unchanged.

    A caller that sends an `If-None-Match` of its own gets GitHub's 304.
    """

    def __init__(self, client: GitHubClient, inner: httpx.AsyncBaseTransport, who: str) -> None:
        self._client = client
        self._inner = inner
        self._who = who

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises Overloaded when a rate limit lasts longer than MAX_WAIT_SECONDS."""
        if not str(request.url).startswith(f"{PUBLIC_API}/"):
            # an enterprise server may not know the version that githubkit names; without one it uses its own
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
        """Close the connections."""
        await self._inner.aclose()

    async def _turn(self, method: str) -> None:
        """Wait until the rate limits allow a request."""
        waited = 0.0
        while pause := self._client.limits.pause(self._who, method, self._client.clock()):
            if waited + pause > MAX_WAIT_SECONDS:
                raise Overloaded(
                    f"GitHub's rate limit is used up for the next {pause / 60:.0f} minutes; reply after that.", pause
                )
            waited += pause
            await self._client.wait(pause)

    async def _again(self, request: httpx.Request, response: httpx.Response) -> bool:
        """Whether to send it again; waits before it returns."""
        body = ""
        if response.status_code in (403, 429):
            body = (await response.aread()).decode(errors="replace")
        now = self._client.clock()
        if self._client.limits.record(self._who, response.status_code, response.headers, body, now):
            return True
        if response.status_code in SERVER_ERRORS and request.method in RETRYABLE_METHODS:
            await self._client.wait(1.0)
            return True
        return False
