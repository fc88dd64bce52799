"""The gateway: two sockets for each session, and behind them the only way from a sandbox to the network.

    sandbox ── model.sock ──► ModelProxy ──► ModelService (credential, backoff) ──► the model's service
            └─ egress.sock ─► EgressProxy (allow-list, address check) ────────────► allowed hosts

The socket identifies the session of a request; nothing that the sandbox sends does.
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

_CHECK_SECONDS = 300.0
_CONNECTIONS = 32


@dataclass
class Gateway:
    """The gateway of the process. `patience` is how many seconds a session waits for an overloaded service."""

    upstream: ModelService
    patience: float = 300.0
    _accepted_at: float = float("-inf")

    @property
    def credential_refused(self) -> bool:
        """Whether the service refused the credential in its last response."""
        return bool(self.upstream.refused)

    async def accepts_key(self) -> bool:
        """Whether the service accepts the credential. A yes is remembered for 5 minutes, unless a request is refused.

        Raises Unavailable when the service cannot be reached.
        """
        now = time.monotonic()
        if self.credential_refused or now > self._accepted_at + _CHECK_SECONDS:
            if not await self.upstream.accepts_key():
                return False
            self._accepted_at = now
        return True

    @asynccontextmanager
    async def open(
        self,
        directory: Path,
        *,
        meter: CostMeter | None = None,
        egress: EgressProxy | None = None,
        notify: Notify = ignore_notice,
        record: Path | None = None,
        secrets: Iterable[str] = (),
        hosted_tools: bool = False,
    ) -> AsyncIterator[ModelProxy | None]:
        """Serve the sockets in `directory`, which is made, until the block is left; yields the proxy to the model.

        Without `meter` the model cannot be reached, without `egress` no other host. `record` is a directory in which
        every exchange with the model is kept, with `secrets` and the key removed. `hosted_tools` allows tools that the
        model's provider runs with its own network access (web search, web fetch, remote MCP servers): they bypass the
        egress list, so they are refused by default.
        """
        http_server.private_directory(directory)
        async with AsyncExitStack() as stack:
            proxy = None
            if meter is not None:
                proxy = ModelProxy(
                    self.upstream,
                    meter,
                    patience=self.patience,
                    notify=notify,
                    recorder=model_proxy.recorder(record, secrets, self.upstream),
                    hosted_tools=hosted_tools,
                )
                await stack.enter_async_context(
                    http_server.serve_unix(directory / MODEL_SOCKET, proxy.handle, _CONNECTIONS)
                )
            if egress is not None:
                await stack.enter_async_context(http_server.serve_unix(directory / EGRESS_SOCKET, egress.handle))
            yield proxy


@asynccontextmanager
async def connected(credential: ModelCredential, *, proxy: str = "", patience: float = 300.0) -> AsyncIterator[Gateway]:
    """A gateway with its HTTP client. `proxy` is the URL of this machine's own proxy, empty for none."""
    async with model_service.client(proxy) as client:
        key, scheme = (credential.api_key, "key") if credential.api_key else (credential.auth_token, "bearer")
        yield Gateway(ModelService(credential.base_url, client, key, "key" if scheme == "key" else "bearer"), patience)
