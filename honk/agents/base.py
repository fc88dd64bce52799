"""The coding agent's own program, driven from outside its sandbox.

Call order: `work` once per turn; it returns when the agent ends its turn, and raises nothing for an agent that merely
failed: that is an Outcome. Cancelling the task stops the agent; its conversation stays resumable.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from honk.core.events import EventData
from honk.core.job import Job


class RunningSandbox(Protocol):
    """What an agent needs of a sandbox's launcher."""

    @property
    def path(self) -> Path:
        """An executable that starts the agent's program in the sandbox."""

    @property
    def stopped(self) -> str:
        """Which limit ended it, empty when none did."""


Launch = Callable[[Job], AbstractAsyncContextManager[RunningSandbox]]


@dataclass(frozen=True)
class VerifyAnswer:
    """The answer of the `verify` tool: whether all is green, and the text for the agent (relevant lines only)."""

    ok: bool
    text: str


@dataclass(frozen=True)
class AgentTask:
    """One turn's work.

    `job` is the sandbox job to start the agent in (tree, home, wire, limits; the agent adds its own argv, environment
    and read-only files). `conversation` resumes an earlier one when not empty. `verify` is run by us when the agent
    calls its verify tool; `gate` decides when the agent wants to end its turn: an empty string lets it go, any other
    text sends it back to work with that text. `recap` goes before the prompt when an earlier conversation is lost: what
    was asked and done so far. `tell` takes facts (AgentStarted, AgentSaid, AgentDid) as they happen.
    """

    prompt: str
    instructions: str
    job: Job
    launch: Launch
    conversation: str
    model: str
    verify: Callable[[], Awaitable[VerifyAnswer]]
    gate: Callable[[], Awaitable[str]]
    tell: Callable[[EventData], Awaitable[object]]
    minutes: float = 30.0
    recap: str = ""


Ending = Literal["done", "failed", "limit", "silent"]
"""done: ended its turn; failed: its program or the model failed; limit: a limit of the sandbox; silent: no output for
too long."""


@dataclass(frozen=True)
class AgentOutcome:
    """How the agent's turn ended. `summary` is its last message; `error` says what went wrong, for a person."""

    ending: Ending
    conversation: str = ""
    summary: str = ""
    error: str = ""


class Agent(Protocol):
    """One kind of coding agent."""

    @property
    def name(self) -> str:
        """How settings and `honk.toml` name it."""

    @property
    def label(self) -> str:
        """Its name and version, for commit trailers."""

    def problem(self) -> str:
        """Empty when its program is there, otherwise the reason and the remedy."""

    async def warm(self) -> None:
        """Get ready to start quickly, beside whatever else is being done. Called once for a worker, or never."""

    async def work(self, task: AgentTask) -> AgentOutcome:
        """Do one turn. See the module's text for the contract."""


@dataclass(frozen=True)
class FencedText:
    """A piece of untrusted text for the prompt, labelled with where it came from."""

    source: str
    text: str
    attributes: Mapping[str, str] = field(default_factory=dict)
