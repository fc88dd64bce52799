"""Runs agents on tasks through all of Honk: workspace, sandbox, verifiers, guard, proposal."""

import base64
import json
import os
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from honk import app
from honk.core import events
from honk.core.errors import UsageError
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.verdict import Finding, checked, green
from honk.evaluation import apply_known_change, edits, working_copy
from honk.evaluation.check_runner import CheckRunner
from honk.evaluation.edits import Files
from honk.evaluation.tasks import KnownChange, Task
from honk.service import HonkService
from honk.settings import Settings

KNOWN = "known"
"""The agent that needs no model: it applies the known changes of the role that stands in the model's place."""

_ASKER = Person(f"local:{os.getuid()}", "Honk eval", "eval@honk.invalid")


@dataclass(frozen=True)
class Contender:
    """An agent with a model; `model` is empty for the agent's own choice."""

    agent: str
    model: str = ""

    @property
    def name(self) -> str:
        """As it is written on the command line."""
        return f"{self.agent}:{self.model}" if self.model else self.agent


@dataclass(frozen=True)
class AgentRun:
    """One agent on one task, for the `repetition`th time. `change` is what the agent `known` applies."""

    contender: Contender
    task: Task
    repetition: int
    change: KnownChange | None = None

    @property
    def slug(self) -> str:
        """The name of its repository, different for each run."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.contender.name} {self.task.name} {self.repetition}".lower())


@dataclass(frozen=True)
class AgentResult:
    """What became of a run. `green`: the verifiers of its last tree passed, None where none ran. `hidden_ok`: the
    hidden checks pass on that tree, None where there is none. `rounds` counts the examinations. `broken`: why the run
    says nothing of the agent, because a part of the machine or a service is missing; empty otherwise."""

    task: str
    language: str
    agent: str
    repetition: int
    change: str
    proposed: bool
    green: bool | None
    findings: tuple[Finding, ...]
    hidden_ok: bool | None
    rounds: int
    usd: float
    seconds: float
    error: str = ""
    broken: str = ""

    @property
    def seen(self) -> bool:
        """Whether a person would look: something is red, or something is flagged."""
        return self.green is False or bool(self.findings)


def plan(tasks: tuple[Task, ...], contenders: tuple[Contender, ...], repeat: int) -> tuple[AgentRun, ...]:
    """All runs. For the agent `known`, repetition n applies the nth known change of the role, while there is one."""
    runs: list[AgentRun] = []
    for contender in contenders:
        for task in tasks:
            if contender.agent != KNOWN:
                runs += [AgentRun(contender, task, number) for number in range(1, repeat + 1)]
                continue
            changes = [change for change in task.changes if change.role == contender.model][:repeat]
            runs += [AgentRun(contender, task, number, change) for number, change in enumerate(changes, 1)]
    return tuple(runs)


def contender(text: str, models: tuple[str, ...]) -> tuple[Contender, ...]:
    """The contenders of `AGENT` or `AGENT:MODEL`; without a model there, one for each of `models`."""
    agent, _, model = text.partition(":")
    found = tuple(Contender(agent, each) for each in ((model,) if model else models or ("",)))
    if agent == KNOWN and (wrong := [each.model for each in found if each.model not in ("good", "honest", "bad")]):
        raise UsageError(f"Write `--agent known:good`, `known:honest` or `known:bad` instead of `known:{wrong[0]}`.")
    return found


@asynccontextmanager
async def opened(settings: Settings, place: Path, agent: str) -> AsyncIterator[HonkService]:
    """Honk in this process with a state of its own in `place`, for the agent. Raises UsageError for an unknown one."""
    known = place / "known"
    home = place / f"home-{agent}"
    shutil.copy(apply_known_change.__file__, _folder(known))
    file = settings.file
    if agent == KNOWN:
        sandbox = replace(file.sandbox, readonly=(*file.sandbox.readonly, str(known)))
        command = ("python3", str(known / "apply_known_change.py"))
        file = replace(file, sandbox=sandbox, agent=replace(file.agent, command=command))
    settings = replace(settings, home=home, database_url=f"sqlite:///{home / 'honk.db'}", file=file)
    async with app.open_app(settings, base_url="http://honk.invalid") as service:
        kind = _kind(agent)
        if kind not in service.services.agents:
            names = ", ".join((KNOWN, *service.services.agents))
            raise UsageError(f"There is no agent `{agent}`. The agents are: {names}.")
        if problem := service.services.agents[kind].problem():
            raise UsageError(problem)
        yield service


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def _kind(agent: str) -> str:
    return "command" if agent == KNOWN else agent


async def run(service: HonkService, checks: CheckRunner, one: AgentRun) -> AgentResult:
    """Ask for the task's request, wait until nothing more happens by itself, and judge what there is then."""
    task, name, model = one.task, one.slug, one.contender.model
    if one.change:
        model = name
        _prepare(checks.place / "known" / f"{name}.json", task.files, edits.apply(task.files, one.change.edits))
    repository = checks.place / "repositories" / name
    await working_copy.commit(repository, _with_model(task.files, model))
    await service.add_repo(str(repository), name)
    began = time.monotonic()
    request = one.change.request if one.change else task.request
    asked = await service.ask(request, _ASKER, repo=name, agent=_kind(one.contender.agent))
    rounds = 0
    async for _, event in service.events(asked.id, follow=True):
        rounds += isinstance(event.data, events.Verified)
    session = await service.session(asked.id)
    seconds = time.monotonic() - began
    hidden_ok = None
    if session.verified_tree:
        files = await working_copy.read(service.services.home / "mirrors" / f"{name}.git", session.verified_tree)
        hidden_ok, _ = await checks.hidden(task, files)
    return AgentResult(
        task=task.name,
        language=task.language,
        agent=one.contender.name,
        repetition=one.repetition,
        change=f"{one.change.role} {one.change.name}" if one.change else "",
        proposed=session.phase == Phase.REVIEW,
        green=green(session.verdicts) and checked(session.verdicts) if session.verdicts else None,
        findings=session.guard,
        hidden_ok=hidden_ok,
        rounds=rounds,
        usd=session.cost.usd,
        seconds=round(seconds, 1),
        error=session.error,
        broken=session.error if session.status == 3 else "",
    )


def _prepare(file: Path, before: Files, after: Files) -> None:
    changed = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    contents = {path: base64.b64encode(after[path]).decode() if path in after else None for path in changed}
    file.write_text(json.dumps(contents))


def _with_model(files: Files, model: str) -> Files:
    """The files, with the model set in honk.toml."""
    if not model:
        return files
    text = files.get("honk.toml", b"").decode()
    if "[agent]" in text:
        raise UsageError("The honk.toml of a task must not have a section [agent]: honk eval chooses agent and model.")
    return {**files, "honk.toml": f"{text.rstrip()}\n\n[agent]\nmodel = {json.dumps(model)}\n".encode()}
