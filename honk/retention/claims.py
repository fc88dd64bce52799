"""Claims of deliveries that cannot come again: Slack and GitHub repeat a delivery for a few days at most."""

from honk.client import Removal
from honk.pipeline.context import Services
from honk.retention.base import DAY, Removable


async def find(services: Services) -> list[Removable]:
    """All of them as one entry."""
    seconds = services.retention.file_days * DAY
    count = await services.store.forget_claims(seconds, dry_run=True)

    async def remove() -> bool:
        return await services.store.forget_claims(seconds) > 0

    return [Removable(Removal("claims", f"{count} claims", 0), remove)] if count else []
