"""The gateway: for each session two sockets in a directory of its own, and behind them the one wire to the world.

    sandbox ── model.sock ──► Line ──► Upstream (credential, backoff) ──► the model's service
            └─ egress.sock ─► Egress (allow-list, address check) ───────► allowed hosts

Who a request belongs to is told by the socket it came in on, never by anything that the sandbox says.
"""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from honk.gateway import http_server, model_proxy, model_service
from honk.gateway.base import EGRESS_SOCKET, MODEL_SOCKET, CostMeter, Notify, ignore_notice
from honk.gateway.egress_proxy import EgressProxy
from honk.gateway.model_proxy import ModelProxy
from honk.gateway.model_service import ModelService
from honk.settings import ModelCredential

_CHECK_HOLDS = 300.0
_CONNECTIONS = 32


@dataclass
class Gateway:
    """One for the whole process. `patience` is for how many seconds a session waits for an overloaded service."""

    upstream: ModelService
    patience: float = 300.0
    _accepted_at: float = float("-inf")

    @property
    def credential_refused(self) -> bool:
        """The service did not accept the credential, the last time it was asked."""
        return bool(self.upstream.refused)

    async def accepts_key(self) -> bool:
        """A cheap question before the work starts; a yes holds for some minutes unless the work shows otherwise.

        Raises Unavailable when the service cannot be reached.
        """
        now = time.monotonic()
        if self.credential_refused or now > self._accepted_at + _CHECK_HOLDS:
            if not await self.upstream.accepts_key():
                return False
            self._accepted_at = now
        return True

    @asynccontextmanager
    async def open(
        self,
        wire: Path,
        *,
        meter: CostMeter | None = None,
        egress: EgressProxy | None = None,
        tell: Notify = ignore_notice,
        record: Path | None = None,
        secrets: Iterable[str] = (),
        hosted_tools: bool = False,
    ) -> AsyncIterator[ModelProxy | None]:
        """Make the directory `wire` and answer on its sockets until the block is left; yields the line to the model.

        Without `meter` there is no way to the model, without `egress` none to the network. `record` is a directory to
        which every exchange with the model is appended, with `secrets` (and the key) blacked out. `hosted_tools` lets
        the agent use tools that the model's provider runs with a network of its own (web search, web fetch, remote MCP
        servers): a way around the egress list, so closed unless somebody opens it.
        """
        http_server.private_directory(wire)
        async with AsyncExitStack() as stack:
            opened = None
            if meter is not None:
                opened = ModelProxy(
                    self.upstream,
                    meter,
                    patience=self.patience,
                    tell=tell,
                    recorder=model_proxy.recorder(record, secrets, self.upstream),
                    hosted_tools=hosted_tools,
                )
                await stack.enter_async_context(
                    http_server.serve_unix(wire / MODEL_SOCKET, opened.handle, _CONNECTIONS)
                )
            if egress is not None:
                await stack.enter_async_context(http_server.serve_unix(wire / EGRESS_SOCKET, egress.handle))
            yield opened


@asynccontextmanager
async def connected(credential: ModelCredential, *, proxy: str = "", patience: float = 300.0) -> AsyncIterator[Gateway]:
    """A gateway with its HTTP client. `proxy` is the URL of the machine's own proxy, empty for none."""
    async with model_service.client(proxy) as client:
        key, scheme = (credential.api_key, "key") if credential.api_key else (credential.auth_token, "bearer")
        yield Gateway(ModelService(credential.base_url, client, key, "key" if scheme == "key" else "bearer"), patience)
