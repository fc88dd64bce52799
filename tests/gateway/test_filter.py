import json
from typing import Any

import pytest

from honk.gateway import model_filter as gate
from honk.gateway.model_filter import ModelRefusal, ModelRequest


def judged(**content: Any) -> ModelRequest | ModelRefusal:
    return gate.check_request("POST", "/v1/messages?beta=true", json.dumps(content).encode())


def test_the_sent_body_is_the_checked_one() -> None:
    twice = b'{"model": "m", "tools": [{"type": "web_fetch_20250910"}], "tools": [], "note": "\\ud800"}'
    request = gate.check_request("POST", "/v1/messages", twice)
    assert isinstance(request, ModelRequest)
    assert b"web_fetch" not in request.body
    assert json.loads(request.body)["note"] == "\ud800"
    assert request.model == "m"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/v1/messages"),
        ("POST", "/v1/messages/"),
        ("POST", "/v1/messages/../files"),
        ("POST", "/v1/%6dessages"),
        ("POST", "//v1/messages"),
        ("POST", "http://elsewhere/v1/messages"),
        ("POST", "/v1/messages/batches"),
        ("POST", "/v1/files"),
        ("GET", "/v1/models/../files"),
        ("GET", "/v1/models/a/b"),
        ("CONNECT", "example.com:443"),
    ],
)
def test_other_paths_are_refused(method: str, target: str) -> None:
    refusal = gate.check_request(method, target, b"{}")
    assert isinstance(refusal, ModelRefusal)
    assert refusal.status == 404
    assert json.loads(refusal.body)["type"] == "error"


def test_unusual_queries_and_bodies_are_refused() -> None:
    for target, body in (
        ("/v1/messages?a=%0d%0a", b"{}"),
        ("/v1/messages?x#y", b"{}"),
        ("/v1/messages", b"[]"),
        ("/v1/messages", b"{"),
        ("/v1/messages", b"\xff"),
        ("/v1/messages", b"[" * 100_000),
    ):
        refusal = gate.check_request("POST", target, body)
        assert isinstance(refusal, ModelRefusal)
        assert refusal.status == 400


@pytest.mark.parametrize(
    "content",
    [
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"tools": [{"name": "Read"}, {"type": "code_execution_20250825"}]},
        {"tools": [{"type": "mcp_toolset", "mcp_server_name": "x"}]},
        {"tools": [{"type": ["custom"]}]},
        {"mcp_servers": [{"type": "url", "url": "https://x"}]},
        {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "https://x"}}]}]},
        {
            "messages": [
                {"content": [{"type": "tool_result", "content": [{"type": "document", "source": {"url": "u"}}]}]}
            ]
        },
        {"system": [{"type": "document", "source": {"type": "url"}}]},
        {"messages": [{"content": [{"source": {"type": "content", "content": [{"source": {"url": "u"}}]}}]}]},
    ],
)
def test_tools_with_network_access_are_refused(content: dict[str, Any]) -> None:
    refusal = judged(**content)
    assert isinstance(refusal, ModelRefusal)
    assert refusal.status == 403
    opened = gate.check_request("POST", "/v1/messages", json.dumps(content).encode(), hosted_tools=True)
    assert isinstance(opened, ModelRequest)


def test_local_tools_and_inline_data_are_allowed() -> None:
    call = {"type": "tool_use", "id": "a", "name": "Fetch", "input": {"source": {"type": "url", "url": "https://x"}}}
    tools = [{"name": "Fetch"}, {"type": "custom", "name": "b"}, {"type": "bash_20250124"}, {"type": None}]
    picture = {"type": "image", "source": {"type": "base64", "data": "aGk="}}
    request = judged(tools=tools, messages=[{"role": "assistant", "content": [call, picture]}], system="s")
    assert isinstance(request, ModelRequest)
    assert request.billed
    assert not ModelRequest("POST", "/v1/messages/count_tokens").billed


def test_only_listed_headers_are_forwarded() -> None:
    sent = gate.request_headers(
        (
            ("host", "127.0.0.1"),
            ("x-api-key", "placeholder"),
            ("authorization", "Bearer placeholder"),
            ("cookie", "a=b"),
            ("connection", "keep-alive"),
            ("accept-encoding", "br"),
            ("anthropic-beta", "x"),
            ("user-agent", "claude-cli"),
        )
    )
    assert sent == [("anthropic-beta", "x"), ("user-agent", "claude-cli"), ("accept-encoding", "identity")]
    back = gate.response_headers(
        (
            ("content-type", "text/event-stream"),
            ("set-cookie", "a=b"),
            ("anthropic-organization-id", "o"),
            ("anthropic-ratelimit-tokens-remaining", "1"),
            ("transfer-encoding", "chunked"),
        )
    )
    assert [name for name, _ in back] == ["content-type", "anthropic-ratelimit-tokens-remaining"]
