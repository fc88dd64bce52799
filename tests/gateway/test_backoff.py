from hypothesis import given
from hypothesis import strategies as st

from honk.gateway.backoff import MOST, Backoff, retry_after


def steady() -> Backoff:
    return Backoff(rng=lambda: 0.0)


def test_waits_grow_and_end_with_a_success() -> None:
    backoff, now, waits = steady(), 0.0, []
    assert backoff.pause(now) == 0
    for _ in range(8):
        backoff.failed(sent=now, now=now)
        waits.append(backoff.pause(now))
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    backoff.succeeded(sent=now)
    assert backoff.pause(now) == 0
    backoff.failed(sent=now, now=now)
    assert backoff.pause(now) == 1


def test_concurrent_failures_count_once() -> None:
    backoff = steady()
    for _ in range(100):
        backoff.failed(sent=1.0, now=2.0)
    assert backoff.failures == 1
    backoff.succeeded(sent=1.5)  # the answer to an older question says nothing new
    assert backoff.pause(2.0) == 1


def test_retry_after_of_the_service_is_obeyed() -> None:
    backoff = steady()
    backoff.failed(sent=0, now=0, retry_after=90)
    assert backoff.pause(0) == 90
    backoff.failed(sent=0, now=1)
    assert backoff.pause(1) == 89


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 50))
def test_jitter_only_ever_adds_and_is_bounded(number: float, failures: int) -> None:
    backoff = Backoff(rng=lambda: number)
    for at in range(failures):
        backoff.failed(sent=at * 1000.0, now=at * 1000.0)
    last = (failures - 1) * 1000.0
    base = min(MOST, 2.0 ** (failures - 1))
    assert base <= backoff.pause(last) <= base * 1.25


def test_malformed_retry_after_is_ignored() -> None:
    assert retry_after("3") == 3
    assert retry_after("3", "250") == 0.25
    for nonsense in ("", "soon", "-1", "nan", "inf", "Wed, 21 Oct 2026 07:28:00 GMT"):
        assert retry_after(nonsense) is None
