"""The suite that every backend must pass, and that `honk doctor` runs on the user's own machine."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from honk.core.errors import HonkError
from honk.sandboxes import conformance_behaviour, conformance_harness, conformance_isolation
from honk.sandboxes.base import Sandbox
from honk.sandboxes.conformance_harness import ConformanceCheck, Harness

CHECKS: tuple[ConformanceCheck, ...] = (*conformance_isolation.CHECKS, *conformance_behaviour.CHECKS)
"""Each is an async function whose name is a sentence about the sandbox and whose docstring explains it."""


@dataclass(frozen=True)
class CheckOutcome:
    """How one check went: its name as words, and what was found wrong."""

    name: str
    ok: bool
    detail: str = ""


async def check(
    sandbox: Sandbox, scratch: Path, checks: tuple[ConformanceCheck, ...] = CHECKS, at_once: int = 4
) -> tuple[CheckOutcome, ...]:
    """Run `checks` against `sandbox`, `at_once` of them at a time; the outcomes in their order.

    `scratch` is made when missing; what the suite puts there is removed. It must be a place that no sandbox shows.
    The checks leave nothing behind on a host that they find open.
    """
    turns = asyncio.Semaphore(at_once)
    with conformance_harness.new_harness(sandbox, scratch) as erected:
        return tuple(await asyncio.gather(*(_outcome(erected, each, turns) for each in checks)))


async def _outcome(erected: Harness, one: ConformanceCheck, turns: asyncio.Semaphore) -> CheckOutcome:
    async with turns:
        try:
            detail = await one(erected)
        except (HonkError, OSError, TimeoutError) as error:
            detail = f"{type(error).__name__}: {error}"
    return CheckOutcome(getattr(one, "__name__", "").replace("_", " "), not detail, detail)
