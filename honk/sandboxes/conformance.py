"""The suite that every sandbox backend must pass. `honk doctor` runs it on the user's machine."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from honk.core.errors import HonkError
from honk.sandboxes import conformance_behaviour, conformance_harness, conformance_isolation
from honk.sandboxes.base import Sandbox
from honk.sandboxes.conformance_harness import ConformanceCheck, Harness

CHECKS: tuple[ConformanceCheck, ...] = (*conformance_isolation.CHECKS, *conformance_behaviour.CHECKS)
"""Each check is an async function. Its name completes the sentence "A sandbox …"; its docstring explains it."""


@dataclass(frozen=True)
class CheckOutcome:
    """The result of one check: its name in words, and what it found wrong."""

    name: str
    ok: bool
    detail: str = ""


async def check(
    sandbox: Sandbox, scratch: Path, checks: tuple[ConformanceCheck, ...] = CHECKS, at_once: int = 4
) -> tuple[CheckOutcome, ...]:
    """Run `checks` against `sandbox`, `at_once` of them at a time, and return their outcomes in order.

    `scratch` must not be visible in a sandbox. It is made when missing; what the suite puts there is removed. The
    checks leave nothing behind on the host, also when a sandbox does not isolate it.
    """
    slots = asyncio.Semaphore(at_once)
    with conformance_harness.new_harness(sandbox, scratch) as harness:
        return tuple(await asyncio.gather(*(_outcome(harness, each, slots) for each in checks)))


async def _outcome(harness: Harness, one: ConformanceCheck, slots: asyncio.Semaphore) -> CheckOutcome:
    async with slots:
        try:
            detail = await one(harness)
        except (HonkError, OSError, TimeoutError) as error:
            detail = f"{type(error).__name__}: {error}"
    return CheckOutcome(getattr(one, "__name__", "").replace("_", " "), not detail, detail)
