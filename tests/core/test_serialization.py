"""Facts and sessions go to JSON and back unchanged."""

import dataclasses
import json
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.core import events, serialization
from honk.core.cost import Cost
from honk.core.events import EventData
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.phase import Phase
from honk.core.session import Session
from honk.core.verdict import Verdict

finite = st.floats(allow_nan=False, allow_infinity=False)


def values(wanted: Any) -> st.SearchStrategy[Any]:
    """Instances of a declared type, with every text that Python can hold."""
    if dataclasses.is_dataclass(wanted):
        hints = typing.get_type_hints(wanted)
        return st.builds(wanted, **{name: values(hint) for name, hint in hints.items()})
    if typing.get_origin(wanted) is tuple:
        return st.lists(values(typing.get_args(wanted)[0]), max_size=3).map(tuple)
    if len(options := [arg for arg in typing.get_args(wanted) if isinstance(arg, type)]) > 1:
        return st.one_of(*(st.none() if option is type(None) else values(option) for option in options))
    return {float: finite, str: st.text(st.characters())}.get(wanted, st.from_type(wanted))


def through_json(value: object) -> Any:
    return json.loads(json.dumps(serialization.dump(value), allow_nan=False))


@given(st.sampled_from(typing.get_args(EventData)).flatmap(values))
def test_a_fact_comes_back_as_it_went(data: EventData) -> None:
    again = serialization.load_event(type(data).__name__, through_json(data))
    assert again == data
    assert type(again) is type(data)


@given(values(Session))
def test_a_session_comes_back_as_it_went(session: Session) -> None:
    assert serialization.load(Session, through_json(session)) == session


def test_a_phase_comes_back_as_a_phase() -> None:
    again = serialization.load_event("Entered", {"phase": "work"})
    assert isinstance(again, events.PhaseEntered) and again.phase is Phase.WORK


def test_another_versions_log_stays_readable() -> None:
    session = serialization.load(Session, {"id": "abc", "from": "the future", "cost": {"usd": 1}})
    assert session == Session("abc", cost=Cost(usd=1.0))
    assert isinstance(session.cost.usd, float)


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        serialization.load_event("Sung", {})


def test_every_kind_is_read_under_its_former_name() -> None:
    assert set(serialization.FORMER_KINDS.values()) <= serialization.KINDS.keys()
    assert not serialization.FORMER_KINDS.keys() & serialization.KINDS.keys()
    noted = serialization.load_event("Noted", {"text": "hello"})
    assert noted == events.NoteAdded("hello")
    assert serialization.kind_names(events.NoteAdded) == ("NoteAdded", "Noted")


def test_every_kind_of_fact_has_a_name_of_its_own() -> None:
    assert list(serialization.KINDS.values()) == list(typing.get_args(EventData))


def test_an_event_of_an_older_version_is_read_under_its_former_names() -> None:
    asked = events.TurnRequested(
        1, "fix it", Person("local:1", "Ada", "ada@example.com"), context=MessageContext(thread="slack:T1/C1/1.2")
    )
    old = serialization.dump(asked)
    old["around"] = old.pop("context")
    old["around"]["place"] = old["around"].pop("thread")
    assert serialization.load_event("Asked", old) == asked


def test_a_verdict_of_an_older_version_gets_its_state_from_ok() -> None:
    old = {"name": "test", "ok": False, "seconds": 1.0, "command": "pytest", "source": "x", "base_ok": False}
    verdict = serialization.load(Verdict, old)
    assert (verdict.state, verdict.blames) == ("failed", False)
    assert serialization.load(Verdict, {**old, "ok": True}).state == "passed"
    unknown = serialization.load(Verdict, {**old, "ok": True, "state": "unknown"})
    assert not unknown.ok and unknown.blames, "an unknown result is never excused, whatever the base says"
