import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from honk import process
from honk.testing import messages, model, script
from honk.testing.model import Fault
from honk.testing.script import Step, ToolCall

HEADERS = {"x-api-key": "any", "anthropic-version": "2023-06-01"}
READ = ToolCall("Read", {"file_path": "/workspace/a.txt"})
SCRIPT = (Step("I look.", (READ,)), Step("I edit.", (ToolCall("Edit", {"new": "x" * 900}),)), Step("Done."))
TOOLS = [{"name": "Read", "input_schema": {}}]


def request(*said: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "claude-opus-5-5", "max_tokens": 99, "messages": list(said), "tools": TOOLS, **more}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text}]}


def answered(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer as history, with results for its tools."""
    calls = [block for block in answer["content"] if block["type"] == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": call["id"], "content": "ok"} for call in calls]
    said = {"role": "assistant", "content": answer["content"]}
    return [said, {"role": "user", "content": results}] if results else [said]


async def post(url: str, body: object, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=10) as client:
        return await client.post(f"{url}/v1/messages", json=body, headers={**HEADERS, **headers})


def texts(answer: dict[str, Any]) -> str:
    return " ".join(block["text"] for block in answer["content"] if block["type"] == "text")


async def test_a_script_is_played_step_by_step_from_the_conversation_alone() -> None:
    async with model.serve({"greeting": SCRIPT}) as stand_in:
        history, said = [user("Please fix the greeting")], []
        for _ in range(4):
            answer = (await post(stand_in.url, request(*history))).json()
            said.append(texts(answer))
            history += answered(answer)
            if answer["stop_reason"] == "end_turn":
                history.append(user("Stop hook feedback:\nthe tests are red"))
    assert said == ["I look.", "I edit.", "Done.", "The script of this stand-in ends here."]


async def test_a_new_message_starts_its_own_script_and_go_on_carries_on() -> None:
    scripts = {"greeting": SCRIPT, "colour": (Step("Blue."),)}
    async with model.serve(scripts) as stand_in:
        first = (await post(stand_in.url, request(user("greeting")))).json()
        history = [user("greeting"), *answered(first)]
        other = (await post(stand_in.url, request(*history, user("another colour")))).json()
        onwards = (await post(stand_in.url, request(*history, user("go on")))).json()
        aside = (await post(stand_in.url, request(user("greeting"), tools=[]))).json()
    assert texts(other) == "Blue."
    assert texts(onwards) == "I edit."
    assert "scripted stand-in" in texts(aside)


async def test_half_an_answer_is_said_again() -> None:
    """What Claude Code sends after a broken stream."""
    history = [
        user("greeting"),
        {"role": "assistant", "content": [{"type": "text", "text": "I lo"}]},
        user("Your response above was cut off mid-stream. Resume directly from where it stops"),
    ]
    async with model.serve({"greeting": SCRIPT}) as stand_in:
        assert texts((await post(stand_in.url, request(*history))).json()) == "I look."


async def test_reminders_are_nobodys_words() -> None:
    reminder = {"role": "user", "content": "<system-reminder>\ncolour\n</system-reminder>"}
    scripts = {"greeting": SCRIPT, "colour": (Step("Blue."),)}
    async with model.serve(scripts) as stand_in:
        answer = (await post(stand_in.url, request(user("greeting"), reminder))).json()
    assert texts(answer) == "I look."


async def test_a_stream_says_the_same_as_a_whole_answer() -> None:
    async with model.serve({"greeting": SCRIPT}) as stand_in:
        whole = (await post(stand_in.url, request(user("greeting")))).json()
        stream = await post(stand_in.url, request(user("greeting"), stream=True))
    assert stream.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line[5:]) for line in stream.text.splitlines() if line.startswith("data:")]
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["message_start", "ping"]
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert events[0]["message"]["model"] == whole["model"] == "scripted-stand-in"
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert "".join(delta.get("text", "") for delta in deltas) == "I look."
    assert json.loads("".join(delta.get("partial_json", "") for delta in deltas)) == READ.input
    assert events[-2]["delta"]["stop_reason"] == whole["stop_reason"] == "tool_use"
    assert events[-2]["usage"]["output_tokens"] == whole["usage"]["output_tokens"] > 10


async def test_usage_grows_with_the_conversation_and_uses_the_cache_where_it_is_asked_to() -> None:
    cached = {"system": [{"type": "text", "text": "s" * 8000, "cache_control": {"type": "ephemeral"}}]}
    async with model.serve({"greeting": SCRIPT}) as stand_in:
        plain = (await post(stand_in.url, request(user("greeting")))).json()
        first = (await post(stand_in.url, request(user("greeting"), **cached))).json()
        second = (await post(stand_in.url, request(user("greeting"), *answered(first), **cached))).json()
    assert plain["usage"]["cache_read_input_tokens"] == 0 < plain["usage"]["input_tokens"]
    assert first["usage"]["cache_creation_input_tokens"] > 2000
    assert second["usage"]["cache_read_input_tokens"] > 2000 > second["usage"]["cache_creation_input_tokens"] > 0


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ([], "valid dictionary"),
        ({"model": "m", "messages": []}, "max_tokens: Field required"),
        ({"max_tokens": 1, "messages": []}, "model: Field required"),
        ({"model": "m", "max_tokens": 1}, "messages: Field required"),
        (request(), "at least one message"),
        (request(user("x"), max_tokens="9"), "max_tokens: Input should be"),
        (request(user("x"), max_tokens=0), "greater than"),
        (request({"role": "robot", "content": "x"}), "messages.0.role"),
        (request({"role": "assistant", "content": "x"}), "first message"),
        (request({"role": "user", "content": ""}), "non-empty content"),
        (request({"role": "user", "content": 7}), "messages.0.content"),
        (request(user(" ")), "non-whitespace"),
        (request({"role": "user", "content": [{"text": "x"}]}), "content.0.type: Field required"),
        (
            request({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}]}),
            "unexpected `tool_use_id`",
        ),
        (
            request(user("x"), {"role": "assistant", "content": [{"type": "tool_use", "id": "a"}]}, user("y")),
            "without `tool_result`",
        ),
    ],
)
async def test_bad_requests_are_refused_as_the_real_one_refuses_them(body: object, problem: str) -> None:
    async with model.serve({}) as stand_in:
        answer = await post(stand_in.url, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert problem in answer.json()["error"]["message"]


async def test_keys_versions_paths_and_small_answers() -> None:
    async with model.serve({}, key="right") as stand_in, httpx2.AsyncClient(base_url=stand_in.url) as client:
        version = {"anthropic-version": "2023-06-01"}
        body = request(user("x"))
        assert (await client.post("/v1/messages", json=body)).json()["error"]["type"] == "authentication_error"
        assert (await client.post("/v1/messages", json=body, headers={"x-api-key": "wrong"})).status_code == 401
        bearer = {"authorization": "Bearer right"}
        assert (await client.post("/v1/messages", json=body, headers=bearer)).status_code == 400
        assert (await client.post("/v1/messages", json=body, headers={**bearer, **version})).status_code == 200
        count = {"model": "m", "messages": [user("x" * 400)]}
        counted = await client.post("/v1/messages/count_tokens", json=count, headers={**bearer, **version})
        assert counted.json()["input_tokens"] > 100
        assert (await client.get("/v1/models", headers={**bearer, **version})).json()["data"][0]["id"] == model.MODEL
        assert (await client.get("/v1/messages", headers={**bearer, **version})).status_code == 405
        assert (await client.head("/")).status_code == 200
        assert (await client.get("/v1/other", headers={**bearer, **version})).status_code == 404
        broken = await client.post("/v1/messages", content=b"{", headers={**bearer, **version})
        assert broken.status_code == 400
    assert [seen.path for seen in stand_in.asked] == ["/v1/messages"] * 4


@pytest.mark.parametrize("kind", ["400", "401", "403", "429", "500", "503", "529"])
async def test_faults_strike_where_they_are_told_to(kind: Any) -> None:
    fault = Fault(kind, skip=1, marker="greeting", retry_after=3)
    async with model.serve({"greeting": SCRIPT}, faults=[fault]) as stand_in:
        codes = [
            (await post(stand_in.url, request(user(text)))).status_code
            for text in ("greeting", "something else", "greeting", "greeting")
        ]
        answer = stand_in.asked[2]
    assert codes == [200, 200, int(kind), 200]
    assert answer.header("x-api-key") == "any"


async def test_retry_after_is_sent() -> None:
    async with model.serve({}, faults=[Fault("429", retry_after=1.5)]) as stand_in:
        answer = await post(stand_in.url, request(user("x")))
    assert answer.headers["retry-after"] == "1.5"
    assert answer.json()["error"]["type"] == "rate_limit_error"


async def test_broken_answers_are_broken() -> None:
    faults = [Fault("cut"), Fault("drop", skip=1), Fault("garbage", skip=2), Fault("slow", skip=3, pause=0.01)]
    body = request(user("greeting"), stream=True)
    async with model.serve({"greeting": SCRIPT}, faults=[*faults, Fault("hang", skip=4)]) as stand_in:
        for _ in range(2):
            with pytest.raises(httpx2.RemoteProtocolError):
                await post(stand_in.url, body)
        assert "{not json" in (await post(stand_in.url, body)).text
        started = time.monotonic()
        assert "message_stop" in (await post(stand_in.url, body)).text
        assert time.monotonic() - started > 0.05
        async with httpx2.AsyncClient(timeout=httpx2.Timeout(10, read=0.2)) as client:
            with pytest.raises(httpx2.ReadTimeout):
                await client.post(f"{stand_in.url}/v1/messages", json=body, headers=HEADERS)


def test_the_longest_marker_wins() -> None:
    choose = model.by_marker({"a": (Step("short"),), "a song": (Step("long"),)})
    assert choose("about a song") == (Step("long"),)
    assert choose("nothing") is None


def test_a_tool_result_may_be_followed_by_words_of_the_program() -> None:
    call = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "Read", "input": {}}]}
    result = {"type": "tool_result", "tool_use_id": "a", "content": "ok"}
    reminder = {"type": "text", "text": "<system-reminder>x</system-reminder>"}
    body = request(
        user("hi"), {"role": "system", "content": "env"}, call, {"role": "user", "content": [result, reminder]}
    )
    assert messages.refusal(body) is None
    assert messages.prompts(body) == [(0, "hi")]
    assert messages.answers(body, 0) == 1


async def test_it_runs_from_the_command_line(tmp_path: Path) -> None:
    steps = [{"text": "Hello.", "delay": 0.01}, {"text": "", "calls": [{"name": "Read", "input": {}}]}]
    file = tmp_path / "script.json"
    file.write_text(json.dumps({"hi": steps}))
    assert script.load(file)["hi"] == (Step("Hello.", (), 0.01), Step("", (ToolCall("Read", {}),)))
    argv = (sys.executable, "-m", "honk.testing.model", "--port", "0", "--script", str(file))
    async with process.spawn(argv) as child:
        assert child.stdout is not None
        said = (await child.stdout.readline()).decode()
        assert said.startswith("scripted-stand-in (not a model) answers at http://")
        assert texts((await post(said.split()[-1], request(user("hi")))).json()) == "Hello."
