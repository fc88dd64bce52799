from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from honk.workspaces.base import Workspaces
from honk.workspaces.copy import CopyWorkspaces
from honk.workspaces.overlay import OverlayWorkspaces
from tests.workspaces import conformance
from tests.workspaces.conformance import CHECKS, Ground

KINDS: dict[str, Callable[[Path], Workspaces]] = {"overlay": OverlayWorkspaces, "copy": CopyWorkspaces}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    yield await conformance.prepare(tmp_path_factory.mktemp("ground"))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("check", CHECKS)
async def test_workspaces_conform(ground: Ground, tmp_path: Path, kind: str, check: str) -> None:
    await CHECKS[check](KINDS[kind](tmp_path / "sessions"), ground)
