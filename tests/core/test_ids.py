"""Names that Honk makes up."""

import re
import subprocess

from hypothesis import given
from hypothesis import strategies as st

from honk.core import ids


def test_ids_are_short_and_without_look_alikes() -> None:
    made = {ids.session_id() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch("[2-9a-hjkmnp-tv-z]{7}", name) for name in made)


@given(st.text(), st.integers(6, 60))
def test_a_slug_is_a_few_plain_words(text: str, longest: int) -> None:
    slug = ids.slug(text, longest)
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= longest


def test_a_slug_keeps_what_can_be_read() -> None:
    assert ids.slug("Füge die Über-uns-Seite hinzu!") == "fuge-die-uber-uns-seite-hinzu"
    assert ids.slug("日本語 🎧") == ids.slug("") == "change"
    assert ids.slug("../../etc; rm -rf $HOME\0\n") == "etc-rm-rf-home"
    assert ids.slug("one two three", longest=7) == "one-two"
    assert ids.slug("x" * 100) == "x" * 40


def test_a_branch_is_one_that_git_takes() -> None:
    for request in ("Make it blue", "", "..lock~^:?*[\\ @{", "日本語", "x" * 1000, "-x --force", "a.lock"):
        branch = ids.branch("abc2345", request)
        subprocess.run(["git", "check-ref-format", "--branch", branch], check=True, capture_output=True)
        assert branch.startswith("honk/abc2345-")
