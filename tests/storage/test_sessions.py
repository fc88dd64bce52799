"""The log of a session and its fold."""

import asyncio
from collections.abc import Callable
from functools import reduce

import pytest
from honk_simulators.clock import Clock

from honk.core import events
from honk.core.change import Change
from honk.core.cost import Cost
from honk.core.errors import UsageError
from honk.core.events import TurnRequested
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session, apply
from honk.storage import store
from honk.storage.store import Admitted, Store

ANNA = Person("local:1000", "Anna", "anna@example.org")
BEN = Person("slack:T1/U2", "Ben", "ben@example.org")


def ask(text: str = "Make it blue") -> TurnRequested:
    return TurnRequested(1, text, ANNA)


async def test_a_message_starts_a_session_however_often_it_is_delivered(kept: Store) -> None:
    assert await kept.start("abc2345", ask(), claim="slack:C1/1.5") == Admitted("abc2345", 1, new=True)
    assert await kept.start("def2345", ask(), claim="slack:C1/1.5") == Admitted("abc2345", 1, new=False)
    assert [session.id for session in await kept.sessions()] == ["abc2345"]
    assert (await kept.session("abc2345")).request == "Make it blue"


async def test_a_message_delivered_many_times_at_once_is_one_session(kept: Store) -> None:
    answers = await asyncio.gather(*(kept.start(f"abc234{n}", ask(), claim="m") for n in range(8)))
    assert [answer.new for answer in answers].count(True) == 1
    assert len({answer.session for answer in answers}) == 1
    assert len(await kept.sessions()) == 1


async def test_an_id_that_is_taken_is_an_error_and_not_somebody_elses_session(kept: Store) -> None:
    await kept.start("abc2345", ask("Mine"))
    with pytest.raises(Exception, match="sessions"):
        await kept.start("abc2345", TurnRequested(1, "Yours", BEN))
    assert (await kept.session("abc2345")).request == "Mine"


async def test_replies_are_numbered_and_delivered_once(kept: Store) -> None:
    await kept.start("abc2345", ask(), claim="m1")
    await asyncio.gather(
        *(kept.reply("abc2345", TurnRequested(1, f"And {n}", BEN), claim=f"r{n % 8}") for n in range(16))
    )
    turns = (await kept.session("abc2345")).turns
    assert [turn.number for turn in turns] == list(range(1, 10))
    assert {turn.text for turn in turns[1:]} <= {f"And {n}" for n in range(16)}
    assert await kept.reply("abc2345", TurnRequested(1, "Again", BEN), claim="m1") == Admitted("abc2345", 1, new=False)


async def test_sessions_are_busy_until_somebody_is_waited_for(kept: Store, clock: Clock) -> None:
    async def busy() -> list[str]:
        found = await kept.busy()
        assert found == tuple([await kept.session(session.id) for session in found if session.busy])
        return [session.id for session in found]

    await kept.start("abc2345", ask())
    await kept.reply("abc2345", TurnRequested(0, "More", BEN))
    clock.now += 1
    await kept.start("def2345", ask())
    assert await busy() == ["abc2345", "def2345"]
    await kept.record("abc2345", events.TurnEnded(1, Phase.REVIEW, "Done"))
    await kept.record("def2345", events.TurnEnded(1, Phase.REVIEW))
    assert await busy() == ["abc2345"], "its second turn waits"
    await kept.record("abc2345", events.TurnEnded(2, Phase.FAILED))
    assert await busy() == []
    await kept.record("def2345", events.MergeRequested("c0ffee", ANNA))
    assert await busy() == ["def2345"]
    assert (await kept.session("abc2345")).turns[0].summary == "Done"


async def test_those_in_review_are_found_however_many_have_ended(kept: Store, clock: Clock) -> None:
    for session, repo, outcome in [
        ("abc2345", "shop", Phase.REVIEW),
        ("abd2345", "shop", Phase.FAILED),
        ("abe2345", "attic", Phase.REVIEW),
        ("abf2345", "shop", Phase.REVIEW),
        ("abg2345", "barn", Phase.REVIEW),
    ]:
        clock.now += 1
        await kept.start(session, TurnRequested(1, "Blue", ANNA, repo))
        await kept.record(session, events.TurnEnded(1, outcome))
    found = await kept.in_review({"shop", "attic"})
    assert [name for name, _, _ in found] == ["abf2345", "abe2345", "abc2345"]
    assert found[0][1:] == (2, clock.now - 1)
    assert await kept.in_review([]) == []
    many = ["abc2345", "nobody", "abf2345", *(f"no{n}" for n in range(1200))]
    assert await kept.some(many) == {name: await kept.session(name) for name in ("abc2345", "abf2345")}


async def test_a_key_is_recorded_once(kept: Store) -> None:
    await kept.start("abc2345", ask())
    first = await kept.record("abc2345", events.CostRecorded(Cost(1.0, 10, 1)), key="turn-1:spent")
    assert first is not None and first.seq == 2
    assert await kept.record("abc2345", events.CostRecorded(Cost(1.0, 10, 1)), key="turn-1:spent") is None
    assert (await kept.session("abc2345")).cost == Cost(1.0, 10, 1)
    await kept.start("def2345", ask())
    assert await kept.record("def2345", events.CostRecorded(Cost(1.0, 10, 1)), key="turn-1:spent") is not None


async def test_many_recorders_leave_no_gap_and_lose_nothing(kept: Store) -> None:
    await kept.start("abc2345", ask())
    await asyncio.gather(*(kept.record("abc2345", events.CostRecorded(Cost(0.0, 1, 2))) for _ in range(80)))
    assert [event.seq for event in await kept.events("abc2345")] == list(range(1, 82))
    assert (await kept.session("abc2345")).cost == Cost(0.0, 80, 160)


async def test_many_recorders_of_one_key_record_it_once(kept: Store) -> None:
    await kept.start("abc2345", ask())
    history = await asyncio.gather(*(kept.record("abc2345", events.NoteAdded("x"), key="k") for _ in range(16)))
    assert len([event for event in history if event is not None]) == 1


async def test_a_check_sees_the_session_and_keeps_the_fact_out(kept: Store) -> None:
    await kept.start("abc2345", ask())
    seen: list[Phase] = []

    def refuse(session: Session) -> None:
        seen.append(session.phase)
        raise UsageError("not now")

    with pytest.raises(UsageError, match="not now"):
        await kept.record("abc2345", events.MergeRequested("c0ffee", ANNA), check=refuse)
    assert seen == [Phase.INTAKE]
    assert len(await kept.events("abc2345")) == 1


async def test_the_row_is_the_fold_of_the_log(kept: Store) -> None:
    await kept.start("abc2345", ask())
    change = Change(branch="honk/abc2345-x", base_branch="main", base="b" * 40, head="c" * 40)
    told: list[events.EventData] = [
        events.RepoChosen("music", "the only one"),
        events.PhaseEntered(Phase.WORK),
        events.AgentStarted("claude", "", "conversation-1"),
        events.EgressRecorded("example.org", False, "work"),
        events.EgressRecorded("example.org", False, "work"),
        events.BranchUpdated(change),
        events.Approved("c" * 40, BEN),
        events.QuestionAsked("Which?", ("this", "that")),
    ]
    for data in told:
        await kept.record("abc2345", data)
    log = await kept.events("abc2345")
    assert [event.data for event in log[1:]] == told
    assert reduce(apply, (event.data for event in log), Session("abc2345")) == await kept.session("abc2345")
    assert await kept.events("abc2345", after=7) == log[7:]


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "a\0b\udfffc", "日本語 🎧\u202e", "\\u0000", "x" * 100_000])
async def test_every_text_an_agent_can_print_is_kept(kept: Store, text: str) -> None:
    await kept.start("abc2345", ask(text))
    await kept.record("abc2345", events.AgentSaid(text))
    await kept.record("abc2345", events.RepoChosen(text, text))
    assert [event.data for event in await kept.events("abc2345", after=1)] == [
        events.AgentSaid(text),
        events.RepoChosen(text, text),
    ]
    assert (await kept.session("abc2345")).request == text


async def test_messages_are_not_recorded_past_their_numbering(kept: Store) -> None:
    await kept.start("abc2345", ask())
    with pytest.raises(ValueError, match="reply"):
        await kept.record("abc2345", ask())


async def test_a_session_is_found_by_the_beginning_of_its_id(kept: Store) -> None:
    for session in ("abc2345", "abd2345", "xyz2345"):
        await kept.start(session, ask())
    assert (await kept.session("x")).id == (await kept.session(" XYZ2345 ")).id == "xyz2345"
    with pytest.raises(UsageError, match="Several sessions begin with `ab`: .*abc2345"):
        await kept.session("ab")
    with pytest.raises(UsageError, match="did you mean abc2345"):
        await kept.session("abc2346")
    with pytest.raises(UsageError, match="latest is"):
        await kept.session("%")
    with pytest.raises(UsageError, match="no session ``"):
        await kept.session("")
    with pytest.raises(UsageError, match="did you mean xyz2345"):
        await kept.record("xyz234", events.NoteAdded("prefixes are for people"))


async def test_an_empty_store_says_how_to_begin(kept: Store) -> None:
    with pytest.raises(UsageError, match="honk ask"):
        await kept.session("abc2345")
    assert await kept.sessions() == () and await kept.events("abc2345") == () and await kept.busy() == ()


async def test_the_latest_come_first(kept: Store, clock: Clock) -> None:
    for session in ("abc2345", "abd2345", "xyz2345"):
        clock.now += 1
        await kept.start(session, ask())
    clock.now += 1
    await kept.record("abc2345", events.NoteAdded("news"))
    assert [session.id for session in await kept.sessions(2)] == ["abc2345", "xyz2345"]
    assert (await kept.events("abc2345"))[1].at == clock.now


async def test_what_is_kept_outlives_the_process(url: str) -> None:
    async with store.open(url) as first:
        await first.start("abc2345", ask())
    async with store.open(url) as second:
        assert (await second.session("abc2345")).request == "Make it blue"


async def test_who_waits_is_woken_from_another_loop(kept: Store) -> None:
    await kept.start("abc2345", ask())
    assert await kept.wait("abc2345", after=0, timeout=0.0)
    assert not await kept.wait("abc2345", after=1, timeout=0.0)
    waiting = asyncio.create_task(kept.wait("abc2345", after=1, timeout=30))
    await asyncio.sleep(0)
    await asyncio.to_thread(asyncio.run, kept.record("abc2345", events.NoteAdded("x")))
    assert await waiting


async def test_who_waits_learns_what_another_process_recorded(
    kept: Store, processes: Callable[[int, str], None]
) -> None:
    await kept.start("abc2345", ask())
    waiting = asyncio.create_task(kept.wait("abc2345", after=1, timeout=60))
    await asyncio.to_thread(processes, 1, "await s.record('abc2345', events.NoteAdded('x'))")
    assert await waiting


async def test_a_subscription_tells_news_of_all_sessions_once(kept: Store, url: str, clock: Clock) -> None:
    await kept.start("abc2345", ask())
    async with kept.subscribe() as news:
        assert await news.changed(timeout=0.0) == ()
        await kept.record("abc2345", events.NoteAdded("x"))
        await kept.start("def2345", ask())
        assert set(await news.changed(timeout=30)) == {"abc2345", "def2345"}
        assert await news.changed(timeout=0.0) == ()
        async with store.open(url, clock) as elsewhere:
            await elsewhere.record("def2345", events.NoteAdded("from another process"))
        assert await news.changed(timeout=30) == ("def2345",)


async def test_processes_that_record_at_once_leave_no_gap(kept: Store, processes: Callable[[int, str], None]) -> None:
    await kept.start("abc2345", ask())
    await asyncio.to_thread(
        processes, 3, "[await s.record('abc2345', events.CostRecorded(Cost(0.0, 1, 0))) for _ in range(25)]"
    )
    assert [event.seq for event in await kept.events("abc2345")] == list(range(1, 77))
    assert (await kept.session("abc2345")).cost.input_tokens == 75
