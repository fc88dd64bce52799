"""The Messages API as the scripted stand-in speaks it: pure functions from a request to an answer or a refusal."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from honk.testing.script import Step

MODEL = "scripted-stand-in"
"""The model name in every answer: nobody shall take a script for a model."""

_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
_HOOK_FEEDBACK = "Stop hook feedback"
_CUT_OFF = "Your response above was cut off mid-stream"
_BYTES_PER_TOKEN = 4
_PIECE = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True)
class Refusal:
    """An answer that is an error. `kind` is the API's `error.type`."""

    status: int
    kind: str
    message: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> bytes:
        """The error as the API words it."""
        error = {"type": self.kind, "message": self.message}
        return json.dumps({"type": "error", "error": error, "request_id": f"req_{secrets.token_hex(12)}"}).encode()


def refusal(request: Any) -> Refusal | None:
    """What the real API would have against the JSON body `request`; None when nothing."""
    problem = _problem(request)
    return Refusal(400, "invalid_request_error", problem) if problem else None


def prompts(request: dict[str, Any]) -> list[tuple[int, str]]:
    """Where a person spoke and what they said, the latest first."""
    said = ((at, spoken(message)) for at, message in enumerate(request["messages"]))
    return [(at, text) for at, text in said if text][::-1]


def answers(request: dict[str, Any], since: int) -> int:
    """How many answers the model has given after message `since`: the index of the script's next step.

    Half an answer does not count: after a broken stream the agent's program keeps what it got and asks for the rest.
    """
    later = request["messages"][since:]
    following = [*later[1:], {"role": "user", "content": ""}]
    return sum(
        message["role"] == "assistant" and not any(text.startswith(_CUT_OFF) for text in _texts(after))
        for message, after in zip(later, following, strict=True)
    )


def spoken(message: dict[str, Any]) -> str:
    """What a person said in a message: neither tool results nor what the agent's program adds by itself.

    That is `<system-reminder>` blocks, the feedback of a Stop hook that sent the agent back to work, and the request to
    go on after a broken stream.
    """
    if message["role"] != "user":
        return ""
    return "\n".join(text for text in _texts(message) if not text.startswith((_HOOK_FEEDBACK, _CUT_OFF)))


def blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    """A message's content as blocks, also where it is a plain string."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def tokens(data: object) -> int:
    """A plausible count of tokens for anything that goes to JSON."""
    return max(1, len(json.dumps(data, ensure_ascii=False).encode()) // _BYTES_PER_TOKEN)


def answer(request: dict[str, Any], step: Step) -> dict[str, Any]:
    """The whole answer to a request, as it is sent when no stream was asked for."""
    content: list[dict[str, Any]] = [{"type": "text", "text": step.text}] if step.text else []
    for call in step.calls:
        tool = {"type": "tool_use", "id": f"toolu_{secrets.token_hex(12)}", "name": call.name}
        content.append({**tool, "input": dict(call.input)})
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": content,
        "stop_reason": "tool_use" if step.calls else "end_turn",
        "stop_sequence": None,
        "usage": {**_input_usage(request), "output_tokens": tokens(content)},
    }


def events(message: dict[str, Any]) -> Iterator[bytes]:
    """An answer as the server-sent events of a stream, in the API's order."""
    usage = message["usage"]
    hollow: dict[str, Any] = {"content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield event("message_start", message={**message, **hollow})
    yield event("ping")
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block)
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield event("message_delta", delta=ending, usage={"output_tokens": usage["output_tokens"]})
    yield event("message_stop")


def event(kind: str, **data: object) -> bytes:
    """One server-sent event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def _block_events(index: int, block: dict[str, Any]) -> Iterator[bytes]:
    if block["type"] == "text":
        yield event("content_block_start", index=index, content_block={"type": "text", "text": ""})
        for piece in _PIECE.findall(block["text"]):
            yield event("content_block_delta", index=index, delta={"type": "text_delta", "text": piece})
    else:
        yield event("content_block_start", index=index, content_block={**block, "input": {}})
        whole = json.dumps(block["input"])
        for at in range(0, len(whole), 400):
            delta = {"type": "input_json_delta", "partial_json": whole[at : at + 400]}
            yield event("content_block_delta", index=index, delta=delta)
    yield event("content_block_stop", index=index)


def _input_usage(request: dict[str, Any]) -> dict[str, int]:
    """Input tokens as the API splits them: what was sent before comes from the cache, where the client uses it."""
    total = tokens([request.get("system"), request.get("tools"), request["messages"]])
    if "cache_control" not in json.dumps(request):
        return {"input_tokens": total, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    seen = 0
    answered = [at for at, message in enumerate(request["messages"]) if message["role"] == "assistant"]
    if answered:
        seen = tokens([request.get("system"), request.get("tools"), request["messages"][: answered[-1]]])
    fresh = min(4, total)
    return {
        "input_tokens": fresh,
        "cache_creation_input_tokens": max(0, total - seen - fresh),
        "cache_read_input_tokens": seen,
    }


def _texts(message: dict[str, Any]) -> list[str]:
    texts = (_REMINDER.sub("", block["text"]).strip() for block in blocks(message) if block.get("type") == "text")
    return [text for text in texts if text]


def _problem(request: Any) -> str:
    if not isinstance(request, dict):
        return "Input should be a valid dictionary"
    for field, kind in (("model", str), ("max_tokens", int), ("messages", list)):
        if field not in request:
            return f"{field}: Field required"
        if not isinstance(request[field], kind) or isinstance(request[field], bool):
            return f"{field}: Input should be a valid {kind.__name__}"
    if request["max_tokens"] < 1:
        return "max_tokens: must be greater than or equal to 1"
    if not request["messages"]:
        return "messages: at least one message is required"
    shape = (_message_problem(at, message) for at, message in enumerate(request["messages"]))
    return next(filter(None, shape), "") or _pairing_problem(request["messages"])


def _message_problem(at: int, message: Any) -> str:
    if not isinstance(message, dict) or message.get("role") not in ("user", "assistant", "system"):
        return f"messages.{at}.role: Input should be 'user' or 'assistant'"
    if at == 0 and message["role"] != "user":
        return "messages: first message must use the user role"
    content = message.get("content")
    if not isinstance(content, (str, list)):
        return f"messages.{at}.content: Input should be a valid list"
    if not content:
        return (
            f"messages.{at}: all messages must have non-empty content except for the optional final assistant message"
        )
    for index, block in enumerate(blocks(message)):
        if not isinstance(block, dict) or "type" not in block:
            return f"messages.{at}.content.{index}.type: Field required"
        if block["type"] == "text" and not str(block.get("text", "")).strip():
            return "messages: text content blocks must contain non-whitespace text"
    return ""


def _pairing_problem(messages: list[dict[str, Any]]) -> str:
    """Every use of a tool is followed by its result, and no result comes from nowhere."""
    open_ids: set[str] = set()
    for at, message in enumerate(messages):
        if message["role"] == "system":
            continue
        results = [block for block in blocks(message) if block["type"] == "tool_result"]
        for index, block in enumerate(results):
            if block.get("tool_use_id") not in open_ids:
                return (
                    f"messages.{at}.content.{index}: unexpected `tool_use_id` found in `tool_result` blocks: "
                    f"{block.get('tool_use_id')}. Each `tool_result` block must have a corresponding `tool_use` block "
                    "in the previous message."
                )
        if left := open_ids - {str(block["tool_use_id"]) for block in results}:
            return (
                f"messages.{at - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(sorted(left))}. Each `tool_use` block must have a corresponding `tool_result` block in "
                "the next message."
            )
        open_ids = {str(block.get("id")) for block in blocks(message) if block["type"] == "tool_use"}
    return ""
