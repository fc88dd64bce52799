"""What every agent must do, whatever its program: a suite that ships with Honk.

An agent takes part by being directable: given a play (what it shall do in this turn), `Direct` prepares an agent that
does exactly that in a real sandbox. Each check raises Broken with a sentence when the agent does not keep the contract.

    for name, check in CHECKS.items():
        await check(direct)
"""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass, field

from honk.agents.base import Agent, AgentOutcome, AgentTask, Launch, VerifyAnswer
from honk.core.events import AgentStarted, EventData
from honk.core.job import Job
from honk.core.mounted_tree import location
from tests import waiting

CANCEL_WITHIN = 2.0
"""Seconds until a cancelled agent must be gone."""


@dataclass(frozen=True)
class Run:
    """Run a shell command in the workspace."""

    command: str


@dataclass(frozen=True)
class Die:
    """End the agent's own program at once, as if it had crashed."""


@dataclass(frozen=True)
class Say:
    """Say something and want to end the turn."""

    text: str


Move = Run | Die | Say
Play = tuple[tuple[Move, ...], ...]
"""Per round the moves up to the next Say; a second round is played when the gate sends the agent back."""


@dataclass(frozen=True)
class Stage:
    """An agent that plays, and the sandbox to do it in. `job` has a plain tree and a home."""

    agent: Agent
    job: Job
    launch: Launch


Direct = Callable[[Play], AbstractAsyncContextManager[Stage]]


class Broken(AssertionError):
    """The agent does not keep the contract; the message says what it did instead."""


@dataclass
class _Turn:
    """One turn's task with everything that was heard of it."""

    stage: Stage
    answers: list[str] = field(default_factory=list)
    recorded: list[EventData] = field(default_factory=list)
    asked: int = 0

    async def work(self, conversation: str = "", minutes: float = 2.0) -> AgentOutcome:
        task = AgentTask(
            prompt="Play your part.",
            instructions="This is a check of the agent itself.",
            job=self.stage.job,
            launch=self.stage.launch,
            conversation=conversation,
            model="",
            verify=_green,
            gate=self._gate,
            tell=self._record,
            minutes=minutes,
        )
        return await self.stage.agent.work(task)

    async def _record(self, data: EventData) -> None:
        self.recorded.append(data)

    async def _gate(self) -> str:
        self.asked += 1
        return self.answers.pop(0) if self.answers else ""


async def does_the_work(direct: Direct) -> None:
    """It changes files, ends its turn, sums up, and says under which id it can be resumed."""
    async with direct(((Run("echo one > note.txt"), Say("It is done.")),)) as stage:
        turn = _Turn(stage)
        outcome = await turn.work()
        _expect(outcome.ending == "done", f"it ended as {outcome}")
        _expect("It is done." in outcome.summary, f"its summary is {outcome.summary!r}")
        _expect(_read(stage, "note.txt") == "one\n", "its change is not in the workspace")
        _expect(turn.asked == 1, f"the gate was asked {turn.asked} times, not once")
        started = [data for data in turn.recorded if isinstance(data, AgentStarted)]
        _expect(
            len(started) == 1 and turn.recorded[0] == started[0], f"it did not begin with AgentStarted: {turn.recorded}"
        )
        _expect(started[0].conversation == outcome.conversation != "", "it has no conversation to resume")
        _expect(not started[0].resumed, "a new conversation is called resumed")


async def goes_back_to_work(direct: Direct) -> None:
    """Sent back by the gate it works on, as often as it is sent."""
    play: Play = tuple((Run(f"echo {number} > note.txt"), Say(f"Round {number}.")) for number in (1, 2, 3))
    async with direct(play) as stage:
        turn = _Turn(stage, answers=["Not yet: the note is wrong.", "Still wrong."])
        outcome = await turn.work()
        _expect(outcome.ending == "done", f"it ended as {outcome}")
        _expect(turn.asked == 3, f"the gate was asked {turn.asked} times, not three times")
        _expect(_read(stage, "note.txt") == "3\n", "its last round did not happen")
        _expect("Round 3." in outcome.summary, f"its summary is {outcome.summary!r}")


async def resumes(direct: Direct) -> None:
    """A second turn goes on in the same conversation, in another sandbox with the same home."""
    async with direct(((Say("First."),),)) as stage:
        first = await _Turn(stage).work()
        turn = _Turn(stage)
        second = await turn.work(conversation=first.conversation)
        _expect(second.ending == "done", f"the second turn ended as {second}")
        _expect(second.conversation == first.conversation, "the second turn has another conversation")
        started = turn.recorded[0]
        _expect(isinstance(started, AgentStarted) and started.resumed, f"the second turn began with {started}")


async def survives_its_death(direct: Direct) -> None:
    """A program that dies is an Outcome with a reason; the work so far stays, and the gate is not asked."""
    async with direct(((Run("echo one > note.txt"), Die(), Say("Never.")),)) as stage:
        turn = _Turn(stage)
        outcome = await turn.work()
        _expect(outcome.ending == "failed", f"it ended as {outcome}")
        _expect(bool(outcome.error), "it does not say why")
        _expect(turn.asked == 0, "the gate was asked about a turn that nobody ended")
        _expect(_read(stage, "note.txt") == "one\n", "the work before the crash is lost")


async def stops_when_cancelled(direct: Direct) -> None:
    """Cancelled in the middle, it is gone within two seconds and nothing of it is left."""
    marker = _marker()
    async with direct(((Run(f"sleep {marker}"), Say("Never.")),)) as stage:
        working = asyncio.create_task(_Turn(stage).work())
        await _appears(marker, working)
        started = time.monotonic()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        seconds = time.monotonic() - started
        _expect(working.cancelled(), "it went on although it was cancelled")
        _expect(seconds <= CANCEL_WITHIN, f"it took {seconds:.1f} s to stop")
        _expect(not waiting.running(marker), "a process of it is left")


async def keeps_to_its_time(direct: Direct) -> None:
    """When the turn's time is over it is stopped, and nothing of it is left."""
    marker = _marker()
    async with direct(((Run(f"sleep {marker}"), Say("Never.")),)) as stage:
        outcome = await _Turn(stage).work(minutes=3 / 60)
        _expect(outcome.ending == "limit", f"it ended as {outcome}")
        _expect(bool(outcome.error), "it does not say why")
        _expect(not waiting.running(marker), "a process of it is left")


async def hands_on_our_failures(direct: Direct) -> None:
    """A gate that fails is no answer: the failure reaches the caller and the agent is not let go."""
    async with direct(((Say("Done."),),)) as stage:
        turn = _Turn(stage)

        async def gate() -> str:
            raise _GateBroke

        turn._gate = gate  # type: ignore[method-assign]
        try:
            outcome = await turn.work()
        except _GateBroke:
            return
        raise Broken(f"the gate's failure was swallowed: {outcome}")


async def holds_no_secret(direct: Direct) -> None:
    """Nothing of the worker's environment can be found from inside, neither in variables nor in other processes."""
    look = Run("{ env; cat /proc/[0-9]*/environ; } > seen.txt 2>/dev/null; true")
    with _canary() as canary:
        async with direct(((look, Say("Looked.")),)) as stage:
            outcome = await _Turn(stage).work()
            _expect(outcome.ending == "done", f"it ended as {outcome}")
            seen = _read(stage, "seen.txt")
            _expect("PATH" in seen, "it could not look at all")
            _expect(canary not in seen, "a variable of the worker's environment can be read from inside")


CHECKS: dict[str, Callable[[Direct], Awaitable[None]]] = {
    check.__name__: check
    for check in (
        does_the_work,
        goes_back_to_work,
        resumes,
        survives_its_death,
        stops_when_cancelled,
        keeps_to_its_time,
        hands_on_our_failures,
        holds_no_secret,
    )
}
"""All checks by name."""


class _GateBroke(Exception):
    """Raised by a gate on purpose."""


async def _green() -> VerifyAnswer:
    return VerifyAnswer(True, "green")


def _expect(kept: bool, otherwise: str) -> None:
    if not kept:
        raise Broken(otherwise)


def _read(stage: Stage, name: str) -> str:
    file = location(stage.job.tree) / name
    return file.read_text(errors="replace") if file.is_file() else ""


def _marker() -> str:
    """A number of seconds that nobody else sleeps."""
    return f"{3600 + secrets.randbelow(9999)}.{secrets.randbelow(10**9):09d}"


async def _appears(marker: str, working: asyncio.Task[AgentOutcome]) -> None:
    """Wait until the process with `marker` runs."""
    await waiting.until(lambda: working.done() or waiting.running(marker))
    if working.done():
        raise Broken(f"it ended too early: {working.result()}")


@contextmanager
def _canary() -> Iterator[str]:
    """A secret-looking variable in our own environment, for as long as the block lasts."""
    canary = secrets.token_hex(16)
    os.environ["HONK_CANARY_KEY"] = canary
    try:
        yield canary
    finally:
        del os.environ["HONK_CANARY_KEY"]
