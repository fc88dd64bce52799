"""Snapshots above `keep_gb`, and those that a crash left incomplete."""

from collections.abc import Collection
from functools import partial

from honk.client import Removal
from honk.pipeline.context import Services
from honk.retention.base import Removable
from honk.workspaces import snapshots


async def find(services: Services, leaving: Collection[str]) -> list[Removable]:
    """The ones used longest ago. The sessions `leaving` do not count as their users."""
    root, now = services.home / "snapshots", services.clock()
    found = await snapshots.surplus(root, services.keep_bytes, now, leaving=leaving)
    return [
        Removable(Removal("snapshot", f"{path.parent.name}/{path.name}", size), partial(snapshots.remove, path, now))
        for path, size in found.items()
    ]
