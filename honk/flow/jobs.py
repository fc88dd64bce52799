"""What the flow asks of sandboxes: jobs in the session's tree, and the wire out of them."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from honk.core import facts
from honk.core.cost import Cost
from honk.core.execution import Job
from honk.core.tree import Tree
from honk.flow.context import Context
from honk.gateway.egress import Egress

ENVIRONMENT: Mapping[str, str] = {"CI": "true"}
"""What every job finds, besides what the sandbox sets: tools then ask nothing and draw no progress bars."""


class Budget:
    """The gateway's meter for one session: what it has cost goes to the log, and above the limit nothing goes out."""

    def __init__(self, ctx: Context, limit: float) -> None:
        self._ctx = ctx
        self.limit = ctx.session.limit or limit

    @property
    def reached(self) -> bool:
        """The session has used up what it may cost."""
        return self._ctx.session.cost.usd >= self.limit

    def refuse(self) -> str:
        """Empty to let the next request to the model go; otherwise why not."""
        cost = self._ctx.session.cost
        return f"The budget of ${self.limit:.2f} is used up (${cost.usd:.2f})." if self.reached else ""

    def spent(self, cost: Cost, model: str) -> None:
        """A request was answered."""
        self._ctx.tell(facts.Spent(cost, model))


def job(ctx: Context, tree: Tree, *, home: Path, wire: Path | None = None, argv: tuple[str, ...] = ("true",)) -> Job:
    """A job in `tree` under the machine's limits, with a clean environment."""
    return Job(argv, tree, home, env=ENVIRONMENT, wire=wire, limits=ctx.world.limits)


def lasting(of: Job, seconds: float) -> Job:
    """The same job with another time limit."""
    return replace(of, limits=replace(of.limits, seconds=seconds))


def scratch_home(ctx: Context) -> Path:
    """A home for verifiers: the session's own, apart from the agent's, so that neither reads the other's files."""
    return made(ctx.directory / "verify-home")


def setup_home(ctx: Context) -> Path:
    """A home for set-up commands, kept per repository: its caches are filled by code of the base branch alone."""
    return made(ctx.world.home / "setup-homes" / ctx.session.repo)


def made(directory: Path) -> Path:
    """`directory`, made when it is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@asynccontextmanager
async def wire(ctx: Context, phase: str, *, allow: Iterable[str], budget: Budget | None = None) -> AsyncIterator[Path]:
    """A directory with the gateway's sockets for one sandbox: the egress proxy, and the model where there is a budget.

    What is asked for and refused is told to the session.
    """
    directory = ctx.world.run / f"{ctx.id}-{phase}"

    def seen(host: str, allowed: bool, reason: str) -> None:
        ctx.tell(facts.EgressSeen(host, allowed, phase, reason))

    # package indexes are for set-up, on the base and on a changed tree; while the agent works they are closed too
    always = frozenset() if phase == "work" else await ctx.world.indexes()
    egress = Egress(tuple(allow), always, seen, phase="work" if phase == "work" else "setup")
    record = ctx.directory / "exchanges" if ctx.world.record else None
    async with ctx.world.gateway.open(directory, meter=budget, egress=egress, record=record):
        yield directory
