"""What examines a checkout without a server: the sandbox, and the gateway for its set-up."""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from honk import backends, files
from honk.core.errors import Unavailable
from honk.core.verdict import Verdict
from honk.gateway import package_indexes
from honk.gateway.egress_proxy import EgressProxy
from honk.pipeline.verification.local_verify import Inspector
from honk.settings import Settings
from honk.workspaces.overlay import OverlayWorkspaces


@asynccontextmanager
async def opened(settings: Settings, tell: Callable[[Verdict], None]) -> AsyncIterator[Inspector]:
    """An inspector that calls `tell` for each verdict. Raises Unavailable where no sandbox works."""
    files.private_directory(settings.run)
    sandbox = await backends.sandbox(settings)
    if problem := await sandbox.problem():
        raise Unavailable(problem)
    limits = backends.limits(settings.file.sandbox)
    with tempfile.TemporaryDirectory(dir=settings.run) as trial:
        overlay = not await OverlayWorkspaces(Path(trial)).problem()
    async with backends.gateway(settings) as gateway:

        async def unseen(host: str, allowed: bool, reason: str) -> None:
            """Nobody is told which hosts were asked for."""

        @asynccontextmanager
        async def open_sockets(directory: Path, allow: tuple[str, ...]) -> AsyncIterator[None]:
            egress = EgressProxy(
                allow,
                await package_indexes.index_hosts(settings.indexes),
                unseen,
                phase="setup",
                proxy=settings.proxies.https,
                direct=settings.proxies.direct,
            )
            async with gateway.open(directory, egress=egress):
                yield

        yield Inspector(sandbox, open_sockets, limits, overlay, settings.run, tell)
