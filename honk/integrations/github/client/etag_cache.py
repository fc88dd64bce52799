"""GitHub's earlier answers with their ETags: a conditional request for something unchanged costs no rate limit.

An ETag is valid only for the token that received it, so answers are cached by token and address. A token of the App
lasts an hour, so its answers come once more with the next token; a personal token keeps its ETags.

API: docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api ("Use conditional requests");
github.com/github/docs issue 34689 (tags differ by token)
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import httpx

MAX_RESPONSES = 2_000
MAX_BYTES = 16_000_000
"""Limits of the cache; the least recently used answers are dropped first."""

MAX_RESPONSE_BYTES = 2_000_000
"""Larger answers are not cached."""

VARY_HEADERS = ("authorization", "accept", "x-github-api-version")
"""The request headers that an answer depends on."""


@dataclass(frozen=True)
class CachedResponse:
    """A response as it came; `tag` is its ETag."""

    tag: str
    headers: httpx.Headers
    body: bytes

    def response(self) -> httpx.Response:
        """The same response again."""
        return httpx.Response(200, headers=self.headers, stream=httpx.ByteStream(self.body))


class EtagCache:
    """Responses by request and token (only a digest of the token is stored). A response is used only after GitHub has
    confirmed, to the same token, that it is unchanged."""

    def __init__(self) -> None:
        self._answers: OrderedDict[bytes, CachedResponse] = OrderedDict()
        self._bytes = 0

    def find(self, request: httpx.Request) -> CachedResponse | None:
        """The cached response to the same request; None for requests other than GET."""
        key = _key(request)
        if request.method != "GET" or key not in self._answers:
            return None
        self._answers.move_to_end(key)
        return self._answers[key]

    async def keep(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        """Cache a response that has an ETag. Returns the response to use instead of it."""
        tag, kind = response.headers.get("etag", ""), response.headers.get("content-type", "")
        size = response.headers.get("content-length", "0")
        if request.method != "GET" or response.status_code != 200 or not tag or "json" not in kind:
            return response
        if not size.isdecimal() or int(size) > MAX_RESPONSE_BYTES:
            return response
        body = b"".join([chunk async for chunk in response.aiter_raw()])
        await response.aclose()
        answer = CachedResponse(tag, response.headers, body)
        if len(body) <= MAX_RESPONSE_BYTES:
            self._put(_key(request), answer)
        return answer.response()

    def _put(self, key: bytes, answer: CachedResponse) -> None:
        before = self._answers.pop(key, None)
        self._bytes += len(answer.body) - (len(before.body) if before else 0)
        self._answers[key] = answer
        while self._bytes > MAX_BYTES or len(self._answers) > MAX_RESPONSES:
            self._bytes -= len(self._answers.popitem(last=False)[1].body)


def _key(request: httpx.Request) -> bytes:
    parts = (str(request.url), *(request.headers.get(name, "") for name in VARY_HEADERS))
    return hashlib.sha256("\0".join(parts).encode()).digest()
