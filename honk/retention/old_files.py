"""Deploys and recorded exchanges with the model, by age; logs that grow too large, by size."""

import asyncio
import itertools
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from honk.client import Removal
from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable, remove, size_of

KEPT_DEPLOYS = 2
"""So many of a repository's deploys stay whatever their age: what is in production may run from the newest one, and a
rollback may go to the one before."""

LOGS = ("deploys/*/*.log", "sessions/*/exchanges/*.jsonl")
"""Files below HONK_HOME to which lines are appended; nobody reads them from the beginning."""


async def find(services: Services) -> list[Removable]:
    """See the module's text."""
    settings, now = services.retention, services.clock()
    old = await asyncio.to_thread(lambda: [*_old(services.home, now - settings.file_days * DAY)])
    found = [await asyncio.to_thread(_removable, services.home, *each) for each in old]
    gone = {each.what.name for each in found}
    large = await asyncio.to_thread(lambda: [*_large(services.home, int(settings.log_mb * 1e6))])
    return found + [each for each in large if each.what.name not in gone]


def _old(home: Path, before: float) -> Iterator[tuple[str, Path]]:
    """The kind and the path of what was last changed before `before` (seconds since the epoch)."""
    for repo in home.glob("deploys/*"):
        deploys: dict[str, float] = {}  # each commit, with the time of its log's last line
        for path in repo.glob("[!.]*"):
            deploys[path.stem] = max(path.lstat().st_mtime, deploys.get(path.stem, 0))
        kept = sorted(deploys, key=lambda name: deploys[name])[-KEPT_DEPLOYS:]
        for path in repo.glob("[!.]*"):
            if path.stem not in kept and deploys[path.stem] < before:
                yield "deploy", path
    for path in home.glob("sessions/*/exchanges/*"):
        if path.lstat().st_mtime < before:
            yield "exchanges", path


def _removable(home: Path, kind: str, path: Path) -> Removable:
    return Removable(Removal(kind, str(path.relative_to(home)), size_of(path)), partial(remove, path))


def _large(home: Path, limit: int) -> Iterator[Removable]:
    """The logs above `limit` bytes, each with the bytes that it has beyond half of it."""
    for path in itertools.chain.from_iterable(home.glob(pattern) for pattern in LOGS):
        if (size := path.lstat().st_size) > limit:
            removal = Removal("log", str(path.relative_to(home)), size - limit // 2)
            yield Removable(removal, partial(asyncio.to_thread, _shorten, path, limit))


def _shorten(path: Path, limit: int) -> bool:
    """Keep the last lines of a log above `limit` bytes, up to half of it; in place, because who writes appends."""
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            file.seek(size - limit // 2)
            file.readline()
            rest = file.read()
            file.truncate(0)
            file.seek(0)
            file.write(rest)
    return size > limit
