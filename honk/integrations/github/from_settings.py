"""The GitHub integration, made from the settings and Honk's services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from honk.client import HonkClient
from honk.integrations.github.conversation.conversation_client import ConversationClient
from honk.integrations.github.forge.github_forge import GitHubForge
from honk.integrations.github.integration import GitHubIntegration, GitHubParts, open_github
from honk.pipeline.context import Services
from honk.settings import Settings


@asynccontextmanager
async def opened(
    settings: Settings, services: Services, honk_client: HonkClient, hook: str
) -> AsyncIterator[GitHubIntegration | None]:
    """GitHub conversations until the block is left; None where no credential is configured. `honk_client` carries out
    what people ask, `hook` is the address for webhooks."""
    forge = services.forges["github"]
    if not settings.github or not isinstance(forge, GitHubForge):
        yield None
        return
    parts = GitHubParts(
        honk_client=honk_client,
        store=services.store,
        github=ConversationClient(forge),
        access=settings.github,
        settings=settings.file.github,
        commit_changed=services.commit_notifier.notify,
        hook=hook,
    )
    async with open_github(parts) as integration:
        yield integration
