"""What the scripted stand-in for the model says: a sequence of steps, each a text and the tools it wants called."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ToolCall:
    """One use of a tool, by the name under which the agent offers it, e.g. `Edit` or `mcp__honk__verify`."""

    name: str
    input: Mapping[str, object]


@dataclass(frozen=True)
class Step:
    """One answer of the model. Without `calls` the model ends its turn here. `delay` is in seconds."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    delay: float = 0


Script = tuple[Step, ...]


def load(path: Path) -> dict[str, Script]:
    """Scripts by the marker that selects them, from a JSON file.

    `{"marker": [{"text": "…", "calls": [{"name": "Read", "input": {…}}], "delay": 0.5}, …]}`; only `text` is required.
    """
    return {marker: tuple(_step(step) for step in steps) for marker, steps in json.loads(path.read_text()).items()}


def _step(data: Mapping[str, Any]) -> Step:
    calls = tuple(ToolCall(call["name"], call["input"]) for call in data.get("calls", ()))
    return Step(data["text"], calls, float(data.get("delay", 0)))
