"""The log of a session and its fold."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

import pytest
from honk_simulators.clock import Clock

from honk.core import events
from honk.core.change import Change
from honk.core.cost import Cost
from honk.core.errors import UsageError
from honk.core.events import Asked
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session, apply
from honk.storage import store
from honk.storage.store import Admitted, Store
from tests.waiting import settle

ANNA = Person("local:1000", "Anna", "anna@example.org")
BEN = Person("slack:T1/U2", "Ben", "ben@example.org")


def ask(text: str = "Make it blue") -> Asked:
    return Asked(1, text, ANNA)


def test_a_message_starts_a_session_however_often_it_is_delivered(kept: Store) -> None:
    assert kept.start("abc2345", ask(), claim="slack:C1/1.5") == Admitted("abc2345", 1, new=True)
    assert kept.start("def2345", ask(), claim="slack:C1/1.5") == Admitted("abc2345", 1, new=False)
    assert [session.id for session in kept.sessions()] == ["abc2345"]
    assert kept.session("abc2345").request == "Make it blue"


def test_a_message_delivered_many_times_at_once_is_one_session(kept: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: kept.start(f"abc234{n}", ask(), claim="m"), range(8)))
    assert [answer.new for answer in answers].count(True) == 1
    assert len({answer.session for answer in answers}) == 1
    assert len(kept.sessions()) == 1


def test_an_id_that_is_taken_is_an_error_and_not_somebody_elses_session(kept: Store) -> None:
    kept.start("abc2345", ask("Mine"))
    with pytest.raises(Exception, match="sessions"):
        kept.start("abc2345", Asked(1, "Yours", BEN))
    assert kept.session("abc2345").request == "Mine"


def test_replies_are_numbered_and_delivered_once(kept: Store) -> None:
    kept.start("abc2345", ask(), claim="m1")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: kept.reply("abc2345", Asked(1, f"And {n}", BEN), claim=f"r{n % 8}"), range(16)))
    turns = kept.session("abc2345").turns
    assert [turn.number for turn in turns] == list(range(1, 10))
    assert {turn.text for turn in turns[1:]} <= {f"And {n}" for n in range(16)}
    assert kept.reply("abc2345", Asked(1, "Again", BEN), claim="m1") == Admitted("abc2345", 1, new=False)


def test_sessions_are_busy_until_somebody_is_waited_for(kept: Store, clock: Clock) -> None:
    def busy() -> list[str]:
        assert kept.busy() == tuple(kept.session(session.id) for session in kept.busy() if session.busy)
        return [session.id for session in kept.busy()]

    kept.start("abc2345", ask())
    kept.reply("abc2345", Asked(0, "More", BEN))
    clock.now += 1
    kept.start("def2345", ask())
    assert busy() == ["abc2345", "def2345"]
    kept.record("abc2345", events.TurnEnded(1, Phase.REVIEW, "Done"))
    kept.record("def2345", events.TurnEnded(1, Phase.REVIEW))
    assert busy() == ["abc2345"], "its second turn waits"
    kept.record("abc2345", events.TurnEnded(2, Phase.FAILED))
    assert busy() == []
    kept.record("def2345", events.MergeAsked("c0ffee", ANNA))
    assert busy() == ["def2345"]
    assert kept.session("abc2345").turns[0].summary == "Done"


def test_those_in_review_are_found_however_many_have_ended(kept: Store, clock: Clock) -> None:
    for session, repo, outcome in [
        ("abc2345", "shop", Phase.REVIEW),
        ("abd2345", "shop", Phase.FAILED),
        ("abe2345", "attic", Phase.REVIEW),
        ("abf2345", "shop", Phase.REVIEW),
        ("abg2345", "barn", Phase.REVIEW),
    ]:
        clock.now += 1
        kept.start(session, Asked(1, "Blue", ANNA, repo))
        kept.record(session, events.TurnEnded(1, outcome))
    found = kept.in_review({"shop", "attic"})
    assert [name for name, _, _ in found] == ["abf2345", "abe2345", "abc2345"]
    assert found[0][1:] == (2, clock.now - 1)
    assert kept.in_review([]) == []
    many = ["abc2345", "nobody", "abf2345", *(f"no{n}" for n in range(1200))]
    assert kept.some(many) == {name: kept.session(name) for name in ("abc2345", "abf2345")}


def test_a_key_is_recorded_once(kept: Store) -> None:
    kept.start("abc2345", ask())
    first = kept.record("abc2345", events.Spent(Cost(1.0, 10, 1)), key="turn-1:spent")
    assert first is not None and first.seq == 2
    assert kept.record("abc2345", events.Spent(Cost(1.0, 10, 1)), key="turn-1:spent") is None
    assert kept.session("abc2345").cost == Cost(1.0, 10, 1)
    kept.start("def2345", ask())
    assert kept.record("def2345", events.Spent(Cost(1.0, 10, 1)), key="turn-1:spent") is not None


def test_many_recorders_leave_no_gap_and_lose_nothing(kept: Store) -> None:
    kept.start("abc2345", ask())
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: kept.record("abc2345", events.Spent(Cost(0.0, 1, 2))), range(80)))
    assert [event.seq for event in kept.events("abc2345")] == list(range(1, 82))
    assert kept.session("abc2345").cost == Cost(0.0, 80, 160)


def test_many_recorders_of_one_key_record_it_once(kept: Store) -> None:
    kept.start("abc2345", ask())
    with ThreadPoolExecutor(8) as threads:
        history = list(threads.map(lambda _: kept.record("abc2345", events.Noted("x"), key="k"), range(16)))
    assert len([event for event in history if event is not None]) == 1


def test_a_check_sees_the_session_and_keeps_the_fact_out(kept: Store) -> None:
    kept.start("abc2345", ask())
    seen: list[Phase] = []

    def refuse(session: Session) -> None:
        seen.append(session.phase)
        raise UsageError("not now")

    with pytest.raises(UsageError, match="not now"):
        kept.record("abc2345", events.MergeAsked("c0ffee", ANNA), check=refuse)
    assert seen == [Phase.INTAKE]
    assert len(kept.events("abc2345")) == 1


def test_the_row_is_the_fold_of_the_log(kept: Store) -> None:
    kept.start("abc2345", ask())
    change = Change(branch="honk/abc2345-x", base_branch="main", base="b" * 40, head="c" * 40)
    told: list[events.EventData] = [
        events.RepoChosen("music", "the only one"),
        events.Entered(Phase.WORK),
        events.AgentStarted("claude", "", "conversation-1"),
        events.EgressSeen("example.org", False, "work"),
        events.EgressSeen("example.org", False, "work"),
        events.Changed(change),
        events.Approved("c" * 40, BEN),
        events.Questioned("Which?", ("this", "that")),
    ]
    for data in told:
        kept.record("abc2345", data)
    log = kept.events("abc2345")
    assert [event.data for event in log[1:]] == told
    assert reduce(apply, (event.data for event in log), Session("abc2345")) == kept.session("abc2345")
    assert kept.events("abc2345", after=7) == log[7:]


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "a\0b\udfffc", "日本語 🎧\u202e", "\\u0000", "x" * 100_000])
def test_every_text_an_agent_can_print_is_kept(kept: Store, text: str) -> None:
    kept.start("abc2345", ask(text))
    kept.record("abc2345", events.AgentSaid(text))
    kept.record("abc2345", events.RepoChosen(text, text))
    assert [event.data for event in kept.events("abc2345", after=1)] == [
        events.AgentSaid(text),
        events.RepoChosen(text, text),
    ]
    assert kept.session("abc2345").request == text


def test_messages_are_not_recorded_past_their_numbering(kept: Store) -> None:
    kept.start("abc2345", ask())
    with pytest.raises(ValueError, match="reply"):
        kept.record("abc2345", ask())


def test_a_session_is_found_by_the_beginning_of_its_id(kept: Store) -> None:
    for session in ("abc2345", "abd2345", "xyz2345"):
        kept.start(session, ask())
    assert kept.session("x").id == kept.session(" XYZ2345 ").id == "xyz2345"
    with pytest.raises(UsageError, match="Several sessions begin with `ab`: .*abc2345"):
        kept.session("ab")
    with pytest.raises(UsageError, match="did you mean abc2345"):
        kept.session("abc2346")
    with pytest.raises(UsageError, match="latest is"):
        kept.session("%")
    with pytest.raises(UsageError, match="no session ``"):
        kept.session("")
    with pytest.raises(UsageError, match="did you mean xyz2345"):
        kept.record("xyz234", events.Noted("prefixes are for people"))


def test_an_empty_store_says_how_to_begin(kept: Store) -> None:
    with pytest.raises(UsageError, match="honk ask"):
        kept.session("abc2345")
    assert kept.sessions() == () and kept.events("abc2345") == () and kept.busy() == ()


def test_the_latest_come_first(kept: Store, clock: Clock) -> None:
    for session in ("abc2345", "abd2345", "xyz2345"):
        clock.now += 1
        kept.start(session, ask())
    clock.now += 1
    kept.record("abc2345", events.Noted("news"))
    assert [session.id for session in kept.sessions(2)] == ["abc2345", "xyz2345"]
    assert kept.events("abc2345")[1].at == clock.now


def test_what_is_kept_outlives_the_process(url: str) -> None:
    with store.open(url) as first:
        first.start("abc2345", ask())
    with store.open(url) as second:
        assert second.session("abc2345").request == "Make it blue"


async def test_who_waits_is_woken_from_another_thread(kept: Store) -> None:
    kept.start("abc2345", ask())
    assert await kept.wait("abc2345", after=0, timeout=0.0)
    assert not await kept.wait("abc2345", after=1, timeout=0.0)
    waiting = asyncio.create_task(kept.wait("abc2345", after=1, timeout=30))
    await settle()
    thread = threading.Thread(target=kept.record, args=("abc2345", events.Noted("x")))
    thread.start()
    assert await waiting
    thread.join()


async def test_who_waits_learns_what_another_process_recorded(
    kept: Store, processes: Callable[[int, str], None]
) -> None:
    kept.start("abc2345", ask())
    waiting = asyncio.create_task(kept.wait("abc2345", after=1, timeout=60))
    await asyncio.to_thread(processes, 1, "s.record('abc2345', events.Noted('x'))")
    assert await waiting


async def test_a_subscription_tells_news_of_all_sessions_once(kept: Store, url: str, clock: Clock) -> None:
    kept.start("abc2345", ask())
    with kept.subscribe() as news:
        assert await news.changed(timeout=0.0) == ()
        kept.record("abc2345", events.Noted("x"))
        kept.start("def2345", ask())
        assert set(await news.changed(timeout=30)) == {"abc2345", "def2345"}
        assert await news.changed(timeout=0.0) == ()
        with store.open(url, clock) as elsewhere:
            elsewhere.record("def2345", events.Noted("from another process"))
        assert await news.changed(timeout=30) == ("def2345",)


def test_processes_that_record_at_once_leave_no_gap(kept: Store, processes: Callable[[int, str], None]) -> None:
    kept.start("abc2345", ask())
    processes(3, "[s.record('abc2345', events.Spent(Cost(0.0, 1, 0))) for _ in range(25)]")
    assert [event.seq for event in kept.events("abc2345")] == list(range(1, 77))
    assert kept.session("abc2345").cost.input_tokens == 75
