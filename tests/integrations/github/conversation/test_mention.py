"""Which texts mention Honk, and the text without the mention."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honk.integrations.github.conversation import mention

SPEAKS = {
    "@honk fix the cart": "fix the cart",
    "@HONK: fix the cart": "fix the cart",
    "Could you, @Honk, fix the cart?": "Could you, fix the cart?",
    "The cart crashes.\n\n@honk please mend it.": "The cart crashes.\n\nplease mend it.",
    "@honk[bot] fix it": "fix it",
    "@honk": "",
    "(@honk) fix": "() fix",
    "> it crashes\n\n@honk mend this": "> it crashes\n\nmend this",
    "@honk make it\n```py\nx = 1\n```": "make it\n```py\nx = 1\n```",
    "@honk fix <!-- a template's hint --> it": "fix  it",
    "@ho\u200bnk fix it": "fix it",
    "@honk say `@honk` nowhere": "say `@honk` nowhere",
    "Fixed by @honk.": "Fixed by .",
}


@pytest.mark.parametrize(("text", "expected"), SPEAKS.items())
def test_a_mention_is_removed_from_the_text(text: str, expected: str) -> None:
    assert mention.addressed_text(text, "honk") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fix the cart",
        "honk fix it",
        "write to me@honk.example",
        "write to ada@honk",
        "@honk.example is a host",
        "@honk-two fix it",
        "@honk_ fix it",
        "@honky fix it",
        "@honk/team fix it",
        "team/@honk",
        "https://example.com/@honk",
        "say `@honk fix it` to begin",
        "say ``@honk `fix` it`` to begin",
        "```\n@honk fix it\n```",
        "~~~text\n@honk fix it\n~~~",
        "```\n@honk never closed",
        "````\n```\n@honk fix it\n````",
        "    @honk fix it",
        "> @honk fix it",
        " > > @honk fix it",
        "<!-- @honk fix it -->",
        "<!-- @honk never closed",
        "<code>@honk fix it</code>",
        "<pre>\n@honk fix it\n</pre>",
        "<BLOCKQUOTE>@honk</BLOCKQUOTE>",
    ],
)
def test_mentions_in_code_quotations_addresses_and_hidden_text_do_not_count(text: str) -> None:
    assert mention.addressed_text(text, "honk") is None


@given(st.text(alphabet="@honk `~<>!-\n code/pre", max_size=120))
def test_any_text_is_read(text: str) -> None:
    found = mention.addressed_text(text, "honk")
    if found is not None:
        assert len(found) <= len(text)


@given(st.text(max_size=60))
def test_a_mention_in_code_never_counts(text: str) -> None:
    inside = text.replace("`", "").replace("\n", " ").replace("\r", " ")
    assert mention.addressed_text(f"see `{inside} @honk {inside}`", "honk") is None


@pytest.mark.parametrize("piece", ["<code", "`", "` ", "`a``b", "<!--", "@honk", ">", "```\n", "@", "~~~\n>", "<pre>"])
def test_the_time_is_linear_in_the_length(piece: str) -> None:
    started = time.perf_counter()
    mention.addressed_text(piece * (66_000 // len(piece)), "honk")
    assert time.perf_counter() - started < 2
