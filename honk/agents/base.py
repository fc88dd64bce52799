"""The interface of coding agents: programs in a sandbox that Honk starts and controls from outside.

Honk calls `work` once per turn. It returns when the agent ends its turn; an agent that failed is an AgentOutcome, not
an exception. Cancelling the asyncio task stops the agent; its conversation can still be resumed.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from honk.core.events import EventData
from honk.core.job import Job


class RunningSandbox(Protocol):
    """A sandbox that is ready to run the agent's program."""

    @property
    def path(self) -> Path:
        """An executable that starts the agent's program in the sandbox."""

    @property
    def stopped(self) -> str:
        """The limit that stopped the sandbox, empty when none did."""


Launch = Callable[[Job], AbstractAsyncContextManager[RunningSandbox]]


@dataclass(frozen=True)
class VerifyAnswer:
    """The `verify` tool's answer: whether the change may be proposed, and the text for the agent."""

    ok: bool
    text: str


@dataclass(frozen=True)
class LookAnswer:
    """The `look` tool's answer: a text for the agent, and the picture (PNG) where there is one."""

    text: str
    png: bytes = b""


@dataclass(frozen=True)
class AgentTask:
    """One turn's work.

    `job` is the sandbox job to start the agent in (tree, home, sockets, limits); the agent adds its argv, environment
    and read-only files. `conversation` resumes an earlier one when not empty. `verify` runs when the agent calls its
    verify tool; `gate` runs when the agent wants to end its turn: an empty string allows it, any other text is sent to
    the agent, which continues. `recap` summarises the session so far; it goes before the prompt when an earlier
    conversation is lost. `look` (page, device) shows a page of the app as it is now; None where the repository has
    nothing to serve. `tell` records events (AgentStarted, AgentSaid, AgentToolUsed) as they happen.
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
    look: Callable[[str, str], Awaitable[LookAnswer]] | None = None


Ending = Literal["done", "failed", "limit", "silent"]
"""done: the agent ended its turn; failed: its program or the model failed; limit: the sandbox or the time limit stopped
it; silent: it printed nothing for too long."""


@dataclass(frozen=True)
class AgentOutcome:
    """How the agent's turn ended. `summary` is its last message; `error` tells a person what went wrong."""

    ending: Ending
    conversation: str = ""
    summary: str = ""
    error: str = ""


class Agent(Protocol):
    """One kind of coding agent. README.md says how to add one."""

    @property
    def name(self) -> str:
        """The name in settings and in `honk.toml`."""

    @property
    def label(self) -> str:
        """Name and version, for commit trailers."""

    @property
    def needs_model(self) -> bool:
        """Whether the agent cannot work without a model of Honk's gateway."""

    def problem(self) -> str:
        """Why the agent cannot be started here and how to fix it; empty when it can."""

    async def warm(self) -> None:
        """Load what the first turn needs, in the background. Called at most once per worker."""

    async def work(self, task: AgentTask) -> AgentOutcome:
        """Do one turn; the module's docstring is the contract."""


@dataclass(frozen=True)
class FencedText:
    """Untrusted text for the prompt, labelled with its source."""

    source: str
    text: str
    attributes: Mapping[str, str] = field(default_factory=dict)
