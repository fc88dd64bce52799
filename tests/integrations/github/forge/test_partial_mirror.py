"""A large repository, mirrored without the contents of its old files."""

import os
from pathlib import Path

import pytest

from honk.git import checkout, commits, mirror
from tests.git.conftest import file_at
from tests.integrations.forge_conformance import BRANCH
from tests.integrations.github.forge.conftest import Team

LARGE = 300_000


async def grown(team: Team) -> None:
    """A past that weighs much more than the present."""
    for _ in range(8):
        await team.simulator.push(team.ada, team.repository, "main", {"assets/large": os.urandom(LARGE)})
    await team.simulator.push(team.ada, team.repository, "main", {"assets/large": None})


def size(place: Path) -> int:
    return sum(each.stat().st_size for each in (place / "objects").rglob("*") if each.is_file())


async def test_only_what_is_worked_on_is_there(team: Team) -> None:
    await grown(team)
    forge = team.forge(partial_mb=1.0)
    repo, base, head, pull = await team.proposed(forge)
    assert mirror.is_partial(team.mirror)
    assert size(team.mirror) < LARGE
    newer = await team.simulator.push(team.ben, team.repository, "main", {"other": "more"})
    assert await forge.fetch(repo, team.mirror) == newer
    merged = await commits.merge_tree(team.mirror, newer, head)
    tested = await commits.commit(
        team.mirror,
        merged.tree,
        (newer, head),
        author=team.person(team.ada),
        committer=team.person(team.ada),
        message="Merge\n",
    )
    sha = await forge.merge(repo, pull.number, team.mirror, newer, tested, head)
    back = await team.revert(newer, sha)
    reverted = await forge.advance(repo, team.mirror, sha, back)
    assert await commits.tree_of(team.mirror, reverted) == await commits.tree_of(team.mirror, newer)
    assert size(team.mirror) < LARGE


async def test_what_was_merged_is_there_even_if_the_branch_went_on_at_once(team: Team, tmp_path: Path) -> None:
    await grown(team)
    forge = team.forge(partial_mb=1.0)
    repo, base, head, pull = await team.proposed(forge)
    elsewhere = await team.simulator.push(team.ben, team.repository, BRANCH, {"big": "of a person"})
    await team.simulator.merge(team.ben, team.repository, pull.number)
    sha = (await forge.pull(repo, pull.number)).merged_sha
    await team.simulator.push(team.ben, team.repository, "main", {"big": "changed again", "text": "green"})
    assert await forge.merge(repo, pull.number, team.mirror, base, elsewhere, elsewhere) == sha
    await checkout.checkout(team.mirror, sha, tmp_path / "deploy")
    assert (tmp_path / "deploy/big").read_text() == "of a person"


@pytest.mark.parametrize(("before", "after"), [(1.0, 1000.0), (1000.0, 1.0)])
async def test_a_mirror_stays_what_it_is(team: Team, before: float, after: float) -> None:
    await grown(team)
    repo, base, _, _ = await team.proposed(team.forge(partial_mb=before))
    kind, weight = mirror.is_partial(team.mirror), size(team.mirror)
    assert kind == (before == 1.0)
    newer = await team.simulator.push(team.ben, team.repository, "main", {"other": "more"})
    assert await team.forge(partial_mb=after).fetch(repo, team.mirror) == newer
    assert mirror.is_partial(team.mirror) == kind
    assert await file_at(team.mirror, newer, "other") == b"more"
    assert size(team.mirror) < weight + LARGE
