"""The text of a pull request."""

from honk.chat import body
from honk.core import facts
from honk.core.change import Change, Diffstat, FileChange
from honk.core.delivery import Artifact, Preview, Screenshot
from honk.core.message import Around
from honk.core.person import Person
from honk.core.session import Session, apply
from honk.core.verdict import Verdict

ADA = Person("local:1", "Ada", "ada@example.org")
PAGE = "https://honk.example.com/sessions/abc2345"
THREAD = "https://acme.slack.com/archives/C1/p1"


def session(private: bool = False) -> Session:
    asked = facts.Asked(1, "Make it blue", ADA, around=Around(private=private, link=THREAD))
    stat = Diffstat((FileChange("app/page.py", "modified", 1, 1),))
    told: list[facts.Fact] = [
        asked,
        facts.Changed(Change(branch="honk/abc2345", base_branch="main", base="a" * 40, head="b" * 40, diffstat=stat)),
        facts.Verified(1, "gate", "c" * 40, (Verdict("test", True, 1.5, "pytest -q", "honk.toml"),)),
        facts.PreviewReady(
            Preview(
                "https://honk.example.com/p/x/",
                (Artifact("app](https://evil).apk", "d" * 64, 7, "https://honk.example.com/f/a"),),
                (Screenshot("/", "after", "e" * 64, "https://honk.example.com/f/b"),),
            )
        ),
    ]
    now = Session("abc2345")
    for fact in told:
        now = apply(now, fact)
    return now


def test_it_says_what_was_asked_checked_and_left_alone() -> None:
    text = body.pull_request(session())
    assert "- Ada: Make it blue" in text
    assert "| ✓ | test | `pytest -q` | 1.5 s |" in text
    assert "Not touched: existing tests, dependencies, pipelines, rules" in text
    assert f"({THREAD})" in text


def test_what_others_cannot_reach_is_not_linked() -> None:
    assert "honk.example.com" not in body.pull_request(session())


def test_what_they_can_is() -> None:
    text = body.pull_request(session(), PAGE)
    assert f"]({PAGE})" in text and "](https://honk.example.com/p/x/)" in text
    assert "|  | ![Picture of /, after](https://honk.example.com/f/b) |" in text
    assert "[Download app" in text and "](https://evil)" not in text


def test_a_forge_is_not_asked_to_fetch_pictures_without_https() -> None:
    text = body.pull_request(session(), "http://honk.local/sessions/abc2345")
    assert "![" not in text
    assert "[Picture of /, after](https://honk.example.com/f/b)" in text


def test_a_private_thread_is_not_pointed_at() -> None:
    text = body.pull_request(session(private=True), PAGE)
    assert THREAD not in text and "Make it blue" not in text
