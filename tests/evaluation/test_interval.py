"""Shares and their intervals."""

import pytest

from honk.evaluation.interval import Share


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # the values of R's prop.test without continuity correction
        (5, 10, 0.2366, 0.7634),
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17 (1998), table I
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_wilson_interval(hits: int, n: int, low: float, high: float) -> None:
    share = Share(hits, n)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


def test_no_cases_say_nothing() -> None:
    assert (Share(0, 0).value, Share(0, 0).low, Share(0, 0).high) == (None, 0.0, 1.0)
