"""Waits for a forge inside a stage: polls, and at once when a webhook arrives. The worker slot is free meanwhile."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from honk.core.errors import Overloaded, Unavailable
from honk.pipeline.context import StageContext

FIRST_SECONDS = 0.5
MOST_SECONDS = 15.0
GROWTH = 1.5
"""How the time between two looks grows."""

T = TypeVar("T")


async def until(
    ctx: StageContext, sha: str, ask: Callable[[], Awaitable[T | None]], seconds: float, most: float = MOST_SECONDS
) -> T | None:
    """What `ask` says as soon as it says something; None when it has not within so many seconds. A forge that does not
    answer is asked again. Between two looks there are up to `most` seconds, and no slot is held."""
    deadline, pause = time.monotonic() + seconds, FIRST_SECONDS
    with ctx.services.commit_notifier.listening() as listener:
        async with ctx.waiting():
            while True:
                try:
                    if (said := await ask()) is not None:
                        return said
                except Unavailable as error:
                    wait = error.retry_after if isinstance(error, Overloaded) else None
                    pause = max(pause, wait or 0.0)
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                if sha in await listener.wait(min(pause, left)):
                    pause = FIRST_SECONDS
                pause = min(pause * GROWTH, most)
