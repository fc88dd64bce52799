"""Checkouts and logs of deploys, and recorded exchanges with the model, by age."""

import asyncio
from functools import partial
from pathlib import Path

from honk.client import Removal
from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable, remove, size_of

PATTERNS = {"deploy": "deploys/*/*", "exchanges": "sessions/*/exchanges/*"}
"""For each kind, its files and directories below HONK_HOME."""


async def find(services: Services) -> list[Removable]:
    """Those that were last changed more than `file_days` ago."""
    before = services.clock() - services.retention.file_days * DAY
    return [
        Removable(Removal(kind, str(path.relative_to(services.home)), size), partial(remove, path))
        for kind, pattern in PATTERNS.items()
        for path, size in await asyncio.to_thread(_older, services.home, pattern, before)
    ]


def _older(home: Path, pattern: str, before: float) -> list[tuple[Path, int]]:
    old = [path for path in home.glob(pattern) if path.lstat().st_mtime < before]
    return [(path, size_of(path)) for path in old]
