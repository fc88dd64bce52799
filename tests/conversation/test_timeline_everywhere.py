"""Slack, GitHub, the web page and the terminal attribute every event to the same turn or order."""

import io
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console as Terminal

from honk.conversation import event_lines
from honk.conversation.console import Console
from honk.core import events
from honk.core.change import Change
from honk.core.ci import Check
from honk.core.events import Event, EventData
from honk.core.message_context import MessageContext
from honk.core.person import AGENT, Person
from honk.core.phase import Phase
from honk.core.timeline import Timeline
from honk.core.verdict import Verdict
from honk.integrations.github.conversation import session_comments
from honk.integrations.github.conversation.session_comments import Frame
from honk.integrations.slack.messages import thread_messages
from honk.integrations.slack.messages.renderer import MessageRenderer
from honk.web import presenters

ANNA = Person("github:1", "Anna", "anna@example.org")
PLACE = "github:7/3"
PULL = "github:7/4"
HEAD = "a" * 40
CHANGE = Change("honk/s", "main", "b" * 40, HEAD, "https://git.example/pull/4", 4)
VIEW = MessageRenderer(lambda session: f"https://honk.example/sessions/{session}", frozenset({"https://honk.example"}))

OTHER_EVENTS: list[EventData] = [
    events.MergeRequested(HEAD, ANNA),
    events.RollbackRequested("Anna wants it", ANNA),
    events.RollbackRequested("it was not healthy"),
    events.Merged("c" * 40, ANNA),
    events.Deployed("c" * 40, True, 1.0),
    events.HealthWatched(False, 1.0, "status 500"),
    events.RolledBack("d" * 40, "it was not healthy"),
    events.ChangeProposed(CHANGE, "done"),
    events.Verified(1, "gate", "e" * 40, (Verdict("test", True, 1.0, "pytest", ""),)),
    events.ForgeChecksRead(HEAD, (Check("ci", "green"),)),
    events.AgentStarted("claude", "model", "conversation"),
    events.Approved(HEAD, ANNA),
]

Step = tuple[str, Any]

steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(["note", "bad note", "failure"])),
    st.tuples(st.just("ask"), st.sampled_from([ANNA, AGENT])),
    st.tuples(st.just("end"), st.tuples(st.integers(1, 4), st.sampled_from(Phase))),
    st.tuples(st.just("enter"), st.sampled_from(Phase)),
    st.tuples(st.just("event"), st.sampled_from(OTHER_EVENTS)),
)


def history(script: list[Step]) -> list[Event]:
    """A log that begins with a message, as every log does. Sentences of Honk carry the event's number."""
    found: list[EventData] = [_asked(1, ANNA)]
    for kind, value in script:
        number = len(found) + 1
        turns = sum(isinstance(data, events.TurnRequested) for data in found)
        match kind:
            case "ask":
                found.append(_asked(turns + 1, value))
            case "end":
                turn, outcome = value
                found.append(events.TurnEnded(min(turn, turns), outcome))
            case "enter":
                found.append(events.PhaseEntered(value))
            case "say" if value == "failure":
                found.append(events.OrderFailed(_sentence(number)))
            case "say":
                found.append(events.NoteAdded(_sentence(number), bad=value == "bad note"))
            case _:
                found.append(value)
    return [Event("s", seq, 1000.0 + seq, data) for seq, data in enumerate(found, start=1)]


def _asked(turn: int, person: Person) -> events.TurnRequested:
    return events.TurnRequested(turn, f"request number {turn}", person, context=MessageContext(PLACE))


def _sentence(number: int) -> str:
    return f"Sentence{number:03}x"


def _mentioned(texts: dict[str, str]) -> dict[int, set[str]]:
    """The keys of the messages in which each sentence of `history` stands."""
    found: dict[int, set[str]] = {}
    for key, text in texts.items():
        for number in range(1, 200):
            if _sentence(number) in text:
                found.setdefault(number, set()).add(key)
    return found


@given(st.lists(steps, max_size=40))
def test_every_integration_attributes_every_event_alike(script: list[Step]) -> None:
    log = history(script)
    timeline = Timeline("s", log)
    owner = {event.seq: item.key for item in timeline.items for event in item.history}
    of_orders = {
        event.seq
        for item in timeline.items
        if item.kind != "turn"
        for event in item.history
        if isinstance(event.data, events.NoteAdded | events.OrderFailed)
    }

    slack = {
        item.key: str(thread_messages.message(item, timeline.session, 2000.0, VIEW, "").blocks)
        for item in timeline.items
    }
    frame = Frame(PULL, "honk", "https://git.example")
    github = {made.key: made.text for made in session_comments.comments(timeline, frame) if made.key != "pull"}
    for shown in (_mentioned(slack), _mentioned(github)):
        # GitHub says why an order failed also where it says how the session is now
        assert all(
            keys == {owner[seq]} for seq, keys in shown.items() if isinstance(log[seq - 1].data, events.NoteAdded)
        )
        assert all(owner[seq] in shown.get(seq, set()) for seq in of_orders)

    for item in timeline.items:
        for line in event_lines.of_order(item) if item.kind != "turn" else ():
            assert line.text in slack[item.key] and line.text in github[item.key]

    entries = [entry for pair in timeline.entries() if (entry := presenters.entry(*pair, began=0.0)) is not None]
    assert all(entry.item == owner[entry.seq] for entry in entries)
    assert [entry.seq for entry in entries] == sorted(entry.seq for entry in entries)
    said = [(entry.item, entry.line.text) for entry in entries]
    assert [item for item, _ in _printed(log, live=True)] == [item for item, _ in said]
    order = [item.key for item in timeline.items]
    assert _printed(log, live=False) == sorted(said, key=lambda entry: order.index(entry[0]))


def _printed(log: list[Event], *, live: bool) -> list[tuple[str, str]]:
    """The lines that the terminal shows, in order, each with the turn or order in whose heading's part it stands."""
    out = io.StringIO()
    console = Console(Terminal(file=out, width=1000))
    for event in log:
        (console.show if live else console.add)(event)
    if not live:
        console.log()
    found, item = [], ""
    for row in out.getvalue().splitlines():
        if heading := re.match(r"(Turn|Order) (\d+)\b", row):
            item = f"{heading[1].lower()}-{heading[2]}"
        else:
            found.append((item, row.split(maxsplit=2)[2].strip()))
    return found
