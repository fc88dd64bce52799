"""What Claude Code does and how it fails, in a few words for people. Pure."""

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
    """A tool's plain name: `mcp__honk__verify` is `verify`."""
    return name.rsplit("__", 1)[-1]


def main_argument(inputs: Mapping[str, Any]) -> str:
    """The one argument of a tool call that says most about it, one line, paths relative to the workspace."""
    for field in _FIELDS:
        if isinstance(value := inputs.get(field), str) and value.strip():
            line = value.strip().splitlines()[0].replace(f"{WORKSPACE}/", "")
            return shorten(line, _DETAIL)
    return ""


def agent_text(text: str) -> str:
    """A text of the agent's, not longer than a thread can bear."""
    return shorten(text.strip(), _SAID)


def shorten(text: str, longest: int) -> str:
    """`text`, its end cut off where it is longer than `longest` characters."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def last_line(text: str) -> str:
    """The last words of a program, on one line, fit to be shown: no control characters, nothing like a key."""
    line = " ".join(_ESCAPE.sub("", text).split())
    return _TOKEN.sub(r"\1-…", line)[-_TAIL:]


def died(exit_status: int | None, stderr: str) -> str:
    """The program ended in the middle of the turn. `exit_status` is negative or above 128 for a signal."""
    if exit_status is None:
        how = "stopped answering"
    elif exit_status < 0 or exit_status > 128:
        how = f"was killed (signal {-exit_status if exit_status < 0 else exit_status - 128})"
    else:
        how = f"ended by itself (status {exit_status})"
    last = last_line(stderr)
    ending = f" Its last words: {last}" if last else ""
    return f"The agent's program {how} in the middle of its turn.{ending}"


def not_started(stderr: str) -> str:
    """It never said a word."""
    last = last_line(stderr)
    return f"The agent's program did not start{f': {last}' if last else '; `honk doctor` tries it'}."


def unreadable_output() -> str:
    """The program wrote something that is no message."""
    return "The agent's program wrote something unreadable and was stopped."


def silent(seconds: float) -> str:
    """Nothing was heard of it for too long."""
    return f"The agent gave no sign of life for {_duration(seconds)} and was stopped."


def out_of_time(minutes: float) -> str:
    """The turn took longer than it may."""
    return f"The agent was stopped after {_duration(minutes * 60)}, the most a turn may take."


def limit_reached(stopped: str) -> str:
    """The sandbox ended it."""
    return f"The agent was stopped by its sandbox's limit on {stopped}."


def ended_without_verification() -> str:
    """It says that it is done, but nobody let it go."""
    return "The agent's program ended the turn without being let go by the checks; the change counts as unchecked."


def model_failed(status: int | None, text: str) -> str:
    """The model did not answer as it should. `status` is HTTP's, None when the connection broke."""
    if status in (401, 403):
        return "The model's service refused the key; check ANTHROPIC_API_KEY where Honk runs."
    if status == 429:
        return "The model's service says that its rate limit is reached; wait a while."
    if status == 529:
        return "The model's service is overloaded; wait a while."
    if status is not None and status >= 500:
        return f"The model's service has trouble of its own ({status}); wait a while."
    if status is None:
        return "The model's answer broke off and trying again did not help."
    return f"The model's service refused the request ({status}): {last_line(text)}"


def ended_with_error(reason: str, errors: str) -> str:
    """The program ended the turn as failed for another reason."""
    known = {
        "error_max_turns": "The agent used up all its steps",
        "error_max_budget_usd": "The agent used up its own budget",
        "error_during_execution": "The agent's program failed in the middle of its turn",
    }
    why = last_line(errors)
    return f"{known.get(reason, 'The agent gave up')}{f' ({why})' if why else ''}."


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
