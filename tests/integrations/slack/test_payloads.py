"""What comes from Slack is parsed once, whatever it is; words are read as they were meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.integrations.slack.client import entities, payloads
from honk.integrations.slack.intake import modals
from honk.integrations.slack.intake.intake import is_for_us

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "channel",
                    "ts",
                    "user",
                    "text",
                    "files",
                    "subtype",
                    "message",
                    "previous_message",
                    "container",
                    "actions",
                    "view",
                    "team",
                    "thread_ts",
                    "id",
                    "action_id",
                    "value",
                    "state",
                    "values",
                    "private_metadata",
                    "selected_option",
                    "message_ts",
                    "channel_id",
                    "size",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(
    st.dictionaries(
        st.sampled_from(["channel", "ts", "user", "text", "files", "subtype", "message", "previous_message"]), ANY
    )
)
def test_no_event_breaks_the_parser(event: dict[str, object]) -> None:
    payloads.message("T1", event)
    payloads.message_edit("T1", event)


@given(st.dictionaries(st.sampled_from(["container", "actions", "user", "message", "view", "team", "trigger_id"]), ANY))
def test_no_payload_breaks_the_parser(body: dict[str, object]) -> None:
    payloads.button_press("T1", body)
    modals.submission(body)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<https://a.example/x?y=1&amp;z=2>", "https://a.example/x?y=1&z=2"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("<https://a.example|the page>", "the page (https://a.example)"),
        ("<mailto:ada@example.com|ada@example.com>", "ada@example.com"),
        ("<@U1> and <@U2|ben> and <@U3>", "@Ada and @ben and @U3"),
        ("<#C1|general> <#C2>", "#general #C2"),
        ("<!here> <!channel|channel> <!subteam^S1|@team> <!subteam^S2>", "@here @channel @team @S2"),
        ("<!date^1392734382^{date}|today>", "today"),
        ("a\u200bb\u202ec\u2066d\ufeff", "abcd"),
        ("two\r\nlines  \nand", "two\nlines\nand"),
        ("a < b <", "a < b <"),
    ],
)
def test_entities_are_decoded(text: str, read: str) -> None:
    assert entities.decoded(text, {"U1": "Ada"}) == read


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<@UB> fix it", "fix it"),
        ("<@UB>: fix it", "fix it"),
        ("  <@UB>, <@UB> fix it <@UB>", "fix it"),
        ("fix what <@UB> did to <@U1>", "fix what <@UB> did to <@U1>"),
        ("<@UB|honk>", ""),
    ],
)
def test_a_mention_at_the_beginning_or_end_is_removed(text: str, left: str) -> None:
    assert entities.without(text, "UB") == left


def message(text: str, **more: object) -> payloads.ReceivedSlackMessage:
    found = payloads.message("T1", {"channel": "C1", "ts": "2.0", "user": "U1", "text": text, **more})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "session", "more", "ours"),
    [
        ("hello", "", {}, False),
        ("<@UB> hello", "", {}, True),
        ("hello", "s", {"thread_ts": "1.0"}, True),
        ("(aside) hello", "s", {"thread_ts": "1.0"}, False),
        ("<@UB> (aside) hello", "s", {"thread_ts": "1.0"}, True),
        ("<@U2> hello", "s", {"thread_ts": "1.0"}, False),
        ("<@U2> hello", "", {"channel": "D1"}, True),
        ("hello", "", {"channel_type": "im"}, True),
        ("hello", "", {"channel_type": "mpim"}, False),
    ],
)
def test_is_for_us(text: str, session: str, more: dict[str, object], ours: bool) -> None:
    assert is_for_us(message(text, **more), "UB", session) == ours


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"subtype": "channel_join"},
        {"subtype": "bot_message"},
        {"user": None},
        {"channel": 7},
        {"ts": ""},
    ],
)
def test_only_messages_of_people_are_messages(more: dict[str, object]) -> None:
    assert payloads.message("T1", {"channel": "C1", "ts": "2.0", "user": "U1", "text": "x", **more}) is None
