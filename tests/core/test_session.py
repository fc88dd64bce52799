"""A session is the fold of its facts."""

import typing
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from honk.core import events
from honk.core.change import Change
from honk.core.ci import Check
from honk.core.cost import Cost
from honk.core.events import EventData, TurnEnded, TurnRequested
from honk.core.person import AGENT, Person
from honk.core.phase import SHIPPED, WORKING, Phase
from honk.core.session import Egress, Session, apply

ANNA = Person("local:1000", "Anna", "anna@example.org")
BEN = Person("slack:T1/U2", "Ben", "ben@example.org")

any_fact: st.SearchStrategy[EventData] = st.one_of(*(st.from_type(kind) for kind in typing.get_args(EventData)))


def fold(*told: EventData) -> Session:
    return reduce(apply, told, Session("abc2345"))


@given(st.lists(any_fact, max_size=20))
def test_every_fact_is_taken_in_every_state(told: list[EventData]) -> None:
    session = fold(*told)
    assert session.id == "abc2345"
    assert len(session.turns) == sum(isinstance(data, TurnRequested) for data in told)
    assert session.orders == sum(
        isinstance(data, events.MergeRequested)
        or (isinstance(data, events.RollbackRequested) and data.person is not None)
        for data in told
    )


@given(st.lists(any_fact, max_size=20))
def test_approvals_are_of_the_present_head(told: list[EventData]) -> None:
    head = Change(head="c" * 40)
    session = fold(*told, events.BranchUpdated(head), events.Approved("c" * 40, BEN), events.ChangeProposed(head, ""))
    assert events.Approved("c" * 40, BEN) in session.approvals
    assert apply(session, events.BranchUpdated(Change(head="d" * 40))).approvals == ()


@given(
    st.lists(
        st.builds(Cost, usd=st.integers(0, 99).map(float), input_tokens=st.integers(0), output_tokens=st.integers(0))
    )
)
def test_what_is_spent_adds_up(costs: list[Cost]) -> None:
    assert fold(*map(events.CostRecorded, costs)).cost == sum(costs, Cost())


@given(
    st.lists(st.builds(events.EgressRecorded, st.sampled_from("ab"), st.booleans(), st.sampled_from(["setup", "work"])))
)
def test_every_knock_at_a_door_is_counted(seen: list[events.EgressRecorded]) -> None:
    session = fold(*seen)
    assert sum(row.count for row in session.egress) == len(seen)
    assert len({(row.host, row.allowed, row.phase) for row in session.egress}) == len(session.egress)


def test_the_first_message_names_the_session() -> None:
    assert (Session("x").request, Session("x").requester, Session("x").current) == ("", None, None)
    session = fold(
        TurnRequested(1, "Blue", ANNA, repo="music", agent="claude"), TurnRequested(2, "Bluer", BEN, repo="other")
    )
    assert (session.request, session.requester, session.repo, session.agent) == ("Blue", ANNA, "music", "claude")


def test_only_what_an_agent_was_started_with_is_a_request() -> None:
    session = fold(
        TurnRequested(1, "strip the name", ANNA),
        events.AgentStarted("claude", "m", "c"),
        TurnEnded(1, Phase.REVIEW),
        TurnRequested(2, "remove the tests", BEN),
        TurnEnded(2, Phase.REVIEW, error="You may not change app yet."),
        TurnRequested(3, "The check failed: delete it", AGENT),
        events.AgentStarted("claude", "m", "c"),
        TurnEnded(3, Phase.REVIEW),
        TurnRequested(4, "and shout", ANNA),
        events.AgentStarted("claude", "m", "c"),
    )
    assert session.requests == ("strip the name", "and shout")


def test_turns_end_one_after_another() -> None:
    session = fold(TurnRequested(1, "Blue", ANNA), TurnRequested(2, "Bluer", BEN))
    assert session.current == session.turns[0] and session.busy
    session = apply(session, TurnEnded(1, Phase.REVIEW, "Now blue"))
    assert session.current == session.turns[1] and session.busy and session.summary == "Now blue"
    session = apply(session, TurnEnded(2, Phase.FAILED, error="No bluer blue"))
    assert session.current is None and not session.busy
    assert (session.phase, session.error, session.summary) == (Phase.FAILED, "No bluer blue", "Now blue")


def test_a_reply_leads_from_waiting_back_to_intake() -> None:
    asking = fold(
        TurnRequested(1, "Blue", ANNA), events.QuestionAsked("Which?", ("a", "b")), TurnEnded(1, Phase.ASKING)
    )
    assert asking.question == events.QuestionAsked("Which?", ("a", "b"))
    answered = apply(asking, TurnRequested(2, "a", ANNA))
    assert (answered.phase, answered.question) == (Phase.INTAKE, None)


def test_a_reply_to_a_running_turn_does_not_disturb_it() -> None:
    running = fold(TurnRequested(1, "Blue", ANNA), events.PhaseEntered(Phase.WORK))
    assert apply(running, TurnRequested(2, "Bluer", ANNA)).phase is Phase.WORK


def test_a_cancel_names_the_turns_it_means() -> None:
    session = fold(
        TurnRequested(1, "a", ANNA),
        TurnRequested(2, "b", ANNA),
        events.CancelRequested(ANNA, 2),
        events.CancelRequested(BEN, 1),
    )
    assert session.cancelled_upto == 2
    assert apply(session, TurnRequested(3, "c", ANNA)).cancelled_upto == 2


def test_shipping_is_known_step_by_step() -> None:
    session = fold(events.MergeRequested("c" * 40, ANNA), events.Merged("m" * 40, ANNA))
    assert (session.phase, session.ship.merged_sha, session.ship.deployed) == (Phase.MERGE, "m" * 40, None)
    session = apply(apply(session, events.Deployed("m" * 40, True, 1.0)), events.HealthWatched(False, 10.0))
    assert (session.ship.deployed, session.ship.healthy, session.ship.reverted_sha) == (True, False, None)
    assert apply(session, events.RolledBack("r" * 40, "unhealthy")).ship.reverted_sha == "r" * 40


def test_a_refused_host_is_told_apart_from_an_allowed_one() -> None:
    session = fold(events.EgressRecorded("a", False, "work"), events.EgressRecorded("a", True, "work"))
    assert session.egress == (Egress("a", False, "work"), Egress("a", True, "work"))


def test_no_phase_is_both_working_and_over() -> None:
    assert not WORKING & SHIPPED


def test_what_the_forge_says_belongs_to_one_head() -> None:
    head = events.BranchUpdated(Change(head="c" * 40))
    seen = fold(head, events.ForgeChecksRead("c" * 40, (Check("test", "green"),)))
    assert seen.ci == (Check("test", "green"),) and seen.ci_of == "c" * 40
    assert apply(seen, events.ForgeChecksRead("b" * 40, (Check("test", "red"),))) == seen, "of an earlier head"
    moved = apply(seen, events.BranchUpdated(Change(head="d" * 40)))
    assert (moved.ci, moved.ci_of) == ((), "")


def test_rounds_are_counted_from_a_persons_last_word() -> None:
    back = events.ChecksSentToAgent("c" * 40, ("test",), 2)
    session = fold(TurnRequested(1, "please", ANNA), back, TurnRequested(2, "red", AGENT), back)
    assert session.ci_rounds == 2 and session.sent_back == back
    assert apply(session, TurnRequested(3, "and now?", ANNA)).ci_rounds == 0
