"""What people read of the forge's own checks."""

from honk.conversation import event_lines, evidence
from honk.core import events
from honk.core.ci import Check
from honk.core.events import Event
from honk.core.session import Session
from honk.pipeline.ci import ci_texts

GREEN = Check("lint", "green")
RED = Check("test", "red", "https://ci/1", "AssertionError: 1 != 2", again=True)


def line(*checks: Check) -> event_lines.EventLine | None:
    return event_lines.line(Session("abc2345"), Event("abc2345", 1, 0.0, events.ForgeChecksRead("c" * 40, checks)))


def test_only_the_last_word_is_told() -> None:
    assert line() is None
    assert line(GREEN, Check("e2e", "running")) is None
    assert line(GREEN, Check("test", "red")) is None, "it is going to run once more"
    told = line(GREEN, RED)
    assert told is not None and (told.text, told.tone) == ("✓ lint  ✗ test", "bad")
    assert told.details == ("test: https://ci/1", "  AssertionError: 1 != 2")


def test_what_is_not_to_blame_is_named() -> None:
    told = line(Check("old", "red", on_base=True), Check("net", "green", flaky=True), Check("docs", "skipped"))
    assert told is not None and told.tone == "good"
    assert told.text == "~ old (on the base branch as well)  ✓ net (flaky: green when run once more)  – docs"


def test_the_card_and_the_json_hold_them() -> None:
    session = Session("abc2345", ci=(GREEN, Check("e2e", "unknown", "https://ci/2")))
    assert "checks     ? e2e  https://ci/2\n           ✓ lint" in evidence.text(session)
    assert evidence.as_json(session)["ci"][1]["state"] == "unknown"


def test_names_that_strangers_gave_stay_on_one_line() -> None:
    said = ci_texts.checks_again([f"a\nb\x1b[31m {number} " + "x" * 99 for number in range(9)])
    assert "\n" not in said and "\x1b" not in said and "and 4 more" in said and len(said) < 600
