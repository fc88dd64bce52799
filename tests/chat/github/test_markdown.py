"""Text that nobody vouches for speaks to nobody on GitHub."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.chat.github import markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It crashed on two pages", "It crashed on two pages"),
        ("thanks @ada!", r"thanks `@ada`\!"),
        ("closes #12", "closes `#12`"),
        ("fixes acme/shop#12 and GH-7", "fixes `acme/shop#12` and `GH-7`"),
        ("see https://evil.example/x", "see `https://evil.example/x`"),
        ("see www.evil.example", "see `www.evil.example`"),
        ("![x](https://evil.example/p.png)", "`![x](https://evil.example/p.png)`"),
        ("[merge](javascript:x)", r"\[merge\]\(javascript\:x\)"),
        ("<img src=x>", r"\<img src\=x\>"),
        ("&#64;ada", "`&#64;ada`"),
        ("&commat;ada", r"\&commat;ada"),
        ("# Heading", r"\# Heading"),
        ("a `b @c` d", "a `b @c` d"),
        ("a ``` b", r"a \`\`\` b"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_line(text: str, shown: str) -> None:
    assert markdown.line(text) == shown


def outside(shown: str) -> str:
    """What GitHub reads as prose: code taken out, escaped characters with it."""
    return re.sub(r"`[^`]*`", " ", re.sub(r"\\[!-/:-@\[-`{-~]", "", shown))


@given(st.text(alphabet=st.one_of(st.sampled_from("@#`[]()!<>&\\*_ /:.wh12t\n"), st.characters()), max_size=200))
def test_nothing_speaks_formats_or_links(text: str) -> None:
    shown = markdown.line(text)
    assert "\n" not in shown
    bare = outside(shown)
    assert not re.search(r"[@<>\[\]`*_&|~]", bare), bare
    assert "://" not in bare
    assert "www." not in bare.lower()
    assert not re.search(r"#\d", bare)


def test_a_quotation_stays_one() -> None:
    text = "Done.\n\n```sh\n@ada\n```\n# Not a heading\n" + "more\n" * 40
    shown = markdown.quoted(text, most=6)
    assert all(row.startswith(">") for row in shown.splitlines())
    assert "`@ada`" in shown
    assert shown.endswith("more lines")


def test_a_block_cannot_be_left() -> None:
    shown = markdown.block(["E  assert", "```", "@ada", "~~~"])
    assert shown.splitlines()[0] == "```text"
    assert shown.count("```") == 2
    assert markdown.code("a`b|c") == "`a'b¦c`"
    assert markdown.code("") == ""
