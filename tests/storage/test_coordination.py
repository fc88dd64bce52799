"""Claims, leases, workers, repositories."""

import asyncio

import pytest
from honk_simulators.clock import Clock

from honk.core.errors import UsageError
from honk.core.repo import Repo
from honk.storage.store import Store


def repo(name: str, url: str = "") -> Repo:
    return Repo(name, url or f"/srv/{name}.git", "local", "main")


async def test_a_claim_has_one_holder_for_good(kept: Store) -> None:
    won = await asyncio.gather(*(kept.claim("merge:abc", f"w{n}") for n in range(8)))
    assert won.count(True) == 1
    assert await kept.claim("merge:abc", f"w{won.index(True)}"), "asked again after a crash, the holder still has it"
    assert await kept.claim("merge:def", "w9")


async def test_a_lease_has_one_holder_until_its_end(kept: Store, clock: Clock) -> None:
    taken = [lease for lease in await asyncio.gather(*(kept.lease("gc", f"w{n}", 10) for n in range(8))) if lease]
    assert len(taken) == 1 and await kept.holds(taken[0])
    clock.now += 9
    renewed = await kept.renew(taken[0], 10)
    assert renewed is not None and renewed.until == clock.now + 10 and renewed.token == taken[0].token
    clock.now += 9
    assert await kept.lease("gc", "other", 10) is None
    clock.now += 1
    other = await kept.lease("gc", "other", 10)
    assert other is not None and other.token > renewed.token


async def test_a_holder_who_slept_too_long_has_lost_it(kept: Store, clock: Clock) -> None:
    sleeper = await kept.lease("gc", "sleeper", 10)
    assert sleeper is not None
    clock.now += 11
    assert not await kept.holds(sleeper)
    assert await kept.renew(sleeper, 10) is None
    other = await kept.lease("gc", "other", 10)
    assert other is not None
    await kept.release(sleeper)
    assert await kept.holds(other), "releasing what one has lost takes nothing from the next"
    await kept.release(other)
    again = await kept.lease("gc", "sleeper", 10)
    assert again is not None and again.token == 3 and not await kept.holds(sleeper)


async def test_the_holder_may_take_its_lease_again(kept: Store, clock: Clock) -> None:
    first = await kept.lease("gc", "w1", 10)
    clock.now += 5
    second = await kept.lease("gc", "w1", 10)
    assert first is not None and second is not None
    assert second.token == first.token and second.until == first.until + 5


async def test_a_silent_worker_is_dead_and_forgotten_once(kept: Store, clock: Clock) -> None:
    await kept.beat("w1", "here", 1)
    clock.now += 10
    await kept.beat("w2", "here", 2)
    clock.now += 5
    await kept.beat("w1", "here", 1)
    clock.now += 7
    workers = await kept.workers()
    assert [(worker.id, worker.started) for worker in workers] == [("w2", 1_000_010.0), ("w1", 1_000_000.0)]
    assert (await asyncio.gather(*(kept.forget("w2") for _ in range(4)))).count(True) == 1
    assert [worker.id for worker in await kept.workers()] == ["w1"]


async def test_repositories_are_known_by_name(kept: Store) -> None:
    await kept.add_repo(repo("music"))
    await kept.add_repo(repo("Library"))
    assert await kept.repo("music") == await kept.repo(" Music ") == repo("music")
    assert [known.name for known in await kept.repos()] == ["Library", "music"]
    with pytest.raises(UsageError, match="did you mean `Library`"):
        await kept.repo("libary")
    with pytest.raises(UsageError, match="honk repo list.*`Library`, `music`"):
        await kept.repo("zzz")
    await kept.remove_repo("MUSIC")
    with pytest.raises(UsageError):
        await kept.remove_repo("music")


async def test_without_repositories_the_way_to_one_is_said(kept: Store) -> None:
    with pytest.raises(UsageError, match="honk repo add"):
        await kept.repo("music")


async def test_adding_a_repository_again_brings_it_up_to_date(kept: Store) -> None:
    await kept.add_repo(repo("music"))
    await kept.add_repo(Repo("music", "/srv/music.git", "local", "trunk"))
    assert (await kept.repo("music")).default_branch == "trunk"
    with pytest.raises(UsageError, match="already belongs to /srv/music.git.*--name"):
        await kept.add_repo(repo("Music", "/elsewhere"))
    with pytest.raises(UsageError, match="already known as `music`"):
        await kept.add_repo(repo("tunes", "/srv/music.git"))
    assert await kept.repos() == (Repo("music", "/srv/music.git", "local", "trunk"),)


async def test_a_name_must_be_fit_for_a_path(kept: Store) -> None:
    for name in ("", "..", ".git", "a/b", "a b", "-x", "a\nb", "x" * 101, "é"):
        with pytest.raises(UsageError, match="cannot name a repository"):
            await kept.add_repo(repo(name, "/srv/x"))
