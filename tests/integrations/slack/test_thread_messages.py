"""What a thread shows of a session: text and Block Kit that the strict simulation takes."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, get_type_hints

import pytest
from honk_simulators.slack import transcript
from honk_simulators.slack.block_kit import blocks as kit
from honk_simulators.slack.state.workspace import SlackWorkspace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from honk.conversation import texts
from honk.core import events
from honk.core.ci import Check
from honk.core.cost import Cost
from honk.core.events import EventData
from honk.core.message_context import MessageContext
from honk.core.person import AGENT
from honk.core.phase import Phase
from honk.core.timeline import Timeline
from honk.core.verdict import Verdict
from honk.integrations.slack.intake import button_values
from honk.integrations.slack.messages import thread_messages
from honk.integrations.slack.messages.block_kit import SlackMessage
from honk.integrations.slack.messages.renderer import MessageRenderer
from tests.integrations.slack import sample_events

SLACK = SlackWorkspace("Goose Works", "T1", "goose", lambda: 0.0)
VIEW = MessageRenderer(
    lambda session: f"https://honk.example/sessions/{session}", frozenset({"https://honk.example"}), ("hush-hush",)
)


def shown(rows: Sequence[EventData], at: float = 2000.0, place: str = sample_events.PLACE) -> dict[str, SlackMessage]:
    timeline = Timeline("s1", sample_events.history(rows))
    return {item.key: thread_messages.message(item, timeline.session, at, VIEW, place) for item in timeline.items}


def read(message: SlackMessage) -> str:
    assert kit.of_message(list(message.blocks)) == []
    assert not kit.too_long(list(message.blocks))
    return "\n".join(row for block in message.blocks for row in transcript.of_block(SLACK, block))


def presses(message: SlackMessage) -> dict[str, button_values.ButtonValue | None]:
    return {
        element["text"]["text"]: button_values.parse(element["action_id"], element["value"])
        for _, element in kit.interactive(list(message.blocks))
        if element["type"] == "button"
    }


def test_a_new_turn() -> None:
    text = read(shown([sample_events.asked()], at=1000.2)["turn-1"])
    assert text.splitlines()[0] == "*On it…*"
    assert "*● understand*" in text and "[Stop]" in text and sample_events.REQUEST not in text


def test_a_request_from_elsewhere_is_quoted() -> None:
    assert "*Robin asked:*\n> the playlist page" in read(shown([sample_events.asked(place="")])["turn-1"])


def test_a_request_from_a_window_in_this_thread_is_quoted() -> None:
    context = MessageContext(thread=sample_events.PLACE, private=True)
    rows = [events.TurnRequested(1, "make it green", sample_events.SAM, context=context)]
    assert "*Sam asked:*\n> make it green" in read(shown(rows)["turn-1"])


def test_a_private_request_from_elsewhere_is_not_quoted() -> None:
    context = MessageContext(thread="slack:T1/D1/1.0", link="https://slack.example/p1", private=True)
    text = read(shown([events.TurnRequested(1, "our secret plan", sample_events.SAM, context=context)])["turn-1"])
    assert "secret" not in text and "Sam asked:" in text and "private" in text


def test_a_working_turn() -> None:
    text = read(
        shown([sample_events.asked(), *sample_events.begun(), sample_events.checked(sample_events.RED)], at=1031.0)[
            "turn-1"
        ]
    )
    assert "*Working in shop…*  30 s" in text
    assert "✓ prepare  *● work*  ○ check" in text
    assert "I look at the *playlist* page." in text
    assert "✓ lint 0.3 s  ·  ✗ test 2.4 s" in text and "IndexError: list" in text


def test_time_passes_in_steps() -> None:
    rows = [sample_events.asked(), *sample_events.begun()]
    assert shown(rows, at=1031.0) == shown(rows, at=1044.0) != shown(rows, at=1046.0)


def test_the_evidence() -> None:
    message = shown(sample_events.whole(findings=[sample_events.FLAG], preview=sample_events.preview("s1")))["turn-1"]
    text = read(message)
    for part in (
        "✓ Ready for you",
        "• guarded `playlist[0]`",
        "*Changed*  2 files, +13 −1",
        "*Unchanged*  existing tests, dependencies",
        "✓ test 2.1 s",
        "infra/a.tf:3: this path is protected",
        f"Pull request #7 ({sample_events.URL})",
        "Install shop.apk (https://honk.example/f/token/install)",
        "$0.12",
        "/ (changed)",
    ):
        assert part in text
    assert presses(message)["Merge"] == button_values.ButtonValue("merge", "s1", sample_events.HEAD, looked=True)
    assert presses(message)["Show changes"] == button_values.ButtonValue("changes", "s1", sample_events.HEAD)
    merge = next(e for _, e in kit.interactive(list(message.blocks)) if e["text"]["text"] == "Merge")
    assert "this path is protected" in merge["confirm"]["text"]["text"]


def test_a_pull_request_without_an_address_is_named() -> None:
    change = dataclasses.replace(sample_events.CHANGE, url="local:shop#7")
    text = read(
        shown([sample_events.asked(), *sample_events.begun(), *sample_events.proposed(change=change)])["turn-1"]
    )
    assert "Pull request #7  ·" in text and "local:" not in text


def test_checks_of_the_forge_are_shown() -> None:
    seen = events.ForgeChecksRead(sample_events.HEAD, (Check("build", "green"), Check("deploy <!here>", "red")))
    text = read(shown([*sample_events.whole(), seen])["turn-1"])
    assert "*Checks of the pull request*  ✗ deploy <!here>  ·  ✓ build" in text  # as words


def test_a_turn_that_honk_began_says_why() -> None:
    text = read(shown([*sample_events.whole(), sample_events.asked("Two checks are red.", AGENT, 2, "")])["turn-2"])
    assert "*I asked the agent:*\n> Two checks are red." in text


def test_nothing_flagged_needs_no_second_look() -> None:
    assert presses(shown(sample_events.whole())["turn-1"])["Merge"] == button_values.ButtonValue(
        "merge", "s1", sample_events.HEAD
    )


def test_refused_hosts_are_shown() -> None:
    rows = [
        sample_events.asked(),
        *sample_events.begun(),
        events.EgressRecorded("evil.example", False, "work", "not on the list", 3),
    ]
    assert "*Network refused*  `evil.example` (work, 3×)" in read(shown([*rows, *sample_events.proposed()])["turn-1"])


def test_an_older_turn_has_no_buttons() -> None:
    made = shown([*sample_events.whole(), sample_events.asked("more", sample_events.SAM, 2)])
    assert presses(made["turn-1"]) == {} and list(presses(made["turn-2"])) == ["Stop"]


def test_a_waiting_turn_says_so() -> None:
    made = shown([sample_events.asked(), *sample_events.begun(), sample_events.asked("and this", turn=2)])
    assert "Queued" in read(made["turn-2"]) and "Working" in read(made["turn-1"])


def test_events_belong_to_the_running_turn() -> None:
    rows = [
        sample_events.asked(),
        *sample_events.begun(),
        sample_events.asked("and this", turn=2),
        *sample_events.proposed(),
    ]
    made = shown([*rows, events.PhaseEntered(Phase.INTAKE), events.AgentSaid("now the other")])
    assert "Proposed" in read(made["turn-1"]) and "now the other" in read(made["turn-2"])


def test_a_question() -> None:
    names = ("shop", "radio", "blog", "api", "docs", "infra")
    rows = [
        sample_events.asked(),
        events.QuestionAsked("Which repository is this about?", names),
        events.TurnEnded(1, Phase.ASKING),
    ]
    message = shown(rows)["turn-1"]
    assert list(presses(message)) == list(names[:5])
    assert presses(message)["radio"] == button_values.ButtonValue("pick", "s1", pick="radio")
    assert "[Another repository… ▾]" in read(message)


def test_a_question_of_the_agent_is_shown_as_one() -> None:
    said = "Which of the *two* pages do you mean?"
    failed = events.TurnEnded(1, Phase.FAILED, said, texts.changed_nothing(said), 1)
    message = shown([sample_events.asked(), *sample_events.begun(), events.AgentEnded(said), failed])["turn-1"]
    assert message.text == "A question: Which of the two pages do you mean?"
    assert read(message).startswith("*A question*\nWhich of the _two_ pages do you mean?")
    assert "Reply with the answer." in read(message) and "Not done" not in read(message)


@pytest.mark.parametrize(
    ("outcome", "error", "button"),
    [
        (Phase.FAILED, "The agent’s program ended.", "Try again"),
        (Phase.CANCELLED, "Stopped, as asked.", "Try again"),
        (Phase.PAUSED, "", "Go on"),
    ],
)
def test_every_outcome_says_what_to_do(outcome: Phase, error: str, button: str) -> None:
    rows = (
        [sample_events.asked(), *sample_events.begun(), events.BudgetReached(5, 5)]
        if outcome == Phase.PAUSED
        else [sample_events.asked()]
    )
    message = shown([*rows, events.TurnEnded(1, outcome, "", error, 1)])["turn-1"]
    assert error in read(message) and button in presses(message)
    assert "reply" in read(message).lower()


def test_a_paused_turn_says_its_cost() -> None:
    rows = [sample_events.asked(), events.BudgetReached(5, 5), events.TurnEnded(1, Phase.PAUSED, "", "", 1)]
    assert "$5.00" in read(shown(rows)["turn-1"])


def test_a_stop_is_shown_at_once() -> None:
    message = shown([sample_events.asked(), *sample_events.begun(), events.CancelRequested(sample_events.ROBIN, 1)])[
        "turn-1"
    ]
    assert "Stopping" in read(message) and presses(message) == {}


def test_merge_to_live_and_back() -> None:
    made = shown([*sample_events.whole(), *sample_events.merged()])
    assert presses(made["turn-1"]) == {}
    assert "✓ Live" in read(made["order-1"]) and "✓ Deployed cccccccccc" in read(made["order-1"])
    assert presses(made["order-1"])["Roll back"] == button_values.ButtonValue("rollback", "s1", sample_events.MERGED)
    made = shown([*sample_events.whole(), *sample_events.merged(), *sample_events.rolled_back()])
    assert presses(made["order-1"]) == {} and "↩ Rolled back" in read(made["order-2"])


def test_an_untested_merge_can_be_deployed_or_rolled_back() -> None:
    rows = [
        *sample_events.whole(),
        events.MergeRequested(sample_events.HEAD, sample_events.SAM),
        events.PhaseEntered(Phase.MERGE),
    ]
    rows += [
        events.MergedUntested(sample_events.MERGED, sample_events.SAM, sample_events.BASE),
        events.OrderFailed("test is red."),
    ]
    made = shown([*rows, events.PhaseEntered(Phase.LIVE)])["order-1"]
    assert "⚠ Merged, not deployed" in read(made) and "✓ Live" not in read(made)
    assert presses(made)["Test and deploy"] == button_values.ButtonValue("merge", "s1", sample_events.HEAD)
    assert presses(made)["Roll back"] == button_values.ButtonValue("rollback", "s1", sample_events.MERGED)


def test_a_running_merge() -> None:
    made = shown([*sample_events.whole(), *sample_events.merged()[:5]])
    assert "Merging, requested by Robin" in read(made["order-1"])
    assert "✓ test with the base  *● deploy*  ○ watch" in read(made["order-1"])


def test_a_merge_that_was_refused() -> None:
    rows = [
        *sample_events.whole(),
        events.MergeRequested(sample_events.HEAD, sample_events.SAM),
        events.PhaseEntered(Phase.MERGE),
    ]
    made = shown([*rows, events.OrderFailed("Not merged. Sam has no say."), events.PhaseEntered(Phase.REVIEW)])
    assert "Sam has no say" in read(made["order-1"]) and "Merge" in presses(made["turn-1"])


def test_an_unhealthy_deploy_is_shown_with_its_rollback() -> None:
    rows = [
        *sample_events.whole(),
        *sample_events.merged()[:6],
        events.HealthWatched(False, 3.0, "it answers 500"),
        events.RollbackRequested("it was not healthy"),
        events.PhaseEntered(Phase.ROLLBACK),
        events.RolledBack(sample_events.REVERTED, "it was not healthy"),
        events.OrderFailed("Not live: it was not healthy, so it was rolled back."),
        events.PhaseEntered(Phase.ROLLED_BACK),
    ]
    text = read(shown(rows)["order-1"])
    assert "↩ Rolled back automatically" in text and "it answers 500" in text and "Not live" in text


def test_no_untrusted_text_mentions_or_links() -> None:
    evil = "<!channel> <@U1> <https://evil.example|Merge> https://evil.example/?q=hush-hush"
    rows = [
        sample_events.asked(evil, place=""),
        *sample_events.begun(),
        events.AgentSaid(evil),
        events.AgentToolUsed("Bash", evil),
        sample_events.checked(
            [Verdict("test", False, 1.0, evil, "x", evil)], [dataclasses.replace(sample_events.FLAG, reason=evil)]
        ),
        events.NoteAdded(evil, bad=True),
        events.TurnEnded(1, Phase.FAILED, "", evil, 1),
    ]
    for end in (len(rows) - 1, len(rows)):
        for message in shown(rows[:end]).values():
            text = json.dumps(message.blocks, ensure_ascii=False) + message.text
            assert "<!" not in text and "<@" not in text and "<https://evil" not in text and "hush-hush" not in text


LONG = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["<&>" * 1500, "```\n" * 900, "x" * 4000, "`a` " * 1200, "row\n" * 1200, "😀" * 1900, "*_" * 999]),
)
FACTS = [kind for kind in events.EventData.__args__ if kind is not events.TurnRequested]


def strategy(kind: Any) -> st.SearchStrategy[Any]:
    """Any fact of this kind, with texts of all lengths."""
    return st.builds(kind, **{name: _field(hint) for name, hint in get_type_hints(kind).items()})


def _field(hint: Any) -> st.SearchStrategy[Any]:
    if hint is str:
        return LONG
    if hint is float:
        return st.floats(0, 1e5)
    if hint is int:
        return st.integers(0, 3)
    if dataclasses.is_dataclass(hint):
        return strategy(hint)
    if hint == tuple[str, ...]:
        return st.lists(LONG, max_size=8).map(tuple)
    args = getattr(hint, "__args__", ())
    if getattr(hint, "__origin__", None) is tuple:
        return st.lists(strategy(args[0]) if dataclasses.is_dataclass(args[0]) else _field(args[0]), max_size=4).map(
            tuple
        )
    return st.from_type(hint)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_slack_accepts_the_messages_of_any_events(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(FACTS), max_size=6))
    rows = [sample_events.asked(data.draw(LONG), place=""), *(data.draw(strategy(kind)) for kind in kinds)]
    if data.draw(st.booleans()):
        rows.append(events.TurnEnded(1, data.draw(st.sampled_from(Phase)), data.draw(LONG), data.draw(LONG)))
    for message in shown(rows).values():
        read(message)


def test_a_message_with_too_much_is_shortened_and_keeps_its_buttons() -> None:
    words = "word " * 7000
    verdicts = [Verdict(f"check{n}", False, 1.0, words, "x", words) for n in range(40)]
    rows = [
        sample_events.asked(words, place=""),
        *sample_events.begun(),
        sample_events.checked(verdicts, [sample_events.FLAG] * 60),
        events.CostRecorded(Cost(1, 1, 1)),
        *(events.NoteAdded(f"{n} {words}") for n in range(60)),
        events.TurnEnded(1, Phase.FAILED, "", words, 1),
    ]
    message = shown(rows)["turn-1"]
    assert "this is shortened" in read(message) and "Try again" in presses(message)
