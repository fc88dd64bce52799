"""The timeline of a session: which turn or order each event belongs to."""

import typing

from hypothesis import given
from hypothesis import strategies as st

from honk.core import events
from honk.core.events import Event, EventData
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import apply
from honk.core.timeline import Timeline

ANNA = Person("local:1000", "Anna", "anna@example.org")

any_event: st.SearchStrategy[EventData] = st.one_of(*(st.from_type(kind) for kind in typing.get_args(EventData)))


def log(data: list[EventData]) -> list[Event]:
    """A log that begins with a message, its turns numbered as the store numbers them."""
    found: list[EventData] = []
    for each in [events.TurnRequested(1, "a", ANNA), *data]:
        turns = sum(isinstance(before, events.TurnRequested) for before in found)
        found.append(events.TurnRequested(turns + 1, "a", ANNA) if isinstance(each, events.TurnRequested) else each)
    return [Event("s", seq, float(seq), each) for seq, each in enumerate(found, start=1)]


@given(st.lists(any_event, max_size=25))
def test_every_event_belongs_to_exactly_one_item(data: list[EventData]) -> None:
    history = log(data)
    timeline = Timeline("s", history)
    assert [event for _, event in timeline.entries()] == history
    assert len({item.key for item in timeline.items}) == len(timeline.items)
    assert len([item for item in timeline.items if not item.over and not item.waiting]) <= 1


@given(st.lists(any_event, max_size=25), st.data())
def test_feeding_in_pieces_equals_feeding_at_once(data: list[EventData], draw: st.DataObject) -> None:
    history = log(data)
    at_once, pieces = Timeline("s", history), Timeline("s")
    while pieces.seq < len(history):
        upto = draw.draw(st.integers(pieces.seq + 1, len(history)))
        before = pieces.seq
        pieces.add(history[before:upto])
        assert pieces.entries(before) == [entry for entry in pieces.entries() if entry[1].seq > before]
    assert pieces.items == at_once.items
    assert pieces.session == at_once.session
    assert pieces.busy_seconds == at_once.busy_seconds


def items(*data: EventData) -> dict[str, list[EventData]]:
    """The events of each item, by its key."""
    return {item.key: [event.data for event in item.history] for item in Timeline("s", log(list(data))).items}


def test_a_note_after_a_failed_merge_belongs_to_the_merge() -> None:
    merge, note = events.MergeRequested("a" * 40, ANNA), events.NoteAdded("The build is ready.")
    failed, back = events.OrderFailed("A check is red."), events.PhaseEntered(Phase.REVIEW)
    found = items(events.TurnEnded(1, Phase.REVIEW), merge, failed, back, note)
    assert found["order-1"] == [merge, failed, back, note]


def test_honks_own_rollback_belongs_to_its_merge() -> None:
    merge, back = events.MergeRequested("a" * 40, ANNA), events.RollbackRequested("it was not healthy")
    assert items(events.TurnEnded(1, Phase.REVIEW), merge, back)["order-1"] == [merge, back]


def test_a_queued_turn_that_is_cancelled_ends_by_itself() -> None:
    second, ended, note = (
        events.TurnRequested(2, "a", ANNA),
        events.TurnEnded(2, Phase.CANCELLED),
        events.NoteAdded("Working."),
    )
    found = items(second, ended, note)
    assert found == {"turn-1": [events.TurnRequested(1, "a", ANNA), note], "turn-2": [second, ended]}


def test_an_item_that_has_ended_keeps_the_session_as_it_was_then() -> None:
    history = log(
        [events.TurnEnded(1, Phase.FAILED, error="no"), events.TurnRequested(2, "b", ANNA), events.AgentSaid("hm")]
    )
    first, second = Timeline("s", history).items
    assert first.session.phase == Phase.FAILED
    assert second.session == apply(apply(first.session, history[2].data), history[3].data)
    assert (first.over, first.latest, second.over, second.latest) == (True, False, False, True)
