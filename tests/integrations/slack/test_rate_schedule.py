"""What is called when: with a clock of our own."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from honk.integrations.slack.client.rate_schedule import (
    CHANNEL,
    GAP,
    RATES,
    RESERVED,
    CallRate,
    RateSchedule,
    ScheduledCall,
)


def taken(schedule: RateSchedule, now: float) -> list[str]:
    """Everything that may be called at one moment, each done at once."""
    names = []
    while isinstance(job := schedule.tick(now), ScheduledCall):
        names.append(job.name)
        schedule.done(job.name, now)
    return names


def wait(schedule: RateSchedule, now: float) -> float:
    found = schedule.tick(now)
    assert not isinstance(found, ScheduledCall)
    return found


def test_posts_come_first_then_ends_then_files_then_edits() -> None:
    schedule = RateSchedule()
    for kind in ("edit", "file", "end", "post"):
        schedule.want(kind, kind, "C1", 0.0)
    assert taken(schedule, 0.0) == ["post", "end", "file", "edit"]


def test_equal_calls_are_made_in_order() -> None:
    schedule = RateSchedule()
    schedule.want("late", "end", "C1", 2.0)
    schedule.want("early", "end", "C1", 1.0)
    schedule.want("late", "end", "C1", 0.0)  # its wait began at 2
    assert taken(schedule, 3.0) == ["early", "late"]


def test_a_newer_call_replaces_an_older_one() -> None:
    schedule = RateSchedule()
    schedule.want("m", "edit", "C1", 0.0)
    schedule.want("m", "end", "C1", 0.1)
    job = schedule.tick(0.2)
    assert isinstance(job, ScheduledCall) and job.kind == "end" and job.since == 0.0
    assert wait(schedule, 0.3) == math.inf


def test_one_message_has_one_call_at_a_time() -> None:
    schedule = RateSchedule()
    schedule.want("m", "post", "C1", 0.0)
    assert isinstance(schedule.tick(0.0), ScheduledCall)
    schedule.want("m", "end", "C1", 0.1)
    assert wait(schedule, 0.1) == math.inf and not schedule.idle
    schedule.done("m", 0.2)
    assert taken(schedule, 0.2) == ["m"] and schedule.idle


def test_new_messages_of_one_thread_are_posted_in_order() -> None:
    schedule = RateSchedule()
    for name in ("first", "second"):
        schedule.want(name, "post", "C1", 0.0, "T1")
    schedule.want("elsewhere", "post", "C1", 0.0, "T2")
    job = schedule.tick(0.0)
    assert isinstance(job, ScheduledCall) and job.name == "first"
    assert taken(schedule, 0.0) == ["elsewhere"]
    schedule.again(job, 0.0, 4.0)  # it failed: the second does not overtake it
    assert taken(schedule, 1.0) == []
    assert taken(schedule, 4.0) == ["first", "second"]


def test_a_channel_gets_a_burst_then_one_a_second() -> None:
    schedule = RateSchedule()
    for number in range(10):
        schedule.want(f"m{number}", "post", "C1", 0.0)
    schedule.want("other", "post", "C2", 0.0)
    assert len(taken(schedule, 0.0)) == CHANNEL.burst + 1
    assert 0.9 < wait(schedule, 0.0) <= 1.1
    assert len(taken(schedule, 1.1)) == 1


def test_the_first_hundred_posts_go_out_at_once() -> None:
    schedule = RateSchedule()
    for number in range(120):
        schedule.want(f"m{number}", "post", f"C{number % 50}", 0.0)
    assert len(taken(schedule, 0.0)) == 100


def test_calls_are_reserved_for_outcomes() -> None:
    schedule = RateSchedule()
    for number in range(60):
        schedule.want(f"m{number}", "edit", "C1", 0.0)
    assert len(taken(schedule, 0.0)) == RATES["chat.update"].burst - RESERVED
    schedule.want("end", "end", "C1", 0.0)
    assert taken(schedule, 0.0) == ["end"]
    assert not schedule.has_room("chat.update", 0.0)
    assert schedule.has_room("chat.update", 600.0)


def test_edits_of_one_message_are_spaced_and_its_outcome_is_not() -> None:
    schedule = RateSchedule()
    schedule.want("m", "edit", "C1", 0.0)
    assert taken(schedule, 0.0) == ["m"]
    schedule.want("m", "edit", "C1", 0.1)
    assert abs(wait(schedule, 0.1) - (GAP - 0.1)) < 1e-6
    schedule.want("m", "end", "C1", 0.2)
    assert taken(schedule, 0.2) == ["m"]


def test_retry_after_closes_one_method() -> None:
    schedule = RateSchedule()
    schedule.want("a", "end", "C1", 0.0)
    job = schedule.tick(0.0)
    assert isinstance(job, ScheduledCall)
    schedule.limited(job.method, 0.0, 30.0)
    schedule.again(job, 0.0, 0.0)
    schedule.want("b", "post", "C1", 0.0)
    assert taken(schedule, 1.0) == ["b"] and wait(schedule, 1.0) == 29.0
    assert taken(schedule, 30.0) == ["a"]


def test_a_failed_call_is_repeated_with_the_newest_content() -> None:
    schedule = RateSchedule()
    schedule.want("a", "post", "C1", 0.0)
    job = schedule.tick(0.0)
    assert isinstance(job, ScheduledCall)
    schedule.again(job, 0.0, 4.0)
    assert wait(schedule, 1.0) == 3.0
    assert taken(schedule, 4.0) == ["a"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["post", "end", "edit", "file"]), st.floats(0, 0.5)), max_size=150
    )
)
def test_limits_hold_and_every_call_is_made(wants: list[tuple[int, str, float]]) -> None:
    schedule, now = RateSchedule(), 0.0
    calls: dict[str, list[float]] = {}
    left = set()

    def run() -> None:
        while isinstance(job := schedule.tick(now), ScheduledCall):
            calls.setdefault(job.method, []).append(now)
            if job.kind == "post":
                calls.setdefault(job.channel, []).append(now)
            schedule.done(job.name, now)
            left.discard(job.name)

    for number, kind, pause in wants:
        now += pause
        name = f"m{number}"
        schedule.want(name, kind, f"#{number % 3}", now)  # type: ignore[arg-type]
        left.add(name)
        run()
    while (pause := wait(schedule, now)) < math.inf:
        now += pause + 1e-6
        run()
    assert not left and schedule.idle
    for key, times in calls.items():
        rate = RATES.get(key, CHANNEL)
        for start in range(len(times)):
            for end in range(start, len(times)):
                assert end - start + 1 <= _most(rate, times[end] - times[start])


def _most(rate: CallRate, seconds: float) -> float:
    return rate.burst + rate.per_second * seconds + 1e-3
