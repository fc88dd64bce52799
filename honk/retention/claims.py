"""Claims of deliveries that cannot come again: Slack and GitHub repeat a delivery for a few days at most."""

from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable
from honk.settings import RetentionSettings


async def find(services: Services, settings: RetentionSettings) -> list[Removable]:
    """All of them as one entry."""
    seconds = settings.file_days * DAY
    count = await services.store.forget_claims(seconds, dry_run=True)

    async def remove() -> bool:
        return await services.store.forget_claims(seconds) > 0

    return [Removable("claims", f"{count} claims", 0, remove)] if count else []
