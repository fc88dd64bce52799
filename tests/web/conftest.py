"""Honk without a worker, served on a real socket; a browser's cookie jar, and what a hostile page can send."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest
from honk_simulators.clock import Clock
from starlette.types import ASGIApp

from honk import settings as settings_module
from honk.app import open_app
from honk.core.change import Change
from honk.pipeline.session_links import Links
from honk.service import HonkService
from honk.settings import SandboxSettings, WorkspaceSettings
from honk.web import access, app, asgi_server
from honk.web.web_context import WebContext
from tests.web.console_data import ADA, ConsoleData, furnish


@dataclass
class Console:
    """The console as it is served. `http` is a browser that has entered, `stranger` one that has not."""

    url: str
    token: str
    service: HonkService
    data: ConsoleData
    addresses: Links
    clock: Clock
    app: ASGIApp
    http: httpx2.AsyncClient
    stranger: httpx2.AsyncClient

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        """A form of our own pages."""
        return await self.http.post(path, data=fields, headers={"origin": self.url})

    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@asynccontextmanager
async def opened(home: Path, change: Change) -> AsyncIterator[Console]:
    """The console of Honk at `home`, until the block is left."""
    settings = settings_module.load({"HONK_HOME": str(home), "HOME": str(home)})
    # chosen by name, so that no trial is made of them: nothing is going to run in them here
    file = replace(settings.file, sandbox=SandboxSettings("bubblewrap"), workspace=WorkspaceSettings("copy"))
    settings = replace(settings, file=file)
    listener = asgi_server.bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    clock = Clock(1_000_000_000.0)
    async with open_app(settings, base_url=url, working=False) as service:
        token = access.token(home)
        store, blobs = service.services.store, service.services.blobs
        addresses = replace(service.services.addresses, clock=clock)
        site = WebContext(store, blobs, home / "mirrors", addresses, ADA, token, frozenset({"honk.test"}))
        made = app.make(service, site)
        served = asgi_server.running(made, [listener])
        async with served, browser(url) as http, browser(url) as stranger:
            assert (await http.get(f"/enter?token={token}")).status_code == 303
            yield Console(
                url, token, service, ConsoleData(store, blobs, change), addresses, clock, made, http, stranger
            )


def browser(url: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=url, trust_env=False, timeout=20, verify=False)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Change]:
    """A home that is made once, for each test to have a copy of."""
    home = tmp_path_factory.mktemp("furnished") / "home"
    return home, asyncio.run(furnish(home))


@pytest.fixture
def home(furnished: tuple[Path, Change], tmp_path: Path) -> tuple[Path, Change]:
    template, change = furnished
    return shutil.copytree(template, tmp_path / "home", ignore=shutil.ignore_patterns("checkout")), change


@pytest.fixture
async def console(home: tuple[Path, Change]) -> AsyncIterator[Console]:
    async with opened(*home) as console:
        yield console
