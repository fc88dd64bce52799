"""The suite for all forges, on GitHub; with an App and with a personal token."""

import pytest

from honk.forges import conformance
from honk.forges.conformance import Check, Ground


@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
async def test_it_keeps_the_promises_of_a_forge(ground: Ground, check: Check) -> None:
    assert await check(ground) == ""
