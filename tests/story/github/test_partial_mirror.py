"""A monorepo: its past stays on GitHub, and everything that a session does works without it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from honk.core import events
from honk.core.phase import Phase
from honk.git import mirror
from tests.git.conftest import file_at
from tests.story.conftest import APP, Installation
from tests.story.github.github_story import BETTER, edit, open_github_story

LARGE = 400_000


def weight(place: Path) -> int:
    return sum(each.stat().st_size for each in (place / "objects").rglob("*") if each.is_file())


@pytest.mark.long
async def test_a_large_repository_from_the_request_to_the_way_back(
    make_installation: Callable[..., Installation],
) -> None:
    installation = await make_installation()
    installation.scripts["strip the name"] = edit(BETTER)
    async with open_github_story(installation, partial_mb=1.0) as at:
        for _ in range(8):
            await at.simulator.push(at.repository.owner, at.repository, "main", {"assets/large": os.urandom(LARGE)})
        session = await at.ask()
        assert session.phase == Phase.REVIEW, session.error
        place = installation.settings.home / "mirrors" / "shop.git"
        assert mirror.is_partial(place)
        assert weight(place) < 2 * LARGE < weight(at.repository.git_dir) / 3

        newer = await at.simulator.push(at.ada, at.repository, "main", {"notes.txt": "Somebody was quicker.\n"})
        session = await at.merge(session)
        assert session.phase == Phase.LIVE, session.error
        assert (await installation.recorded(session, events.Merged))[0].base == newer

        await at.simulator.push(at.ada, at.repository, "main", {"notes.txt": "And again.\n"})
        session = await at.rollback(session)
        assert session.phase == Phase.ROLLED_BACK, session.error
        head = await mirror.head(place, "main")
        assert await file_at(place, head, "greet.py") == APP["greet.py"].encode()
        assert await file_at(place, head, "notes.txt") == b"And again.\n"
        assert weight(place) < 2 * LARGE
