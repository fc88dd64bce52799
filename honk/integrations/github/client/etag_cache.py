"""Answers that GitHub gave before, with its tags of them: what has not changed since is not counted as a request.

A tag is good for the very token that got it, so each answer is kept by token and address. A token of the App lasts an
hour: everything is told once anew with the next one. A personal token stays, and so do its tags.

Facts: docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api ("Use conditional requests");
github.com/github/docs issue 34689 (tags differ by token)
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import httpx

MAX_RESPONSES = 2_000
MAX_BYTES = 16_000_000
"""So many answers, and bytes of them, are kept; those asked for longest ago go first."""

MAX_RESPONSE_BYTES = 2_000_000
"""Bytes of an answer that is still kept."""

VARY_HEADERS = ("authorization", "accept", "x-github-api-version")
"""What an answer depends on beside its address."""


@dataclass(frozen=True)
class CachedResponse:
    """What came in, as it came; `tag` is GitHub's name for this state of it."""

    tag: str
    headers: httpx.Headers
    body: bytes

    def response(self) -> httpx.Response:
        """The same answer once more."""
        return httpx.Response(200, headers=self.headers, stream=httpx.ByteStream(self.body))


class EtagCache:
    """By what was asked, and with which token (of which nothing but a digest is kept). An answer is used only after
    GitHub has said, to this very token, that it still holds."""

    def __init__(self) -> None:
        self._answers: OrderedDict[bytes, CachedResponse] = OrderedDict()
        self._bytes = 0

    def find(self, request: httpx.Request) -> CachedResponse | None:
        """What was answered to the same request before; nothing for one that changes something."""
        key = _key(request)
        if request.method != "GET" or key not in self._answers:
            return None
        self._answers.move_to_end(key)
        return self._answers[key]

    async def keep(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        """The response to go on with, to be read by whoever asked; remembered, if it can be asked for by a tag."""
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
