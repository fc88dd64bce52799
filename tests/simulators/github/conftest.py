from collections.abc import AsyncIterator

import pytest
from honk_simulators import github
from honk_simulators.github import GitHubSimulator


@pytest.fixture
async def simulator() -> AsyncIterator[GitHubSimulator]:
    async with github.serve() as running:
        yield running
