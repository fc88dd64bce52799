"""The suite for all forges, on GitHub; with an App and with a personal token."""

import pytest

from tests.integrations import forge_conformance
from tests.integrations.forge_conformance import Check, Ground


@pytest.mark.parametrize("check", forge_conformance.CHECKS, ids=lambda check: check.__name__)
async def test_it_keeps_the_promises_of_a_forge(ground: Ground, check: Check) -> None:
    assert await check(ground) == ""
