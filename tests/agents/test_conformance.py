import contextlib
import itertools
from collections.abc import AsyncIterator

import pytest

from honk.agents.base import Agent
from honk.agents.claude import ClaudeAgent
from honk.agents.command import CommandAgent
from honk.testing.script import Script, Step, ToolCall
from tests.agents import conformance
from tests.agents.conformance import Move, Play, Run, Say, Stage


def _step(move: Move) -> Step:
    match move:
        case Say(text):
            return Step(text)
        case Run(command):
            return Step("", (ToolCall("Bash", {"command": command, "timeout": 600_000}),))
    return Step("", (ToolCall("Bash", {"command": "kill -9 $PPID"}),))


def _line(move: Move) -> str:
    match move:
        case Say(text):
            return f"echo '{text}'"
        case Run(command):
            return command
    return "kill -9 $$"


def _script(play: Play) -> Script:
    """The play as a model's answers. A later turn of the same session gets it again."""
    return tuple(itertools.chain.from_iterable(map(_step, moves) for moves in play))


def _shell(play: Play) -> str:
    """The play as a shell script that remembers in its home how often it was started."""
    lines = ['count="$HOME/$HONK_CONVERSATION"', 'echo >> "$count"', 'case $(wc -l < "$count") in']
    for number, moves in enumerate(play, start=1):
        lines += [f"{number}{'|*' if number == len(play) else ''})", *map(_line, moves), ";;"]
    return "\n".join((*lines, "esac"))


@pytest.mark.parametrize("check", conformance.CHECKS.values(), ids=conformance.CHECKS)
@pytest.mark.parametrize("kind", ["claude", "command"])
async def test_agent_keeps_the_contract(kind: str, check, place) -> None:
    @contextlib.asynccontextmanager
    async def direct(play: Play) -> AsyncIterator[Stage]:
        agent: Agent = ClaudeAgent() if kind == "claude" else CommandAgent(("sh", "-c", _shell(play)))
        async with place({"Play your part": _script(play)}) as here:
            yield Stage(agent, here.job, here.launch)

    await check(direct)
