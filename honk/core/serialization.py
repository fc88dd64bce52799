"""Events and sessions to plain data and back, by the types that their classes declare.

The log is append-only: an event stays as the version that recorded it wrote it. What has been renamed since is read
under its former name too (`FORMER_FIELDS`).
"""

import dataclasses
import types
import typing
from enum import StrEnum
from functools import cache
from typing import Any, cast

from honk.core import events
from honk.core.events import EventData

KINDS: dict[str, type[EventData]] = {cls.__name__: cls for cls in typing.get_args(EventData)}
"""Every kind of event by the name under which the event log keeps it."""

FORMER_KINDS: dict[str, str] = {
    "Asked": "TurnRequested",
    "Questioned": "QuestionAsked",
    "Entered": "PhaseEntered",
    "Prepared": "WorkspacePrepared",
    "AgentDid": "AgentToolUsed",
    "Conflicted": "BaseConflicted",
    "Baselined": "BaselineVerified",
    "Spent": "CostRecorded",
    "EgressSeen": "EgressRecorded",
    "Changed": "BranchUpdated",
    "Proposed": "ChangeProposed",
    "MergeAsked": "MergeRequested",
    "RollbackAsked": "RollbackRequested",
    "CancelAsked": "CancelRequested",
    "Landed": "MergedUntested",
    "Watched": "HealthWatched",
    "Noted": "NoteAdded",
    "ChecksSeen": "ForgeChecksRead",
    "SentBack": "ChecksSentToAgent",
}
"""The name under which older versions wrote a kind, and its name now."""

FORMER_FIELDS: dict[str, dict[str, str]] = {
    "TurnRequested": {"context": "around"},
    "MessageContext": {"thread": "place"},
    "Turn": {"given_to_agent": "heard"},
}
"""For a class, the name that a field had when older versions wrote it."""


def dump(value: object) -> Any:
    """A dataclass tree as dicts, lists and scalars that json.dumps takes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: dump(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [dump(item) for item in value]
    if isinstance(value, dict):
        return {str(key): dump(item) for key, item in value.items()}
    return str(value) if isinstance(value, StrEnum) else value


def load_event(kind: str, data: dict[str, Any]) -> EventData:
    """The event that `dump` made `data` from. Raises KeyError for an unknown kind."""
    return cast(EventData, load(KINDS[FORMER_KINDS.get(kind, kind)], data))


def kind_names(*kinds: type[object]) -> tuple[str, ...]:
    """Every name under which the log may hold events of these kinds, the former ones too."""
    now = {kind.__name__ for kind in kinds}
    return (*sorted(now), *(former for former, name in FORMER_KINDS.items() if name in now))


def load(wanted: Any, data: Any) -> Any:
    """`data` as an instance of the type `wanted`. Fields missing from `data` take their defaults, unknown ones are
    dropped: a log written by another version stays readable."""
    origin = typing.get_origin(wanted)
    if origin in (typing.Union, types.UnionType):
        return _load_union(wanted, data)
    if origin is tuple:
        return tuple(load(typing.get_args(wanted)[0], item) for item in data)
    if origin is typing.Literal or wanted is Any:
        return data
    if dataclasses.is_dataclass(wanted):
        return cast(Any, wanted)(**_fields(cast(type, wanted), data))
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return wanted(data)
    return float(data) if wanted is float else data


def _fields(cls: type, data: dict[str, Any]) -> dict[str, Any]:
    former = FORMER_FIELDS.get(cls.__name__, {})
    found = {}
    for name, hint in _hints(cls).items():
        key = name if name in data else former.get(name, name)
        if key in data:
            found[name] = load(hint, data[key])
    return found


def _load_union(wanted: Any, data: Any) -> Any:
    if data is None:
        return None
    return load(next(arg for arg in typing.get_args(wanted) if arg is not type(None)), data)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls, vars(events))
