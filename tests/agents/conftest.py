"""Where the agents of these tests work: a workspace, a home, a sandbox, a scripted model at the end of the wire."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from honk.agents.base import AgentOutcome, AgentTask, RunningSandbox, VerifyAnswer
from honk.agents.claude import ClaudeAgent
from honk.core.events import EventData
from honk.core.job import Job
from honk.core.mounted_tree import Plain
from honk.gateway import http_server
from honk.sandboxes.bubblewrap import Bubblewrap
from honk.testing import model
from honk.testing.model import Fault, Model
from honk.testing.script import Script


@dataclass
class Place:
    """A session's place, and what was heard there."""

    root: Path
    model: Model
    sandbox: Bubblewrap
    recorded: list[EventData] = field(default_factory=list)
    gate_answers: list[str] = field(default_factory=list)
    gates: int = 0

    @property
    def tree(self) -> Path:
        return self.root / "tree"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def job(self) -> Job:
        return Job(argv=(), tree=Plain(self.tree), home=self.home, proxy_sockets=self.root / "wire")

    def launch(self, job: Job) -> contextlib.AbstractAsyncContextManager[RunningSandbox]:
        return self.sandbox.launcher(job)

    async def verify(self) -> VerifyAnswer:
        return VerifyAnswer(True, "green")

    async def gate(self) -> str:
        self.gates += 1
        return self.gate_answers.pop(0) if self.gate_answers else ""

    async def record(self, data: EventData) -> None:
        self.recorded.append(data)

    def task(self, prompt: str, **other: object) -> AgentTask:
        values: dict[str, object] = {
            "instructions": "Be small.",
            "job": self.job,
            "launch": self.launch,
            "conversation": "",
            "model": "",
            "verify": self.verify,
            "gate": self.gate,
            "tell": self.record,
            "minutes": 2.0,
            **other,
        }
        return AgentTask(prompt=prompt, **values)  # type: ignore[arg-type]

    async def work(self, prompt: str, agent: ClaudeAgent | None = None, **other: object) -> AgentOutcome:
        return await (agent or ClaudeAgent()).work(self.task(prompt, **other))


@pytest.fixture
def place(tmp_path: Path) -> Callable[..., contextlib.AbstractAsyncContextManager[Place]]:
    """Opens the test's place, its model playing the given scripts."""

    @contextlib.asynccontextmanager
    async def open_place(scripts: Mapping[str, Script], faults: Sequence[Fault] = ()) -> AsyncIterator[Place]:
        for directory in ("tree", "home", "wire"):
            (tmp_path / directory).mkdir()
        stand_in = Model(model.by_marker(scripts), faults)
        with tempfile.TemporaryDirectory(prefix="honk-") as short:
            async with http_server.serve_unix(tmp_path / "wire" / "model.sock", stand_in.handle):
                yield Place(tmp_path, stand_in, Bubblewrap(Path(short)))

    return open_place
