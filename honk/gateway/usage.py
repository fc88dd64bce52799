"""Token usage, read from a response while it is forwarded. Sans-IO."""

import json
from dataclasses import dataclass, replace
from typing import Any

_LONGEST_LINE = 8_000_000
_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Usage:
    """The tokens of one request. `input_tokens` excludes the cache; 5-minute and 1-hour cache writes are separate."""

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_hour_tokens: int = 0
    output_tokens: int = 0
    web_searches: int = 0
    fast: bool = False
    one_country: bool = False

    @property
    def prompt_tokens(self) -> int:
        """All input tokens, including the cache."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens + self.cache_write_hour_tokens


def merged(usage: Usage, data: Any) -> Usage:
    """`usage` updated from the API's usage object `data`; fields that are missing or null stay unchanged."""
    if not isinstance(data, dict):
        return usage
    written = _count(data, "cache_creation_input_tokens")
    hour = _count(data.get("cache_creation"), "ephemeral_1h_input_tokens")
    found = {
        "input_tokens": _count(data, "input_tokens"),
        "cache_read_tokens": _count(data, "cache_read_input_tokens"),
        "cache_write_tokens": None if written is None else max(0, written - (hour or 0)),
        "cache_write_hour_tokens": hour,
        "output_tokens": _count(data, "output_tokens"),
        "web_searches": _count(data.get("server_tool_use"), "web_search_requests"),
    }
    counts: dict[str, Any] = {name: count for name, count in found.items() if count is not None}
    fast = usage.fast or data.get("speed") == "fast"
    one_country = usage.one_country or data.get("inference_geo") == "us"
    return replace(usage, **counts, fast=fast, one_country=one_country)


class UsageReader:
    """Reads a response's body in pieces and holds the usage so far.

    `streaming` tells whether the body is a stream of events. `model` is the name in the response, `error` the text of
    an error event, and `complete` is false until the end of the message was read.
    """

    def __init__(self, streaming: bool) -> None:
        self.model = ""
        self.error = ""
        self.complete = False
        self._streaming = streaming
        self._usage = Usage()
        self._message: dict[str, Any] = {}
        self._deltas: dict[tuple[int, str], list[str]] = {}
        self._buffer = bytearray()
        self._streamed = 0

    @property
    def usage(self) -> Usage:
        """The usage so far. For a stream that broke off, output is estimated from its text: the final count never
        came."""
        estimate = 0 if self.complete else self._streamed // _CHARACTERS_PER_TOKEN
        return replace(self._usage, output_tokens=max(self._usage.output_tokens, estimate))

    @property
    def message(self) -> dict[str, Any]:
        """The message assembled from the events so far; a tool's input stays text (`partial_json`)."""
        if not self._streaming:
            return self._message
        blocks = [dict(block) for block in self._blocks()]
        for (index, kind), pieces in self._deltas.items():
            if index < len(blocks):
                blocks[index][kind] = f"{blocks[index].get(kind) or ''}{''.join(pieces)}"
        return {**self._message, "content": blocks}

    def feed(self, data: bytes) -> None:
        self._buffer += data
        if not self._streaming:
            return
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest if len(rest) <= _LONGEST_LINE else bytearray()
        for line in lines:
            if line.startswith(b"data:"):
                self._event(_parsed(line[5:]))

    def end(self) -> None:
        """The body has ended."""
        if self._streaming:
            return
        self._message = _parsed(self._buffer)
        self.complete = self._message.get("type") == "message"
        self._note(self._message)

    def _event(self, event: dict[str, Any]) -> None:
        match event.get("type"):
            case "message_start" if isinstance(event.get("message"), dict):
                self._message = event["message"]
                self._note(self._message)
            case "content_block_start" if isinstance(event.get("content_block"), dict):
                self._message["content"] = [*self._blocks(), event["content_block"]]
            case "content_block_delta" if isinstance(event.get("delta"), dict):
                self._delta(event["delta"])
            case "message_delta":
                self._usage = merged(self._usage, event.get("usage"))
                self._message.update(event["delta"] if isinstance(event.get("delta"), dict) else {})
                self.complete = True
            case "error" if isinstance(event.get("error"), dict):
                self.error = str(event["error"].get("message", "an error without a text"))

    def _delta(self, delta: dict[str, Any]) -> None:
        for kind, text in delta.items():
            if kind == "type" or not isinstance(text, str):
                continue
            self._streamed += len(text)
            self._deltas.setdefault((len(self._blocks()) - 1, kind), []).append(text)

    def _blocks(self) -> list[dict[str, Any]]:
        content = self._message.get("content")
        return content if isinstance(content, list) else []

    def _note(self, message: dict[str, Any]) -> None:
        self.model = str(message.get("model") or "")
        self._usage = merged(self._usage, message.get("usage"))


def _parsed(data: bytes | bytearray) -> dict[str, Any]:
    """A JSON object; an empty one for anything else."""
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _count(data: Any, name: str) -> int | None:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
