"""Kept files (artifacts, pictures, attachments) that no session refers to."""

from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable
from honk.settings import RetentionSettings


async def find(services: Services, settings: RetentionSettings) -> list[Removable]:
    """All of them as one entry."""
    seconds = settings.file_days * DAY
    unused = await services.blobs.unused(await services.store.file_references(), seconds)

    async def remove() -> bool:
        await services.blobs.sweep(await services.store.file_references(), seconds)
        return True

    return [Removable("kept files", f"{len(unused)} files", sum(unused.values()), remove)] if unused else []
