"""What Honk adds around the agent: from a person's message to the proposed change, against the agent's program alone.

Both do the same scripted task with the same program and the same stand-in for the model, in turns. The time line is cut
at what both have (the first and the last request to the model), so that the added time is seen stage by stage.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

from rich.table import Table

from bench import repository, running_app, scripted_model, table
from bench.bare_agent import Bare, Run
from bench.row import Row
from bench.scripted_model import StandIn
from bench.table import Progress
from honk.core import events
from honk.core.events import Event
from honk.core.phase import Phase
from honk.service import HonkService

SIZES = (100, 80_000)
GOAL = 150.0
BARE = "claude -p alone"


@dataclass(frozen=True)
class Timeline:
    """Seconds. In a bare run only `start`, `talk` and `end` are there."""

    queue: float = 0.0
    """The message recorded, the run taken from the queue."""
    intake: float = 0.0
    prepare: float = 0.0
    start: float = 0.0
    """Until the agent's first request to the model: workspace, gateway, sandbox, the program itself."""
    talk: float = 0.0
    """From the first to the last request."""
    end: float = 0.0
    """The last answer, the gate without its verifiers, the program's end."""
    check: float = 0.0
    propose: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return float(sum(getattr(self, each.name) for each in fields(self)))


def of_session(asked: float, history: list[Event], model: StandIn) -> Timeline:
    """A session's time line. `asked` is when the person pressed the key."""
    entered = {event.data.phase: event.at for event in history if isinstance(event.data, events.PhaseEntered)}
    proposed = next(event.at for event in history if isinstance(event.data, events.ChangeProposed))
    requests = model.between(entered[Phase.WORK], entered[Phase.CHECK])
    verifying = sum(
        verdict.seconds
        for event in history
        if isinstance(event.data, events.Verified)
        for verdict in event.data.verdicts
    )
    return Timeline(
        queue=entered[Phase.INTAKE] - asked,
        intake=entered[Phase.PREPARE] - entered[Phase.INTAKE],
        prepare=entered[Phase.WORK] - entered[Phase.PREPARE],
        start=requests[0] - entered[Phase.WORK],
        talk=requests[-1] - requests[0],
        end=entered[Phase.CHECK] - requests[-1] - verifying,
        check=entered[Phase.PROPOSE] - entered[Phase.CHECK],
        propose=proposed - entered[Phase.PROPOSE],
    )


def of_bare(run: Run, model: StandIn) -> Timeline:
    """The program's own time line."""
    requests = model.between(run.began, run.ended)
    return Timeline(start=requests[0] - run.began, talk=requests[-1] - requests[0], end=run.ended - requests[-1])


@dataclass(frozen=True)
class Measured:
    """The runs on one repository, in pairs."""

    files: int
    ours: Sequence[Timeline]
    theirs: Sequence[Timeline]

    def rows(self) -> list[Row]:
        """The whole way, and what of it is Honk's."""
        whole, bare, n = _median(self.ours, "total"), _median(self.theirs, "total"), len(self.ours)
        return [
            Row(f"message to proposed change, {self.files:,} files", "ms", whole, BARE, bare, n),
            Row(f"added around the agent, {self.files:,} files", "ms", whole - bare, BARE, bare, n, GOAL),
        ]

    def parts(self) -> Table:
        """Stage by stage."""
        names = [*(each.name for each in fields(Timeline)), "total"]
        rows = []
        for name in names:
            whole, bare = _median(self.ours, name), _median(self.theirs, name)
            rows.append((name, (whole, bare, whole - bare)))
        return table.parts(f"{self.files:,} files, ms", ("honk", BARE, "added"), rows)


async def measure(root: Path, runs: int, progress: Progress) -> list[Measured]:
    """Every size, each after one session that is not counted, so that caches are warm."""
    found = []
    with scripted_model.running() as model:
        for files in SIZES:
            place = root / f"adds-{files}"
            progress(f"adds: a repository of {files:,} files")
            origin = repository.make(place / "app.git", files)
            bare = Bare(origin, place / "checkout", model)
            async with running_app.opened(place / "home", model) as service:
                await service.add_repo(str(origin), "app")
                progress(f"adds: warming up, {files:,} files")
                await _ours(service, model)
                await bare.run()
                found.append(await _pairs(files, service, bare, model, runs, progress))
    return found


async def _pairs(
    files: int, service: HonkService, bare: Bare, model: StandIn, runs: int, progress: Progress
) -> Measured:
    ours, theirs = [], []
    for number in range(runs):
        progress(f"adds: {files:,} files, {number + 1} of {runs}")
        theirs.append(of_bare(await bare.run(), model))
        ours.append(await _ours(service, model))
    return Measured(files, ours, theirs)


async def _ours(service: HonkService, model: StandIn) -> Timeline:
    asked = time.time()
    session = await running_app.ask(service, "app")
    return of_session(asked, await running_app.settled(service, session), model)


def _median(timelines: Sequence[Timeline], name: str) -> float:
    return 1000 * float(median(getattr(each, name) for each in timelines))
