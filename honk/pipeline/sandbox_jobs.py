"""Jobs in a session's tree, and the gateway that they are connected to."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from honk import secrets
from honk.core import events
from honk.core.cost import Cost
from honk.core.job import Job
from honk.core.mounted_tree import Tree
from honk.gateway.egress_proxy import EgressProxy
from honk.gateway.model_proxy import ModelProxy
from honk.pipeline.context import StageContext

ENVIRONMENT: Mapping[str, str] = {"CI": "true"}
"""What every job finds, besides what the sandbox sets: tools then ask nothing and draw no progress bars."""

MOST_HOSTS = 50
"""So many hosts are told by name for one sandbox."""

OTHER_HOSTS = "further hosts"


class Budget:
    """The gateway's meter for one session: what it has cost goes to the log, and above the limit nothing goes out."""

    def __init__(self, ctx: StageContext, limit: float) -> None:
        self._ctx = ctx
        self.limit = ctx.session.limit or limit

    @property
    def reached(self) -> bool:
        """The session has used up what it may cost."""
        return self._ctx.session.cost.usd >= self.limit

    def refusal(self) -> str:
        """Empty to let the next request to the model go; otherwise why not."""
        cost = self._ctx.session.cost
        return f"The budget of ${self.limit:.2f} is used up (${cost.usd:.2f})." if self.reached else ""

    async def spent(self, cost: Cost, model: str) -> None:
        """A request was answered."""
        await self._ctx.record(events.CostRecorded(cost, model))


def job(
    ctx: StageContext, tree: Tree, *, home: Path, gateway_sockets: Path | None = None, argv: tuple[str, ...] = ("true",)
) -> Job:
    """A job in `tree` under the machine's limits, with a clean environment."""
    return Job(argv, tree, home, env=ENVIRONMENT, proxy_sockets=gateway_sockets, limits=ctx.services.limits)


def lasting(of: Job, seconds: float) -> Job:
    """The same job with another time limit."""
    return replace(of, limits=replace(of.limits, seconds=seconds))


def scratch_home(ctx: StageContext) -> Path:
    """A home for verifiers: the session's own, apart from the agent's, so that neither reads the other's files."""
    return made(ctx.directory / "verify-home")


def setup_home(ctx: StageContext) -> Path:
    """A home for set-up commands, kept per repository: its caches are filled by code of the base branch alone."""
    return made(ctx.services.home / "setup-homes" / ctx.session.repo)


def made(directory: Path) -> Path:
    """`directory`, made when it is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@dataclass(frozen=True)
class GatewayConnection:
    """The gateway of one sandbox: the directory with its sockets, and the model proxy where there is a budget."""

    directory: Path
    line: ModelProxy | None

    @property
    def trouble(self) -> str:
        """Why the model gave the last request no good answer, in a sentence; empty when it did."""
        return self.line.trouble if self.line else ""


@asynccontextmanager
async def gateway_sockets(
    ctx: StageContext, phase: str, *, allow: Iterable[str], budget: Budget | None = None
) -> AsyncIterator[GatewayConnection]:
    """The gateway's sockets for one sandbox: the egress proxy, and the model where there is a budget.

    Refused connections and an overloaded model are recorded in the session.
    """
    services, directory = ctx.services, ctx.services.run / f"{ctx.id}-{phase}"
    # package indexes are for set-up, on the base and on a changed tree; while the agent works they are closed too
    always = frozenset() if phase == "work" else await services.indexes()
    knocks = _Knocks(ctx, phase)
    egress = EgressProxy(
        tuple(allow),
        always,
        knocks.seen,
        phase="work" if phase == "work" else "setup",
        proxy=services.proxies.https,
        direct=services.proxies.direct,
    )
    record = ctx.directory / "exchanges" if services.record else None
    hidden = secrets.for_deploy(services.home, ctx.session.repo).values() if record else ()

    async def tell(sentence: str) -> None:
        """Once in a run for each cause: behind the semicolon stands only how long it will be waited for."""
        await ctx.record(events.NoteAdded(sentence), f"model-{sentence.partition(';')[0]}")

    try:
        async with services.gateway.open(
            directory, meter=budget, egress=egress, notify=tell, record=record, secrets=hidden
        ) as line:
            yield GatewayConnection(directory, line)
    finally:
        await knocks.sum_up()


class _Knocks:
    """What a sandbox asks for, told so that a loop cannot flood the log: the first time at once, the rest as a number.

    Where the hosts themselves are made up by a loop, those beyond `MOST_HOSTS` are told as one.
    """

    def __init__(self, ctx: StageContext, phase: str) -> None:
        self._ctx = ctx
        self._phase = phase
        self._more: Counter[tuple[str, bool]] = Counter()
        self._reasons: dict[tuple[str, bool], str] = {}

    async def seen(self, host: str, allowed: bool, reason: str) -> None:
        """The gateway's word on one request."""
        key = (host, allowed)
        if key not in self._reasons and len(self._reasons) >= MOST_HOSTS:
            key = (OTHER_HOSTS, allowed)
        if key in self._reasons:
            self._more[key] += 1
            return
        self._reasons[key] = reason
        await self._tell(key, 1)

    async def sum_up(self) -> None:
        """Tell what was only counted."""
        for key, count in list(self._more.items()):
            await self._tell(key, count)
        self._more.clear()

    async def _tell(self, key: tuple[str, bool], count: int) -> None:
        await self._ctx.record(events.EgressRecorded(*key, self._phase, self._reasons[key], count))
