"""The scripted stand-in for the model in a process of its own, with a note of the time of every request.

`python -m bench.scripted_model` prints its address, then a line with the time (seconds since the epoch) for each
message request. The agent works in the directory that its prompt names: the same task inside a sandbox and outside.
"""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from bench.repository import AFTER, BEFORE, EDITED
from honk.testing import model
from honk.testing.script import Script, Step, ToolCall

KEY = "scripted"

_PROMPT = re.compile(r"Reword the sentence in (\S+) \(the model thinks for ([\d.]+) s\)")


def prompt(directory: str, thinking: float = 0.0) -> str:
    """What the agent is asked; the model takes `thinking` seconds for its first answer."""
    return f"Reword the sentence in {directory} (the model thinks for {thinking} s)"


def script(directory: str, thinking: float) -> Script:
    """Read, edit, look at it, say so: four requests."""
    path = f"{directory}/{EDITED}"
    edit = {"file_path": path, "old_string": BEFORE, "new_string": AFTER}
    return (
        Step("I look.", (ToolCall("Read", {"file_path": path}),), delay=thinking),
        Step("I edit.", (ToolCall("Edit", edit),)),
        Step("I check.", (ToolCall("Bash", {"command": f"grep -c new {path}", "description": "look"}),)),
        Step("The sentence is reworded."),
    )


@dataclass
class StandIn:
    """A running stand-in: its address, its process, and when it was asked (it grows)."""

    url: str
    pid: int
    asked: list[float] = field(default_factory=list)

    def between(self, start: float, end: float) -> list[float]:
        """The requests in a span of time."""
        return [at for at in self.asked if start <= at <= end]


@contextmanager
def running() -> Iterator[StandIn]:
    """A stand-in until the block is left."""
    child = subprocess.Popen(
        (sys.executable, "-m", "bench.scripted_model"), stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdin
    try:
        stand_in = StandIn(child.stdout.readline().strip(), child.pid)
        reader = Thread(target=_note, args=(child, stand_in), daemon=True)
        reader.start()
        yield stand_in
    finally:
        child.stdin.close()
        child.terminate()
        child.wait()
        reader.join()
        child.stdout.close()


def _note(child: "subprocess.Popen[str]", stand_in: StandIn) -> None:
    assert child.stdout
    for line in child.stdout:
        stand_in.asked.append(float(line))


def _choose(said: str) -> Script | None:
    found = _PROMPT.search(said)
    if found is None:
        return None
    print(time.time(), flush=True)
    return script(found[1], float(found[2]))


async def _main() -> None:
    async with model.serve(_choose, key=KEY) as served:
        print(served.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
