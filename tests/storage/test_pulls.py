"""The local forge's pull requests, without git."""

import asyncio
from dataclasses import replace

import pytest
from honk_simulators.clock import Clock

from honk.core.errors import UsageError, WorkFailed
from honk.core.person import Person
from honk.storage.pull_requests import PullRequestProposal
from honk.storage.store import Store

ANNA = Person("local:1000", "Anna", "anna@example.org")
BEN = Person("slack:T1/U2", "Ben", "ben@example.org")
FIRST = PullRequestProposal("music", "abc2345", "honk/abc2345-blue", "main", "a" * 40, "Blue", "It is blue.", ANNA)


async def test_a_session_has_one_pull_request(kept: Store) -> None:
    pull = await kept.pulls.propose(FIRST)
    assert (pull.number, pull.state, pull.head, pull.title) == (1, "open", "a" * 40, "Blue")
    assert await kept.pulls.propose(FIRST) == pull
    again = await kept.pulls.propose(replace(FIRST, head="b" * 40, title="Bluer"))
    assert (again.number, again.head, again.title) == (1, "b" * 40, "Bluer")
    assert await kept.pulls.get("music", 1) == again == await kept.pulls.open_on("music", FIRST.branch)


async def test_numbers_count_per_repository_also_at_once(kept: Store) -> None:
    async def propose(n: int) -> int:
        return (await kept.pulls.propose(replace(FIRST, session=f"s{n}", branch=f"honk/s{n}"))).number

    assert sorted(await asyncio.gather(*(propose(n) for n in range(12)))) == list(range(1, 13))
    assert (await kept.pulls.propose(replace(FIRST, repo="library", session="x"))).number == 1


async def test_a_branch_has_one_open_pull_request(kept: Store) -> None:
    await kept.pulls.propose(FIRST)
    with pytest.raises(UsageError, match="#1 already has branch honk/abc2345-blue"):
        await kept.pulls.propose(replace(FIRST, session="def2345"))
    await kept.pulls.closed("music", 1)
    assert (await kept.pulls.propose(replace(FIRST, session="def2345"))).number == 2


async def test_an_approval_belongs_to_one_head(kept: Store, clock: Clock) -> None:
    await kept.pulls.propose(FIRST)
    await kept.pulls.approve("music", 1, "a" * 40, BEN)
    clock.now += 1
    await kept.pulls.approve("music", 1, "a" * 40, ANNA)
    await kept.pulls.approve("music", 1, "a" * 40, BEN)
    assert await kept.pulls.approvers("music", 1) == (BEN, ANNA)
    await kept.pulls.move("music", 1, "b" * 40)
    assert await kept.pulls.approvers("music", 1) == ()
    with pytest.raises(WorkFailed, match="moved from aaaaaaaaaa to bbbbbbbbbb"):
        await kept.pulls.approve("music", 1, "a" * 40, BEN)


async def test_what_is_merged_stays_as_it_was_merged(kept: Store) -> None:
    await kept.pulls.propose(FIRST)
    await kept.pulls.merged("music", 1, "c" * 40)
    await kept.pulls.closed("music", 1)
    await kept.pulls.move("music", 1, "d" * 40)
    await kept.pulls.merged("music", 1, "e" * 40)
    pull = await kept.pulls.propose(replace(FIRST, head="f" * 40))
    assert (pull.state, pull.merged_sha, pull.head) == ("merged", "c" * 40, "a" * 40)
    with pytest.raises(WorkFailed, match="is merged"):
        await kept.pulls.approve("music", 1, "a" * 40, BEN)


async def test_a_closed_one_is_opened_by_the_next_proposal(kept: Store) -> None:
    await kept.pulls.propose(FIRST)
    await kept.pulls.closed("music", 1)
    await kept.pulls.closed("music", 1)
    assert (await kept.pulls.get("music", 1)).state == "closed"
    assert (await kept.pulls.propose(FIRST)).state == "open"


async def test_there_is_no_such_pull_request(kept: Store) -> None:
    for ask in (
        lambda: kept.pulls.get("music", 7),
        lambda: kept.pulls.move("music", 7, "a" * 40),
        lambda: kept.pulls.approve("music", 7, "a" * 40, BEN),
        lambda: kept.pulls.closed("music", 7),
    ):
        with pytest.raises(UsageError, match="no pull request #7 in `music`"):
            await ask()
    assert await kept.pulls.approvers("music", 7) == ()


async def test_titles_that_no_database_takes_are_kept_readable(kept: Store) -> None:
    assert (await kept.pulls.propose(replace(FIRST, title="a\0b", body="\udc80 – ok"))).title == "a\ufffdb"
    assert (await kept.pulls.get("music", 1)).body == "\ufffd – ok"
