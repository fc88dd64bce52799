"""Kept files (artifacts, pictures, attachments) that no session refers to."""

from honk.client import Removal
from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable


async def find(services: Services) -> list[Removable]:
    """All of them as one entry."""
    seconds = services.retention.file_days * DAY
    unused = await services.blobs.unused(await services.store.file_references(), seconds)

    async def remove() -> bool:
        await services.blobs.sweep(await services.store.file_references(), seconds)
        return True

    return [Removable(Removal("kept files", f"{len(unused)} files", sum(unused.values())), remove)] if unused else []
