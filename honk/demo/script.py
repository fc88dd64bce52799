"""Reads the scripts of the scripted model: Markdown with the prose and the tool calls of each answer.

A step is one answer of the model: prose, then fenced blocks, one tool call each; a line of `---` ends it. The blocks:

    ```read            one path a line, one call for each
    ```write PATH      the whole file
    ```edit PATH       the text to replace, followed at once by
    ```with            what replaces it
    ```bash WHY        a command
    ```verify          asks Honk to run the verifiers

Paths are relative to the project; the agent finds it under /workspace.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from honk.testing.script import Script, Step, ToolCall

__all__ = ["VERIFY", "WORKSPACE", "Script", "Step", "ToolCall", "Unplayable", "load", "parse"]

WORKSPACE = "/workspace"
VERIFY = "mcp__honk__verify"

_TOKEN = re.compile(
    r"""
    ^ (?P<fence> `{3,}) (?P<kind> \w+) [ ]? (?P<title> .*) \n (?P<body> (?: .*\n )*?) (?P=fence) \n
      (?: (?P=fence) with \n (?P<new> (?: .*\n )*?) (?P=fence) \n )?
    | ^ (?P<end> ---) \n
    """,
    re.MULTILINE | re.VERBOSE,
)


class Unplayable(ValueError):
    """A script has a block that no tool stands for."""


def load(file: Path) -> Script:
    """The script in a file. Raises Unplayable."""
    return parse(file.read_text(encoding="utf-8"))


def parse(text: str) -> Script:
    """The steps of a script, in order. Raises Unplayable."""
    steps: list[Step] = []
    calls: list[ToolCall] = []
    prose, position = "", 0
    for token in _TOKEN.finditer(text):
        prose += text[position : token.start()]
        position = token.end()
        if token["end"]:
            steps.append(Step(prose.strip(), tuple(calls)))
            prose, calls = "", []
        else:
            calls.extend(_calls(token))
    return (*steps, Step((prose + text[position:]).strip(), tuple(calls)))


def _calls(block: re.Match[str]) -> Iterator[ToolCall]:
    """The tool calls of one fenced block, by the names and inputs of Claude Code's tools."""
    kind, title, body = block["kind"], block["title"], block["body"]
    match kind, block["new"]:
        case "read", None:
            yield from (ToolCall("Read", {"file_path": _path(line)}) for line in body.splitlines())
        case "write", None:
            yield ToolCall("Write", {"file_path": _path(title), "content": body})
        case "edit", str(new):
            change = {"old_string": body.removesuffix("\n"), "new_string": new.removesuffix("\n")}
            yield ToolCall("Edit", {"file_path": _path(title), **change})
        case "bash", None:
            yield ToolCall("Bash", {"command": body.strip(), "description": title})
        case "verify", None:
            yield ToolCall(VERIFY, {})
        case _:
            raise Unplayable(f"cannot play the block ```{kind} {title}")


def _path(name: str) -> str:
    return f"{WORKSPACE}/{name.strip()}"
