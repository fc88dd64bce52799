"""Describes for people what Claude Code does and how it fails. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from honk.core.job import WORKSPACE

_DETAIL = 160
_SAID = 4000
_TAIL = 300
_FIELDS = ("file_path", "notebook_path", "path", "command", "pattern", "description", "query", "prompt")
_TOKEN = re.compile(r"\b(sk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{8,}")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def tool_name(name: str) -> str:
    """A tool's short name: `verify` for `mcp__honk__verify`."""
    return name.rsplit("__", 1)[-1]


def main_argument(inputs: Mapping[str, Any]) -> str:
    """The most telling argument of a tool call as one line, with paths relative to the workspace."""
    for field in _FIELDS:
        if isinstance(value := inputs.get(field), str) and value.strip():
            line = value.strip().splitlines()[0].replace(f"{WORKSPACE}/", "")
            return shorten(line, _DETAIL)
    return ""


def agent_text(text: str) -> str:
    """A text of the agent, cut to the length that a thread shows."""
    return shorten(text.strip(), _SAID)


def shorten(text: str, longest: int) -> str:
    """`text`, its end cut off where it is longer than `longest` characters."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def last_line(text: str) -> str:
    """The end of a program's output as one line, without control characters and keys."""
    line = " ".join(_ESCAPE.sub("", text).split())
    return _TOKEN.sub(r"\1-…", line)[-_TAIL:]


def died(exit_status: int | None, stderr: str) -> str:
    """The program exited during the turn. `exit_status` is negative or above 128 for a signal, None when unknown."""
    if exit_status is None:
        how = "stopped answering"
    elif exit_status < 0 or exit_status > 128:
        how = f"was killed (signal {-exit_status if exit_status < 0 else exit_status - 128})"
    else:
        how = f"ended by itself (status {exit_status})"
    last = last_line(stderr)
    ending = f" Its last output: {last}" if last else ""
    return f"The agent's program {how} in the middle of its turn.{ending}"


def not_started(stderr: str) -> str:
    """The program never sent a message."""
    last = last_line(stderr)
    return f"The agent's program did not start{f': {last}' if last else '; run `honk doctor` to test it'}."


def unreadable_output() -> str:
    """The program printed something that is not a message."""
    return "The agent's program printed unreadable output and was stopped."


def silent(seconds: float) -> str:
    """The program printed nothing for too long."""
    return f"The agent printed nothing for {_duration(seconds)} and was stopped."


def out_of_time(minutes: float) -> str:
    """The turn reached its time limit."""
    return f"The agent was stopped after {_duration(minutes * 60)}, the time limit of a turn."


def limit_reached(stopped: str) -> str:
    """A limit of the sandbox stopped the program."""
    return f"The agent was stopped by its sandbox's limit on {stopped}."


def ended_without_verification() -> str:
    """The program ended the turn, but the gate did not allow it."""
    return "The agent exited before verification passed, so the change counts as unverified."


def model_failed(status: int | None, text: str) -> str:
    """The model's service failed. `status` is the HTTP status, None when the connection broke."""
    if status in (401, 403):
        return "The model's service refused the key; check ANTHROPIC_API_KEY where Honk runs."
    if status == 429:
        return "The rate limit of the model's service is reached; try again later."
    if status == 529:
        return "The model's service is overloaded; try again later."
    if status is not None and status >= 500:
        return f"The model's service failed ({status}); try again later."
    if status is None:
        return "The connection to the model's service broke, and retries failed."
    return f"The model's service refused the request ({status}): {last_line(text)}"


def ended_with_error(reason: str, errors: str) -> str:
    """The program reported an error of another kind."""
    known = {
        "error_max_turns": "The agent used up all its steps",
        "error_max_budget_usd": "The agent used up its own budget",
        "error_during_execution": "The agent's program failed in the middle of its turn",
    }
    why = last_line(errors)
    return f"{known.get(reason, 'The agent gave up')}{f' ({why})' if why else ''}."


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
