"""A command as the agent: any program that reads a request on standard input and edits files in its working directory.

It runs in the sandbox with the instructions and the prompt on its standard input; its output is the summary. It has no
`verify` tool, so the gate is asked whenever it exits with status 0; if the gate refuses, the command runs again with
the feedback added to its input. `HONK_CONVERSATION` is the same for all turns of a session: the command may keep
state in its home under that name.
"""

import asyncio
import re
import subprocess
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from honk import process
from honk.agents.base import AgentOutcome, AgentTask, Ending
from honk.core.events import AgentSaid, AgentStarted
from honk.core.job import Job

_SUMMARY = 4000
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class _Ran:
    """How one run ended. `stopped` is the limit that stopped it, empty for none; `late`: the turn's time was over."""

    exit: int
    output: str
    stopped: str = ""
    late: bool = False


class CommandAgent:
    """The agent that runs `argv`, a command line inside the sandbox, under the name `name`."""

    needs_model = False  # it may ask one, or be a program that asks none

    def __init__(self, argv: tuple[str, ...], name: str = "command") -> None:
        self._argv = argv
        self._name = name

    @property
    def name(self) -> str:
        """How settings and `honk.toml` name it."""
        return self._name

    @property
    def label(self) -> str:
        """The command's name."""
        return f"command {self._argv[0].rsplit('/', 1)[-1]}" if self._argv else "command"

    def problem(self) -> str:
        """Empty when a command is set. Whether the sandbox has the program is known when it starts."""
        return "" if self._argv else "The agent `command` has no command; name one in settings.toml: [agent] command."

    async def warm(self) -> None:
        """Nothing to load."""

    async def work(self, task: AgentTask) -> AgentOutcome:
        """Do one turn: run the command until it fails or the gate passes."""
        conversation = task.conversation or str(uuid.uuid4())
        if trouble := self.problem():
            return AgentOutcome("failed", conversation, error=trouble)
        await task.tell(AgentStarted(self._name, task.model, conversation, resumed=bool(task.conversation)))
        env = {**task.job.env, "HONK_CONVERSATION": conversation, "HONK_MODEL": task.model}
        job = replace(task.job, argv=self._argv, env=env)
        deadline = time.monotonic() + task.minutes * 60
        text = "\n\n".join(part for part in (task.instructions, task.recap, task.prompt) if part)
        while True:
            ran = await _run(task, job, text, deadline)
            if ran.output:
                await task.tell(AgentSaid(ran.output))
            if failure := _failure(ran, task.minutes):
                ending, error = failure
                return AgentOutcome(ending, conversation, ran.output, error)
            feedback = await task.gate()
            if not feedback:
                return AgentOutcome("done", conversation, ran.output)
            text = f"{text}\n\n{feedback}"


async def _run(task: AgentTask, job: Job, text: str, deadline: float) -> _Ran:
    """One run of the command; it is stopped with its sandbox when the time is over."""
    kept = bytearray()

    def take(chunk: bytes) -> None:
        kept.extend(chunk)
        del kept[: -task.job.limits.output_bytes]

    late = False
    async with task.launch(job) as launched, _started(str(launched.path)) as child:
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                await asyncio.gather(_feed(child, text), process.read_chunks(_output(child), take))
                await child.wait()
        except TimeoutError:
            late = True
        stopped = launched.stopped  # read before the block ends, because its end stops the sandbox, too
    exit_status = process.shell_status(child.returncode)
    return _Ran(exit_status, _last(kept.decode(errors="replace")), stopped, late)


@asynccontextmanager
async def _started(path: str) -> AsyncIterator[asyncio.subprocess.Process]:
    async with process.spawn((path,), stdin=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
        yield child
    assert child.stdin
    child.stdin.close()


async def _feed(child: asyncio.subprocess.Process, text: str) -> None:
    assert child.stdin
    try:
        child.stdin.write(text.encode(errors="replace"))
        await child.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return  # the program need not read all of its input
    child.stdin.close()


def _output(child: asyncio.subprocess.Process) -> asyncio.StreamReader:
    assert child.stdout
    return child.stdout


def _failure(ran: _Ran, minutes: float) -> tuple[Ending, str] | None:
    if ran.late or ran.stopped == "time":  # the sandbox has the turn's time limit, too
        return "limit", f"The agent was stopped after {minutes:g} minutes, the time limit of a turn."
    if ran.stopped:
        return "limit", f"The agent was stopped by its sandbox's limit on {ran.stopped}."
    if ran.exit > 128:
        return "failed", f"The agent's command was killed (signal {ran.exit - 128})."
    if ran.exit:
        return "failed", f"The agent's command failed (status {ran.exit})."
    return None


def _last(text: str) -> str:
    """The end of the output without control characters."""
    return _ESCAPE.sub("", text).strip()[-_SUMMARY:]
