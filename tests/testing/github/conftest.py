from collections.abc import AsyncIterator

import pytest

from honk.testing import github
from honk.testing.github import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with github.serve() as running:
        yield running
