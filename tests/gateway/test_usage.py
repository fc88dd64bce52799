import json

from hypothesis import given
from hypothesis import strategies as st

from honk.gateway.usage import Usage, UsageReader, merged
from honk.testing import messages
from honk.testing.script import Step, ToolCall

REQUEST = {"messages": [{"role": "user", "content": "hello"}]}
ANSWER = messages.answer(REQUEST, Step("Grüße — and more words.", (ToolCall("Edit", {"text": "x" * 1000}),)))
STREAM = b"".join(messages.events(ANSWER))


@given(st.lists(st.integers(0, len(STREAM))))
def test_a_stream_may_be_cut_anywhere(cuts: list[int]) -> None:
    reader = UsageReader(streaming=True)
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in zip(edges, edges[1:], strict=False):
        reader.feed(STREAM[start:end])
    assert reader.complete
    assert reader.model == messages.MODEL
    assert reader.usage.output_tokens == ANSWER["usage"]["output_tokens"]
    assert reader.usage.input_tokens == ANSWER["usage"]["input_tokens"]
    assert reader.message["content"][0]["text"] == "Grüße — and more words."


@given(st.integers(0, len(STREAM)))
def test_an_incomplete_stream_never_counts_more_than_the_complete_one(end: int) -> None:
    reader = UsageReader(streaming=True)
    reader.feed(STREAM[:end])
    assert reader.usage.output_tokens <= ANSWER["usage"]["output_tokens"]
    assert reader.usage.output_tokens >= (reader._streamed // 4 if not reader.complete else 0)


@given(st.binary(), st.booleans())
def test_garbage_is_ignored(data: bytes, streaming: bool) -> None:
    reader = UsageReader(streaming=streaming)
    reader.feed(data)
    reader.feed(b'\ndata: {\ndata: 7\ndata: {"type": "message_delta", "usage": [1], "delta": 3}\n')
    reader.end()
    assert reader.usage.prompt_tokens == 0


def test_windows_line_ends_and_errors_inside_a_stream() -> None:
    reader = UsageReader(streaming=True)
    reader.feed(STREAM.replace(b"\n", b"\r\n"))
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    reader.feed(f"event: error\r\ndata: {json.dumps(error)}\r\n\r\n".encode())
    assert reader.error == "Overloaded"
    assert reader.complete


def test_usage_is_merged_field_by_field() -> None:
    first = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 100,
        "cache_creation": {"ephemeral_1h_input_tokens": 30, "ephemeral_5m_input_tokens": 70},
        "cache_read_input_tokens": 7,
        "output_tokens": 1,
        "speed": "fast",
    }
    usage = merged(merged(Usage(), first), {"output_tokens": 50, "input_tokens": None, "server_tool_use": None})
    assert usage == Usage(10, 7, 70, 30, 50, 0, fast=True)
    assert usage.prompt_tokens == 117
    assert merged(usage, {"output_tokens": -5, "input_tokens": True}) == usage
