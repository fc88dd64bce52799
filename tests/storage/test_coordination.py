"""Claims, leases, workers, repositories."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from honk_simulators.clock import Clock

from honk.core.errors import UsageError
from honk.core.repo import Repo
from honk.storage.store import Store


def repo(name: str, url: str = "") -> Repo:
    return Repo(name, url or f"/srv/{name}.git", "local", "main")


def test_a_claim_has_one_holder_for_good(kept: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda n: kept.claim("merge:abc", f"w{n}"), range(8)))
    assert won.count(True) == 1
    assert kept.claim("merge:abc", f"w{won.index(True)}"), "asked again after a crash, the holder still has it"
    assert kept.claim("merge:def", "w9")


def test_a_lease_has_one_holder_until_its_end(kept: Store, clock: Clock) -> None:
    with ThreadPoolExecutor(8) as threads:
        taken = [lease for lease in threads.map(lambda n: kept.lease("gc", f"w{n}", 10), range(8)) if lease]
    assert len(taken) == 1 and kept.holds(taken[0])
    clock.now += 9
    renewed = kept.renew(taken[0], 10)
    assert renewed is not None and renewed.until == clock.now + 10 and renewed.token == taken[0].token
    clock.now += 9
    assert kept.lease("gc", "other", 10) is None
    clock.now += 1
    other = kept.lease("gc", "other", 10)
    assert other is not None and other.token > renewed.token


def test_a_holder_who_slept_too_long_has_lost_it(kept: Store, clock: Clock) -> None:
    sleeper = kept.lease("gc", "sleeper", 10)
    assert sleeper is not None
    clock.now += 11
    assert not kept.holds(sleeper)
    assert kept.renew(sleeper, 10) is None
    other = kept.lease("gc", "other", 10)
    assert other is not None
    kept.release(sleeper)
    assert kept.holds(other), "releasing what one has lost takes nothing from the next"
    kept.release(other)
    again = kept.lease("gc", "sleeper", 10)
    assert again is not None and again.token == 3 and not kept.holds(sleeper)


def test_the_holder_may_take_its_lease_again(kept: Store, clock: Clock) -> None:
    first = kept.lease("gc", "w1", 10)
    clock.now += 5
    second = kept.lease("gc", "w1", 10)
    assert first is not None and second is not None
    assert second.token == first.token and second.until == first.until + 5


def test_a_silent_worker_is_dead_and_forgotten_once(kept: Store, clock: Clock) -> None:
    kept.beat("w1", "here", 1)
    clock.now += 10
    kept.beat("w2", "here", 2)
    clock.now += 5
    kept.beat("w1", "here", 1)
    clock.now += 7
    assert [worker.id for worker in kept.dead(older_than=10)] == ["w2"]
    assert [(worker.id, worker.started) for worker in kept.workers()] == [("w2", 1_000_010.0), ("w1", 1_000_000.0)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: kept.forget("w2"), range(4))).count(True) == 1
    assert kept.dead(older_than=10) == ()


def test_repositories_are_known_by_name(kept: Store) -> None:
    kept.add_repo(repo("music"))
    kept.add_repo(repo("Library"))
    assert kept.repo("music") == kept.repo(" Music ") == repo("music")
    assert [known.name for known in kept.repos()] == ["Library", "music"]
    with pytest.raises(UsageError, match="did you mean `Library`"):
        kept.repo("libary")
    with pytest.raises(UsageError, match="honk repo list.*`Library`, `music`"):
        kept.repo("zzz")
    kept.remove_repo("MUSIC")
    with pytest.raises(UsageError):
        kept.remove_repo("music")


def test_without_repositories_the_way_to_one_is_said(kept: Store) -> None:
    with pytest.raises(UsageError, match="honk repo add"):
        kept.repo("music")


def test_adding_a_repository_again_brings_it_up_to_date(kept: Store) -> None:
    kept.add_repo(repo("music"))
    kept.add_repo(Repo("music", "/srv/music.git", "local", "trunk"))
    assert kept.repo("music").default_branch == "trunk"
    with pytest.raises(UsageError, match="already belongs to /srv/music.git.*--name"):
        kept.add_repo(repo("Music", "/elsewhere"))
    with pytest.raises(UsageError, match="already known as `music`"):
        kept.add_repo(repo("tunes", "/srv/music.git"))
    assert kept.repos() == (Repo("music", "/srv/music.git", "local", "trunk"),)


def test_a_name_must_be_fit_for_a_path(kept: Store) -> None:
    for name in ("", "..", ".git", "a/b", "a b", "-x", "a\nb", "x" * 101, "é"):
        with pytest.raises(UsageError, match="cannot name a repository"):
            kept.add_repo(repo(name, "/srv/x"))
