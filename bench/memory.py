"""Memory that Honk itself takes for a session at work: the worker's growth, and what runs beside the agent.

Proportional set size, in which a page that several processes share is counted once. All sessions are at work at the
same time, each agent waiting for a slow model.
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from bench import repository, running_app, scripted_model
from bench.row import Row
from bench.scripted_model import StandIn
from bench.table import Progress
from honk.agents import claude
from honk.client import Call
from honk.sandboxes import processes
from honk.service import HonkService

SESSIONS = 6
GOAL = 10.0
THINKING = 120.0


@dataclass(frozen=True)
class Used:
    """Megabytes: Honk's own (this process as the worker, launchers, bubblewrap, shims), and the agents' own."""

    ours: float
    agents: float


async def rows(root: Path, progress: Progress) -> list[Row]:
    """From no session to `SESSIONS`."""
    with scripted_model.running() as model:
        origin = repository.make(root / "memory" / "app.git", 100)
        async with running_app.opened(root / "memory" / "home", model, turns=SESSIONS) as service:
            await service.add_repo(str(origin), "app")
            progress("memory: warming up")
            await running_app.settled(service, await running_app.ask(service, "app"))
            progress(f"memory: {SESSIONS} sessions at once")
            before = _used(model)
            during = await _at_work(service, model)
    ours = (during.ours - before.ours) / SESSIONS
    return [Row("memory per working session", "MB", ours, "the agent itself", during.agents / SESSIONS, SESSIONS, GOAL)]


async def _at_work(service: HonkService, model: StandIn) -> Used:
    """What is used when all agents have asked the model; the sessions are cancelled then."""
    known = len(model.asked)
    sessions = [await running_app.ask(service, "app", THINKING) for _ in range(SESSIONS)]
    try:
        async with asyncio.timeout(THINKING):
            while len(model.asked) < known + SESSIONS:  # noqa: ASYNC110 - another thread counts
                await asyncio.sleep(0.2)
        await asyncio.sleep(1)  # what the agents still do after that
        return _used(model)
    finally:
        for session in sessions:
            await service.command("cancel", Call(session.id, running_app.PERSON))
        for session in sessions:
            async for _ in service.events(session.id, follow=True):
                pass


def _used(model: StandIn) -> Used:
    everything = set(processes.tree([os.getpid()])) - set(processes.tree([model.pid]))
    agents = {pid for pid in everything if _is_agent(pid)}
    agents |= set(processes.tree(agents))
    return Used(processes.proportional(everything - agents) / 1e6, processes.proportional(agents) / 1e6)


def _is_agent(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(claude.PROGRAM.encode() + b"\0")
    except OSError:
        return False
