"""Which requests may go from a sandbox to the model, and which headers come back: pure functions, deny by default.

A request is parsed and serialised again, so that the model's service reads exactly what was checked here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from honk.gateway.http_server import Headers

MESSAGES = "/v1/messages"
_ROUTES = (
    ("POST", re.compile(r"/v1/messages")),
    ("POST", re.compile(r"/v1/messages/count_tokens")),
    ("GET", re.compile(r"/v1/models(/[A-Za-z0-9._@:-]+)?")),
)
_QUERY = re.compile(r"[A-Za-z0-9_.=&-]*")
_REQUEST_HEADERS = ("accept", "content-type", "user-agent", "x-app")
_REQUEST_PREFIXES = ("anthropic-", "x-stainless-", "x-claude-code-")
_RESPONSE_HEADERS = ("content-type", "request-id", "retry-after", "retry-after-ms", "x-should-retry")
_RESPONSE_PREFIX = "anthropic-ratelimit-"

_LOCAL_TOOLS = ("custom", "bash_", "text_editor_", "computer_", "memory_", "tool_search_tool_")
"""Tools that the agent's program runs, or that only read the request. The provider runs all others, with a network of
its own."""


@dataclass(frozen=True)
class ModelRefusal:
    """An error of the Messages API. The agent's program shows `message` and does not try again."""

    status: int
    kind: str
    message: str

    @property
    def body(self) -> bytes:
        return json.dumps({"type": "error", "error": {"type": self.kind, "message": self.message}}).encode()

    @property
    def headers(self) -> Headers:
        """The headers. Claude Code retries for minutes after most errors, unless a header forbids it."""
        return (("content-type", "application/json"), ("x-should-retry", "false"))


@dataclass(frozen=True)
class ModelRequest:
    """A request that is allowed. `target` is path and query, `body` what is sent (empty for none)."""

    method: str
    target: str
    body: bytes = b""
    model: str = ""
    content: Any = None

    @property
    def billed(self) -> bool:
        """Whether the service charges for it."""
        return urlsplit(self.target).path == MESSAGES


def check_request(method: str, target: str, raw: bytes, *, hosted_tools: bool = False) -> ModelRequest | ModelRefusal:
    """The request as it may be sent, or why it may not."""
    path, _, query = target.partition("?")
    if not any(method == allowed and pattern.fullmatch(path) for allowed, pattern in _ROUTES):
        return ModelRefusal(
            404, "not_found_error", f"Honk's gateway forwards requests for messages only, not {method} {path[:80]}."
        )
    if not _QUERY.fullmatch(query):
        return ModelRefusal(400, "invalid_request_error", "Honk's gateway does not forward this query.")
    if method == "GET":
        return ModelRequest(method, target)
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return ModelRefusal(400, "invalid_request_error", "The request's body is not a JSON object.")
    if not hosted_tools and (tool := next(_network_access(content), "")):
        return ModelRefusal(
            403,
            "permission_error",
            f"This would reach the network through the model's provider ({tool}); Honk's sandboxes have no network.",
        )
    return ModelRequest(method, target, json.dumps(content).encode(), str(content.get("model", "")), content)


def request_headers(headers: Headers) -> list[tuple[str, str]]:
    """The headers to send. Credentials that the sandbox sent are dropped."""
    kept = [(name, value) for name, value in headers if name in _REQUEST_HEADERS or name.startswith(_REQUEST_PREFIXES)]
    # identity: usage is counted from the response, which must not need decompression
    return [*kept, ("accept-encoding", "identity")]


def response_headers(headers: Headers) -> Headers:
    """The headers to send back. Those that name the organisation of the key are dropped."""
    return tuple(
        (name, value) for name, value in headers if name in _RESPONSE_HEADERS or name.startswith(_RESPONSE_PREFIX)
    )


def _network_access(content: dict[str, Any]) -> Iterator[str]:
    """Every part of a request that makes the provider fetch something from the network."""
    if content.get("mcp_servers"):
        yield "mcp_servers"
    for tool in _dicts(content.get("tools")):
        kind = tool.get("type") or "custom"
        if not (isinstance(kind, str) and kind.startswith(_LOCAL_TOOLS)):
            yield str(kind)
    for message in [{"content": content.get("system")}, *_dicts(content.get("messages"))]:
        yield from _remote_sources(message.get("content"))


def _remote_sources(blocks: Any) -> Iterator[str]:
    for block in _dicts(blocks):
        source = block.get("source")
        if isinstance(source, dict) and ("url" in source or source.get("type") == "url"):
            yield "a source by URL"
        yield from _remote_sources(block.get("content"))
        yield from _remote_sources(source.get("content") if isinstance(source, dict) else None)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
