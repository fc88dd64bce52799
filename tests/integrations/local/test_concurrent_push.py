"""Several sessions of one repository: what one pushes while another fetches."""

import asyncio
from pathlib import Path

from honk.core.person import AGENT
from honk.git import commits
from honk.integrations.local.forge import LocalForge


async def test_a_push_does_not_trip_up_who_fetches(forge: LocalForge, bare: Path, tmp_path: Path) -> None:
    repo, mirror = await forge.look(str(bare), "music"), tmp_path / "mirror.git"
    at = await forge.fetch(repo, mirror)
    pushed = asyncio.Event()

    async def others() -> None:
        while not pushed.is_set():
            await forge.fetch(repo, mirror)

    fetching = [asyncio.create_task(others()) for _ in range(2)]
    for number in range(12):
        tree = await commits.tree_of(mirror, at)
        tested = await commits.commit(mirror, tree, (at,), author=AGENT, committer=AGENT, message=f"{number}\n")
        at = await forge.advance(repo, mirror, at, tested)
        await forge.push(repo, mirror, f"honk/{number}", at, "")
    pushed.set()
    await asyncio.gather(*fetching)
    assert await forge.fetch(repo, mirror) == at
