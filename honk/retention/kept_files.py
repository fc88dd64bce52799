"""Kept files (artifacts, pictures, attachments) to which no session refers, or only sessions that ended long ago."""

from honk.client import Removal
from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable


async def find(services: Services) -> list[Removable]:
    """All of them as one entry."""
    seconds, referring = services.retention.file_days * DAY, services.retention.transcript_days * DAY
    unused = await services.blobs.unused(await services.store.file_references(referring), seconds)

    async def remove() -> bool:
        await services.blobs.sweep(await services.store.file_references(referring), seconds)
        return True

    return [Removable(Removal("kept files", f"{len(unused)} files", sum(unused.values())), remove)] if unused else []
