"""What to do about the forge's own checks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.core import ci
from honk.core.ci import Check, Look

GREEN = Check("lint", "green")
RED = Check("test", "red")
RED_AGAIN = replace(RED, again=True, attempt=2)
LOOK = Look((GREEN,), expected=True, waited=10.0, patience=60.0, most=2)


@pytest.mark.parametrize(
    ("look", "step"),
    [
        (replace(LOOK, checks=(), expected=False), "nothing"),
        (replace(LOOK, checks=()), "wait"),
        (replace(LOOK, checks=(), waited=61.0), "late"),
        (LOOK, "green"),
        (replace(LOOK, checks=(GREEN, Check("docs", "skipped"))), "green"),
        (replace(LOOK, checks=(GREEN, Check("e2e", "running"))), "wait"),
        (replace(LOOK, checks=(RED, Check("e2e", "queued"))), "wait"),
        (replace(LOOK, checks=(GREEN, Check("e2e", "unknown"))), "wait"),
        (replace(LOOK, checks=(GREEN, Check("e2e", "unknown")), waited=61.0), "late"),
        (replace(LOOK, checks=(GREEN, RED)), "rerun"),
        (replace(LOOK, checks=(RED_AGAIN, replace(RED, name="other"))), "rerun"),
        (replace(LOOK, checks=(RED_AGAIN,)), "fix"),
        (replace(LOOK, checks=(RED_AGAIN,), rounds=1), "fix"),
        (replace(LOOK, checks=(RED_AGAIN,), rounds=2), "person"),
        (replace(LOOK, checks=(RED_AGAIN,), tried=True), "person"),
        (replace(LOOK, checks=(replace(RED, on_base=True), GREEN)), "green"),
        (replace(LOOK, checks=(replace(GREEN, flaky=True),)), "green"),
    ],
)
def test_the_next_step(look: Look, step: str) -> None:
    assert ci.step(look) == step


states = st.sampled_from(["queued", "running", "green", "red", "skipped", "unknown"])
checks = st.lists(st.builds(Check, name=st.sampled_from("abc"), state=states, on_base=st.booleans()), max_size=4)


@given(checks, st.booleans(), st.floats(0, 100))
def test_what_is_not_known_is_never_green(found: list[Check], expected: bool, waited: float) -> None:
    step = ci.step(replace(LOOK, checks=tuple(found), expected=expected, waited=waited))
    if step == "green":
        assert found and all(check.state in ("green", "skipped") or check.on_base for check in found)


def test_green_when_run_once_more_is_flaky() -> None:
    (asked,) = ci.asked_again((RED,), ["test"])
    assert (asked.state, asked.again) == ("queued", True)
    (stale,) = ci.remembered((asked,), (RED,))
    assert stale == asked, "the forge still tells of the run before"
    (green,) = ci.remembered((asked,), (replace(RED, state="green", attempt=2),))
    assert green.flaky and not green.blames
    (red,) = ci.remembered((asked,), (replace(RED, attempt=2),))
    assert red.again and red.blames and not red.flaky


def test_somebody_else_may_have_run_it_again() -> None:
    (green,) = ci.remembered((RED,), (replace(RED, state="green", attempt=2),))
    assert green.flaky
    (first,) = ci.remembered((), (replace(RED, state="green", attempt=2),))
    assert not first.flaky, "nobody knows what it was before"


def test_what_cannot_be_run_again_counts_as_it_is() -> None:
    assert ci.step(replace(LOOK, checks=ci.tried_again((RED,), ["test"]))) == "fix"


def test_what_was_found_out_is_kept_as_long_as_it_holds() -> None:
    known = replace(RED, excerpt="AssertionError", on_base=True)
    assert ci.remembered((known,), (RED,)) == (known,)
    (green,) = ci.remembered((known,), (replace(RED, state="running", attempt=2),))
    assert not green.excerpt and not green.on_base
