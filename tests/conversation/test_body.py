"""The text of a pull request."""

import re

from honk_simulators.github.pages.markdown import html

from honk.conversation import pull_request_body
from honk.core import events
from honk.core.change import Change, Diffstat, FileChange
from honk.core.delivery import Artifact, Preview, Screenshot
from honk.core.message_context import MessageContext
from honk.core.person import Person
from honk.core.session import Session, apply
from honk.core.verdict import Verdict

ADA = Person("local:1", "Ada", "ada@example.org")
PAGE = "https://honk.example.com/sessions/abc2345"
THREAD = "https://acme.slack.com/archives/C1/p1"


def session(private: bool = False) -> Session:
    asked = events.TurnRequested(1, "Make it blue", ADA, context=MessageContext(private=private, link=THREAD))
    stat = Diffstat((FileChange("app/page.py", "modified", 1, 1),))
    told: list[events.EventData] = [
        asked,
        events.BranchUpdated(
            Change(branch="honk/abc2345", base_branch="main", base="a" * 40, head="b" * 40, diffstat=stat)
        ),
        events.Verified(1, "gate", "c" * 40, (Verdict("test", True, 1.5, "pytest -q", "honk.toml"),)),
        events.PreviewReady(
            Preview(
                "https://honk.example.com/p/x/",
                (Artifact("app](https://evil).apk", "d" * 64, 7, "https://honk.example.com/f/a"),),
                (Screenshot("/", "after", "e" * 64, "https://honk.example.com/f/b"),),
            )
        ),
    ]
    now = Session("abc2345")
    for data in told:
        now = apply(now, data)
    return now


def test_it_says_what_was_asked_checked_and_left_alone() -> None:
    text = pull_request_body.pull_request(session())
    assert "- Ada: Make it blue" in text
    assert "| ✓ | test | `pytest -q` | 1.5 s |" in text
    assert "### Unchanged\n\nexisting tests, dependencies, pipelines, rules" in text
    assert f"({THREAD})" in text


def test_what_others_cannot_reach_is_not_linked() -> None:
    assert "honk.example.com" not in pull_request_body.pull_request(session())


def test_what_they_can_is() -> None:
    text = pull_request_body.pull_request(session(), PAGE)
    assert f"]({PAGE})" in text and "](https://honk.example.com/p/x/)" in text
    assert "|  | ![Screenshot of /, after](https://honk.example.com/f/b) |" in text
    assert "[Download app" in text and "](https://evil)" not in text


def test_a_forge_is_not_asked_to_fetch_pictures_without_https() -> None:
    text = pull_request_body.pull_request(session(), "http://honk.local/sessions/abc2345")
    assert "![" not in text
    assert "[Screenshot of /, after](https://honk.example.com/f/b)" in text


def test_a_private_thread_is_not_pointed_at() -> None:
    text = pull_request_body.pull_request(session(private=True), PAGE)
    assert THREAD not in text and "Make it blue" not in text


def test_what_the_agent_says_closes_nothing_and_shows_nothing() -> None:
    said = "Done, closes #1.\n\n![x](https://evil.example/p.png) <img src=x>\n\n# Approved"
    page = str(html(pull_request_body.pull_request(apply(session(), events.AgentEnded(said)), PAGE), "acme/shop"))
    shown = page.partition("What changed</h3>")[2].partition("<h3>")[0]
    assert "closes <code>#1</code>" in shown
    assert not re.search("<a|<img|<h", shown)


def test_who_asks_may_refer_and_does_not_change_the_page() -> None:
    asked = events.TurnRequested(2, "as in #7, **now**\n# Approved", ADA)
    assert r"- Ada: as in #7, \*\*now\*\* # Approved" in pull_request_body.pull_request(apply(session(), asked))


def test_its_foot_says_only_what_is_known() -> None:
    assert "<sub>Session abc2345 · $0.00, 0 tokens in and 0 out</sub>" in pull_request_body.pull_request(session())
